// The connector types and statuses, in the order in which they are offered.

import type { ConnectorStatus, ConnectorType } from '../schema.generated';

export const TYPES: ConnectorType[] = [
  'DATABASE',
  'FILE_SYSTEM',
  'API',
  'GOOGLE_WORKSPACE',
  'MICROSOFT_365',
  'SLACK',
  'EMAIL',
  'LIMS',
  'OMICS',
  'LITERATURE',
  'CLINICAL',
];

export const STATUSES: ConnectorStatus[] = [
  'CONNECTED',
  'SYNCING',
  'CONNECTING',
  'DISCONNECTED',
  'ERROR',
];
