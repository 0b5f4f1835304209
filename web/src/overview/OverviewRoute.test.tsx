import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { api, forever, refusal } from '../testing/api';
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
    '/syncs?status=QUEUED&status=RUNNING',
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
  expect(running).toHaveTextContent('64%');
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

const DAYS = [
  { date: '2026-11-25', syncs: 0, failed: 0, recordsProcessed: 0 },
  { date: '2026-11-26', syncs: 5, failed: 2, recordsProcessed: 12_345 },
  { date: '2026-11-27', syncs: 1, failed: 0, recordsProcessed: 1_000 },
];

async function rowsPerDay() {
  return within(await screen.findByRole('region', { name: 'Rows per day' }));
}

test('the rows of each day are counted in the zone of the browser, with the syncs that failed', async () => {
  api.query = { ...api.query, syncDays: DAYS };
  visit('/');
  const section = await rowsPerDay();
  const bars = within(await section.findByRole('list', { name: 'Rows per day' }));
  expect(bars.getAllByRole('img').map((bar) => bar.getAttribute('aria-label'))).toEqual([
    'Wed, Nov 25: no sync',
    'Thu, Nov 26: 12,345 rows read, 2 of 5 syncs failed',
    'Today, Fri, Nov 27: 1,000 rows read by 1 sync',
  ]);
  expect(section.getByText(/^13,345 rows in 3 days/)).toHaveTextContent('2 syncs failed');
  expect(api.asked('OverviewDays')).toEqual([
    { timezone: new Intl.DateTimeFormat().resolvedOptions().timeZone },
  ]);
});

test('one goes from day to day by the keyboard, and reads each', async () => {
  api.query = { ...api.query, syncDays: DAYS };
  const { user } = visit('/');
  const section = await rowsPerDay();
  const today = await section.findByRole('img', { name: /^Today/ });
  expect(section.getAllByRole('img').filter((bar) => bar.tabIndex === 0)).toEqual([today]);
  await user.click(today);
  expect(await screen.findByRole('tooltip')).toHaveTextContent('1,000 rows read by 1 sync');
  await user.keyboard('{ArrowLeft}');
  expect(section.getByRole('img', { name: /Nov 26/ })).toHaveFocus();
  await waitFor(() => expect(screen.getByRole('tooltip')).toHaveTextContent('2 of 5 syncs failed'));
  await user.keyboard('{Home}{ArrowLeft}');
  expect(section.getByRole('img', { name: /Nov 25/ })).toHaveFocus();
  await user.tab();
  expect(screen.queryByRole('tooltip')).not.toBeInTheDocument();
});

test('days are counted anew when a sync has ended, not when one begins', async () => {
  api.query = { ...api.query, syncDays: DAYS };
  visit('/');
  const section = await rowsPerDay();
  await section.findByRole('img', { name: /1,000 rows read by 1 sync$/ });
  await waitFor(() => expect(api.followers('syncEvents')).toHaveLength(1));
  api.tell('syncEvents', { cursor: 'c1', kind: 'STATE', syncLogId: 'log_3', status: 'RUNNING' });
  await waitFor(() => expect(api.asked('Overview')).toHaveLength(2));
  expect(api.asked('OverviewDays')).toHaveLength(1);
  api.query = {
    ...api.query,
    syncDays: [...DAYS.slice(0, 2), { ...DAYS[2], syncs: 2, recordsProcessed: 3_000 }],
  };
  api.tell('syncEvents', { cursor: 'c2', kind: 'STATE', syncLogId: 'log_3', status: 'SUCCEEDED' });
  expect(await section.findByRole('img', { name: /3,000 rows read by 2 syncs$/ })).toBeVisible();
});

test('a failure to count them anew leaves what was counted', async () => {
  api.query = { ...api.query, syncDays: DAYS };
  visit('/');
  const section = await rowsPerDay();
  await section.findByRole('list', { name: 'Rows per day' });
  await waitFor(() => expect(api.followers('syncEvents')).toHaveLength(1));
  api.query = { ...api.query, syncDays: refusal('the database is busy') };
  api.tell('syncEvents', { cursor: 'c1', kind: 'STATE', syncLogId: 'log_1', status: 'FAILED' });
  expect(await section.findByRole('alert')).toHaveTextContent('the database is busy');
  expect(section.getAllByRole('img')).toHaveLength(3);
});

test('days without any sync are said to be so', async () => {
  api.query = { ...api.query, syncDays: [{ date: '2026-11-27' }] };
  visit('/');
  const section = await rowsPerDay();
  expect(await section.findByRole('heading', { name: 'Nothing was read lately' })).toBeVisible();
  expect(section.queryByRole('list')).not.toBeInTheDocument();
});

test('all else is there while days are counted, and where they cannot be', async () => {
  api.query = { ...api.query, syncDays: forever };
  visit('/');
  const section = await rowsPerDay();
  expect(section.getByRole('status', { name: 'Counting the rows' })).toBeVisible();
  expect(screen.getByRole('link', { name: 'Connectors 3' })).toBeVisible();
});

test('a refusal to count days can be tried again', async () => {
  api.query = { ...api.query, syncDays: refusal('no such zone', { code: 'BAD_USER_INPUT' }) };
  const { user } = visit('/');
  const section = await rowsPerDay();
  expect(await section.findByRole('alert')).toHaveTextContent('no such zone');
  expect(screen.getByRole('link', { name: 'Connectors 3' })).toBeVisible();
  api.query = { ...api.query, syncDays: DAYS };
  await user.click(section.getByRole('button', { name: 'Try again' }));
  expect(await section.findByRole('list', { name: 'Rows per day' })).toBeVisible();
  expect(section.queryByRole('alert')).not.toBeInTheDocument();
});
