import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { api, refusal } from '../testing/api';
import { made } from '../testing/shop';
import { visit } from '../testing/visit';

const SHOP_SCHEMA = {
  type: 'object',
  required: ['host', 'mode'],
  properties: {
    host: { type: 'string', description: 'Where it\nlistens.' },
    port: { type: ['integer', 'null'], minimum: 1, maximum: 65535, default: 5432 },
    tls: { type: 'boolean', default: true },
    mode: { $ref: '#/$defs/Mode' },
    schemas: { type: 'array', items: { type: 'string' } },
  },
  $defs: { Mode: { oneOf: [{ const: 'fast', description: 'Quick.' }, { const: 'careful' }] } },
};

const PASSWORD_SCHEMA = {
  type: 'object',
  required: ['username', 'password'],
  properties: { username: { type: 'string' }, password: { type: 'string', writeOnly: true } },
};

beforeEach(() => {
  api.query = {
    connectorTypes: [
      {
        type: 'DATABASE',
        name: 'Database',
        description: 'Tables of PostgreSQL.',
        authTypes: ['USERNAME_PASSWORD', 'NONE'],
        connectionSchema: SHOP_SCHEMA,
        supportsIncremental: true,
      },
      {
        type: 'SLACK',
        name: 'Slack',
        description: 'Channels.',
        authTypes: ['TOKEN'],
        supportsDemo: true,
      },
    ],
    connectorType: { type: 'DATABASE', authSchema: PASSWORD_SCHEMA },
    connector: {
      id: 'con_9',
      dataSources: [{ id: 'src_1', name: 'orders', isActive: true, syncEnabled: true }],
    },
  };
});

test('a system is found by its words and chosen', async () => {
  const { user, address } = visit('/connectors/new');
  expect(await screen.findByRole('button', { name: /^Database/ })).toBeVisible();
  await user.type(screen.getByRole('textbox', { name: 'Search systems' }), 'channels');
  expect(screen.queryByRole('button', { name: /^Database/ })).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: /^Slack/ }));
  expect(address()).toBe('/connectors/new?type=SLACK');
});

test('the form is drawn from the JSON Schema of the type', async () => {
  visit('/connectors/new?type=DATABASE');
  const connection = within(await screen.findByRole('region', { name: 'Connection' }));
  const host = connection.getByRole('textbox', { name: 'Host' });
  expect(host).toBeRequired();
  expect(host).toHaveAccessibleDescription('Where it listens.');
  expect(connection.getByRole('textbox', { name: 'Port' })).toHaveAttribute('placeholder', '5432');
  expect(connection.getByRole('switch', { name: 'TLS' })).toBeChecked();
  expect(connection.getByRole('combobox', { name: 'Mode' })).toBeRequired();
  expect(connection.getByPlaceholderText('Enter after each')).toHaveAttribute(
    'placeholder',
    'Enter after each',
  );
});

test('a secret is masked, and is asked for by the way in that was chosen', async () => {
  const { user } = visit('/connectors/new?type=DATABASE');
  const credentials = within(await screen.findByRole('region', { name: 'Credentials' }));
  const password = await credentials.findByLabelText(/^Password/);
  expect(password).toHaveAttribute('type', 'password');
  expect(password).toHaveAttribute('autocomplete', 'off');
  expect(credentials.getByRole('textbox', { name: 'Username' })).toBeVisible();
  await user.click(credentials.getByRole('radio', { name: 'None' }));
  expect(credentials.queryByLabelText(/^Password/)).not.toBeInTheDocument();
  expect(credentials.getByText(/^It gets in with what the connection says/)).toBeVisible();
  expect(credentials.queryByText('None are needed.')).not.toBeInTheDocument();
});

test('of a system that takes no credentials it is said that none are needed', async () => {
  const files = { type: 'FILE_SYSTEM', name: 'Files', authTypes: ['NONE'] } as const;
  api.query = { connectorTypes: [files] };
  visit('/connectors/new?type=FILE_SYSTEM');
  const credentials = within(await screen.findByRole('region', { name: 'Credentials' }));
  expect(credentials.getByText('None are needed.')).toBeVisible();
});

