import { expect, test } from 'vitest';
import { RecentIds } from './recentIds';

const created = { data: { createConnector: { connector: { id: 'con_2', slug: 'shop' } } } };

test('an example opened after a connector was made speaks of it', () => {
  const ids = new RecentIds();
  ids.watch({ data: { connectors: { nodes: [{ id: 'con_1' }, { id: 'con_0' }] } } });
  expect(ids.fill({ connectorId: 'con_' })).toEqual({ connectorId: 'con_1' });
  ids.watch(created);
  expect(ids.fill({ connectorId: 'con_' })).toEqual({ connectorId: 'con_2' });
});

test('a value that somebody wrote is left alone', () => {
  const ids = new RecentIds();
  ids.watch(created);
  expect(ids.fill({ connectorId: 'con_9', query: 'SELECT 1' })).toEqual({
    connectorId: 'con_9',
    query: 'SELECT 1',
  });
});

test('without an answer the bare prefix stays as the hint', () => {
  expect(new RecentIds().fill({ connectorId: 'con_' })).toEqual({ connectorId: 'con_' });
});

test('an error answer is no news', () => {
  const ids = new RecentIds();
  ids.watch({ data: null, errors: [{ message: 'no' }] });
  ids.watch(undefined);
  expect(ids.fill({ syncLogId: 'log_' })).toEqual({ syncLogId: 'log_' });
});
