// npm graphql-sse: with a connection for each operation, or with one for all.
import { createClient } from 'graphql-sse';
import { asked, sink, url } from './said.mjs';

const isSingle = asked.mode === 'single';
const client = createClient({
  url: isSingle ? `${url}/stream` : url,
  singleConnection: isSingle,
  headers: asked.token ? { authorization: `Bearer ${asked.token}` } : {},
  retryAttempts: 0,
});

const stop = client.subscribe({ query: asked.query, variables: asked.variables }, sink(() => stop()));
