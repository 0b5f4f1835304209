// A sync that runs now: a bar for each of its data sources.

import type { FragmentType } from '@apollo/client';
import { useFragment } from '@apollo/client/react';
import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { Progress } from '../live/useSyncProgress';
import { SyncBar } from '../ui/SyncBar';
import { Time } from '../ui/Time';
import {
  type RunningSync_SyncLogFragment,
  RunningSync_SyncLogFragmentDoc,
} from './Overview.generated';

interface Props {
  sync: FragmentType<RunningSync_SyncLogFragment>;
  /** What has come since, by data source. */
  live: ReadonlyMap<string, Progress> | undefined;
}

export function RunningSync({ sync, live }: Props) {
  const { data, complete } = useFragment({
    fragment: RunningSync_SyncLogFragmentDoc,
    fragmentName: 'RunningSync_syncLog',
    from: sync,
  });
  if (!complete) {
    return null;
  }
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Anchor component={Link} to={`/syncs/${data.id}`} fw={600}>
          {data.connector.name}
        </Anchor>
        <Text size="sm" c="dimmed">
          began <Time time={data.startedAt ?? data.queuedAt} />
        </Text>
      </Group>
      {data.sources.map(({ dataSource, ...stored }) => (
        <SyncBar
          key={dataSource.id}
          name={dataSource.name}
          {...(live?.get(dataSource.id) ?? stored)}
        />
      ))}
    </Stack>
  );
}
