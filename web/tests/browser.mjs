// Opens the pages of a running server in a real browser and uses them as a person would.
//
//   BASE_URL=http://127.0.0.1:8080 npm run test:browser
//
// CHROMIUM names the browser, /usr/bin/chromium by default. SCREENSHOTS names a folder for pictures of what was seen.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const base = new URL(process.env.BASE_URL ?? 'http://127.0.0.1:8080');
const pictures = process.env.SCREENSHOTS;
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
// Time for one step of a person, on a busy machine.
const PATIENCE = 30_000;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--disable-quic', '--disable-background-networking', '--no-sandbox'],
});

/** Opens `path`, runs `use` on it, and refuses requests to elsewhere, blocked content and script errors. */
async function visit(name, path, options, use) {
  const context = await browser.newContext({ colorScheme: 'light', ...options });
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
    if (/Content Security Policy/i.test(message.text())) {
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

async function startPage(page) {
  await page.getByRole('heading', { name: 'DataWeaver' }).waitFor();
  await page.getByRole('link', { name: /GraphiQL/ }).waitFor();
}

async function runFirstExample(page) {
  const examples = page.getByRole('region', { name: 'Examples' });
  if (!(await examples.isVisible())) {
    await page.getByRole('button', { name: /Examples/ }).click();
  }
  await examples.getByRole('button', { name: /List connectors/ }).click();
  // GraphiQL takes no order before it has read the schema and the operation.
  await page.getByRole('tab', { name: 'ListConnectors' }).waitFor();
  await page.waitForLoadState('networkidle');
  const answer = page.locator('.graphiql-response').getByText('"connectors"').first();
  const until = Date.now() + PATIENCE;
  do {
    await page.getByRole('button', { name: /Execute query/ }).click();
    await answer.waitFor({ timeout: PATIENCE / 6 }).catch(() => undefined);
  } while (!(await answer.isVisible()) && Date.now() < until);
  assert.ok(await answer.isVisible(), 'the answer is shown');
  const errors = page.locator('.graphiql-response').getByText('"errors"');
  assert.equal(await errors.count(), 0, 'the first example is answered');
}

async function followASubscriptionAndLeaveIt(page) {
  // What the first tab holds may otherwise come into the next one.
  await page.getByRole('tab', { name: 'ListConnectors' }).waitFor();
  await page.waitForLoadState('networkidle');
  await page.getByRole('button', { name: 'New tab' }).click();
  const editor = page.getByRole('region', { name: 'Operation Editor' });
  await editor.locator('.monaco-editor').first().click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText('subscription Watch { connectorChanged { slug } }');
  await page.getByRole('tab', { name: 'Watch' }).waitFor();
  await page.waitForLoadState('networkidle');
  await page.getByRole('button', { name: /Execute query/ }).click();
  await page.getByRole('button', { name: /Stop query/ }).waitFor();
  const added = [1, 2].map((number) => `events ${Date.now()} ${number}`);
  const response = page.locator('.graphiql-response');
  // The server may still be at the subscription when the first one is there: a few do no harm.
  const until = Date.now() + PATIENCE;
  do {
    for (const name of added) {
      await addConnector(name);
    }
    await response
      .getByText('"received"')
      .waitFor({ timeout: PATIENCE / 6 })
      .catch(() => undefined);
  } while (!(await response.getByText('"received"').isVisible()) && Date.now() < until);
  await response.getByText('"newestFirst"').waitFor();
  await page.getByRole('button', { name: 'New tab' }).click();
  await page.getByRole('button', { name: /Execute query/ }).waitFor();
}

async function addConnector(name) {
  const query =
    'mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }';
  const input = { name, type: 'DATABASE', connectionConfig: { url: 'sqlite:///nowhere.db' } };
  const answer = await fetch(new URL('/graphql', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
}

async function readTheDocs(page) {
  const docs = page.getByRole('region', { name: 'Documentation Explorer' });
  await docs.getByText('Root Types').waitFor();
  await docs.getByText('Subscription', { exact: true }).waitFor();
}

async function theTokenIsSentAndForgottenWithTheTab(page) {
  const sent = page.waitForRequest(
    (request) =>
      request.url().endsWith('/graphql') &&
      request.headers().authorization === 'Bearer s3cret-of-this-tab',
  );
  await page.getByLabel('Token').fill('s3cret-of-this-tab');
  await page.getByLabel('Token').press('Enter');
  await sent;
  const kept = await page.evaluate(() => Object.keys(localStorage));
  assert.deepEqual(kept, [], 'nothing outlives the tab');
}

try {
  await visit('start page', '/', { viewport: DESKTOP }, startPage);
  await visit('start page phone dark', '/', { viewport: PHONE, colorScheme: 'dark' }, startPage);
  await visit('graphiql', '/graphiql', { viewport: DESKTOP }, runFirstExample);
  await visit(
    'graphiql dark',
    '/graphiql',
    { viewport: DESKTOP, colorScheme: 'dark' },
    runFirstExample,
  );
  await visit('subscription', '/graphiql', { viewport: DESKTOP }, followASubscriptionAndLeaveIt);
  await visit('graphiql phone', '/graphiql', { viewport: PHONE, hasTouch: true }, runFirstExample);
  await visit('graphiql docs', '/graphiql#docs', { viewport: DESKTOP }, readTheDocs);
  await visit('token', '/graphiql', { viewport: DESKTOP }, theTokenIsSentAndForgottenWithTheTab);
} finally {
  await browser.close();
}
