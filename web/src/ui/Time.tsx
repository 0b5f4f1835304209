// A time as people say it, with the local and the UTC time behind it.

import { lazy, Suspense, useEffect, useId, useRef, useState } from 'react';
import { formatLocal, formatRelative, formatUtc } from './format';

const Hint = lazy(() => import('./Hint'));

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
  const place = useRef<HTMLTimeElement>(null);
  const hint = useId();
  const [isAsked, setAsked] = useState(false);
  if (time === null || time === undefined) {
    return <span>{otherwise}</span>;
  }
  return (
    <>
      <time
        ref={place}
        dateTime={time}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the hint must be reachable by keyboard
        tabIndex={0}
        aria-describedby={isAsked ? hint : undefined}
        onMouseEnter={() => setAsked(true)}
        onMouseLeave={() => setAsked(false)}
        onFocus={() => setAsked(true)}
        onBlur={() => setAsked(false)}
      >
        {exact ? formatLocal(time) : formatRelative(time, now)}
      </time>
      {isAsked && (
        <Suspense fallback={null}>
          <Hint
            id={hint}
            over={place}
            label={exact ? formatUtc(time) : `${formatLocal(time)} (${formatUtc(time)})`}
          />
        </Suspense>
      )}
    </>
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
