// The overview: how the connectors are, what runs now, how much was read, what failed, what comes next.

import { useQuery, useSubscription, useSuspenseQuery } from '@apollo/client/react';
import { Anchor, Button, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useCallback } from 'react';
import { Link } from 'react-router';
import { useSyncProgress } from '../live/useSyncProgress';
import { formatCount, ownZone } from '../ui/format';
import { PageHeader } from '../ui/PageHeader';
import { Empty, Failure, Loading } from '../ui/states';
import { FailedSync } from './FailedSync';
import {
  OverviewConnectorsDocument,
  OverviewDaysDocument,
  OverviewDocument,
} from './Overview.generated';
import { QuickStart } from './QuickStart';
import { RowsPerDay } from './RowsPerDay';
import { RunningSync } from './RunningSync';
import { UpcomingSync } from './UpcomingSync';

/** All syncs that run or wait. */
const RUNNING = '/syncs?status=QUEUED&status=RUNNING';
/** How often it is looked whether another day has begun, in milliseconds. */
const NEXT_DAY = 600_000;

export default function OverviewRoute() {
  const { data, refetch } = useSuspenseQuery(OverviewDocument, {
    fetchPolicy: 'cache-and-network',
  });
  // Changes of connectors go into the cache by their ids.
  useSubscription(OverviewConnectorsDocument);
  // Apart from the rest, which neither waits for these sums nor fails with them.
  const days = useQuery(OverviewDaysDocument, {
    variables: { timezone: ownZone() },
    fetchPolicy: 'cache-and-network',
    pollInterval: NEXT_DAY,
    skip: data.connectors.totalCount === 0,
  });
  const countAnew = days.refetch;
  const onState = useCallback(
    ({ status }: { status: string | null }) => {
      void refetch();
      if (status !== 'QUEUED' && status !== 'RUNNING') {
        // Its section says what does not work.
        countAnew().catch(() => undefined);
      }
    },
    [refetch, countAnew],
  );
  const progress = useSyncProgress({ onState });

  const { connectors, running, failed } = data;
  const counted = days.data?.syncDays;
  if (connectors.totalCount === 0) {
    return (
      <>
        <PageHeader title="Overview" />
        <QuickStart />
      </>
    );
  }
  const upcoming = connectors.nodes
    .filter((connector) => connector.nextSyncAt !== null)
    .sort((one, other) => (one.nextSyncAt ?? '').localeCompare(other.nextSyncAt ?? ''))
    .slice(0, 5);
  const count = (...statuses: string[]) =>
    connectors.nodes.filter((connector) => statuses.includes(connector.status)).length;

  return (
    <>
      <PageHeader title="Overview">
        <Button component={Link} to="/connectors/new">
          Connect a source
        </Button>
      </PageHeader>
      <Stack gap="lg">
        <SimpleGrid cols={{ base: 2, sm: 4 }}>
          <Figure title="Connectors" value={connectors.totalCount} to="/connectors" />
          <Figure title="Syncing now" value={running.totalCount} to={RUNNING} />
          <Figure title="In error" value={count('ERROR')} to="/connectors?status=ERROR" />
          <Figure
            title="Not reached yet"
            value={count('DISCONNECTED')}
            to="/connectors?status=DISCONNECTED"
          />
        </SimpleGrid>
        <Section title="Running now">
          {running.nodes.length === 0 ? (
            <Empty title="Nothing is running">
              Syncs show here while they run, with a bar for each data source.
            </Empty>
          ) : (
            running.nodes.map((sync) => (
              <RunningSync key={sync.id} sync={sync} live={progress.get(sync.id)} />
            ))
          )}
          {running.totalCount > running.nodes.length && (
            <Anchor component={Link} to={RUNNING} size="sm">
              All {formatCount(running.totalCount)} that run or wait
            </Anchor>
          )}
        </Section>
        <Section title="Rows per day">
          {days.error !== undefined && (
            <Failure error={days.error} onRetry={() => void countAnew().catch(() => undefined)} />
          )}
          {counted === undefined ? (
            days.error === undefined && <Loading lines={3} label="Counting the rows" />
          ) : (
            <RowsPerDay days={counted} />
          )}
        </Section>
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Section title="Last failures">
            {failed.nodes.length === 0 ? (
              <Text c="dimmed">No sync has failed.</Text>
            ) : (
              failed.nodes.map((sync) => <FailedSync key={sync.id} sync={sync} />)
            )}
          </Section>
          <Section title="Next on schedule">
            {upcoming.length === 0 ? (
              <Text c="dimmed">No connector has a schedule.</Text>
            ) : (
              upcoming.map((connector) => <UpcomingSync key={connector.id} connector={connector} />)
            )}
          </Section>
        </SimpleGrid>
      </Stack>
    </>
  );
}

function Figure({ title, value, to }: { title: string; value: number; to: string }) {
  return (
    <Card component={Link} to={to} withBorder padding="md" className="figure-card">
      <Text size="sm" c="dimmed">
        {title}
      </Text>
      <Text size="xl" fw={650} className="figures">
        {formatCount(value)}
      </Text>
    </Card>
  );
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Card withBorder padding="md" component="section" aria-label={title}>
      <Group mb="sm">
        <Title order={2} size="h4">
          {title}
        </Title>
      </Group>
      <Stack gap="md">{children}</Stack>
    </Card>
  );
}
