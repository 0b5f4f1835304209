// A visit to a page of the running server, as a person would pay it: it refuses whatever would trouble them.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const base = new URL(process.env.BASE_URL ?? 'http://127.0.0.1:8080');
const pictures = process.env.SCREENSHOTS;
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
// Time for one step of a person, on a busy machine.
export const PATIENCE = 30_000;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--disable-quic', '--disable-background-networking', '--no-sandbox'],
});

/** Opens `path`, runs `use` on it, and refuses requests to elsewhere, blocked content and script errors. */
export async function visit(name, path, options, use) {
  const { isQuiet: _, ...settings } = options;
  const context = await browser.newContext({ colorScheme: 'light', ...settings });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const troubles = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.host !== base.host) {
      troubles.push(`asked ${url.href}`);
    }
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== base.host) {
      troubles.push(`opened ${socket.url()}`);
    }
  });
  page.on('pageerror', (error) => troubles.push(`threw ${error.message}`));
  page.on('console', (message) => {
    const isTrouble = options.isQuiet === true && ['error', 'warning'].includes(message.type());
    if (isTrouble || /Content Security Policy/i.test(message.text())) {
      troubles.push(message.text());
    }
  });
  try {
    await page.goto(new URL(path, base).href);
    await use(page);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overflow, 0, `${name} is ${overflow} px wider than its window`);
    assert.deepEqual(troubles, [], name);
    console.log(`ok   ${name}`);
  } finally {
    if (pictures) {
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name.replaceAll(/\W+/g, '-')}.png`) });
    }
    await context.close();
  }
}

/** Refuses what makes a page hard to use for people with disabilities, as far as axe can tell. */
export async function isAccessible(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ['violations'] }),
  );
  const said = found.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help} (${nodes.map(({ target }) => target.join(' ')).join('; ')})`,
  );
  assert.equal(said.join('\n'), '', `${name} is not accessible:\n${said.join('\n')}`);
}

/** Sends a request to the API, and refuses errors. */
export async function api(query, variables = {}) {
  const answer = await fetch(new URL('/graphql', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}