test('what is typed is sent by its type, and the connector is tested at once', async () => {
  api.mutation = made('con_9');
  const { user, address } = visit('/connectors/new?type=DATABASE');
  await user.type(await screen.findByRole('textbox', { name: 'Host' }), 'db.local');
  await user.type(screen.getByRole('textbox', { name: 'Port' }), '6543');
  await user.click(screen.getByRole('switch', { name: 'TLS' }));
  await user.click(screen.getByRole('combobox', { name: 'Mode' }));
  await user.click(await screen.findByRole('option', { name: 'fast: Quick.' }));
  await user.type(await screen.findByRole('textbox', { name: 'Username' }), 'reader');
  await user.type(screen.getByLabelText(/^Password/), 'hunter2');
  await user.click(screen.getByRole('button', { name: 'Make it and test the connection' }));
  await waitFor(() => expect(address()).toBe('/connectors/new?connector=con_9'));
  expect(api.asked('CreateConnector')).toEqual([
    {
      input: {
        type: 'DATABASE',
        name: 'Database',
        authType: 'USERNAME_PASSWORD',
        authConfig: { username: 'reader', password: 'hunter2' },
        connectionConfig: { host: 'db.local', port: 6543, tls: false, mode: 'fast' },
        demoMode: false,
      },
    },
  ]);
  expect(api.asked('TestConnector')).toEqual([{ connectorId: 'con_9' }]);
});

test('what the server finds wrong stands at its field', async () => {
  api.mutation = {
    createConnector: refusal('it must not be empty', {
      code: 'BAD_USER_INPUT',
      field: 'connectionConfig.host',
    }),
  };
  const { user } = visit('/connectors/new?type=DATABASE');
  const host = await screen.findByRole('textbox', { name: 'Host' });
  await user.click(screen.getByRole('button', { name: 'Make it and test the connection' }));
  await waitFor(() => expect(host).toBeInvalid());
  expect(host).toHaveAccessibleDescription(/it must not be empty/);
  expect(screen.getByRole('alert')).toHaveTextContent('BAD_USER_INPUT');
});

test('a connector that does not answer is changed, not made a second time', async () => {
  api.mutation = {
    createConnector: { connector: { id: 'con_9' } },
    updateConnector: { connector: { id: 'con_9' } },
    testConnection: { success: false, message: 'no host has this name' },
  };
  const { user } = visit('/connectors/new?type=DATABASE');
  await user.type(await screen.findByRole('textbox', { name: 'Host' }), 'nowhere');
  await user.click(screen.getByRole('button', { name: 'Make it and test the connection' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('no host has this name');
  await user.click(screen.getByRole('button', { name: 'Test again' }));
  await waitFor(() => expect(api.asked('TestConnector')).toHaveLength(2));
  expect(api.asked('CreateConnector')).toHaveLength(1);
  expect(api.asked('UpdateConnector')).toMatchObject([
    { input: { id: 'con_9', connectionConfig: { host: 'nowhere' } } },
  ]);
});

test('made-up data needs no settings and no credentials', async () => {
  api.mutation = made('con_9');
  const { user, address } = visit('/connectors/new?type=SLACK');
  await user.click(await screen.findByRole('switch', { name: /^Try it with made-up data/ }));
  expect(screen.queryByRole('region', { name: 'Credentials' })).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Make it and test the connection' }));
  await waitFor(() => expect(address()).toBe('/connectors/new?connector=con_9'));
  expect(api.asked('CreateConnector')).toEqual([
    { input: { type: 'SLACK', name: 'Slack', authType: 'NONE', demoMode: true } },
  ]);
});

test('what was found is shown, and read now on a schedule', async () => {
  api.mutation = {
    discoverSources: { dataSources: [] },
    updateConnector: { connector: { id: 'con_9' } },
    syncConnector: { syncLog: { id: 'log_1' } },
  };
  const { user, address } = visit('/connectors/new?connector=con_9');
  const table = await screen.findByRole('table', { name: 'Data sources' });
  expect(within(table).getByRole('switch', { name: 'Sync orders' })).toBeChecked();
  await user.click(screen.getByRole('button', { name: 'Go on' }));
  expect(address()).toBe('/connectors/new?connector=con_9&step=sync');
  await user.click(screen.getByRole('switch', { name: /^Read it on a schedule/ }));
  await user.click(screen.getByRole('button', { name: 'Read it now' }));
  await waitFor(() => expect(address()).toBe('/syncs/log_1'));
  expect(api.asked('UpdateConnector')).toMatchObject([
    { input: { id: 'con_9', syncEnabled: true, syncSchedule: '0 6 * * *' } },
  ]);
});

test('what could not be looked for is looked for again', async () => {
  api.query = { ...api.query, connector: { id: 'con_9', dataSources: [] } };
  api.mutation = { discoverSources: refusal('the server is busy') };
  const { user } = visit('/connectors/new?connector=con_9');
  expect(await screen.findByRole('alert')).toHaveTextContent('the server is busy');
  api.mutation = { discoverSources: { dataSources: [] } };
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { name: 'Nothing was found' })).toBeVisible();
  expect(screen.queryByRole('alert')).not.toBeInTheDocument();
});
