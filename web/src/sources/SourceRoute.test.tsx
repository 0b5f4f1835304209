import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, test } from 'vitest';
import type { DataSource } from '../schema.generated';
import { api, refusal } from '../testing/api';
import { NOON, type Parts } from '../testing/schema';
import { visit } from '../testing/visit';

const ORDERS: Parts<DataSource> = {
  id: 'src_1',
  name: 'orders',
  tableName: 'shop.orders',
  connector: { id: 'con_1', name: 'Shop' },
  rowCount: 12_345,
  lastUpdated: NOON,
  extractType: 'FULL',
  primaryKey: ['id'],
  schema: [
    { name: 'id', sourceName: 'ID', type: 'bigint' },
    { name: 'city', sourceName: 'city', type: 'varchar', nullable: true },
  ],
  preview: {
    columns: [
      { name: 'id', type: 'bigint' },
      { name: 'city', type: 'varchar' },
    ],
    rows: [
      [1, 'Bern'],
      [2, null],
    ],
  },
};

beforeEach(() => {
  api.query = { dataSource: ORDERS };
});

test('shows its first rows, and what NULL is', async () => {
  visit('/sources/src_1');
  const table = await screen.findByRole('table', { name: 'First rows' });
  expect(await within(table).findByRole('cell', { name: 'Bern' })).toBeVisible();
  expect(within(table).getByRole('cell', { name: 'NULL' })).toBeVisible();
  expect(screen.getByText(/12,345 rows/)).toBeVisible();
  expect(screen.getByRole('link', { name: 'Open in SQL' })).toHaveAttribute(
    'href',
    '/sql?query=SELECT%20*%20FROM%20shop.orders%20LIMIT%20100',
  );
});

test('what was not read yet has no rows, and cannot be downloaded', async () => {
  api.query = { dataSource: { ...ORDERS, lastUpdated: null, rowCount: null } };
  visit('/sources/src_1');
  expect(await screen.findByRole('heading', { name: 'Not read yet' })).toBeVisible();
  expect(screen.getByRole('button', { name: 'Download' })).toBeDisabled();
});

test('what is gone at the source is told', async () => {
  api.query = { dataSource: { ...ORDERS, missingSince: NOON } };
  visit('/sources/src_1');
  expect(await screen.findByRole('alert')).toHaveTextContent('Gone at the source');
});

test('a column is profiled when it is opened', async () => {
  api.query = {
    dataSource: ORDERS,
    sql: ({ query }: { query: string }) =>
      query.includes('DISTINCT')
        ? { rows: [[10, 8, 3, 'Basel', 'Zug']] }
        : {
            rows: [
              ['Bern', 5],
              ['Zug', 3],
            ],
          },
  };
  const { user } = visit('/sources/src_1?tab=columns');
  const city = await screen.findByRole('button', { name: /^city/ });
  expect(api.asked('ProfileColumn')).toEqual([]);
  await user.click(city);
  const spread = await screen.findByRole('table', { name: 'How often the values of city are' });
  expect(within(spread).getByRole('row', { name: 'Bern 5' })).toBeVisible();
  expect(screen.getByText('NULL').nextSibling).toHaveTextContent('2');
  expect(screen.getByText('Greatest').nextSibling).toHaveTextContent('Zug');
});

test('a tab that there is not is the first', async () => {
  api.query = { dataSource: ORDERS };
  visit('/sources/src_1?tab=nonsense');
  expect(await screen.findByRole('tab', { name: 'Preview' })).toHaveAttribute(
    'aria-selected',
    'true',
  );
});

test('each extraction leads to its sync', async () => {
  api.query = {
    dataSource: {
      ...ORDERS,
      extracts: [
        {
          id: 'ext_1',
          status: 'FAILED',
          startedAt: NOON,
          rowCount: 7,
          errorMessage: 'the disk is full',
          syncLog: { id: 'log_1' },
        },
      ],
    },
  };
  const { user, address } = visit('/sources/src_1');
  await user.click(await screen.findByRole('tab', { name: 'Extracts' }));
  const row = await screen.findByRole('row', { name: /the disk is full/ });
  expect(within(row).getByRole('link')).toHaveAttribute('href', '/syncs/log_1');
  expect(address()).toBe('/sources/src_1?tab=extracts');
});

test('settings that do not fit together are told at their field', async () => {
  api.mutation = {
    updateDataSource: refusal('an incremental read needs a cursor', {
      code: 'BAD_USER_INPUT',
      field: 'cursorField',
      hint: 'Choose a column that grows.',
    }),
  };
  const { user } = visit('/sources/src_1?tab=settings');
  await user.click(await screen.findByRole('combobox', { name: 'What is read' }));
  await user.click(await screen.findByRole('option', { name: 'Incremental' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Choose a column that grows.');
  expect(screen.getByRole('combobox', { name: 'Cursor' })).toHaveAccessibleDescription(
    /an incremental read needs a cursor/,
  );
  expect(api.asked('UpdateSource')).toMatchObject([
    { input: { id: 'src_1', extractType: 'INCREMENTAL', primaryKey: ['id'], cursorField: null } },
  ]);
  expect(JSON.stringify(api.asked('UpdateSource'))).not.toContain('lookbackSeconds');
});

test('a look-back that is set is saved', async () => {
  api.mutation = { updateDataSource: { dataSource: { id: 'src_1' } } };
  const { user } = visit('/sources/src_1?tab=settings');
  await user.tripleClick(await screen.findByRole('textbox', { name: 'Look-back' }));
  await user.keyboard('600');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() =>
    expect(api.asked('UpdateSource')).toMatchObject([
      { input: { id: 'src_1', lookbackSeconds: 600 } },
    ]),
  );
});

test('a download that is refused is told in the words of the server', async () => {
  api.http.use(
    http.get('*/download/data-sources/src_1', () =>
      HttpResponse.json({ errors: [{ message: 'the table is being rewritten' }] }, { status: 409 }),
    ),
  );
  const { user } = visit('/sources/src_1');
  await user.click(await screen.findByRole('button', { name: 'Download' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Parquet' }));
  expect(await screen.findByText('the table is being rewritten')).toBeVisible();
});

test('forgetting where it was has the next sync read all of it', async () => {
  api.mutation = { resetDataSource: { dataSource: { id: 'src_1' } } };
  const { user } = visit('/sources/src_1?tab=settings');
  await user.click(await screen.findByRole('button', { name: 'Forget where it was' }));
  expect(await screen.findByText('The next sync reads all of it.')).toBeVisible();
  await waitFor(() => expect(api.asked('ResetSource')).toEqual([{ id: 'src_1' }]));
});
