// npm graphql-http: the audits of the GraphQL over HTTP specification.
import { auditServer } from 'graphql-http';
import { say, url } from './said.mjs';

for (const { id, name, status, reason } of await auditServer({ url })) {
  say({ id, name, status, reason });
}
