// One data source: its rows, its columns, what was read of it, and how it is read.

import { useQuery } from '@apollo/client/react';
import { Alert, Button, Code, Group, Stack, Table, Tabs, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link, useParams } from 'react-router';
import { DownloadMenu } from '../app/DownloadMenu';
import { SyncNow } from '../connectors/SyncNow';
import { AbsentScreen } from '../ui/AbsentScreen';
import { formatBytes, formatCount } from '../ui/format';
import { PageHeader } from '../ui/PageHeader';
import { Empty } from '../ui/states';
import { Time } from '../ui/Time';
import { useTab } from '../ui/useTab';
import { ColumnProfiles } from './ColumnProfiles';
import { Extracts } from './Extracts';
import { Preview } from './Preview';
import { SourceRouteDocument, type SourceRouteQuery } from './Source.generated';
import { SourceSettings } from './SourceSettings';

export default function SourceRoute() {
  const { id = '' } = useParams();
  const [tab, setTab] = useTab('preview', ['columns', 'extracts', 'settings']);
  const { data, error, refetch } = useQuery(SourceRouteDocument, {
    variables: { id },
    fetchPolicy: 'cache-and-network',
  });
  const source = data?.dataSource;
  if (source === undefined || source === null) {
    return (
      <AbsentScreen
        record={source}
        kind="data source"
        title="Data source"
        above={[{ title: 'Connectors', to: '/connectors' }]}
        error={error}
        onRetry={() => void refetch()}
      >
        It may have been removed with its connector.
      </AbsentScreen>
    );
  }

  const isThere = source.lastUpdated !== null;
  return (
    <>
      <PageHeader
        title={source.name}
        above={[
          { title: 'Connectors', to: '/connectors' },
          { title: source.connector.name, to: `/connectors/${source.connector.id}` },
        ]}
        description={
          <>
            <Code>{source.tableName}</Code> ·{' '}
            {source.rowCount === null ? 'no' : formatCount(source.rowCount)} rows
            {source.byteSize !== null && <> · {formatBytes(source.byteSize)}</>} · read{' '}
            <Time time={source.lastUpdated} />
            {source.description !== null && <Text size="sm">{source.description}</Text>}
          </>
        }
      >
        <Button
          component={Link}
          to={`/sql?query=${encodeURIComponent(`SELECT * FROM ${source.tableName} LIMIT 100`)}`}
          size="xs"
          variant="default"
          disabled={!isThere}
        >
          Open in SQL
        </Button>
        <DownloadMenu
          label="Download"
          size="xs"
          disabled={!isThere}
          target={(format) => ({ path: `/download/data-sources/${id}?format=${format}` })}
        />
        <SyncNow connectorId={source.connector.id} dataSourceIds={[id]} variant="filled" />
      </PageHeader>
      {source.missingSince !== null && (
        <Alert
          color="orange"
          variant="light"
          mb="md"
          icon={<IconAlertTriangle aria-hidden="true" />}
          title="Gone at the source"
        >
          It has not been found since <Time time={source.missingSince} exact />. The rows that were
          read stay.
        </Alert>
      )}
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="preview">Preview</Tabs.Tab>
          <Tabs.Tab value="columns">Columns</Tabs.Tab>
          <Tabs.Tab value="extracts">Extracts</Tabs.Tab>
          <Tabs.Tab value="settings">Settings</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="preview">
          {isThere ? (
            <Preview id={id} />
          ) : (
            <Empty title="Not read yet">Its rows show here after its first sync.</Empty>
          )}
        </Tabs.Panel>
        <Tabs.Panel value="columns">
          <Stack gap="xl">
            <ColumnProfiles table={isThere ? source.tableName : null} columns={source.schema} />
            <History versions={source.schemaHistory} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="extracts">
          <Extracts id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <SourceSettings source={source} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

type Source = NonNullable<SourceRouteQuery['dataSource']>;

/** How the columns have changed, the newest first. */
function History({ versions }: { versions: Source['schemaHistory'] }) {
  const changed = [...versions].sort((one, other) => other.version - one.version);
  return (
    <section aria-label="History of the columns">
      <Text fw={600} mb="xs">
        How they have changed
      </Text>
      {changed.length === 0 && <Text c="dimmed">They are told by the first sync.</Text>}
      <Table>
        <Table.Tbody>
          {changed.map(({ version, changes, at }) => (
            <Table.Tr key={version}>
              <Table.Td w={90}>Version {version}</Table.Td>
              <Table.Td>
                {changes.length === 0 ? 'as they were found first' : changes.join('; ')}
              </Table.Td>
              <Table.Td ta="right">
                <Group justify="flex-end">
                  <Time time={at} />
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
