import { expect, test } from 'vitest';
import { fold, type ProgressOfSyncs } from './useSyncProgress';

type SyncEvent = Parameters<typeof fold>[1][number];

function told(syncLogId: string, dataSourceId: string, rows: number): SyncEvent {
  return {
    cursor: '1',
    kind: 'PROGRESS',
    syncLogId,
    connectorId: 'con_1',
    dataSourceId,
    status: null,
    progress: {
      status: 'RUNNING',
      phase: 'reading',
      rows,
      bytes: 0,
      rejected: 0,
      rowsPerSecond: null,
      estimatedRows: null,
      percent: null,
      etaSeconds: null,
      waitingReason: null,
      errorMessage: null,
    },
  };
}

const rowsOf = (progress: ProgressOfSyncs, sync: string) =>
  [...(progress.get(sync)?.values() ?? [])].map(({ rows }) => rows);

test('the newest of each data source counts', () => {
  const before = fold(new Map(), [told('log_1', 'src_1', 1), told('log_1', 'src_2', 5)]);
  const after = fold(before, [told('log_1', 'src_1', 3), told('log_2', 'src_1', 7)]);
  expect(rowsOf(after, 'log_1')).toEqual([3, 5]);
  expect(rowsOf(after, 'log_2')).toEqual([7]);
  expect(rowsOf(before, 'log_1')).toEqual([1, 5]);
});

test('of very many syncs those are kept that go on', () => {
  let progress = fold(new Map(), [told('first', 'src_1', 1), told('long', 'src_1', 1)]);
  for (let sync = 0; sync < 1_000; sync += 1) {
    progress = fold(progress, [told(`log_${sync}`, 'src_1', 1), told('long', 'src_2', sync)]);
  }
  expect(rowsOf(progress, 'long')).toEqual([1, 999]);
  expect(progress.has('first')).toBe(false);
  expect(progress.size).toBeLessThan(1_000);
});
