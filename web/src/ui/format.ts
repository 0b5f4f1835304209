// Numbers, sizes, spans and times as people of the browser's locale write them.

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const oneDigit = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** `1,234,567` */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** `1.2M` */
export function formatShort(count: number): string {
  return short.format(count);
}

const ofHundred = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });

/** 64.7 as `64%`: what is not done is never rounded to done. */
export function formatPercent(percent: number): string {
  return ofHundred.format(Math.floor(percent) / 100);
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in steps of a thousand: `1.4 MB` */
export function formatBytes(bytes: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), SIZES.length - 1);
  const value = bytes / 1000 ** step;
  return `${step === 0 ? whole.format(value) : oneDigit.format(value)} ${SIZES[step]}`;
}

/** Seconds as `850 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. */
export function formatSpan(seconds: number): string {
  if (seconds < 1) {
    return `${Math.round(seconds * 1000)} ms`;
  }
  if (seconds < 60) {
    return `${seconds < 10 ? oneDigit.format(seconds) : whole.format(seconds)} s`;
  }
  const [large, small, names] =
    seconds < 3600
      ? [Math.floor(seconds / 60), Math.floor(seconds % 60), ['min', 's']]
      : seconds < 86_400
        ? [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), ['h', 'min']]
        : [Math.floor(seconds / 86_400), Math.floor((seconds % 86_400) / 3600), ['d', 'h']];
  return small === 0 ? `${large} ${names[0]}` : `${large} ${names[0]} ${small} ${names[1]}`;
}

/** Rows a second: `12,400 rows/s` */
export function formatRate(rowsPerSecond: number): string {
  return `${rowsPerSecond < 10 ? oneDigit.format(rowsPerSecond) : whole.format(rowsPerSecond)} rows/s`;
}

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'narrow' });

/** The browser's own time: `27 Nov 2026, 15:04:05` */
export function formatLocal(time: string): string {
  return local.format(new Date(time));
}

// A day has no zone: it is the same one wherever it is read.
const day = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});

/** `2026-11-27` as `Fri, 27 Nov` */
export function formatDay(date: string): string {
  return day.format(new Date(date));
}

/** The browser's time zone: `Europe/Berlin` */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** `2026-11-27 14:04:05 UTC` */
export function formatUtc(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `3 min. ago`, `in 2 hr.`; `now` within some seconds. */
export function formatRelative(time: string, now: number): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 10) {
    return 'now';
  }
  if (size < 60) {
    return relative.format(Math.round(seconds), 'second');
  }
  if (size < 3600) {
    return relative.format(Math.round(seconds / 60), 'minute');
  }
  if (size < 86_400) {
    return relative.format(Math.round(seconds / 3600), 'hour');
  }
  return relative.format(Math.round(seconds / 86_400), 'day');
}

/** `GOOGLE_WORKSPACE` as `Google Workspace`; words that are names keep their letters. */
export function formatWord(word: string): string {
  const known: Record<string, string> = {
    API: 'API',
    LIMS: 'LIMS',
    SQL: 'SQL',
    OAUTH2: 'OAuth 2',
    NONE: 'None',
    API_KEY: 'API key',
    USERNAME_PASSWORD: 'User name and password',
  };
  return (
    known[word] ??
    word
      .toLowerCase()
      .split('_')
      .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
      .join(' ')
  );
}
