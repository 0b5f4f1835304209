// Every scenario of the product in one workspace, as a person would try it: set up by one click, followed, asked, its workflow
// run. Then each is torn down, which takes what it made and leaves what is of others.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { askFromItsPage } from './answer.mjs';
import { belongingsOf } from './belongings.mjs';
import { DESKTOP, isAccessible, visit } from './visit.mjs';

export const scenarios = { travel };

const PACKS = [
  'biotech_research',
  'customer_intelligence',
  'financial_consolidation',
  'financial_services',
  'healthcare',
  'manufacturing',
  'project_management',
  'retail',
];
/** The steps of a set-up, as they are shown. */
const STEPS = ['Connectors', 'Test', 'Discover', 'Sync', 'Workflow', 'Run', 'Validate'];
/** So many of a scenario's questions are asked, the first ones. */
const QUESTIONS = 2;
/** Milliseconds for all that a set-up, a run or a tear-down does, by a debug build on a busy machine. */
const PATIENCE = 300_000;

async function travel(server) {
  const ids = (await server.api('{ scenarios { id } }')).scenarios.map(({ id }) => id);
  assert.deepEqual(ids, PACKS);
  await connectSomethingElse(server);
  const troubles = [];
  for (const [use, what] of [
    [tryItOut, 'tried out'],
    [tearDown, 'torn down'],
  ]) {
    for (const [place, id] of PACKS.entries()) {
      // Half of them by night.
      const colorScheme = place % 2 === 0 ? 'light' : 'dark';
      const options = { viewport: DESKTOP, colorScheme, isQuiet: true };
      const seen = visit(server, `${id} ${what}`, '/scenarios', options, (page) =>
        use(page, server, id),
      );
      await seen.catch((error) => troubles.push(`${id} ${what}: ${error.message}`));
    }
  }
  // All that is wrong at once: each takes a while.
  assert.equal(troubles.length, 0, troubles.join('\n'));
}

/** A connector that belongs to no scenario and reads what some of them read, too. */
async function connectSomethingElse(server) {
  const input = { name: 'Company chat', type: 'SLACK', demoMode: true, connectionConfig: {} };
  const { createConnector } = await server.api(
    'mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }',
    { input },
  );
  await server.api(
    'mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id } } }',
    { id: createConnector.connector.id },
  );
}

async function tryItOut(page, server, id) {
  await open(page, server, id);
  await setUp(page);
  const scenario = await stateOf(server, id);
  await isAllThere(page, scenario);
  await isAccessible(page, id);
  assert.ok(scenario.sampleQueries.length >= QUESTIONS);
  for (const question of scenario.sampleQueries.slice(0, QUESTIONS)) {
    await askFromItsPage(page, server, scenario, question);
  }
  await runItsWorkflow(page, server, scenario);
}

