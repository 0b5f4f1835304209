import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { api } from '../testing/api';
import { made, SHOP } from '../testing/shop';
import { visit } from '../testing/visit';

beforeEach(() => {
  api.query = {
    connector: SHOP,
    connectorTypes: [
      {
        type: 'DATABASE',
        name: 'Database',
        authTypes: ['NONE', 'USERNAME_PASSWORD'],
        connectionSchema: { required: ['host'], properties: { host: { type: 'string' } } },
        supportsDemo: true,
      },
    ],
    connectorType: {
      authSchema: {
        required: ['password'],
        properties: { password: { type: 'string', writeOnly: true } },
      },
    },
  };
  api.mutation = made('con_2');
});

test('a duplicate begins with the settings of the other, without its secrets', async () => {
  const { user, address } = visit('/connectors/con_1');
  await user.click(await screen.findByRole('link', { name: 'Duplicate' }));
  expect(await screen.findByRole('textbox', { name: 'Name' })).toHaveValue('Shop copy');
  expect(screen.getByRole('textbox', { name: 'Host' })).toHaveValue('db.local');
  const credentials = within(screen.getByRole('region', { name: 'Credentials' }));
  const password = await credentials.findByLabelText(/^Password/);
  expect(password).toHaveValue('');
  await user.type(password, 'hunter2');
  await user.click(screen.getByRole('button', { name: 'Make it and test the connection' }));
  await waitFor(() => expect(address()).toBe('/connectors/new?connector=con_2'));
  expect(api.asked('CreateConnector')).toEqual([
    {
      input: {
        type: 'DATABASE',
        name: 'Shop copy',
        authType: 'USERNAME_PASSWORD',
        authConfig: { password: 'hunter2' },
        connectionConfig: { host: 'db.local' },
        demoMode: false,
      },
    },
  ]);
});

test('a duplicate of a demo lives in the same world', async () => {
  api.query = {
    ...api.query,
    connector: { ...SHOP, demoMode: true, authType: 'NONE', connectionConfig: { world: 'lab' } },
  };
  const { user, address } = visit('/connectors/new?copy=con_1');
  const demo = await screen.findByRole('switch', { name: /^Try it with made-up data/ });
  expect(demo).toBeChecked();
  await user.click(demo);
  expect(screen.getByRole('textbox', { name: 'Host' })).toHaveValue('');
  await user.click(demo);
  await user.click(screen.getByRole('button', { name: 'Make it and test the connection' }));
  await waitFor(() => expect(address()).toBe('/connectors/new?connector=con_2'));
  expect(api.asked('CreateConnector')).toMatchObject([
    { input: { demoMode: true, connectionConfig: { world: 'lab' } } },
  ]);
});

test('a connector that is gone cannot be copied', async () => {
  api.query = { ...api.query, connector: null };
  visit('/connectors/new?copy=con_1');
  expect(await screen.findByRole('heading', { name: 'There is no such connector' })).toBeVisible();
});
