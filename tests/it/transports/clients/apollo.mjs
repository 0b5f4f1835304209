// npm @apollo/client: queries and mutations by HTTP, subscriptions by multipart answers. With `mode: "persisted"` queries
// are named by their hashes.
import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { asked, say, sink, url } from './said.mjs';

const isPersisted = asked.mode === 'persisted';
const http = new HttpLink({
  uri: url,
  headers: asked.token ? { authorization: `Bearer ${asked.token}` } : {},
  fetch(to, options) {
    if (isPersisted) say({ fetched: options.method });
    return fetch(to, options);
  },
});
const persisted = new PersistedQueryLink({
  useGETForHashedQueries: true,
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
});
const client = new ApolloClient({
  link: isPersisted ? ApolloLink.from([persisted, http]) : http,
  cache: new InMemoryCache(),
});
const document = gql(asked.query);
const errors = (result) => (result.error ? { error: { name: result.error.name, message: result.error.message } } : {});

if (document.definitions[0].operation === 'subscription') {
  const said = sink(() => subscription.unsubscribe());
  const subscription = client.subscribe({ query: document, variables: asked.variables }).subscribe({
    next: (result) => said.next({ data: result.data, ...errors(result) }),
    error: said.error,
    complete: said.complete,
  });
} else {
  const said = sink(() => {});
  client
    .query({ query: document, variables: asked.variables, errorPolicy: 'all' })
    .then((result) => said.next({ data: result.data, ...errors(result) }), said.error)
    .finally(said.complete);
}
