// A plain EventSource, behind a proxy that cuts its connection after each few events; or before the first of them, and asks
// for a sync while it is away.
import http from 'node:http';
import { EventSource } from 'eventsource';
import { asked, say, url } from './said.mjs';

const target = new URL(url);

let home = Promise.resolve();
let hasBeenAway = false;

async function post(operation) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(operation) });
  return (await answer.json()).data;
}

/** Has a sync run to its end. */
async function away() {
  const { id } = (await post(asked.away)).syncConnector.syncLog;
  const look = { query: 'query($id: ID!) { syncLog(id: $id) { completedAt } }', variables: { id } };
  while ((await post(look)).syncLog.completedAt === null) await new Promise((resolve) => setTimeout(resolve, 50));
}

const proxy = http.createServer(async (request, response) => {
  await home;
  const headers = { accept: request.headers.accept };
  if (request.headers['last-event-id']) headers['last-event-id'] = request.headers['last-event-id'];
  say({ connected: request.headers['last-event-id'] ?? null });
  const upstream = http.get({ host: target.hostname, port: target.port, path: request.url, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    let events = 0;
    let text = '';
    answer.on('data', (chunk) => {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = text.slice(0, end + 2);
        text = text.slice(end + 2);
        response.write(event);
        events += event.startsWith('event: next') ? 1 : 0;
        const leaves = asked.away && !hasBeenAway && event.startsWith('event: at');
        if (leaves) {
          hasBeenAway = true;
          home = away();
        }
        if (leaves || events === asked.cutAfter) {
          upstream.destroy();
          response.end();
          return;
        }
      }
    });
    answer.on('end', () => response.end());
    answer.on('error', () => response.destroy());
  });
  upstream.on('error', () => response.destroy());
  response.on('close', () => upstream.destroy());
});

proxy.listen(0, '127.0.0.1', () => {
  const path = new URL(`http://127.0.0.1:${proxy.address().port}${target.pathname}`);
  path.searchParams.set('query', asked.query);
  path.searchParams.set('variables', JSON.stringify(asked.variables ?? {}));
  const source = new EventSource(path);
  let left = asked.take ?? Infinity;
  source.addEventListener('next', (event) => {
    if (left <= 0) return;
    const result = JSON.parse(event.data);
    say({ id: event.lastEventId, next: result });
    const { status, dataSourceId } = result.data.syncEvents;
    const isEnd = asked.away && status === 'SUCCEEDED' && dataSourceId === null;
    left = isEnd ? 0 : left - 1;
    if (left === 0) {
      source.close();
      proxy.close();
      proxy.closeAllConnections();
    }
  });
});
