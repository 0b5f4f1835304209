// A scenario among the others.

import type { FragmentType } from '@apollo/client';
import { useFragment } from '@apollo/client/react';
import { Anchor, Card, Group, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import { StatusBadge } from '../ui/StatusBadge';
import {
  type ScenarioCard_ScenarioFragment,
  ScenarioCard_ScenarioFragmentDoc,
} from './Scenarios.generated';

export function ScenarioCard({
  scenario,
}: {
  scenario: FragmentType<ScenarioCard_ScenarioFragment>;
}) {
  const { data, complete } = useFragment({
    fragment: ScenarioCard_ScenarioFragmentDoc,
    fragmentName: 'ScenarioCard_scenario',
    from: scenario,
  });
  if (!complete) {
    return null;
  }
  return (
    <Card withBorder padding="md" component="article" aria-label={data.name}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Anchor component={Link} to={`/scenarios/${data.id}`} fw={600}>
            {data.name}
          </Anchor>
          <StatusBadge status={data.status} />
        </Group>
        <Text size="xs" c="dimmed">
          {data.category}
        </Text>
        <Text size="sm">{data.description}</Text>
      </Stack>
    </Card>
  );
}
