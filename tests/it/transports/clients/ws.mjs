// npm graphql-ws: graphql-transport-ws. With `cutAfter` its connection breaks after each so many results, and what is
// asked for goes on after the last cursor, as docs/live.md says.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { asked, say, sink, url } from './said.mjs';

const client = createClient({
  url: url.replace(/^http/, 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: asked.token ? { authorization: `Bearer ${asked.token}` } : undefined,
  retryAttempts: asked.cutAfter ? 100 : 0,
  retryWait: async () => {},
});
client.on('closed', (event) => say({ closed: event.code }));

let cursor = asked.variables?.after;
let results = 0;
const payload = {
  query: asked.query,
  get variables() {
    return asked.cutAfter ? { after: cursor } : asked.variables;
  },
};
const said = sink(() => stop());
const stop = client.subscribe(payload, {
  ...said,
  next(result) {
    said.next(result);
    results += 1;
    if (asked.cutAfter) {
      cursor = result.data.syncEvents.cursor;
      if (results % asked.cutAfter === 0 && results < asked.take) client.terminate();
    }
  },
});
