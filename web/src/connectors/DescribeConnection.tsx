// The second step: where it is and how to get in. The connector is made, and its connection tested.

import { useMutation } from '@apollo/client/react';
import {
  Alert,
  Button,
  Card,
  Group,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { type FormEvent, useMemo, useState } from 'react';
import type { AuthType, ConnectorType } from '../schema.generated';
import { messageFor } from '../ui/describeError';
import { formatWord } from '../ui/format';
import { Failure, Loading } from '../ui/states';
import {
  AuthorizeConnectorDocument,
  TestConnectorDocument,
  UpdateConnectorDocument,
} from './Connector.generated';
import { errorsOf } from './ConnectorSettings';
import { SchemaForm, type Values } from './form/SchemaForm';
import { CreateConnectorDocument } from './NewConnector.generated';
import { connectionSettings, useAuthSettings, useConnectorTypes } from './useConnectorTypes';

interface Props {
  type: ConnectorType;
  /** What the new one has to begin with. */
  like?: { name: string; authType: AuthType; connectionConfig: unknown; demoMode: boolean };
  onMade: (id: string) => void;
}

export function DescribeConnection({ type, like, onMade }: Props) {
  const { types, error: failure } = useConnectorTypes();
  const known = types.find((one) => one.type === type);
  const settings = useMemo(
    () => (known === undefined ? [] : connectionSettings(known.connectionSchema)),
    [known],
  );
  // A demo has no settings that a real connection could begin with.
  const own = like?.demoMode === true ? undefined : like;
  const [chosenAuth, setAuthType] = useState(own?.authType);
  const authType = chosenAuth ?? known?.authTypes[0] ?? 'NONE';
  const authSettings = useAuthSettings(type, authType);
  const [name, setName] = useState(like && `${like.name} copy`);
  const [isDemo, setDemo] = useState(like?.demoMode ?? false);
  const [values, setValues] = useState((own?.connectionConfig ?? {}) as Values);
  const [auth, setAuth] = useState<Values>({});
  const [error, setError] = useState<unknown>();
  const [refused, setRefused] = useState<string>();
  // A connector whose connection did not work is changed, not made a second time.
  const [made, setMade] = useState<string>();

  const [create, creating] = useMutation(CreateConnectorDocument);
  const [update, updating] = useMutation(UpdateConnectorDocument);
  const [test, testing] = useMutation(TestConnectorDocument);
  const [authorize, authorizing] = useMutation(AuthorizeConnectorDocument);

  if (failure !== undefined) {
    return <Failure error={failure} />;
  }
  if (known === undefined) {
    return <Loading />;
  }
  const consents = !isDemo && known.consents.some((one) => one.authType === authType);
  const called = name ?? known.name;
  const demoConfig = like?.demoMode === true ? { connectionConfig: like.connectionConfig } : {};

  async function keep(): Promise<string> {
    const common = {
      name: called,
      authType: isDemo ? ('NONE' as const) : authType,
      ...(isDemo ? demoConfig : { authConfig: auth, connectionConfig: values }),
      demoMode: isDemo,
    };
    if (made !== undefined) {
      await update({ variables: { input: { id: made, ...common } } });
      return made;
    }
    const { data } = await create({ variables: { input: { ...common, type } } });
    const id = data?.createConnector.connector.id ?? '';
    setMade(id);
    return id;
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    setError(undefined);
    setRefused(undefined);
    try {
      const id = await keep();
      const { data } = await test({ variables: { connectorId: id } });
      if (data?.testConnection.success === true) {
        onMade(id);
      } else {
        setRefused(data?.testConnection.message ?? 'The connection was not tested.');
      }
    } catch (trouble) {
      setError(trouble);
    }
  }

  async function consent() {
    setError(undefined);
    try {
      const id = await keep();
      const { data } = await authorize({
        variables: { connectorId: id, returnTo: `/connectors/new?connector=${id}` },
      });
      window.location.assign(data?.authorizeConnector.authorizationUrl ?? '');
    } catch (trouble) {
      setError(trouble);
    }
  }

  const isBusy = creating.loading || updating.loading || testing.loading || authorizing.loading;
  const wrongName = messageFor('name', error);
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack maw={720}>
        <TextInput
          label="Name"
          description="Its tables are called by it in SQL."
          required
          value={called}
          error={wrongName}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {known.supportsDemo && (
          <Switch
            label="Try it with made-up data"
            description="The connector's own code talks to a simulator inside this program; no account is needed."
            checked={isDemo}
            onChange={(event) => setDemo(event.currentTarget.checked)}
          />
        )}
        {!isDemo && (
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
            <Card withBorder component="section" aria-label="Credentials">
              <Title order={2} size="h4" mb="md">
                Credentials
              </Title>
              <Stack>
                {known.authTypes.length > 1 && (
                  <SegmentedControl
                    aria-label="How it proves who it is"
                    value={authType}
                    onChange={(value) => {
                      setAuthType(known.authTypes.find((one) => one === value));
                      setAuth({});
                    }}
                    data={known.authTypes.map((one) => ({ value: one, label: formatWord(one) }))}
                  />
                )}
                {authType === 'NONE' ? (
                  <Text size="sm" c="dimmed">
                    {known.authTypes.length === 1
                      ? 'None are needed.'
                      : 'It gets in with what the connection says. Where the system asks for more, choose how.'}
                  </Text>
                ) : (
                  <SchemaForm
                    settings={authSettings}
                    values={auth}
                    onChange={setAuth}
                    errors={errorsOf(error)}
                  />
                )}
                {consents && (
                  <Group>
                    <Button variant="default" loading={isBusy} onClick={() => void consent()}>
                      Sign in at {known.name}…
                    </Button>
                    <Text size="sm" c="dimmed">
                      You consent on their page, and come back here.
                    </Text>
                  </Group>
                )}
              </Stack>
            </Card>
          </>
        )}
        {error !== undefined && <Failure error={error} />}
        {refused !== undefined && (
          <Alert color="orange" variant="light" title="It does not answer yet" role="alert">
            <Stack gap="xs" align="flex-start">
              <Text className="breaks">{refused}</Text>
              <Text size="sm">Change what is wrong and test again; nothing has been read.</Text>
            </Stack>
          </Alert>
        )}
        <Group>
          <Button type="submit" loading={isBusy}>
            {made === undefined ? 'Make it and test the connection' : 'Test again'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
