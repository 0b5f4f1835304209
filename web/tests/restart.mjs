// A server that dies in the middle of a sync while its page is open: the page says so, heals, and misses nothing.

import assert from 'node:assert/strict';
import { slowApi, startSync } from './slowApi.mjs';
import { DESKTOP, PATIENCE, visit } from './visit.mjs';

const SHAPE = { streams: 3, parts: 80, rows: 25, milliseconds: 100 };

export const restart = { travel };

async function travel(server) {
  const api = await slowApi(SHAPE);
  try {
    const connectorId = await api.connect(server, 'Slow');
    const syncId = await startSync(server, connectorId);
    const told = [];
    const options = { viewport: DESKTOP, before: (page) => collectFacts(page, told) };
    await visit(server, 'a server that dies', `/syncs/${syncId}`, options, outliveTheServer);
    await everythingWasTold(server, syncId, told);
    await everyRowIsThere(server);
  } finally {
    api.close();
  }
}

/** Puts the ids of the facts into `told` that come over WebSockets. */
function collectFacts(page, told) {
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      const event = JSON.parse(payload).payload?.data?.syncEvents;
      if (event?.id) {
        told.push(event.id);
      }
    }),
  );
}

async function outliveTheServer(page, server) {
  await page.evaluate(() => {
    globalThis.isSamePage = true;
  });
  const shown = page.getByRole('region', { name: 'Data sources' });
  await shown
    .getByText(/^[3-9]\d\d rows/)
    .first()
    .waitFor();
  await server.kill();
  const lost = page.getByText('The connection is lost');
  await lost.waitFor();
  await server.begin();
  await lost.waitFor({ state: 'detached' });
  const status = page.getByRole('main').getByText('Succeeded').first();
  await status.waitFor({ timeout: 2 * PATIENCE });
  const rows = (SHAPE.parts * SHAPE.rows).toLocaleString('en');
  await shown
    .getByText(`${rows} rows`)
    .nth(SHAPE.streams - 1)
    .waitFor();
  assert.ok(await page.evaluate(() => globalThis.isSamePage), 'nobody has loaded it again');
  const stored = await factsOf(server, page.url().split('/').at(-1));
  const lines = page.getByRole('log').locator('time + * + *');
  await lines.nth(stored.length - 1).waitFor();
  assert.deepEqual(
    await lines.allTextContents(),
    stored.map(({ message }) => message),
    'the log shows every fact once and in order',
  );
}

async function everythingWasTold(server, syncId, told) {
  assert.equal(new Set(told).size, told.length, 'no fact came twice');
  const stored = (await factsOf(server, syncId)).map(({ id }) => id);
  const first = stored.indexOf(told[0]);
  assert.deepEqual(told, stored.slice(first), 'from the first one on, every fact came live');
}

async function everyRowIsThere(server) {
  for (let stream = 1; stream <= SHAPE.streams; stream += 1) {
    const answer = await server.api('query($query: String!) { sql(query: $query) { rows } }', {
      query: `SELECT count(*), count(DISTINCT id) FROM slow.table_${stream}`,
    });
    const all = SHAPE.parts * SHAPE.rows;
    assert.deepEqual(answer.sql.rows, [[all, all]]);
  }
}

/** What is stored of a sync, from its begin to its end. */
async function factsOf(server, syncId) {
  const facts = [];
  for (let after = null, hasMore = true; hasMore; ) {
    const { syncLog } = await server.api(
      `query($id: ID!, $after: String) {
        syncLog(id: $id) { events(first: 500, after: $after) {
          nodes { id message } pageInfo { hasNextPage endCursor }
        } }
      }`,
      { id: syncId, after },
    );
    facts.push(...syncLog.events.nodes);
    ({ hasNextPage: hasMore, endCursor: after } = syncLog.events.pageInfo);
  }
  return facts;
}
