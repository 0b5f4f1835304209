import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { api, refusal } from '../testing/api';
import { SHOP } from '../testing/shop';
import { visit } from '../testing/visit';

const CONNECTOR = {
  ...SHOP,
  timezone: 'UTC',
  dataSources: [
    {
      id: 'src_1',
      name: 'orders',
      tableName: 'shop.orders',
      primaryKey: ['id'],
      cursorField: 'changed_at',
      rowCount: 12_345,
      byteSize: 2_500_000,
      isActive: true,
      syncEnabled: true,
    },
  ],
} as const;

beforeEach(() => {
  api.query = {
    connector: CONNECTOR,
    connectorTypes: [
      {
        type: 'DATABASE',
        connectionSchema: { properties: { host: { type: 'string' } }, required: ['host'] },
      },
    ],
    connectorType: {
      authSchema: { properties: { password: { type: 'string', writeOnly: true } } },
    },
  };
});

test('shows its data sources with how they are read and how large they are', async () => {
  visit('/connectors/con_1');
  expect(await screen.findByRole('heading', { level: 1, name: 'Shop' })).toBeVisible();
  const row = screen.getByRole('row', { name: /orders/ });
  expect(row).toHaveTextContent('shop.orders');
  expect(row).toHaveTextContent('by changed_at');
  expect(row).toHaveTextContent('12,345');
  expect(row).toHaveTextContent('2.5 MB');
});

test('what stands before the first discovery, and before the first sync', async () => {
  api.query = { connector: { ...CONNECTOR, dataSources: [] } };
  const { user, address } = visit('/connectors/con_1');
  expect(await screen.findByRole('heading', { name: 'Not discovered yet' })).toBeVisible();
  await user.click(screen.getByRole('tab', { name: 'History' }));
  expect(screen.getByRole('heading', { name: 'No sync yet' })).toBeVisible();
  expect(address()).toBe('/connectors/con_1?tab=history');
});

test('its history leads to all of its syncs', async () => {
  const log = {
    id: 'log_1',
    status: 'SUCCEEDED',
    connector: { id: 'con_1', name: 'Shop' },
  } as const;
  api.query = { connector: { ...CONNECTOR, syncLogs: [log] } };
  visit('/connectors/con_1?tab=history');
  expect(await screen.findByRole('link', { name: 'All its syncs' })).toHaveAttribute(
    'href',
    '/syncs?connector=con_1',
  );
});

test('a data source that cannot be switched off stays on, and it is told why', async () => {
  api.mutation = { updateDataSource: refusal('it is being read') };
  const { user } = visit('/connectors/con_1');
  await user.click(await screen.findByRole('switch', { name: 'Sync orders' }));
  expect(await screen.findByText('it is being read')).toBeVisible();
  expect(screen.getByRole('switch', { name: 'Sync orders' })).toBeChecked();
  expect(api.asked('SwitchSource')).toEqual([{ id: 'src_1', isActive: false }]);
});

test('a test of the connection tells what came of it', async () => {
  api.mutation = { testConnection: { success: false, message: 'the password is wrong' } };
  const { user } = visit('/connectors/con_1');
  await user.click(await screen.findByRole('button', { name: 'Test' }));
  expect(await screen.findByText('It does not answer')).toBeVisible();
  expect(screen.getByText('the password is wrong')).toBeVisible();
});

test('credentials are never shown, and stay as they are unless given anew', async () => {
  api.mutation = { updateConnector: { connector: CONNECTOR } };
  const { user } = visit('/connectors/con_1?tab=settings');
  const credentials = within(await screen.findByRole('region', { name: 'Credentials' }));
  const password = credentials.getByLabelText(/^Password/);
  expect(password).toHaveAttribute('type', 'password');
  expect(password).toHaveValue('');
  const host = screen.getByRole('textbox', { name: 'Host' });
  expect(host).toHaveValue('db.local');
  await user.type(host, 'host');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Saved')).toBeVisible();
  await user.type(password, 'hunter2');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(api.asked('UpdateConnector')).toHaveLength(2));
  const [first, second] = api.asked('UpdateConnector').map(({ input }) => input);
  expect(first).toMatchObject({ id: 'con_1', connectionConfig: { host: 'db.localhost' } });
  expect(first).not.toHaveProperty('authConfig');
  expect(second).toMatchObject({ authConfig: { password: 'hunter2' } });
});

test('deleting it says what goes, and wants its name', async () => {
  api.query = { ...api.query, connectors: [] };
  api.mutation = { deleteConnector: { deletedId: 'con_1' } };
  const { user, address } = visit('/connectors/con_1?tab=settings');
  await user.click(await screen.findByRole('button', { name: 'Delete…' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Delete Shop?' }));
  expect(dialog.getByText(/its data sources and the record of its syncs/)).toBeVisible();
  expect(dialog.getByText(/cannot be\s+undone/)).toBeVisible();
  expect(dialog.getByRole('checkbox', { name: /lake tables/ })).not.toBeChecked();
  const remove = dialog.getByRole('button', { name: 'Delete' });
  expect(remove).toBeDisabled();
  await user.type(dialog.getByRole('textbox', { name: 'Type Shop to go on' }), 'Shop');
  await user.click(remove);
  await waitFor(() => expect(address()).toBe('/connectors'));
  expect(api.asked('DeleteConnector')).toEqual([{ id: 'con_1', dropData: false }]);
});

test('a connector that cannot be deleted stays, with the reason in the dialogue', async () => {
  api.mutation = {
    deleteConnector: refusal('a workflow reads it', {
      code: 'CONFLICT',
      hint: 'Delete the workflow first.',
    }),
  };
  const { user, address } = visit('/connectors/con_1?tab=settings');
  await user.click(await screen.findByRole('button', { name: 'Delete…' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(dialog.getByRole('checkbox', { name: /lake tables/ }));
  await user.type(dialog.getByRole('textbox'), 'Shop');
  await user.click(dialog.getByRole('button', { name: 'Delete' }));
  expect(await dialog.findByRole('alert')).toHaveTextContent('Delete the workflow first.');
  expect(api.asked('DeleteConnector')).toEqual([{ id: 'con_1', dropData: true }]);
  expect(address()).toBe('/connectors/con_1?tab=settings');
});

test('the sync that runs shows its bars, as they are told live', async () => {
  const reading = {
    dataSource: { id: 'src_1', name: 'orders' },
    status: 'RUNNING',
    rows: 5,
  } as const;
  api.query = {
    connector: { ...CONNECTOR, latestSync: { id: 'log_1', status: 'RUNNING', sources: [reading] } },
  };
  visit('/connectors/con_1');
  const running = await screen.findByRole('region', { name: 'Running sync' });
  const bar = within(running).getByRole('progressbar', { name: 'orders, Running' });
  expect(bar).toHaveAttribute('aria-valuetext', '5 rows, how many there are is not known');
  await waitFor(() =>
    expect(api.followers('syncEvents')).toMatchObject([{ connectorId: 'con_1' }]),
  );
  api.tell('syncEvents', {
    kind: 'PROGRESS',
    syncLogId: 'log_1',
    dataSourceId: 'src_1',
    progress: { status: 'RUNNING', rows: 70 },
  });
  await waitFor(() => expect(running).toHaveTextContent('70 rows'));
});
