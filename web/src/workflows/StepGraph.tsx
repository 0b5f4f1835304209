// The steps of a workflow from left to right, those that may run together below each other.

import { Button, Card, Code, Group, Stack, Text, Title } from '@mantine/core';
import { Took } from '../syncs/Took';
import { formatCount, formatWord } from '../ui/format';
import { StatusBadge } from '../ui/StatusBadge';
import { levelsOf } from './levels';
import type { WorkflowStateFragment } from './Workflows.generated';

type Step = WorkflowStateFragment['steps'][number];

interface Props {
  steps: readonly Step[];
  /** Runs a step and what depends on it again; absent while the workflow runs. */
  onRetry: ((step: string) => void) | undefined;
}

export function StepGraph({ steps, onRetry }: Props) {
  return (
    <section className="step-graph" aria-label="Steps">
      {levelsOf(steps).map((level, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a level is its place
        <Stack key={place} gap="sm" miw={240} maw={320}>
          {level.map((step) => (
            <StepCard key={step.id} step={step} onRetry={onRetry} />
          ))}
        </Stack>
      ))}
    </section>
  );
}

function StepCard({ step, onRetry }: { step: Step; onRetry: Props['onRetry'] }) {
  const { name, kind, dependsOn, status, rows, errorMessage, startedAt, completedAt, config } =
    step;
  return (
    <Card withBorder padding="sm" component="article" aria-label={name}>
      <Stack gap={6}>
        <Group justify="space-between" gap={4}>
          <Title order={2} size="h6" className="breaks">
            {name}
          </Title>
          <StatusBadge status={status} />
        </Group>
        <Text size="xs" c="dimmed">
          {formatWord(kind)}
          {dependsOn.length > 0 && `, after ${dependsOn.join(', ')}`}
        </Text>
        {(rows !== null || startedAt !== null) && (
          <Text size="xs" className="figures">
            {rows !== null && `${formatCount(rows)} rows`}
            {startedAt !== null && (
              <>
                {rows !== null && ' in '}
                <Took startedAt={startedAt} completedAt={completedAt} />
              </>
            )}
          </Text>
        )}
        {errorMessage !== null && (
          <Text size="xs" c="red" className="breaks">
            {errorMessage}
          </Text>
        )}
        <details>
          <summary>How</summary>
          <Code block mah={240}>
            {JSON.stringify(config, null, 2)}
          </Code>
        </details>
        {onRetry !== undefined &&
          (status === 'FAILED' || status === 'SKIPPED' || status === 'CANCELLED') && (
            <Button size="compact-xs" variant="light" onClick={() => onRetry(name)}>
              Run from here
            </Button>
          )}
      </Stack>
    </Card>
  );
}
