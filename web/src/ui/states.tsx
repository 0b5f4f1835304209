// The designed states of a screen beside the full one: loading, empty, and something went wrong.

import { Alert, Button, Code, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { describeError } from './describeError';
import { useTitle } from './useTitle';

/** Grey lines in place of what is coming. */
export function Loading({ lines = 4, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <Stack gap="sm" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike
        <Skeleton key={line} height={44} radius="md" />
      ))}
    </Stack>
  );
}

interface EmptyProps {
  title: string;
  children: ReactNode;
  /** What to do about it. */
  action?: ReactNode;
  /** Whether it is all of the screen, so that its title is the screen's. */
  isScreen?: boolean;
}

export function Empty({ title, children, action, isScreen = false }: EmptyProps) {
  useTitle(isScreen ? title : undefined);
  return (
    <Stack align="center" gap="xs" py="xl" ta="center">
      <Title order={isScreen ? 1 : 2} size="h4">
        {title}
      </Title>
      <Text c="dimmed" maw={480}>
        {children}
      </Text>
      {action}
    </Stack>
  );
}

interface FailureProps {
  error: unknown;
  onRetry?: () => void;
  /** Whether the argument that is wrong is named: where no field of a form shows it. */
  withField?: boolean;
}

/** What went wrong, with its code and what to do. */
export function Failure({ error, onRetry, withField = false }: FailureProps) {
  const { message, code, hint, field } = describeError(error);
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertCircle aria-hidden="true" />}
      title="That did not work"
      role="alert"
    >
      <Stack gap="xs" align="flex-start">
        <Text className="breaks">{message}</Text>
        {hint !== undefined && <Text className="breaks">{hint}</Text>}
        <Group gap="xs">
          {code !== undefined && <Code>{code}</Code>}
          {withField && field !== undefined && <Code className="breaks">{field}</Code>}
        </Group>
        {onRetry !== undefined && (
          <Button variant="default" size="xs" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
