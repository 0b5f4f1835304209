// All that happened in a sync: what is stored, then what comes, without a gap between them.

import {
  Badge,
  Button,
  Card,
  Checkbox,
  Group,
  ScrollArea,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { formatCount, formatLocal, formatWord } from '../ui/format';
import { Failure } from '../ui/states';
import type { EventLine_SyncEventFragment } from './Sync.generated';
import { useSyncEvents } from './useSyncEvents';

/** Lines that are drawn at first, the newest; a long sync has very many. */
const LINES = 300;

interface Props {
  syncLogId: string;
  isRunning: boolean;
}

export function EventLog({ syncLogId, isRunning }: Props) {
  const { events, error } = useSyncEvents(syncLogId, isRunning);
  const [search, setSearch] = useState('');
  const [follows, setFollows] = useState(true);
  const [most, setMost] = useState(LINES);
  const viewport = useRef<HTMLDivElement>(null);

  const matching = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return wanted === ''
      ? events
      : events.filter((event) => event.message.toLowerCase().includes(wanted));
  }, [events, search]);
  const shown = matching.slice(-most);
  const last = shown.at(-1)?.cursor;

  // biome-ignore lint/correctness/useExhaustiveDependencies: it scrolls with every line that comes
  useEffect(() => {
    if (follows && isRunning) {
      viewport.current?.scrollTo({ top: viewport.current.scrollHeight });
    }
  }, [last, follows, isRunning]);

  return (
    <Card withBorder component="section" aria-label="Event log">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          Event log
        </Title>
        <Group>
          {isRunning && (
            <Checkbox
              label="Follow"
              checked={follows}
              onChange={(event) => setFollows(event.currentTarget.checked)}
            />
          )}
          <TextInput
            aria-label="Search the log"
            placeholder="Search"
            leftSection={<IconSearch size={14} aria-hidden="true" />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        </Group>
      </Group>
      {error !== undefined && <Failure error={error} />}
      <ScrollArea.Autosize
        mah={420}
        viewportRef={viewport}
        type="auto"
        viewportProps={{ tabIndex: 0 }}
      >
        {matching.length > most && (
          <Button variant="subtle" size="xs" mb="xs" onClick={() => setMost(most + 10 * LINES)}>
            Earlier lines ({formatCount(matching.length - most)})
          </Button>
        )}
        <Stack gap={4} role="log" aria-live={follows ? 'polite' : 'off'}>
          {shown.length === 0 && (
            <Text c="dimmed">{events.length === 0 ? 'Nothing yet.' : 'No line matches.'}</Text>
          )}
          {shown.map((event) => (
            <Line key={event.id ?? event.cursor} event={event} />
          ))}
        </Stack>
      </ScrollArea.Autosize>
    </Card>
  );
}

const COLORS: Record<string, string> = { ERROR: 'red', WARNING: 'orange' };

function Line({ event }: { event: EventLine_SyncEventFragment }) {
  return (
    <Group gap="xs" align="baseline" wrap="wrap">
      <Text size="xs" c="dimmed" className="figures" component="time" dateTime={event.at}>
        {formatLocal(event.at)}
      </Text>
      <Badge
        size="xs"
        variant="outline"
        color={COLORS[event.level] ?? 'gray'}
        styles={{ label: { color: 'var(--mantine-color-text)' } }}
      >
        {formatWord(event.kind)}
      </Badge>
      <Text size="sm" className="breaks" style={{ flex: '1 1 16rem' }}>
        {event.message}
      </Text>
    </Group>
  );
}
