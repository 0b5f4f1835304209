// A time as people say it, with the local and the UTC time behind it.

import { Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatLocal, formatRelative, formatUtc } from './format';

/** How often "3 minutes ago" is looked at again, in milliseconds. */
const REFRESH = 15_000;

interface Props {
  time: string | null | undefined;
  /** What stands there where there is no time. */
  otherwise?: string;
  /** Whether the local time stands there itself, not how long ago it was. */
  exact?: boolean;
}

export function Time({ time, otherwise = 'never', exact = false }: Props) {
  const now = useNow(exact ? null : REFRESH);
  if (time === null || time === undefined) {
    return <span>{otherwise}</span>;
  }
  return (
    <Tooltip
      label={exact ? formatUtc(time) : `${formatLocal(time)} (${formatUtc(time)})`}
      withArrow
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the tooltip must be reachable by keyboard */}
      <time dateTime={time} tabIndex={0}>
        {exact ? formatLocal(time) : formatRelative(time, now)}
      </time>
    </Tooltip>
  );
}

/** The time now, looked at again every so many milliseconds; once where that is null. */
export function useNow(every: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (every === null) {
      return undefined;
    }
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
