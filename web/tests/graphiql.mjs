// GraphiQL: its examples, subscriptions, docs and token.

import assert from 'node:assert/strict';
import { DESKTOP, isAccessible, PATIENCE, PHONE, visit } from './visit.mjs';

export const graphiql = { travel };

async function travel(server) {
  await visit(
    server,
    'graphiql',
    '/graphiql',
    { isQuiet: true, viewport: DESKTOP },
    runFirstExample,
  );
  await visit(
    server,
    'graphiql dark',
    '/graphiql',
    { isQuiet: true, viewport: DESKTOP, colorScheme: 'dark' },
    runFirstExample,
  );
  await visit(
    server,
    'subscription',
    '/graphiql',
    { isQuiet: true, viewport: DESKTOP },
    followASubscriptionAndLeaveIt,
  );
  await visit(
    server,
    'graphiql phone',
    '/graphiql',
    { isQuiet: true, viewport: PHONE, hasTouch: true },
    runFirstExample,
  );
  await visit(
    server,
    'graphiql docs',
    '/graphiql#docs',
    { isQuiet: true, viewport: DESKTOP },
    readTheDocs,
  );
  await visit(
    server,
    'token',
    '/graphiql',
    { isQuiet: true, viewport: DESKTOP },
    theTokenIsSentAndForgottenWithTheTab,
  );
}

async function runFirstExample(page) {
  const examples = page.getByRole('region', { name: 'Examples' });
  if (!(await examples.isVisible())) {
    await page.getByRole('button', { name: /Examples/ }).click();
  }
  await examples.getByRole('button', { name: /List connectors/ }).click();
  // GraphiQL takes no order before it has read the schema and the operation.
  await tab(page, 'ListConnectors').waitFor();
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
  await isAccessible(page, 'GraphiQL');
}

/** What opens an operation that is at work in GraphiQL. */
function tab(page, name) {
  return page.getByRole('list', { name: 'Select active operation' }).getByRole('button', { name });
}

async function followASubscriptionAndLeaveIt(page, server) {
  // What the first tab holds may otherwise come into the next one.
  await tab(page, 'ListConnectors').waitFor();
  await page.waitForLoadState('networkidle');
  await page.getByRole('button', { name: 'New tab' }).click();
  const editor = page.getByRole('region', { name: 'Operation Editor' });
  await editor.locator('.monaco-editor').first().click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText('subscription Watch { connectorChanged { slug } }');
  await tab(page, 'Watch').waitFor();
  await page.waitForLoadState('networkidle');
  await page.getByRole('button', { name: /Execute query/ }).click();
  await page.getByRole('button', { name: /Stop query/ }).waitFor();
  const added = [1, 2].map((number) => `events ${Date.now()} ${number}`);
  const response = page.locator('.graphiql-response');
  // The server may still be at the subscription when the first one is there: a few do no harm.
  const until = Date.now() + PATIENCE;
  do {
    for (const name of added) {
      await addConnector(server, name);
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

async function addConnector(server, name) {
  const input = { name, type: 'DATABASE', connectionConfig: { url: 'sqlite:///nowhere.db' } };
  const mutation =
    'mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }';
  await server.api(mutation, { input });
}

async function readTheDocs(page) {
  const docs = page.getByRole('region', { name: 'Documentation Explorer' });
  await docs.getByText('Root Types').waitFor();
  await docs.getByText('Subscription', { exact: true }).waitFor();
  await isAccessible(page, 'the docs in GraphiQL');
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
