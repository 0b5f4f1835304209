// A question that is asked from a scenario's page, and its answer as the page shows it: a sentence, a chart or rows, the SQL and
// the sources. The rows have to be those of the SQL.

import assert from 'node:assert/strict';
import { isAccessible } from './visit.mjs';

/** Goes from the scenario's page to the answer, looks at all of it, and comes back. */
export async function askFromItsPage(page, server, { workflow }, question) {
  const questions = page.getByRole('region', { name: 'Questions' });
  await questions.getByRole('link', { name: question, exact: true }).click();
  const shown = page.getByRole('article', { name: question, exact: true });
  await shown.waitFor();
  const answer = await answerOf(server, page);
  assert.equal(answer.question, question);
  assert.equal(answer.needsClarification, false, `${question} is asked back: ${answer.summary}`);
  await shown.getByText(answer.summary, { exact: true }).first().waitFor();
  if (answer.chart !== null) {
    await shown.locator('svg.marks').waitFor();
  }
  await isAccessible(page, question);
  await theRowsAreThoseOfTheStatement(shown, server, answer);
  await shown.getByRole('tab', { name: 'SQL' }).click();
  assert.equal(await shown.locator('pre').textContent(), answer.sql);
  // Tables of workflows are no data sources: the statement alone tells of them.
  const isOfWorkflow = workflow.tables.some(({ tableName }) => answer.sql.includes(tableName));
  assert.ok(answer.sources.length > 0 || isOfWorkflow, `${question} has no source`);
  for (const { id, name } of answer.sources) {
    const source = shown.getByRole('link', { name, exact: true });
    assert.equal(await source.first().getAttribute('href'), `/sources/${id}`);
  }
  await page.goBack();
  await questions.waitFor();
}

/** What the API keeps of the only answer in the conversation that the page shows. */
async function answerOf(server, page) {
  await page.waitForURL(/[?&]conversation=/);
  const { conversation } = await server.api(
    `query($id: ID!) { conversation(id: $id) { answers(first: 2) { nodes {
      question needsClarification summary sql chart sources { id name }
    } } } }`,
    { id: new URL(page.url()).searchParams.get('conversation') },
  );
  const [answer, ...others] = conversation.answers.nodes;
  assert.equal(others.length, 0, 'the question is asked once');
  return answer;
}

async function theRowsAreThoseOfTheStatement(shown, server, { question, sql }) {
  const { sql: run } = await server.api('query($sql: String!) { sql(query: $sql) { rows } }', {
    sql,
  });
  assert.notEqual(run.rows.length, 0, `${question} finds nothing`);
  await shown.getByRole('tab', { name: 'Table' }).click();
  const grid = shown.getByRole('table', { name: 'Rows of the answer' });
  await grid.getByRole('cell').first().waitFor();
  assert.equal(await grid.getAttribute('aria-rowcount'), String(run.rows.length + 1), question);
  const rows = await grid
    .locator('tbody tr[aria-rowindex]')
    .evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
  assert.deepEqual(
    rows.map((row) => row.map(withoutNoise)),
    run.rows.slice(0, rows.length).map((row) => row.map(textOf).map(withoutNoise)),
    question,
  );
}

/** A value as the page shows it. */
function textOf(value) {
  if (value === null) {
    return 'NULL';
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The last digits of a sum of fractions depend on the order in which they are added. */
function withoutNoise(text) {
  return /^-?\d+\.\d{8,}$/.test(text) ? Number(text).toPrecision(9) : text;
}
