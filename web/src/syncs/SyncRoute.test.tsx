import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { SyncEvent, SyncLog } from '../schema.generated';
import { api, forever, refusal } from '../testing/api';
import type { Parts } from '../testing/schema';
import { visit } from '../testing/visit';
import { KEPT } from './KeptEvents';

const READING = {
  dataSource: { id: 'src_1', name: 'orders', tableName: 'shop.orders' },
  status: 'RUNNING',
  phase: 'reading',
  rows: 100,
  percent: 25,
  rowsPerSecond: 50,
  etaSeconds: 6,
} as const;

/** For thousands of lines to come, on a busy machine. */
const PATIENCE = { timeout: 100_000 };

const RUNNING: Parts<SyncLog> = {
  id: 'log_1',
  status: 'RUNNING',
  connector: { id: 'con_1', name: 'Shop' },
  startedAt: '2026-11-27T12:00:00Z',
  sources: [READING],
};

const DONE: Parts<SyncLog> = {
  ...RUNNING,
  status: 'SUCCEEDED',
  completedAt: '2026-11-27T12:00:10Z',
  recordsProcessed: 400,
  sources: [{ ...READING, status: 'SUCCEEDED', rows: 400, percent: 100 }],
};

function event(place: number, message: string): Parts<SyncEvent> {
  return { id: `evt_${place}`, cursor: `c${place}`, kind: 'LOG', level: 'INFO', message };
}

