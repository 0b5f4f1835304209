// A visit to a page of a server, as a person would pay it: it refuses whatever would trouble them.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const pictures = process.env.SCREENSHOTS;
const pages = process.env.PAGES;
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
// Time for one step of a person, on a busy machine.
export const PATIENCE = 30_000;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--disable-quic',
    '--disable-background-networking',
    '--no-sandbox',
    // A page that we put in place is not of this machine, to the browser.
    ...(pages ? ['--disable-features=LocalNetworkAccessChecks'] : []),
  ],
});

/** Opens `path` of `server`, runs `use` on it, and refuses requests to elsewhere, blocked content and script errors;
 *  where it is to be quiet, whatever the console says. `before` sees the page while it is empty. */
export async function visit(server, name, path, options, use) {
  const { isQuiet, before, ...settings } = options;
  const context = await browser.newContext({ colorScheme: 'light', ...settings });
  context.setDefaultTimeout(PATIENCE);
  if (pages) {
    await context.route(isPage, showOwnPage);
  }
  const page = await context.newPage();
  const troubles = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.host !== server.host) {
      troubles.push(`asked ${url.href}`);
    }
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== server.host) {
      troubles.push(`opened ${socket.url()}`);
    }
  });
  page.on('pageerror', (error) => troubles.push(`threw ${error.message}`));
  page.on('console', (message) => {
    const isTrouble = isQuiet === true && ['error', 'warning'].includes(message.type());
    if (isTrouble || /Content Security Policy/i.test(message.text())) {
      troubles.push(message.text());
    }
  });
  try {
    await before?.(page);
    await page.goto(new URL(path, server.url).href);
    await use(page, server);
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

/** What the binary would answer from the pages that were built into it. */
function isPage(url) {
  return !/^\/(graphql|download|health|metrics|oauth)\b/.test(url.pathname);
}

/** Shows a page of the folder `PAGES` under the headers that the server gives its own. */
async function showOwnPage(route) {
  const { pathname } = new URL(route.request().url());
  const file = join(pages, pathname);
  if (pathname.startsWith('/assets/') && existsSync(file)) {
    await route.fulfill({ path: file });
    return;
  }
  const response = await route.fetch();
  const page = pathname.startsWith('/graphiql') ? 'graphiql.html' : 'index.html';
  await route.fulfill({ response, body: readFileSync(join(pages, page), 'utf8') });
}
