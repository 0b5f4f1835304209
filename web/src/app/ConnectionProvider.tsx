// The connection to the API for all screens below it; another token makes another one.

import { ApolloProvider } from '@apollo/client/react';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { storedToken, storeToken } from '../graphiql/token';
import type { Live } from '../live/live';
import { connect } from './apollo';

interface ConnectionState {
  token: string;
  setToken: (token: string) => void;
  live: Live;
}

const Connection = createContext<ConnectionState | null>(null);

export function ConnectionProvider({ children }: { children: ReactNode }) {
  const [token, setToken] = useState(storedToken);
  const { client, live } = useMemo(() => connect(token), [token]);
  useEffect(() => () => live.close(), [live]);

  const state = useMemo(
    () => ({
      token,
      live,
      setToken: (next: string) => {
        storeToken(next);
        setToken(next);
      },
    }),
    [token, live],
  );
  return (
    <Connection value={state}>
      <ApolloProvider client={client}>{children}</ApolloProvider>
    </Connection>
  );
}

/** The token of this tab, and the state of the live connection. */
export function useConnection(): ConnectionState {
  const state = useContext(Connection);
  if (state === null) {
    throw new Error('a screen stands outside ConnectionProvider');
  }
  return state;
}
