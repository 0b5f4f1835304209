// A bar that never lies: rows, rate, what is left, and why it waits. Without an estimate it shows no percent.

import { Progress } from '@mantine/core';
import { memo } from 'react';
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatRate,
  formatSpan,
  formatWord,
} from './format';

export interface SyncBarProps {
  name: string;
  status: string;
  phase: string;
  rows: number;
  bytes: number;
  rowsPerSecond: number | null;
  percent: number | null;
  etaSeconds: number | null;
  waitingReason: string | null;
  errorMessage: string | null;
}

/** Drawn many times a second beside many others: of plain elements, and only where something has changed. */
export const SyncBar = memo(function SyncBar(props: SyncBarProps) {
  const { name, status, percent, rows, bytes, errorMessage } = props;
  const isOver = !['QUEUED', 'RUNNING'].includes(status);
  const isUnknown = percent === null && status !== 'SUCCEEDED';
  return (
    <div className="sync-bar">
      <div className="sync-bar-head">
        <span className="sync-bar-name">{name}</span>
        <span className="sync-bar-count figures">
          {formatCount(rows)} rows · {formatBytes(bytes)}
          {percent !== null && ` · ${formatPercent(percent)}`}
        </span>
      </div>
      <Progress.Root size="md" transitionDuration={150}>
        <Progress.Section
          value={isUnknown ? 100 : (percent ?? 100)}
          color={colorOf(status)}
          striped={isUnknown && !isOver}
          animated={isUnknown && status === 'RUNNING'}
          aria-label={`${name}, ${formatWord(status)}`}
          // Mantine would say that what is drawn in full is at 100 percent.
          withAria={!isUnknown}
          {...(isUnknown
            ? {
                role: 'progressbar',
                'aria-valuetext': `${formatCount(rows)} rows, how many there are is not known`,
              }
            : {})}
        />
      </Progress.Root>
      <span className={`sync-bar-remark figures breaks ${errorMessage === null ? '' : 'is-wrong'}`}>
        {remark(props)}
      </span>
    </div>
  );
});

/** What there is to say about it now. */
export function remark(props: SyncBarProps): string {
  if (props.errorMessage !== null) {
    return props.errorMessage;
  }
  if (props.waitingReason !== null) {
    return `waiting: ${props.waitingReason}`;
  }
  if (!['QUEUED', 'RUNNING'].includes(props.status)) {
    return formatWord(props.status);
  }
  const parts = [props.phase.toLowerCase()];
  if (props.rowsPerSecond !== null) {
    parts.push(formatRate(props.rowsPerSecond));
  }
  if (props.etaSeconds !== null) {
    parts.push(`${formatSpan(props.etaSeconds)} left`);
  }
  return parts.join(' · ');
}

function colorOf(status: string): string {
  switch (status) {
    case 'SUCCEEDED':
      return 'green';
    case 'FAILED':
      return 'red';
    case 'PARTIAL':
      return 'orange';
    case 'CANCELLED':
    case 'QUEUED':
      return 'gray';
    default:
      return 'teal';
  }
}
