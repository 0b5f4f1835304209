import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { api } from '../testing/api';
import { visit } from '../testing/visit';

const RUNNING = {
  id: 'log_1',
  status: 'RUNNING',
  connector: { id: 'con_1', name: 'Shop' },
  startedAt: '2026-11-27T12:00:00Z',
  recordsProcessed: 10,
} as const;

const FAILED = {
  id: 'log_2',
  status: 'FAILED',
  connector: { id: 'con_2', name: 'Mail' },
  startedAt: '2026-11-27T11:00:00Z',
  completedAt: '2026-11-27T11:03:20Z',
  recordsProcessed: 5000,
  recordsRejected: 3,
  errorMessage: 'the password is wrong',
} as const;

test('shows how each sync went', async () => {
  api.query = { syncLogs: [RUNNING, FAILED] };
  visit('/syncs');
  const row = await screen.findByRole('row', { name: /Mail/ });
  expect(row).toHaveTextContent('Failed');
  expect(row).toHaveTextContent('the password is wrong');
  expect(row).toHaveTextContent('3 min 20 s');
  expect(row).toHaveTextContent('5,000');
  expect(row).toHaveTextContent('3 rejected');
  expect(within(row).getByRole('link', { name: 'Mail' })).toHaveAttribute('href', '/syncs/log_2');
});

test('the filters of the address are those of the request', async () => {
  visit('/syncs?status=FAILED&status=PARTIAL&connector=con_2&status=NONSENSE');
  expect(await screen.findByText('None matches the filters.')).toBeVisible();
  expect(api.asked('SyncsRoute')).toMatchObject([
    { status: ['PARTIAL', 'FAILED'], connectorId: 'con_2' },
  ]);
});

test('a connector that is chosen goes into the address', async () => {
  api.query = { syncLogs: [FAILED], connectors: [{ id: 'con_2', name: 'Mail' }] };
  const { user, address } = visit('/syncs?status=FAILED');
  await user.click(await screen.findByRole('combobox', { name: 'Connector' }));
  await user.click(await screen.findByRole('option', { name: 'Mail' }));
  expect(address()).toBe('/syncs?status=FAILED&connector=con_2');
});

test('the rows of a running sync are the sum of what its data sources tell', async () => {
  api.query = { syncLogs: [RUNNING] };
  visit('/syncs');
  const row = await screen.findByRole('row', { name: /Shop/ });
  await waitFor(() => expect(api.followers('syncEvents')).toHaveLength(1));
  for (const [dataSourceId, rows] of [
    ['src_1', 4000],
    ['src_2', 500],
    ['src_1', 4100],
  ] as const) {
    api.tell('syncEvents', {
      kind: 'PROGRESS',
      syncLogId: 'log_1',
      dataSourceId,
      progress: { status: 'RUNNING', rows },
    });
  }
  await waitFor(() => expect(row).toHaveTextContent('4,600'));
});

test('a sync that begins comes into the list', async () => {
  visit('/syncs');
  await screen.findByRole('heading', { name: 'No syncs here' });
  await waitFor(() => expect(api.followers('syncEvents')).toHaveLength(1));
  api.query = { syncLogs: [RUNNING] };
  api.tell('syncEvents', { kind: 'STATE', syncLogId: 'log_1', status: 'RUNNING' });
  expect(await screen.findByRole('row', { name: /Shop/ })).toBeVisible();
});
