// Everything that a workspace holds, each with the scenario that it belongs to.

import assert from 'node:assert/strict';

const EVERYTHING = `{
  connectors(first: 100) { nodes { id scenario { id } } pageInfo { hasNextPage } }
  dataSources(first: 500) {
    nodes { id tableName connector { scenario { id } } } pageInfo { hasNextPage }
  }
  workflows(first: 100) {
    nodes { id scenario { id } files { id } tables { tableName } } pageInfo { hasNextPage }
  }
  conversations(first: 100) { nodes { id } pageInfo { hasNextPage } }
  sql(query: "SELECT table_schema || '.' || table_name FROM information_schema.tables ORDER BY 1") { rows }
}`;

/** Each thing with its kind, its id or its name in SQL, and the id of its scenario as its owner, null where there is none. */
export async function belongingsOf(server) {
  const { sql, ...lists } = await server.api(EVERYTHING);
  for (const [list, { pageInfo }] of Object.entries(lists)) {
    assert.equal(pageInfo.hasNextPage, false, `all ${list} are seen`);
  }
  const { connectors, dataSources, workflows, conversations } = lists;
  const things = [];
  const owners = new Map();
  for (const { id, scenario } of connectors.nodes) {
    things.push({ kind: 'connector', id, owner: scenario?.id ?? null });
  }
  for (const { id, tableName, connector } of dataSources.nodes) {
    const owner = connector.scenario?.id ?? null;
    things.push({ kind: 'data source', id, owner });
    owners.set(tableName, owner);
  }
  for (const { id, scenario, files, tables } of workflows.nodes) {
    const owner = scenario?.id ?? null;
    things.push({ kind: 'workflow', id, owner });
    things.push(...files.map((file) => ({ kind: 'file', id: file.id, owner })));
    for (const { tableName } of tables) {
      owners.set(tableName, owner);
    }
  }
  for (const { id } of conversations.nodes) {
    things.push({ kind: 'conversation', id, owner: null });
  }
  for (const [id] of sql.rows) {
    things.push({ kind: 'table', id, owner: owners.get(id) ?? null });
  }
  return things;
}
