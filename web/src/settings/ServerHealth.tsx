// Whether the server is ready, which version it is, and what it lacks.

import { Group, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { StatusBadge } from '../ui/StatusBadge';

/** How long an answer is waited for, in milliseconds. */
const PATIENCE = 5_000;

interface Health {
  status: 'READY' | 'ERROR';
  words: string;
}

/** What `/health/ready` answers. */
interface Answer {
  version?: string;
  reasons?: { part: string; message: string }[];
}

export function ServerHealth() {
  const [health, setHealth] = useState<Health>();

  useEffect(() => {
    const stop = new AbortController();
    ask(AbortSignal.any([stop.signal, AbortSignal.timeout(PATIENCE)])).then((answer) => {
      if (!stop.signal.aborted) {
        setHealth(answer);
      }
    });
    return () => stop.abort();
  }, []);

  return (
    <Group gap="sm" role="status">
      {health === undefined ? (
        <Text c="dimmed">Asking the server…</Text>
      ) : (
        <>
          <StatusBadge status={health.status} />
          <Text size="sm">{health.words}</Text>
        </>
      )}
    </Group>
  );
}

async function ask(signal: AbortSignal): Promise<Health> {
  try {
    const answer = await fetch('/health/ready', { signal });
    const { version, reasons = [] }: Answer = await answer.json();
    return answer.ok
      ? { status: 'READY', words: `DataWeaver ${version ?? ''}` }
      : {
          status: 'ERROR',
          words: reasons.map(({ part, message }) => `${part}: ${message}`).join('; '),
        };
  } catch {
    return { status: 'ERROR', words: 'The server does not answer.' };
  }
}
