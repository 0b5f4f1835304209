// npm @microsoft/microsoft-graph-client, Microsoft's own client: reads everything that a token shows, page by page, and says what
// it found. It speaks to Microsoft's hosts by https alone: what goes to the host below is sent on to the simulator.
import graph from '@microsoft/microsoft-graph-client';
import { asked, say, url } from './said.mjs';

const { AuthenticationHandler, BatchRequestContent, BatchResponseContent, Client, PageIterator, RetryHandler,
  RetryHandlerOptions, TelemetryHandler } = graph;
const host = 'graph.simulated.example';

class Transport {
  async execute(context) {
    const target = typeof context.request === 'string' ? context.request : context.request.url;
    const headers = new Headers(context.options.headers);
    headers.set('x-forwarded-host', host);
    headers.set('x-forwarded-proto', 'https');
    context.response = await fetch(target.replace(`https://${host}`, url), { ...context.options, headers });
  }
}

const chain = [
  new AuthenticationHandler({ getAccessToken: async () => asked.token }),
  new RetryHandler(new RetryHandlerOptions(0, 10)),
  new TelemetryHandler(),
  new Transport(),
];
chain.slice(0, -1).forEach((handler, place) => handler.setNext(chain[place + 1]));
const client = Client.initWithMiddleware({
  middleware: chain[0], baseUrl: `https://${host}/`, defaultVersion: 'v1.0', customHosts: new Set([host]),
});

/** Everything of a collection, and where its changes are told. */
async function all(path, headers) {
  const first = client.api(path);
  if (headers) first.headers(headers);
  const found = [];
  const iterator = new PageIterator(client, await first.get(), (item) => found.push(item) > 0, { headers });
  await iterator.iterate();
  return { found, delta: iterator.getDeltaLink() };
}

const ids = (things) => things.map((thing) => thing.id).sort();

try {
  if (asked.get) {
    say({ got: await client.api(asked.get).get() });
  } else {
    const users = await all('/users/delta?$select=id,displayName&$top=4');
    say({ users: ids(users.found) });
    say({ unchanged: (await all(users.delta)).found.length });
    const sites = (await all('/sites?search=*')).found;
    for (const site of sites) {
      for (const drive of (await all(`/sites/${site.id}/drives`)).found) {
        say({ drive: drive.id, items: ids((await all(`/drives/${drive.id}/root/delta?$top=7`)).found) });
        const books = await all(`/drives/${drive.id}/root/search(q='.xlsx')`);
        for (const book of books.found) {
          const workbook = `/drives/${drive.id}/items/${book.id}/workbook`;
          const session = await client.api(`${workbook}/createSession`).post({ persistChanges: false });
          for (const table of (await all(`${workbook}/tables`)).found) {
            let count = 0;
            for (let rows = [{}]; rows.length > 0; count += rows.length) {
              const page = client.api(`${workbook}/tables/${encodeURIComponent(table.id)}/rows`).top(100).skip(count);
              rows = (await page.header('workbook-session-id', session.id).get()).value;
            }
            say({ book: book.name, table: table.name, rows: count });
          }
          for (const sheet of (await all(`${workbook}/worksheets`)).found) {
            const range = await client.api(`${workbook}/worksheets/${sheet.name}/usedRange(valuesOnly=true)`).get();
            const [first] = range.values;
            say({ book: book.name, sheet: sheet.name, address: range.address, rows: range.values.length, first });
          }
        }
      }
      for (const list of (await all(`/sites/${site.id}/lists`)).found) {
        if (list.list.template === 'documentLibrary') continue;
        const items = (await all(`/sites/${site.id}/lists/${list.id}/items/delta?$expand=fields&$top=5`)).found;
        say({ list: list.name, items: ids(items), fields: Object.keys(items[0].fields).length });
      }
    }
    const prefer = { Prefer: 'odata.maxpagesize=5, outlook.body-content-type="text"' };
    for (const folder of (await all(`/users/${asked.user}/mailFolders`)).found) {
      const path = `/users/${asked.user}/mailFolders/${folder.id}/messages/delta`;
      const messages = (await all(path, prefer)).found;
      say({ folder: folder.displayName, messages: ids(messages), html: messages.some((one) => /<p>/.test(one.body.content)) });
    }
    const span = 'startDateTime=2020-01-01T00:00:00Z&endDateTime=2030-01-01T00:00:00Z';
    say({ events: ids((await all(`/users/${asked.user}/calendarView/delta?${span}`, prefer)).found) });
    for (const team of (await all('/teams')).found) {
      for (const channel of (await all(`/teams/${team.id}/channels`)).found) {
        const path = `/teams/${team.id}/channels/${channel.id}/messages`;
        const found = [];
        for (const message of (await all(`${path}/delta?$top=9&$expand=replies`)).found) {
          found.push(message, ...message.replies);
          const next = message['replies@odata.nextLink'];
          if (next) found.push(...(await all(next)).found);
        }
        say({ channel: channel.displayName, messages: ids(found) });
      }
    }
    // By the client's own batches.
    const content = new BatchRequestContent(users.found.slice(0, 5).map((user) => ({
      id: user.id, request: new Request(`https://${host}/users/${user.id}?$select=id,displayName`, { method: 'GET' }),
    })));
    const answers = new BatchResponseContent(await client.api('/$batch').post(await content.getContent()));
    const names = [];
    for (const [id, answer] of answers.getResponses()) names.push([id, answer.status, (await answer.json()).id === id]);
    say({ batch: names.length, statuses: [...new Set(names.map((name) => name[1]))], match: names.every((name) => name[2]) });
  }
} catch (error) {
  say({ error: { status: error.statusCode, code: error.code, message: error.message } });
}
