// A connector as most tests have it, and what the server says where one was made.

import type { Connector } from '../schema.generated';
import type { Parts } from './schema';

export const SHOP = {
  id: 'con_1',
  name: 'Shop',
  type: 'DATABASE',
  status: 'CONNECTED',
  authType: 'USERNAME_PASSWORD',
  connectionConfig: { host: 'db.local' },
} as const satisfies Parts<Connector>;

/** A connector that is made under this id, and reached at once. */
export const made = (id: string) => ({
  createConnector: { connector: { id } },
  testConnection: { success: true },
  discoverSources: { dataSources: [] },
});
