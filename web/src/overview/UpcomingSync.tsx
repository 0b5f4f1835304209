// A connector whose schedule fires soon.

import type { FragmentType } from '@apollo/client';
import { useFragment } from '@apollo/client/react';
import { Anchor, Group, Text } from '@mantine/core';
import { memo } from 'react';
import { Link } from 'react-router';
import { Time } from '../ui/Time';
import {
  type UpcomingSync_ConnectorFragment,
  UpcomingSync_ConnectorFragmentDoc,
} from './Overview.generated';

interface Props {
  connector: FragmentType<UpcomingSync_ConnectorFragment>;
}

/** It stays as it is while the bars of syncs move. */
export const UpcomingSync = memo(function UpcomingSync({ connector }: Props) {
  const { data, complete } = useFragment({
    fragment: UpcomingSync_ConnectorFragmentDoc,
    fragmentName: 'UpcomingSync_connector',
    from: connector,
  });
  if (!complete) {
    return null;
  }
  return (
    <Group justify="space-between">
      <Anchor component={Link} to={`/connectors/${data.id}`}>
        {data.name}
      </Anchor>
      <Text size="sm" c="dimmed">
        <Time time={data.nextSyncAt} />
      </Text>
    </Group>
  );
});
