// A connector whose schedule fires soon.

import type { FragmentType } from '@apollo/client';
import { useFragment } from '@apollo/client/react';
import { Anchor, Group, Text } from '@mantine/core';
import { Link } from 'react-router';
import { Time } from '../ui/Time';
import {
  type UpcomingSync_ConnectorFragment,
  UpcomingSync_ConnectorFragmentDoc,
} from './Overview.generated';

export function UpcomingSync({
  connector,
}: {
  connector: FragmentType<UpcomingSync_ConnectorFragment>;
}) {
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
}
