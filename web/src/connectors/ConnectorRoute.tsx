// One connector: its data sources, its syncs, its settings. The address keeps which of them is open.

import { useMutation, useQuery, useSubscription } from '@apollo/client/react';
import { Alert, Badge, Button, Card, Group, Stack, Table, Tabs, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertCircle } from '@tabler/icons-react';
import { useCallback } from 'react';
import { Link, useParams } from 'react-router';
import { useSyncProgress } from '../live/useSyncProgress';
import { SyncRow } from '../syncs/SyncRow';
import { AbsentScreen } from '../ui/AbsentScreen';
import { formatCount, formatWord } from '../ui/format';
import { PageHeader } from '../ui/PageHeader';
import { StatusBadge } from '../ui/StatusBadge';
import { SyncBar } from '../ui/SyncBar';
import { Empty } from '../ui/states';
import { tellFailure } from '../ui/tellFailure';
import { useTab } from '../ui/useTab';
import {
  ConnectorRouteDocument,
  DiscoverSourcesDocument,
  TestConnectorDocument,
} from './Connector.generated';
import { ConnectorSettings } from './ConnectorSettings';
import { ConnectorsChangedDocument } from './Connectors.generated';
import { DeleteConnector } from './DeleteConnector';
import { SourceTable } from './SourceTable';
import { SyncNow } from './SyncNow';

export default function ConnectorRoute() {
  const { id = '' } = useParams();
  const [tab, setTab] = useTab('sources', ['history', 'settings']);
  const { data, error, refetch } = useQuery(ConnectorRouteDocument, {
    variables: { id },
    fetchPolicy: 'cache-and-network',
  });
  useSubscription(ConnectorsChangedDocument);
  const onState = useCallback(() => void refetch(), [refetch]);
  const progress = useSyncProgress({ connectorId: id, onState });
  const [test, testing] = useMutation(TestConnectorDocument, { variables: { connectorId: id } });
  const [discover, discovering] = useMutation(DiscoverSourcesDocument, {
    variables: { connectorId: id },
  });

  const connector = data?.connector;
  if (connector === undefined || connector === null) {
    return (
      <AbsentScreen
        record={connector}
        kind="connector"
        title="Connector"
        above={[{ title: 'Connectors', to: '/connectors' }]}
        error={error}
        onRetry={() => void refetch()}
      >
        It may have been deleted.
      </AbsentScreen>
    );
  }

  async function runTest() {
    try {
      const { data: answer } = await test();
      const result = answer?.testConnection;
      notifications.show({
        color: result?.success === true ? 'green' : 'red',
        title: result?.success === true ? 'It answers' : 'It does not answer',
        message: result?.message ?? '',
      });
    } catch (failure) {
      tellFailure('It was not tested', failure);
    }
  }

  async function runDiscovery() {
    try {
      const { data: answer } = await discover();
      const count = answer?.discoverSources.dataSources.length ?? 0;
      notifications.show({
        color: 'green',
        title: 'Looked again',
        message: `${formatCount(count)} data sources`,
      });
      await refetch();
    } catch (failure) {
      tellFailure('Nothing was found out', failure);
    }
  }

  const running = ['QUEUED', 'RUNNING'].includes(connector.latestSync?.status ?? '')
    ? connector.latestSync
    : null;
  const live = running === null ? undefined : progress.get(running.id);
  return (
    <>
      <PageHeader
        title={connector.name}
        above={[{ title: 'Connectors', to: '/connectors' }]}
        beside={
          <>
            <StatusBadge status={connector.status} />
            {connector.demoMode && (
              <Badge
                variant="outline"
                color="gray"
                styles={{ label: { color: 'var(--mantine-color-text)' } }}
              >
                Demo
              </Badge>
            )}
          </>
        }
        description={
          <>
            {formatWord(connector.type)}
            {connector.description !== null && <> · {connector.description}</>}
          </>
        }
      >
        <Button
          variant="default"
          size="xs"
          loading={testing.loading}
          onClick={() => void runTest()}
        >
          Test
        </Button>
        <Button
          variant="default"
          size="xs"
          loading={discovering.loading}
          onClick={() => void runDiscovery()}
        >
          Discover
        </Button>
        <Button component={Link} to={`/connectors/new?copy=${id}`} variant="default" size="xs">
          Duplicate
        </Button>
        <SyncNow connectorId={id} variant="filled" />
      </PageHeader>
      <Stack gap="lg">
        {connector.status === 'ERROR' && connector.statusMessage !== null && (
          <Alert
            color="red"
            variant="light"
            icon={<IconAlertCircle aria-hidden="true" />}
            title="What is wrong"
          >
            <Text className="breaks">{connector.statusMessage}</Text>
          </Alert>
        )}
        {running !== null && (
          <Card withBorder component="section" aria-label="Running sync">
            <Group justify="space-between" mb="sm">
              <Title order={2} size="h4">
                Running now
              </Title>
              <Button component={Link} to={`/syncs/${running.id}`} size="xs" variant="subtle">
                Its log
              </Button>
            </Group>
            <Stack gap="md">
              {running.sources.map(({ dataSource, ...stored }) => (
                <SyncBar
                  key={dataSource.id}
                  name={dataSource.name}
                  {...(live?.get(dataSource.id) ?? stored)}
                />
              ))}
            </Stack>
          </Card>
        )}
        <Tabs value={tab} onChange={setTab} keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="sources">
              Data sources ({formatCount(connector.dataSources.totalCount)})
            </Tabs.Tab>
            <Tabs.Tab value="history">History</Tabs.Tab>
            <Tabs.Tab value="settings">Settings</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="sources">
            {connector.dataSources.edges.length === 0 ? (
              <Empty
                title="Not discovered yet"
                action={<Button onClick={() => void runDiscovery()}>Discover</Button>}
              >
                Its tables show here as soon as somebody has looked for them, or a first sync has.
              </Empty>
            ) : (
              <SourceTable sources={connector.dataSources.edges.map(({ node }) => node)} />
            )}
          </Tabs.Panel>
          <Tabs.Panel value="history">
            {connector.syncLogs.edges.length === 0 ? (
              <Empty title="No sync yet">Each run shows here with its rows and how it ended.</Empty>
            ) : (
              <Stack>
                <Table.ScrollContainer minWidth={640}>
                  <Table verticalSpacing="sm" aria-label="Syncs">
                    <Table.Tbody>
                      {connector.syncLogs.edges.map(({ node }) => (
                        <SyncRow key={node.id} sync={node} live={progress.get(node.id)} />
                      ))}
                    </Table.Tbody>
                  </Table>
                </Table.ScrollContainer>
                <Button component={Link} to={`/syncs?connector=${id}`} variant="default">
                  All its syncs
                </Button>
              </Stack>
            )}
          </Tabs.Panel>
          <Tabs.Panel value="settings">
            <Stack gap="xl">
              <ConnectorSettings connector={connector} />
              <DeleteConnector id={id} name={connector.name} />
            </Stack>
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </>
  );
}
