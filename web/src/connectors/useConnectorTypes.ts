// What the catalogue knows of the connector types, and the settings of their forms.

import { useQuery } from '@apollo/client/react';
import type { AuthType, ConnectorType } from '../schema.generated';
import { AuthSchemaDocument, ConnectorTypesDocument } from './ConnectorTypes.generated';
import { type JsonSchema, type Setting, settingsOf } from './form/schema';

export function useConnectorTypes() {
  const { data, error } = useQuery(ConnectorTypesDocument);
  return {
    types: data?.connectorTypes ?? [],
    error,
    isLoading: data === undefined && error === undefined,
  };
}

/** The settings of one type's `connectionConfig`. */
export function connectionSettings(schema: unknown): Setting[] {
  return settingsOf(schema as JsonSchema);
}

/** The settings of one type's `authConfig`; none while they are asked for. */
export function useAuthSettings(type: ConnectorType, authType: AuthType): Setting[] {
  const { data } = useQuery(AuthSchemaDocument, {
    variables: { type, authType },
    skip: authType === 'NONE',
  });
  const schema = data?.connectorType.authSchema;
  return schema === undefined ? [] : settingsOf(schema as JsonSchema);
}
