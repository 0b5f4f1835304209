// One sync in the list; while it runs its rows are those that are told live.

import type { FragmentType } from '@apollo/client';
import { useFragment } from '@apollo/client/react';
import { Anchor, Table, Text } from '@mantine/core';
import { memo } from 'react';
import { Link } from 'react-router';
import type { Progress } from '../live/useSyncProgress';
import { formatBytes, formatCount, formatWord } from '../ui/format';
import { StatusBadge } from '../ui/StatusBadge';
import { Time } from '../ui/Time';
import { type SyncRow_SyncLogFragment, SyncRow_SyncLogFragmentDoc } from './Syncs.generated';
import { Took } from './Took';

interface Props {
  sync: FragmentType<SyncRow_SyncLogFragment>;
  live: ReadonlyMap<string, Progress> | undefined;
}

/** It stays as it is while others in the list go on. */
export const SyncRow = memo(function SyncRow({ sync, live }: Props) {
  const { data, complete } = useFragment({
    fragment: SyncRow_SyncLogFragmentDoc,
    fragmentName: 'SyncRow_syncLog',
    from: sync,
  });
  if (!complete) {
    return null;
  }
  const told = data.completedAt === null ? [...(live?.values() ?? [])] : [];
  const rows = Math.max(data.recordsProcessed, sum(told.map((one) => one.rows)));
  const bytes = Math.max(data.bytesProcessed, sum(told.map((one) => one.bytes)));
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={`/syncs/${data.id}`} fw={600}>
          {data.connector.name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {formatWord(data.syncType)}, {formatWord(data.trigger).toLowerCase()}
        </Text>
      </Table.Td>
      <Table.Td>
        <StatusBadge status={data.status} />
        {data.errorMessage !== null && (
          <Text size="xs" c="dimmed" lineClamp={2} maw={360} className="breaks">
            {data.errorMessage}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Time time={data.queuedAt} />
      </Table.Td>
      <Table.Td className="figures">
        <Took startedAt={data.startedAt} completedAt={data.completedAt} />
      </Table.Td>
      <Table.Td ta="right" className="figures">
        {formatCount(rows)}
        {data.recordsRejected > 0 && (
          <Text size="xs" c="dimmed">
            {formatCount(data.recordsRejected)} rejected
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" className="figures">
        {formatBytes(bytes)}
      </Table.Td>
    </Table.Tr>
  );
});

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
