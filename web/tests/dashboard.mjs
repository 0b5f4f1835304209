// The dashboard: from an empty workspace to rows that can be asked and a workflow that is written, then every screen.

import assert from 'node:assert/strict';
import { visitEvery } from './screens.mjs';
import { DESKTOP, visit } from './visit.mjs';

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
  await visitEvery(server, await screensOfTheWorkspace(server));
}

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

/** Every screen with something to show, and without: its name, its address and its heading. */
async function screensOfTheWorkspace(server) {
  const { connectors, syncLogs, workflows, ask } = await server.api(
    `{
      connectors(first: 1) { nodes { id dataSources(first: 1) { nodes { id name } } } }
      syncLogs(first: 1) { nodes { id } }
      workflows(first: 1) { nodes { id } }
      ask(question: "How many users are there?") { conversationId }
    }`,
  );
  const [{ id: connector, dataSources }] = connectors.nodes;
  const [source] = dataSources.nodes;
  const [{ id: sync }] = syncLogs.nodes;
  const [{ id: workflow }] = workflows.nodes;
  const query = encodeURIComponent('SELECT * FROM company_chat.users');
  return [
    ['overview', '/', 'Overview'],
    ['connectors', '/connectors', 'Connectors'],
    ['new connector', '/connectors/new', 'Connect a source'],
    ['new connector form', '/connectors/new?type=EMAIL', 'Connect a source'],
    ['new connector copy', `/connectors/new?copy=${connector}`, 'Connect a source'],
    ['new connector sources', `/connectors/new?connector=${connector}`, 'Connect a source'],
    ['new connector sync', `/connectors/new?connector=${connector}&step=sync`, 'Connect a source'],
    ['connector', `/connectors/${connector}`, 'Company chat'],
    ['connector history', `/connectors/${connector}?tab=history`, 'Company chat'],
    ['connector settings', `/connectors/${connector}?tab=settings`, 'Company chat'],
    ['connector absent', `/connectors/${another(connector)}`, 'There is no such connector'],
    ['source', `/sources/${source.id}`, source.name],
    ['source columns', `/sources/${source.id}?tab=columns`, source.name],
    ['source extracts', `/sources/${source.id}?tab=extracts`, source.name],
    ['source settings', `/sources/${source.id}?tab=settings`, source.name],
    ['source absent', `/sources/${another(source.id)}`, 'There is no such data source'],
    ['syncs', '/syncs', 'Syncs'],
    ['sync', `/syncs/${sync}`, 'Company chat'],
    ['sync absent', `/syncs/${another(sync)}`, 'There is no such sync'],
    ['sql', `/sql?query=${query}`, 'SQL'],
    ['scenarios', '/scenarios', 'Scenarios'],
    ['scenario', '/scenarios/customer_intelligence', 'Customer intelligence'],
    ['scenario absent', '/scenarios/nowhere', 'There is no such scenario'],
    ['ask', '/ask', 'Ask'],
    ['ask answer', `/ask?conversation=${ask.conversationId}`, 'Ask'],
    ['workflows', '/workflows', 'Workflows'],
    ['new workflow', '/workflows/new', 'New workflow'],
    ['workflow', `/workflows/${workflow}`, 'My workflow'],
    ['workflow absent', `/workflows/${another(workflow)}`, 'There is no such workflow'],
    ['workflow text', `/workflows/${workflow}/edit`, 'Edit My workflow'],
    ['workflow text absent', `/workflows/${another(workflow)}/edit`, 'There is no such workflow'],
    ['settings', '/settings', 'Settings'],
    ['nowhere', '/sources', 'There is nothing here'],
  ];
}

/** An id that nothing has. */
function another(id) {
  return `${id.slice(0, -4)}0000`;
}
