// npm graphql-sse over its single connection, behind a proxy that cuts it after each few results: an operation is begun anew
// by hand, after the cursor of the last result, since the client itself repeats it as it was.
import http from 'node:http';
import { createClient } from 'graphql-sse';
import { asked, say, url } from './said.mjs';

const target = new URL(url);

const proxy = http.createServer((request, response) => {
  const { method, url: path } = request;
  // What is compressed has no events that could be told from each other.
  const headers = { ...request.headers, host: target.host, 'accept-encoding': 'identity' };
  const upstream = http.request({ host: target.hostname, port: target.port, path, method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.on('error', () => response.destroy());
    answer.on('end', () => response.end());
    let results = 0;
    let text = '';
    answer.on('data', (chunk) => {
      text += chunk;
      const isStream = answer.headers['content-type']?.startsWith('text/event-stream');
      const end = isStream ? '\n\n' : '';
      for (let place = text.indexOf(end); text && place >= 0; place = text.indexOf(end)) {
        const piece = isStream ? text.slice(0, place + 2) : text;
        text = text.slice(piece.length);
        response.write(piece);
        results += piece.startsWith('event: next') ? 1 : 0;
        if (results === asked.cutAfter) {
          // What was written comes to the client; nothing more does.
          response.end();
          upstream.destroy();
          return;
        }
      }
    });
  });
  upstream.on('error', () => response.destroy());
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
});

proxy.listen(0, '127.0.0.1', async () => {
  const client = createClient({
    url: `http://127.0.0.1:${proxy.address().port}${target.pathname}/stream`,
    singleConnection: true,
    retryAttempts: 0,
  });
  let cursor = asked.variables.after;
  let left = asked.take;
  while (left > 0) {
    try {
      for await (const result of client.iterate({ query: asked.query, variables: { after: cursor } })) {
        say({ next: result });
        cursor = result.data.syncEvents.cursor;
        left -= 1;
        if (left === 0) break;
      }
    } catch {
      say({ cut: true });
    }
  }
  client.dispose();
  proxy.close();
  proxy.closeAllConnections();
});
