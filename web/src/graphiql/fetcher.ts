// How GraphiQL reaches the API: POST /graphql, and graphql-transport-ws for subscriptions.

import { createGraphiQLFetcher, type Fetcher, isAsyncIterable } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import { newestFirst } from './newestFirst';
import { authorization } from './token';

export interface Connection {
  fetcher: Fetcher;
  /** Closes the WebSocket, where one was opened. */
  close: () => void;
}

/** Connects to the server that sent this page; `onAnswer` sees every HTTP answer. */
export function connect(token: string, onAnswer: (answer: unknown) => void): Connection {
  const headers = authorization(token);
  const socket = new URL('/graphql', window.location.href);
  socket.protocol = socket.protocol === 'https:' ? 'wss:' : 'ws:';
  const client = createClient({ url: socket.href, connectionParams: headers, lazy: true });
  const send = createGraphiQLFetcher({
    url: '/graphql',
    headers,
    wsClient: client,
    enableIncrementalDelivery: false,
    fetch: async (input, init) => answerOf(await fetch(input, init), onAnswer),
  });
  return { fetcher: withEvents(send), close: () => void client.dispose() };
}

/** The same with all events of a subscription in each of its answers. */
function withEvents(send: Fetcher): Fetcher {
  return async (operation, options) => {
    const answer = await send(operation, options);
    return isAsyncIterable(answer) ? newestFirst(answer) : answer;
  };
}

/** Turns an answer that is not JSON (a proxy's page, a refused request) into a GraphQL error that can be read. */
async function answerOf(
  response: Response,
  onAnswer: (answer: unknown) => void,
): Promise<Response> {
  const text = await response.text();
  try {
    onAnswer(JSON.parse(text));
    return new Response(text, { status: response.status, headers: response.headers });
  } catch {
    const message = `${response.status} ${response.statusText}: ${text.slice(0, 500)}`.trim();
    return Response.json({ errors: [{ message }] });
  }
}
