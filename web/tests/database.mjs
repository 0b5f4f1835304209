// From an empty workspace to the answers of a PostgreSQL database, as its owner would go.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { DESKTOP, visit } from './visit.mjs';

const NAME = `dataweaver_browser_${process.pid}`;
const CUSTOMERS = 300;
const ORDERS = 20_000;

export const database = { travel };

async function travel(server) {
  try {
    psql('postgres', `CREATE DATABASE ${NAME}`);
  } catch (error) {
    const why = `no PostgreSQL on 127.0.0.1:5432 for postgres without a password: ${error.message}`;
    assert.notEqual(process.env.CI, 'true', why);
    console.log(`skip a database (${why.split('\n')[0]})`);
    return;
  }
  try {
    psql(NAME, SHOP);
    await visit(server, 'a database', '/', { viewport: DESKTOP, isQuiet: true }, fromUrlToFile);
  } finally {
    psql('postgres', `DROP DATABASE ${NAME} WITH (FORCE)`);
  }
}

const SHOP = `
  CREATE TABLE customers AS
    SELECT i AS id, 'Customer ' || i AS name, CASE WHEN i % 3 = 0 THEN 'DE' ELSE 'FR' END AS country
    FROM generate_series(1, ${CUSTOMERS}) i;
  ALTER TABLE customers ADD PRIMARY KEY (id);
  CREATE TABLE orders AS
    SELECT i AS id, 1 + i % ${CUSTOMERS} AS customer_id, round((i % 997)::numeric / 10, 2) AS total
    FROM generate_series(1, ${ORDERS}) i;
  ALTER TABLE orders ADD PRIMARY KEY (id);
  CREATE TABLE audit AS SELECT i AS id FROM generate_series(1, 10) i;`;

function psql(database, statement) {
  const url = `postgres://postgres@127.0.0.1:5432/${database}`;
  const arguments_ = ['-X', '-q', '-t', '-A', '-v', 'ON_ERROR_STOP=1', '-c', statement, url];
  return execFileSync('psql', arguments_, { encoding: 'utf8' }).trim();
}

async function fromUrlToFile(page, server) {
  await describeTheConnection(page);
  await chooseWhatIsRead(page);
  await readItOnASchedule(page);
  await askAndKeepTheAnswer(page);
  const { connectors } = await server.api('{ connectors { nodes { syncSchedule nextSyncAt } } }');
  const [{ syncSchedule, nextSyncAt }] = connectors.nodes;
  assert.equal(syncSchedule, '0 * * * *');
  assert.ok(new Date(nextSyncAt) > new Date(), `it is read next at ${nextSyncAt}`);
}

/** A slip in the URL is told, and put right where it was made. */
async function describeTheConnection(page) {
  await page.getByRole('link', { name: 'Connect', exact: true }).click();
  await page.getByRole('button', { name: /^Database/ }).click();
  await page.getByLabel('Name', { exact: false }).first().fill('Shop');
  const url = page.getByLabel(/^URL/);
  await url.fill(`postgres://postgres@127.0.0.1:5432/${NAME}_of_nobody`);
  await page.getByText('None', { exact: true }).click();
  await page.getByRole('button', { name: /test the connection/ }).click();
  const refusal = page.getByRole('alert');
  await refusal.getByText(`${NAME}_of_nobody`).waitFor();
  await url.fill(`postgres://postgres@127.0.0.1:5432/${NAME}`);
  await page.getByRole('button', { name: 'Test again' }).click();
}

async function chooseWhatIsRead(page) {
  const sources = page.getByRole('table', { name: 'Data sources' });
  await sources.getByRole('link', { name: 'orders' }).waitFor();
  assert.equal(await sources.getByRole('row').count(), 4, 'a head and three tables');
  const audit = sources.getByRole('row', { name: /audit/ });
  await audit.getByRole('switch').press('Space');
  await audit.getByRole('switch', { checked: false }).waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
}

async function readItOnASchedule(page) {
  await page.getByLabel('Read it on a schedule').check();
  await page.getByRole('combobox', { name: 'How often' }).click();
  await page.getByRole('option', { name: 'Every hour' }).click();
  await page.getByRole('button', { name: 'Read it now' }).click();
  await page.getByRole('heading', { level: 1, name: 'Shop' }).waitFor();
  const sources = page.getByRole('region', { name: 'Data sources' });
  await sources.getByText(`${ORDERS.toLocaleString('en')} rows`).waitFor();
  await page.getByText('Succeeded').first().waitFor();
  assert.equal(await sources.getByRole('progressbar').count(), 2, 'what is off is not read');
  await page
    .getByRole('log')
    .getByText(/customers/)
    .first()
    .waitFor();
}

async function askAndKeepTheAnswer(page) {
  await page.getByRole('link', { name: 'SQL', exact: true }).click();
  await page.getByRole('textbox', { name: 'SQL statement' }).click();
  await page.keyboard.insertText(
    'SELECT c.country, count(*) AS orders FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id GROUP BY 1 ORDER BY 1',
  );
  await page.getByRole('button', { name: 'Run' }).click();
  const result = page.getByRole('table', { name: 'Result' });
  await result.getByRole('cell', { name: 'DE' }).waitFor();
  const counted = psql(
    NAME,
    'SELECT c.country, count(*) FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1 ORDER BY 1',
  );
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'CSV' }).click();
  const file = readFileSync(await (await saved).path(), 'utf8');
  assert.equal(file.trim(), `country,orders\n${counted.replaceAll('|', ',')}`);
}
