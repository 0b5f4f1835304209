// Rows read on each of the last days, a bar for each; a mark over those on which syncs failed.

import { Text } from '@mantine/core';
import { IconCircleX } from '@tabler/icons-react';
import { type KeyboardEvent, lazy, memo, Suspense, useRef, useState } from 'react';
import { formatCount, formatDay, formatShort } from '../ui/format';
import { Empty } from '../ui/states';
import type { OverviewDaysQuery } from './Overview.generated';

const Hint = lazy(() => import('../ui/Hint'));

type Day = OverviewDaysQuery['syncDays'][number];

interface Props {
  /** The oldest first, today the last. */
  days: readonly Day[];
}

/** It stays as it is while the bars of syncs move. */
export const RowsPerDay = memo(function RowsPerDay({ days }: Props) {
  // One stop of the Tab key; arrows go from day to day.
  const [current, setCurrent] = useState(days.length - 1);
  const [shown, setShown] = useState<number>();
  const bars = useRef<(HTMLElement | null)[]>([]);
  const over = useRef<HTMLElement>(null);

  const rows = days.reduce((sum, day) => sum + day.recordsProcessed, 0);
  const failed = days.reduce((sum, day) => sum + day.failed, 0);
  const most = Math.max(...days.map((day) => day.recordsProcessed), 1);
  if (days.every((day) => day.syncs === 0)) {
    return (
      <Empty title="Nothing was read lately">
        No sync has ended in the last {formatCount(days.length)} days. The rows of each day show
        here, and the syncs that failed.
      </Empty>
    );
  }

  function show(place: number) {
    over.current = bars.current[place] ?? null;
    setShown(place);
  }

  function hide() {
    setShown(undefined);
  }

  function onKey(event: KeyboardEvent) {
    const to = placeBehind(event.key, current, days.length - 1);
    if (to !== undefined) {
      event.preventDefault();
      setCurrent(to);
      bars.current[to]?.focus();
    }
  }

  return (
    <>
      <Text size="sm" c="dimmed" className="figures">
        {formatCount(rows)} rows in {formatCount(days.length)} days
        {failed > 0 && (
          <>
            ,{' '}
            <span className="day-failed">
              <IconCircleX size={14} aria-hidden="true" /> {syncs(failed)} failed
            </span>
          </>
        )}
      </Text>
      <div className="day-bars">
        <span className="day-bars-most figures" aria-hidden="true">
          {formatShort(most)}
        </span>
        <ol aria-label="Rows per day">
          {days.map((day, place) => (
            <li key={day.date}>
              <div
                ref={(bar) => {
                  bars.current[place] = bar;
                }}
                role="img"
                aria-label={inWords(day, place === days.length - 1)}
                className="day"
                tabIndex={place === current ? 0 : -1}
                onMouseEnter={() => show(place)}
                onMouseLeave={hide}
                onFocus={() => {
                  setCurrent(place);
                  show(place);
                }}
                onBlur={hide}
                onKeyDown={onKey}
              >
                <div className="day-bar-place">
                  {day.failed > 0 && (
                    <span className="day-mark day-failed figures">
                      <IconCircleX size={14} />
                      {formatCount(day.failed)}
                    </span>
                  )}
                  {day.recordsProcessed > 0 && (
                    <div
                      className="day-bar"
                      style={{ height: `${(day.recordsProcessed / most) * 100}%` }}
                    />
                  )}
                </div>
                <span className="day-number figures">{Number(day.date.slice(-2))}</span>
              </div>
            </li>
          ))}
        </ol>
      </div>
      {shown !== undefined && days[shown] !== undefined && (
        <Suspense fallback={null}>
          <Hint key={shown} over={over} label={inWords(days[shown], shown === days.length - 1)} />
        </Suspense>
      )}
    </>
  );
});

/** `Today, Fri, 27 Nov: 12,345 rows read, 2 of 5 syncs failed` */
function inWords(day: Day, isToday: boolean): string {
  const date = `${isToday ? 'Today, ' : ''}${formatDay(day.date)}`;
  const read = `${formatCount(day.recordsProcessed)} rows read`;
  if (day.syncs === 0) {
    return `${date}: no sync`;
  }
  return day.failed === 0
    ? `${date}: ${read} by ${syncs(day.syncs)}`
    : `${date}: ${read}, ${formatCount(day.failed)} of ${syncs(day.syncs)} failed`;
}

function syncs(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'sync' : 'syncs'}`;
}

/** Where a key leads from a place; nothing where it leads nowhere. */
function placeBehind(key: string, place: number, last: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
      return Math.max(place - 1, 0);
    case 'ArrowRight':
      return Math.min(place + 1, last);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
