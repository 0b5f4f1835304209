// All that happened in a sync: what is stored, then what comes, without a gap between them.

import { Anchor, Button, Card, Checkbox, Group, Text, TextInput, Title } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'react-router';
import { formatCount, formatLocal, formatWord } from '../ui/format';
import { Failure, Loading } from '../ui/states';
import { useDraft } from '../ui/useDraft';
import { useFilters } from '../ui/useFilters';
import type { EventLine_SyncEventFragment } from './Sync.generated';
import { useSyncEvents } from './useSyncEvents';

/** Lines that are drawn at first, the newest; a long sync has very many. */
const LINES = 300;

interface Props {
  syncLogId: string;
  isRunning: boolean;
}

/** Drawn with its events alone, not with the bars beside it, which move many times a second. */
export const EventLog = memo(function EventLog({ syncLogId, isRunning }: Props) {
  const { events, earlier, isRead, error } = useSyncEvents(syncLogId, isRunning);
  const [params, change] = useFilters();
  const [search, write] = useDraft(params.get('search') ?? '', (text) => change('search', [text]));
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
            onChange={(event) => write(event.currentTarget.value)}
          />
        </Group>
      </Group>
      {error !== undefined && <Failure error={error} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it must be scrollable by keyboard */}
      <div className="log-place" ref={viewport} tabIndex={0}>
        {earlier > 0 && <Earlier syncLogId={syncLogId} lines={earlier} />}
        {matching.length > most && (
          <Button variant="subtle" size="xs" mb="xs" onClick={() => setMost(most + 10 * LINES)}>
            Earlier lines ({formatCount(matching.length - most)})
          </Button>
        )}
        <div className="log" role="log" aria-live={follows ? 'polite' : 'off'}>
          {!isRead && events.length === 0 && error === undefined && (
            <Loading lines={2} label="Loading the log" />
          )}
          {shown.length === 0 && (isRead || events.length > 0) && (
            <Text c="dimmed">{events.length === 0 ? 'Nothing yet.' : 'No line matches.'}</Text>
          )}
          {shown.map((event) => (
            <Line key={event.id ?? event.cursor} event={event} />
          ))}
        </div>
      </div>
    </Card>
  );
});

/** Says that the log, and a search of it, is not of all lines, and where the others are. */
function Earlier({ syncLogId, lines }: { syncLogId: string; lines: number }) {
  const query = `SELECT at, kind, level, message FROM system.sync_events WHERE sync_log_id = '${syncLogId}' ORDER BY at`;
  return (
    <Text size="sm" c="dimmed" mb="xs">
      {formatCount(lines)} earlier lines are not kept here.{' '}
      <Anchor component={Link} to={`/sql?query=${encodeURIComponent(query)}`} inherit>
        Find them by SQL
      </Anchor>
    </Text>
  );
}

/** A line stays as it came: there are hundreds of them, so it is of plain elements, and drawn once. */
const Line = memo(function Line({ event }: { event: EventLine_SyncEventFragment }) {
  return (
    <div className="log-line">
      <time className="log-time figures" dateTime={event.at}>
        {formatLocal(event.at)}
      </time>
      <span className={`log-kind is-${event.level.toLowerCase()}`}>{formatWord(event.kind)}</span>
      <span className="log-message breaks">{event.message}</span>
    </div>
  );
});
