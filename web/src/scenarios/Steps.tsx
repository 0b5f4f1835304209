// The steps of a set-up, each with where it stands and what came of it.

import { Card, Group, Stack, Text, Title } from '@mantine/core';
import { Took } from '../syncs/Took';
import { formatWord } from '../ui/format';
import { StatusBadge } from '../ui/StatusBadge';
import type { ScenarioStateFragment } from './Scenarios.generated';

export function Steps({ steps }: { steps: ScenarioStateFragment['steps'] }) {
  return (
    <Card withBorder component="section" aria-label="Steps">
      <Title order={2} size="h4" mb="sm">
        Steps
      </Title>
      <Stack gap="xs" component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
        {steps.map(({ name, status, detail, startedAt, completedAt }) => (
          <Group key={name} component="li" align="baseline" gap="sm">
            <StatusBadge status={status} />
            <Text fw={600}>{formatWord(name.toUpperCase())}</Text>
            <Text
              size="sm"
              c={status === 'FAILED' ? 'red' : 'dimmed'}
              className="breaks"
              style={{ flex: '1 1 16rem' }}
            >
              {detail}
            </Text>
            {startedAt !== null && (
              <Text size="sm" c="dimmed" className="figures">
                <Took startedAt={startedAt} completedAt={completedAt} />
              </Text>
            )}
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