test('shows what a sync has done, with its rate and its log', async () => {
  api.query = { syncLog: { ...DONE, recordsAdded: 390, events: [event(1, 'orders has begun')] } };
  visit('/syncs/log_1');
  expect(await screen.findByRole('heading', { level: 1, name: 'Shop' })).toBeVisible();
  expect(screen.getByText('40 rows/s')).toBeVisible();
  expect(screen.getByText('390')).toBeVisible();
  expect(screen.getByRole('progressbar', { name: 'orders, Succeeded' })).toHaveAttribute(
    'aria-valuenow',
    '100',
  );
  expect(await screen.findByText('orders has begun')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Cancel' })).not.toBeInTheDocument();
  expect(api.followers('syncLog')).toEqual([]);
});

test('says why it failed, in words and in facts', async () => {
  api.query = {
    syncLog: {
      ...DONE,
      status: 'FAILED',
      errorMessage: 'the disk is full',
      errorDetails: { free: 0 },
    },
  };
  visit('/syncs/log_1');
  const alert = await screen.findByRole('alert');
  expect(alert).toHaveTextContent('the disk is full');
  expect(alert).toHaveTextContent('"free": 0');
});

test('the bars move with each state that is told, up to the end', async () => {
  api.query = { syncLog: RUNNING };
  visit('/syncs/log_1');
  const bar = await screen.findByRole('progressbar', { name: 'orders, Running' });
  expect(bar).toHaveAttribute('aria-valuenow', '25');
  expect(screen.getByText('reading · 50 rows/s · 6 s left')).toBeVisible();
  await waitFor(() => expect(api.followers('syncLog')).toEqual([{ id: 'log_1' }]));
  api.tell('syncLog', { ...RUNNING, sources: [{ ...READING, rows: 200, percent: 50 }] });
  await waitFor(() => expect(bar).toHaveAttribute('aria-valuenow', '50'));
  api.tell('syncLog', DONE);
  await waitFor(() => expect(bar).toHaveAccessibleName('orders, Succeeded'));
  expect(screen.queryByRole('button', { name: 'Cancel' })).not.toBeInTheDocument();
});

test('the log goes on behind what is stored, and after a cut behind what was told', async () => {
  api.query = { syncLog: { ...RUNNING, events: [event(1, 'one'), event(2, 'two')] } };
  visit('/syncs/log_1');
  const log = await screen.findByRole('log');
  // The stored page ends at the place of its second event.
  await waitFor(() =>
    expect(api.followers('syncEvents')).toMatchObject([{ syncLogId: 'log_1', after: '1' }]),
  );
  api.tell('syncEvents', event(3, 'three'));
  expect(await within(log).findByText('three')).toBeVisible();
  api.cut();
  await waitFor(() => expect(api.followers('syncEvents')).toMatchObject([{ after: 'c3' }]));
  api.tell('syncEvents', event(3, 'three'));
  api.tell('syncEvents', event(4, 'four'));
  expect(await within(log).findByText('four')).toBeVisible();
  expect(
    within(log)
      .getAllByText(/one|two|three|four/)
      .map((line) => line.textContent),
  ).toEqual(['one', 'two', 'three', 'four']);
});

test('the end of a sync has its log read on, not anew', async () => {
  api.query = { syncLog: { ...RUNNING, events: [event(1, 'one')] } };
  visit('/syncs/log_1');
  const log = await screen.findByRole('log');
  await waitFor(() => expect(api.followers('syncEvents')).toHaveLength(1));
  api.tell('syncEvents', event(2, 'two'));
  expect(await within(log).findByText('two')).toBeVisible();
  api.tell('syncLog', DONE);
  await waitFor(() =>
    expect(api.asked('SyncEventsSoFar')).toMatchObject([{ after: null }, { after: 'c2' }]),
  );
  expect(within(log).getByText('one')).toBeVisible();
});

test('a log that is too long keeps its newest lines, and says where the others are', async () => {
  const newest = Array.from({ length: KEPT }, (_, place) => event(place + 2, `line ${place}`));
  api.query = {
    syncLog: { ...DONE, events: [event(0, 'it begins'), event(1, 'it goes on'), ...newest] },
  };
  const { user } = visit('/syncs/log_1');
  const rest = await screen.findByText(/^2 earlier lines are not kept here/, {}, PATIENCE);
  expect(rest).toBeVisible();
  expect(screen.getByRole('link', { name: 'Find them by SQL' })).toHaveAttribute(
    'href',
    expect.stringMatching(/^\/sql\?query=SELECT.*system\.sync_events.*log_1/),
  );
  expect(screen.getByText(`line ${KEPT - 1}`)).toBeVisible();
  await user.type(screen.getByRole('textbox', { name: 'Search the log' }), 'it begins');
  expect(screen.getByText('No line matches.')).toBeVisible();
});

test('the log is searched, and a link shows what was found', async () => {
  api.query = { syncLog: { ...DONE, events: [event(1, 'orders begun'), event(2, 'users begun')] } };
  const { user, address } = visit('/syncs/log_1?search=users');
  await screen.findByText('users begun');
  expect(screen.queryByText('orders begun')).not.toBeInTheDocument();
  const search = screen.getByRole('textbox', { name: 'Search the log' });
  await user.clear(search);
  await user.type(search, 'ORD');
  expect(screen.queryByText('users begun')).not.toBeInTheDocument();
  expect(screen.getByText('orders begun')).toBeVisible();
  await waitFor(() => expect(address()).toBe('/syncs/log_1?search=ORD'));
});

test('a log that is still read is not said to be empty', async () => {
  api.query = { syncLog: { ...DONE, events: forever } };
  visit('/syncs/log_1');
  expect(await screen.findByRole('status', { name: 'Loading the log' })).toBeVisible();
  expect(screen.queryByText('Nothing yet.')).not.toBeInTheDocument();
});

test('a sync that cannot be cancelled goes on, and it is told why', async () => {
  api.query = { syncLog: RUNNING };
  api.mutation = { cancelSync: refusal('it has just ended') };
  const { user } = visit('/syncs/log_1');
  await user.click(await screen.findByRole('button', { name: 'Cancel' }));
  expect(await screen.findByText('it has just ended')).toBeVisible();
  expect(api.asked('CancelSync')).toEqual([{ syncLogId: 'log_1' }]);
});
