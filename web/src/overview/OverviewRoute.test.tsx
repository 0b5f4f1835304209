import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { api } from '../testing/api';
import { visit } from '../testing/visit';

beforeEach(() => {
  api.query = {
    connectors: [
      { id: 'con_1', name: 'Shop', status: 'SYNCING', nextSyncAt: '2030-01-01T06:00:00Z' },
      { id: 'con_2', name: 'Mail', status: 'ERROR', nextSyncAt: '2029-01-01T06:00:00Z' },
      { id: 'con_3', name: 'Chat', status: 'DISCONNECTED', nextSyncAt: null },
    ],
    syncLogs: ({ status }: { status: string[] }) =>
      status.includes('RUNNING')
        ? [
            {
              id: 'log_1',
              status: 'RUNNING',
              connector: { id: 'con_1', name: 'Shop' },
              sources: [
                {
                  dataSource: { id: 'src_1', name: 'orders' },
                  status: 'RUNNING',
                  phase: 'reading',
                  rows: 1000,
                  percent: 10,
                },
              ],
            },
          ]
        : [
            {
              id: 'log_2',
              status: 'FAILED',
              connector: { id: 'con_2', name: 'Mail' },
              errorMessage: 'the password is wrong',
            },
          ],
  };
});

test('counts connectors, and leads to those it has counted', async () => {
  visit('/');
  expect(await screen.findByRole('link', { name: 'Connectors 3' })).toBeVisible();
  expect(screen.getByRole('link', { name: 'Syncing now 1' })).toHaveAttribute(
    'href',
    '/syncs?status=RUNNING',
  );
  expect(screen.getByRole('link', { name: 'In error 1' })).toHaveAttribute(
    'href',
    '/connectors?status=ERROR',
  );
  expect(screen.getByRole('link', { name: 'Not reached yet 1' })).toBeVisible();
});

test('shows why the last syncs failed, and what comes next, the soonest first', async () => {
  visit('/');
  const failures = await screen.findByRole('region', { name: 'Last failures' });
  expect(failures).toHaveTextContent('Mail');
  expect(failures).toHaveTextContent('the password is wrong');
  const next = within(screen.getByRole('region', { name: 'Next on schedule' }));
  expect(next.getAllByRole('link').map((link) => link.textContent)).toEqual(['Mail', 'Shop']);
});

test('the bars of a running sync move as its events come', async () => {
  visit('/');
  const bar = await screen.findByRole('progressbar', { name: 'orders, Running' });
  expect(bar).toHaveAttribute('aria-valuenow', '10');
  await waitFor(() => expect(api.followers('syncEvents')).toHaveLength(1));
  api.tell('syncEvents', {
    cursor: 'c1',
    kind: 'PROGRESS',
    syncLogId: 'log_1',
    dataSourceId: 'src_1',
    progress: { status: 'RUNNING', phase: 'writing', rows: 6400, percent: 64.7, etaSeconds: 90 },
  });
  await waitFor(() => expect(bar).toHaveAttribute('aria-valuenow', '64.7'));
  const running = screen.getByRole('region', { name: 'Running now' });
  expect(running).toHaveTextContent('6,400 rows');
  expect(running).toHaveTextContent('64 %');
  expect(running).toHaveTextContent('writing · 1 min 30 s left');
});

test('a sync that ends leaves what runs now', async () => {
  visit('/');
  await screen.findByRole('progressbar', { name: 'orders, Running' });
  await waitFor(() => expect(api.followers('syncEvents')).toHaveLength(1));
  api.query = { ...api.query, syncLogs: [] };
  api.tell('syncEvents', { cursor: 'c2', kind: 'STATE', syncLogId: 'log_1', status: 'SUCCEEDED' });
  expect(await screen.findByRole('heading', { name: 'Nothing is running' })).toBeVisible();
  expect(screen.getByText('No sync has failed.')).toBeVisible();
});

test('a connector that recovers is counted as the server tells', async () => {
  visit('/');
  await screen.findByRole('link', { name: 'In error 1' });
  await waitFor(() => expect(api.followers('connectorChanged')).toHaveLength(1));
  api.tell('connectorChanged', { id: 'con_2', name: 'Mail', status: 'CONNECTED' });
  expect(await screen.findByRole('link', { name: 'In error 0' })).toBeVisible();
});
