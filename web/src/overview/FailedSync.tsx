// A sync that failed: which, when, why, and where to look.

import type { FragmentType } from '@apollo/client';
import { useFragment } from '@apollo/client/react';
import { Anchor, Group, Stack, Text } from '@mantine/core';
import { memo } from 'react';
import { Link } from 'react-router';
import { StatusBadge } from '../ui/StatusBadge';
import { Time } from '../ui/Time';
import {
  type FailedSync_SyncLogFragment,
  FailedSync_SyncLogFragmentDoc,
} from './Overview.generated';

interface Props {
  sync: FragmentType<FailedSync_SyncLogFragment>;
}

/** It stays as it is while the bars of others move. */
export const FailedSync = memo(function FailedSync({ sync }: Props) {
  const { data, complete } = useFragment({
    fragment: FailedSync_SyncLogFragmentDoc,
    fragmentName: 'FailedSync_syncLog',
    from: sync,
  });
  if (!complete) {
    return null;
  }
  return (
    <Stack gap={2}>
      <Group gap="sm">
        <Anchor component={Link} to={`/syncs/${data.id}`} fw={600}>
          {data.connector.name}
        </Anchor>
        <StatusBadge status={data.status} />
        <Text size="sm" c="dimmed">
          <Time time={data.completedAt} />
        </Text>
      </Group>
      <Text size="sm" className="breaks">
        {data.errorMessage}
      </Text>
    </Stack>
  );
});
