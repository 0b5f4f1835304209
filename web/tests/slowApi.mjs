// A REST API that answers at the pace that a test asks for, and the connector that reads it.

import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Serves `streams` tables, or those that are named, each of `parts` requests of `rows` rows that take `milliseconds`. */
export async function slowApi({ streams, parts, rows, milliseconds }) {
  const listener = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const part = Number(url.searchParams.get('part'));
    await pause(milliseconds);
    const items = Array.from({ length: rows }, (_, row) => ({
      id: part * rows + row,
      name: `row ${row} of part ${part}`,
    }));
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ items }));
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address();
  const names = Array.isArray(streams)
    ? streams
    : Array.from({ length: streams }, (_, stream) => `table_${stream + 1}`);
  return {
    /** Makes a connector that reads it. Returns its id. */
    async connect(server, name) {
      const manifest = JSON.stringify(manifestOf(names, `http://127.0.0.1:${port}`));
      const input = {
        name,
        type: 'API',
        connectionConfig: {
          manifest,
          config: { parts: Array.from({ length: parts }, (_, part) => String(part)) },
        },
      };
      const made = await server.api(
        'mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }',
        { input },
      );
      const { id } = made.createConnector.connector;
      await server.api(
        'mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id } } }',
        { id },
      );
      return id;
    },
    close: () => listener.close(),
  };
}

function manifestOf(names, origin) {
  return {
    version: '6.0.0',
    type: 'DeclarativeSource',
    check: { type: 'CheckStream', stream_names: [names[0]] },
    spec: {
      type: 'Spec',
      connection_specification: { type: 'object', properties: { parts: { type: 'array' } } },
    },
    streams: names.map((name) => ({
      type: 'DeclarativeStream',
      name,
      primary_key: ['id'],
      schema_loader: {
        type: 'InlineSchemaLoader',
        schema: {
          type: 'object',
          properties: { id: { type: 'integer' }, name: { type: 'string' } },
        },
      },
      retriever: {
        type: 'SimpleRetriever',
        requester: { type: 'HttpRequester', url_base: origin, path: name },
        record_selector: {
          type: 'RecordSelector',
          extractor: { type: 'DpathExtractor', field_path: ['items'] },
        },
        partition_router: {
          type: 'ListPartitionRouter',
          values: "{{ config['parts'] }}",
          cursor_field: 'part',
          request_option: {
            type: 'RequestOption',
            inject_into: 'request_parameter',
            field_name: 'part',
          },
        },
      },
    })),
  };
}

/** Starts a sync of all sources of a connector. Returns its id. */
export async function startSync(server, connectorId) {
  const answer = await server.api(
    'mutation($id: ID!) { syncConnector(input: { connectorId: $id }) { syncLog { id } } }',
    { id: connectorId },
  );
  return answer.syncConnector.syncLog.id;
}
