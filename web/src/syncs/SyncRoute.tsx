// One sync in full: where it stands, how far each data source is, and all that happened.

import { useMutation, useQuery } from '@apollo/client/react';
import { Alert, Anchor, Button, Card, Code, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { memo } from 'react';
import { Link, useParams } from 'react-router';
import type { ProgressPartsFragment } from '../live/SyncProgress.generated';
import { AbsentScreen } from '../ui/AbsentScreen';
import { formatBytes, formatCount, formatRate, formatWord } from '../ui/format';
import { PageHeader } from '../ui/PageHeader';
import { StatusBadge } from '../ui/StatusBadge';
import { SyncBar } from '../ui/SyncBar';
import { Time } from '../ui/Time';
import { tellFailure } from '../ui/tellFailure';
import { EventLog } from './EventLog';
import {
  CancelSyncDocument,
  type SyncFacts_SyncLogFragment,
  SyncRouteDocument,
} from './Sync.generated';
import { Took } from './Took';
import { useSyncState } from './useSyncState';

const RUNS = ['QUEUED', 'RUNNING'];

export default function SyncRoute() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery(SyncRouteDocument, {
    variables: { id },
    fetchPolicy: 'cache-and-network',
  });
  const stored = data?.syncLog;
  const ran = stored !== null && stored !== undefined && RUNS.includes(stored.status);
  const live = useSyncState(id, ran, () => void refetch());
  const sync = ran ? { ...stored, ...live } : stored;
  const isRunning = sync !== null && sync !== undefined && RUNS.includes(sync.status);
  const [cancel, cancelling] = useMutation(CancelSyncDocument, { variables: { syncLogId: id } });

  if (sync === undefined || sync === null) {
    return (
      <AbsentScreen
        record={sync}
        kind="sync"
        title="Sync"
        above={[{ title: 'Syncs', to: '/syncs' }]}
        error={error}
        onRetry={() => void refetch()}
      >
        It may have been removed by retention.
      </AbsentScreen>
    );
  }

  async function stop() {
    try {
      await cancel();
    } catch (failure) {
      tellFailure('It goes on', failure);
    }
  }

  return (
    <>
      <PageHeader
        title={sync.connector.name}
        beside={<StatusBadge status={sync.status} />}
        above={[
          { title: 'Syncs', to: '/syncs' },
          { title: sync.connector.name, to: `/connectors/${sync.connector.id}` },
        ]}
        description={
          <>
            {formatWord(sync.syncType)} sync, {formatWord(sync.trigger).toLowerCase()}, asked for{' '}
            <Time time={sync.queuedAt} exact />
          </>
        }
      >
        {isRunning && (
          <Button
            color="red"
            variant="light"
            loading={cancelling.loading}
            onClick={() => void stop()}
          >
            Cancel
          </Button>
        )}
      </PageHeader>
      <Stack gap="lg">
        {sync.errorMessage !== null && <WhyItFailed sync={sync} />}
        <Facts sync={sync} />
        <Card withBorder component="section" aria-label="Data sources">
          <Title order={2} size="h4" mb="sm">
            Data sources
          </Title>
          <Stack gap="md">
            {sync.sources.length === 0 && (
              <Text c="dimmed">They are shown as soon as the sync has been planned.</Text>
            )}
            {sync.sources.map(({ dataSource, ...progress }) => (
              <div key={dataSource.id}>
                <SyncBar {...progress} name={dataSource.name} />
                <TableLink id={dataSource.id} name={dataSource.tableName} />
              </div>
            ))}
          </Stack>
        </Card>
        <EventLog key={sync.id} syncLogId={sync.id} isRunning={isRunning} />
      </Stack>
    </>
  );
}

/** It stays as it is while the bar above it grows. */
const TableLink = memo(function TableLink({ id, name }: { id: string; name: string }) {
  return (
    <Anchor component={Link} to={`/sources/${id}`} size="xs">
      {name}
    </Anchor>
  );
});

function WhyItFailed({ sync }: { sync: SyncFacts_SyncLogFragment }) {
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertCircle aria-hidden="true" />}
      title="Why it failed"
    >
      <Text className="breaks">{sync.errorMessage}</Text>
      {sync.errorDetails !== null && (
        <Code block mt="xs">
          {JSON.stringify(sync.errorDetails, null, 2)}
        </Code>
      )}
    </Alert>
  );
}

/** Rows a second: of the whole sync when it is over, and of its data sources now while it runs. */
function rateOf(sync: SyncFacts_SyncLogFragment, sources: readonly ProgressPartsFragment[]) {
  if (sync.completedAt === null) {
    return sources.reduce((rate, { rowsPerSecond }) => rate + (rowsPerSecond ?? 0), 0);
  }
  const begin = new Date(sync.startedAt ?? sync.completedAt).getTime();
  const seconds = (new Date(sync.completedAt).getTime() - begin) / 1000;
  return seconds > 0 ? sync.recordsProcessed / seconds : 0;
}

interface FactsProps {
  sync: SyncFacts_SyncLogFragment & { sources: readonly ProgressPartsFragment[] };
}

function Facts({ sync }: FactsProps) {
  const rate = rateOf(sync, sync.sources);
  const facts: [string, React.ReactNode][] = [
    ['Rows read', formatCount(sync.recordsProcessed)],
    ['Added', formatCount(sync.recordsAdded)],
    ['Updated', formatCount(sync.recordsUpdated)],
    ['Deleted', formatCount(sync.recordsDeleted)],
    ['Rejected', formatCount(sync.recordsRejected)],
    ['Bytes read', formatBytes(sync.bytesProcessed)],
    ['Took', <Took key="took" startedAt={sync.startedAt} completedAt={sync.completedAt} />],
    ['Rate', rate === 0 ? '–' : formatRate(rate)],
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <Text size="sm" c="dimmed">
            {name}
          </Text>
          <Text fw={600} className="figures">
            {value}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}
