// A workflow among the others: where it stands, and when it runs next.

import type { FragmentType } from '@apollo/client';
import { useFragment } from '@apollo/client/react';
import { Anchor, Card, Group, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import { StatusBadge } from '../ui/StatusBadge';
import { Time } from '../ui/Time';
import {
  type WorkflowCard_WorkflowFragment,
  WorkflowCard_WorkflowFragmentDoc,
} from './Workflows.generated';

export function WorkflowCard({
  workflow,
}: {
  workflow: FragmentType<WorkflowCard_WorkflowFragment>;
}) {
  const { data, complete } = useFragment({
    fragment: WorkflowCard_WorkflowFragmentDoc,
    fragmentName: 'WorkflowCard_workflow',
    from: workflow,
  });
  if (!complete) {
    return null;
  }
  const done = data.steps.filter(({ status }) => status === 'SUCCEEDED').length;
  return (
    <Card withBorder padding="md" component="article" aria-label={data.name}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Anchor component={Link} to={`/workflows/${data.id}`} fw={600}>
            {data.name}
          </Anchor>
          <StatusBadge status={data.status} />
        </Group>
        {data.description !== null && <Text size="sm">{data.description}</Text>}
        <Text size="xs" c="dimmed">
          {done} of {data.steps.length} steps done
          {data.nextRunAt !== null && (
            <>
              , runs <Time time={data.nextRunAt} />
            </>
          )}
        </Text>
      </Stack>
    </Card>
  );
}
