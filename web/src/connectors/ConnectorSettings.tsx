// The settings of a connector: its name, where it reads, its credentials, its schedule.

import type { FragmentType } from '@apollo/client';
import { useFragment, useMutation } from '@apollo/client/react';
import { Button, Card, Group, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type FormEvent, useMemo, useState } from 'react';
import { describeError, messageFor } from '../ui/describeError';
import { Failure, Loading } from '../ui/states';
import {
  type ConnectorSettings_ConnectorFragment,
  ConnectorSettings_ConnectorFragmentDoc,
  UpdateConnectorDocument,
} from './Connector.generated';
import { SchemaForm, type Values } from './form/SchemaForm';
import { NO_SCHEDULE, ScheduleFields } from './ScheduleFields';
import { connectionSettings, useAuthSettings, useConnectorTypes } from './useConnectorTypes';

type Connector = FragmentType<ConnectorSettings_ConnectorFragment>;

export function ConnectorSettings({ connector }: { connector: Connector }) {
  const { data, complete } = useFragment({
    fragment: ConnectorSettings_ConnectorFragmentDoc,
    fragmentName: 'ConnectorSettings_connector',
    from: connector,
  });
  return complete ? <SettingsForm key={data.id} connector={data} /> : <Loading />;
}

function SettingsForm({ connector }: { connector: ConnectorSettings_ConnectorFragment }) {
  const { types } = useConnectorTypes();
  const schema = types.find((one) => one.type === connector.type)?.connectionSchema;
  const settings = useMemo(
    () => (schema === undefined ? [] : connectionSettings(schema)),
    [schema],
  );
  const authSettings = useAuthSettings(connector.type, connector.authType);
  const [name, setName] = useState(connector.name);
  const [description, setDescription] = useState(connector.description ?? '');
  const [values, setValues] = useState(connector.connectionConfig as Values);
  const [auth, setAuth] = useState<Values>({});
  const [schedule, setSchedule] = useState({
    isOn: connector.syncEnabled,
    cron: connector.syncSchedule ?? NO_SCHEDULE.cron,
    timezone: connector.timezone,
  });
  const [error, setError] = useState<unknown>();
  const [update, { loading }] = useMutation(UpdateConnectorDocument);

  async function save(event: FormEvent) {
    event.preventDefault();
    setError(undefined);
    try {
      await update({
        variables: {
          input: {
            id: connector.id,
            name,
            description: description.trim() === '' ? null : description,
            // Secrets that are not given anew are kept.
            ...(connector.demoMode ? {} : { connectionConfig: values }),
            ...(Object.keys(auth).length === 0 ? {} : { authConfig: auth }),
            syncEnabled: schedule.isOn,
            ...(schedule.isOn ? { syncSchedule: schedule.cron } : {}),
            timezone: schedule.timezone,
          },
        },
      });
      setAuth({});
      notifications.show({ color: 'green', message: 'Saved' });
    } catch (failure) {
      setError(failure);
    }
  }

  const wrong = (name: string) => messageFor(name, error);
  return (
    <form onSubmit={(event) => void save(event)} noValidate>
      <Stack gap="md" maw={720}>
        <TextInput
          label="Name"
          required
          value={name}
          error={wrong('name')}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label="Description"
          autosize
          value={description}
          error={wrong('description')}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        {connector.demoMode ? (
          <Text c="dimmed">
            It reads a demo world, and has no settings or credentials of its own.
          </Text>
        ) : (
          <>
            <Card withBorder component="section" aria-label="Connection">
              <Title order={2} size="h4" mb="md">
                Connection
              </Title>
              <SchemaForm
                settings={settings}
                values={values}
                onChange={setValues}
                errors={errorsOf(error)}
              />
            </Card>
            {authSettings.length > 0 && (
              <Card withBorder component="section" aria-label="Credentials">
                <Title order={2} size="h4">
                  Credentials
                </Title>
                <Text size="sm" c="dimmed" mb="md">
                  They are stored encrypted and are never shown. What is left empty stays as it is.
                </Text>
                <SchemaForm
                  settings={authSettings.map((one) => ({ ...one, isRequired: false }))}
                  values={auth}
                  onChange={setAuth}
                  errors={errorsOf(error)}
                />
              </Card>
            )}
          </>
        )}
        <ScheduleFields value={schedule} onChange={setSchedule} error={wrong('syncSchedule')} />
        {error !== undefined && <Failure error={error} />}
        <Group>
          <Button type="submit" loading={loading}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** An error about `connectionConfig.host` stands at the field `host`. */
export function errorsOf(error: unknown): Record<string, string> {
  if (error === undefined) {
    return {};
  }
  const { field, message } = describeError(error);
  const name = field?.replace(/^(connectionConfig|authConfig)\./, '').split('.')[0];
  return name === undefined || name === '' ? {} : { [name]: message };
}
