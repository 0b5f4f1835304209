// The dashboard: from an empty workspace to rows that can be asked and a workflow that is written, then every screen in both
// colours and widths.

import assert from 'node:assert/strict';
import { DESKTOP, isAccessible, PHONE, visit } from './visit.mjs';

export const dashboard = { travel };

async function travel(server) {
  await visit(
    server,
    'from nothing to rows',
    '/',
    { viewport: DESKTOP, isQuiet: true },
    fromNothingToRows,
  );
  await visit(
    server,
    'from a text to a workflow',
    '/workflows',
    { viewport: DESKTOP, isQuiet: true },
    fromTextToWorkflow,
  );
  const screens = await screensOfTheWorkspace(server);
  const troubles = [];
  for (const [name, path, heading] of screens) {
    for (const [look, options] of LOOKS) {
      const seen = visit(
        server,
        `${name} ${look}`,
        path,
        { ...options, isQuiet: true },
        async (page) => {
          await page.getByRole('heading', { name: heading }).first().waitFor();
          await page.waitForLoadState('networkidle');
          await isAccessible(page, `${name} ${look}`);
        },
      );
      await seen.catch((error) => troubles.push(error.message));
    }
  }
  // All that is wrong at once: each visit takes a while.
  assert.equal(troubles.join('\n'), '', 'screens are as they should be');
}

const LOOKS = [
  ['light', { viewport: DESKTOP, colorScheme: 'light' }],
  ['dark', { viewport: DESKTOP, colorScheme: 'dark' }],
  ['phone', { viewport: PHONE, colorScheme: 'light', hasTouch: true }],
];

/** Connects made-up data, reads it, looks at it, asks it by SQL. */
async function fromNothingToRows(page) {
  await page.getByRole('heading', { name: 'Connect a source' }).waitFor();
  await page.getByRole('link', { name: 'Connect', exact: true }).click();
  await page.getByRole('button', { name: /^Slack/ }).click();
  await page.getByLabel('Name').fill('Company chat');
  await page.getByLabel('Try it with made-up data').check();
  await page.getByRole('button', { name: /test the connection/ }).click();
  await page.getByRole('table', { name: 'Data sources' }).waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Read it now' }).click();
  await page.getByRole('heading', { level: 1, name: 'Company chat' }).waitFor();
  await page.getByText('Succeeded').first().waitFor();
  await page.getByRole('log').getByText(/\w/).first().waitFor();
  await page.getByRole('link', { name: 'company_chat.users' }).click();
  await page.getByRole('table', { name: 'First rows' }).waitFor();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('menuitem', { name: 'CSV' }).click();
  assert.equal((await saved).suggestedFilename(), 'users.csv');
  await page.getByRole('link', { name: 'Open in SQL' }).click();
  await page.getByRole('table', { name: 'Result' }).waitFor();
}

/** Makes the workflow that a new one begins with, runs it, and calls it otherwise. */
async function fromTextToWorkflow(page) {
  await page.getByRole('link', { name: 'New workflow' }).first().click();
  const text = page.getByRole('textbox', { name: 'The workflow as YAML' });
  await text.waitFor();
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('heading', { level: 1, name: 'My workflow' }).waitFor();
  await page.getByRole('button', { name: 'Run' }).click();
  await page.getByRole('region', { name: 'Files' }).getByText('report.html').waitFor();
  await page.getByRole('link', { name: 'Edit' }).click();
  await text.waitFor();
  // What is refused is shown at its place, and the cursor is there.
  await text.press('Control+End');
  await page.keyboard.type('stpes: []');
  await page.keyboard.press('Control+s');
  await page.locator('.cm-wrong-line', { hasText: 'stpes: []' }).waitFor();
  await page.keyboard.press('Shift+End');
  await page.keyboard.press('Backspace');
  await text.press('Control+Home');
  await text.press('End');
  await page.keyboard.type(' by text');
  await page.keyboard.press('Control+s');
  await page.getByRole('heading', { level: 1, name: 'My workflow by text' }).waitFor();
}

/** Every screen with a path that has something to show, and its heading. */
async function screensOfTheWorkspace(server) {
  const { connectors, syncLogs, workflows } = await server.api(
    `{
      connectors(first: 1) { nodes { id dataSources(first: 1) { nodes { id name } } } }
      syncLogs(first: 1) { nodes { id } }
      workflows(first: 1) { nodes { id } }
    }`,
  );
  const [connector] = connectors.nodes;
  const [source] = connector.dataSources.nodes;
  const query = encodeURIComponent('SELECT * FROM company_chat.users');
  return [
    ['overview', '/', 'Overview'],
    ['connectors', '/connectors', 'Connectors'],
    ['new connector', '/connectors/new', 'Connect a source'],
    ['new connector form', '/connectors/new?type=EMAIL', 'Connect a source'],
    ['connector', `/connectors/${connector.id}`, 'Company chat'],
    ['connector settings', `/connectors/${connector.id}?tab=settings`, 'Company chat'],
    ['source', `/sources/${source.id}`, source.name],
    ['source columns', `/sources/${source.id}?tab=columns`, source.name],
    ['source settings', `/sources/${source.id}?tab=settings`, source.name],
    ['syncs', '/syncs', 'Syncs'],
    ['sync', `/syncs/${syncLogs.nodes[0].id}`, 'Company chat'],
    ['sql', `/sql?query=${query}`, 'SQL'],
    ['scenarios', '/scenarios', 'Scenarios'],
    ['scenario', '/scenarios/customer_intelligence', 'Customer intelligence'],
    ['ask', '/ask', 'Ask'],
    ['workflows', '/workflows', 'Workflows'],
    ['workflow', `/workflows/${workflows.nodes[0].id}`, 'My workflow'],
    ['workflow text', `/workflows/${workflows.nodes[0].id}/edit`, 'Edit My workflow'],
    ['new workflow', '/workflows/new', 'New workflow'],
    ['settings', '/settings', 'Settings'],
    ['nowhere', '/sources', 'There is nothing here'],
  ];
}
