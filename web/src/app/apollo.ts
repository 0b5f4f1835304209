// Apollo Client over our API: queries and mutations by POST, subscriptions by one WebSocket that heals by itself.

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { authorization } from '../graphiql/token';
import { LiveLink } from '../live/LiveLink';
import { Live } from '../live/live';

export interface Connected {
  client: ApolloClient;
  live: Live;
}

/** Connects to the server that sent this page. */
export function connect(token: string): Connected {
  const headers = authorization(token);
  const live = new Live(socketUrl(), headers);
  const client = new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new LiveLink(live),
      new HttpLink({ uri: '/graphql', headers }),
    ),
    cache: makeCache(),
    dataMasking: true,
  });
  readAnewAfterBreaks(live, client);
  return { client, live };
}

/** Events are told again behind their cursors; what has none, such as changes of connectors, is not. */
function readAnewAfterBreaks(live: Live, client: ApolloClient): void {
  let before = live.getState();
  live.subscribe(() => {
    const now = live.getState();
    if (before === 'lost' && now === 'open') {
      // A screen whose query fails again says so itself.
      client.refetchQueries({ include: 'active' }).catch(() => undefined);
    }
    before = now;
  });
}

/** The cache, with what it must know of our lists. */
export function makeCache(): InMemoryCache {
  return new InMemoryCache({
    typePolicies: {
      Query: {
        fields: {
          connectors: relayStylePagination(['type', 'status', 'search']),
          dataSources: relayStylePagination(['connectorId', 'search']),
          syncLogs: relayStylePagination(['connectorId', 'status']),
          workflows: relayStylePagination(),
          conversations: relayStylePagination(['scenarioId']),
        },
      },
      Connector: {
        fields: {
          dataSources: relayStylePagination(),
          syncLogs: relayStylePagination(['status']),
        },
      },
      // Values without an id belong to what they came with.
      SourceProgress: { keyFields: false, merge: true },
      SyncEvent: { keyFields: false },
      QueryResult: { keyFields: false },
      // A list that comes is all of it: what is not in it is gone.
      DataSource: { fields: { schema: { merge: false }, schemaHistory: { merge: false } } },
      SyncLog: { fields: { sources: { merge: false } } },
      Workflow: {
        fields: { steps: { merge: false }, files: { merge: false }, tables: { merge: false } },
      },
      Scenario: {
        fields: {
          steps: { merge: false },
          connectors: { merge: false },
          dataSources: { merge: false },
        },
      },
    },
  });
}

function socketUrl(): string {
  const url = new URL('/graphql', window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