/** Goes from the list to the scenario's page. */
async function open(page, server, id) {
  const { name } = await stateOf(server, id);
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** What the API says of a scenario. */
async function stateOf(server, id) {
  const { scenario } = await server.api(
    `query($id: ID!) { scenario(id: $id) {
      id name status sampleQueries
      connectors { id name }
      dataSources { id name tableName rowCount }
      workflow { id name steps { id } tables { tableName } latestRun { id } }
      validation { passed checks { name } }
    } }`,
    { id },
  );
  return scenario;
}

/** Begins it by one click, and sees its steps begin and end without a reload. */
async function setUp(page) {
  await page.getByRole('region', { name: 'What you get' }).getByRole('listitem').first().waitFor();
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  const steps = page.getByRole('region', { name: 'Steps' });
  await steps.getByText('Running', { exact: true }).waitFor();
  await steps.getByText('Pending', { exact: true }).first().waitFor();
  const outcome = page.getByRole('main').getByText(/^(Ready|Failed)$/);
  await outcome.first().waitFor({ timeout: PATIENCE });
  const shown = await steps.getByRole('listitem').allInnerTexts();
  const told = shown.map((step) => step.split(/\n+/));
  const failed = told.filter(([status]) => status !== 'Succeeded').map((step) => step.join(' '));
  const checks = page.getByRole('listitem').filter({ has: page.getByLabel('failed') });
  failed.push(...(await checks.allInnerTexts()));
  assert.equal(failed.length, 0, failed.join('\n'));
  assert.deepEqual(
    told.map(([, name]) => name),
    STEPS,
  );
}

/** Its tables have rows, and every check passed. */
async function isAllThere(page, { status, dataSources, validation }) {
  assert.equal(status, 'READY');
  const sources = page.getByRole('table', { name: 'Data sources' });
  for (const { tableName, rowCount } of dataSources) {
    assert.ok(rowCount > 0, `${tableName} has rows`);
    const row = sources
      .getByRole('row')
      .filter({ has: page.getByText(tableName, { exact: true }) });
    await row.getByText(`${rowCount.toLocaleString('en')} rows`, { exact: true }).waitFor();
  }
  assert.equal(await sources.getByRole('row').count(), dataSources.length);
  const report = page.getByRole('region', { name: 'Validation' });
  await report.getByText('All checks passed').waitFor();
  assert.equal(await report.getByLabel('passed').count(), validation.checks.length);
  assert.equal(await report.getByLabel('failed').count(), 0);
  assert.ok(validation.checks.length > dataSources.length);
}

/** Runs it once more, sees every step succeed, and saves its files. */
async function runItsWorkflow(page, server, { id, workflow }) {
  const sources = page.getByRole('region', { name: 'Data sources' });
  await sources.getByRole('link', { name: workflow.name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: workflow.name }).waitFor();
  const run = page.getByRole('button', { name: 'Run', exact: true });
  await run.click();
  await page.getByRole('button', { name: 'Cancel' }).waitFor();
  await run.waitFor({ timeout: PATIENCE });
  const steps = page.getByRole('region', { name: 'Steps' }).getByRole('article');
  assert.equal(await steps.count(), workflow.steps.length);
  for (const step of await steps.all()) {
    await step.getByText('Succeeded', { exact: true }).waitFor();
  }
  const { workflow: after } = await server.api(
    'query($id: ID!) { workflow(id: $id) { latestRun { id status } files { name byteSize } } }',
    { id: workflow.id },
  );
  assert.equal(after.latestRun.status, 'SUCCEEDED');
  assert.notEqual(after.latestRun.id, workflow.latestRun.id, 'it ran anew');
  assert.notEqual(after.files.length, 0, `the workflow of ${id} leaves files`);
  await isAccessible(page, `the workflow of ${id}`);
  for (const { name, byteSize } of after.files) {
    const saved = page.waitForEvent('download');
    await page.getByRole('region', { name: 'Files' }).getByRole('button', { name }).click();
    const file = await saved;
    assert.equal(file.suggestedFilename(), name);
    assert.equal(statSync(await file.path()).size, byteSize);
  }
}

/** Takes it away: what it made, in the workspace and on the pages, and nothing else. */
async function tearDown(page, server, id) {
  const before = await belongingsOf(server);
  const { connectors, workflow } = await stateOf(server, id);
  await open(page, server, id);
  await page.getByRole('button', { name: 'Tear down' }).click();
  await page.getByRole('region', { name: 'What you get' }).waitFor({ timeout: PATIENCE });
  await page.getByText('Not Set Up', { exact: true }).waitFor();
  for (const name of ['Questions', 'Data sources', 'Validation']) {
    assert.equal(await page.getByRole('region', { name }).count(), 0, `${name} are gone`);
  }
  const left = await belongingsOf(server);
  const [own, others] = [true, false].map((isOwn) =>
    before.filter(({ owner }) => (owner === id) === isOwn),
  );
  assert.deepEqual(left, others, 'what is of others stays, and nothing else');
  assert.deepEqual(
    new Set(own.map(({ kind }) => kind)),
    new Set(['connector', 'data source', 'workflow', 'file', 'table']),
  );
  for (const { id: file } of own.filter(({ kind }) => kind === 'file')) {
    const { status } = await fetch(new URL(`/download/files/${file}`, server.url));
    assert.equal(status, 404, `${file} can still be downloaded`);
  }
  await page.getByRole('link', { name: 'Connectors', exact: true }).click();
  await page.getByRole('article', { name: 'Company chat' }).waitFor();
  for (const { name } of connectors) {
    assert.equal(await page.getByRole('article', { name, exact: true }).count(), 0, name);
  }
  await page.goto(new URL(`/workflows/${workflow.id}`, server.url).href);
  await page.getByRole('heading', { name: 'There is no such workflow' }).waitFor();
}
