import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { api, refusal } from '../testing/api';
import { visit } from '../testing/visit';

const SHOP = { id: 'con_1', name: 'Shop', type: 'DATABASE', status: 'CONNECTED' } as const;
const CHAT = { id: 'con_2', name: 'Chat', type: 'SLACK', status: 'ERROR' } as const;

test('shows what each connector is, how it is, and what is wrong with it', async () => {
  api.query = { connectors: [SHOP, { ...CHAT, statusMessage: 'the token was revoked' }] };
  visit('/connectors');
  expect(await screen.findByRole('article', { name: 'Shop' })).toHaveTextContent(
    /Connected.*Database/,
  );
  expect(screen.getByRole('article', { name: 'Chat' })).toHaveTextContent('the token was revoked');
  expect(screen.getByText('2 connectors')).toBeVisible();
});

test('the filters of the address are those of the request', async () => {
  visit('/connectors?type=SLACK&type=EMAIL&status=ERROR&search=chat&type=NONSENSE');
  expect(await screen.findByRole('heading', { name: 'None matches' })).toBeVisible();
  expect(api.asked('ConnectorsRoute')).toEqual([
    expect.objectContaining({ type: ['SLACK', 'EMAIL'], status: ['ERROR'], search: 'chat' }),
  ]);
  expect(screen.getByRole('textbox', { name: 'Search' })).toHaveValue('chat');
});

test('a filter that is chosen goes into the address and the request', async () => {
  api.query = { connectors: [SHOP] };
  const { user, address } = visit('/connectors');
  await screen.findByRole('article', { name: 'Shop' });
  await user.click(screen.getByRole('combobox', { name: 'Status' }));
  await user.click(await screen.findByRole('option', { name: 'Error' }));
  expect(address()).toBe('/connectors?status=ERROR');
  await user.type(screen.getByRole('textbox', { name: 'Search' }), 'shop');
  await waitFor(() => expect(address()).toBe('/connectors?status=ERROR&search=shop'));
  await waitFor(() =>
    expect(api.asked('ConnectorsRoute').at(-1)).toMatchObject({
      status: ['ERROR'],
      search: 'shop',
    }),
  );
});

test('what was searched for is gone with the address that held it', async () => {
  api.query = { connectors: [SHOP] };
  const { user, address } = visit('/connectors?search=chat');
  const search = await screen.findByRole('textbox', { name: 'Search' });
  expect(search).toHaveValue('chat');
  await user.click(screen.getByRole('link', { name: 'Connectors' }));
  await waitFor(() => expect(search).toHaveValue(''));
  expect(address()).toBe('/connectors');
});

test('a card changes as its connector does, and a new connector comes into the list', async () => {
  api.query = { connectors: [SHOP] };
  visit('/connectors');
  const card = await screen.findByRole('article', { name: 'Shop' });
  await waitFor(() => expect(api.followers('connectorChanged')).toHaveLength(1));
  api.tell('connectorChanged', { ...SHOP, status: 'SYNCING' });
  await waitFor(() => expect(card).toHaveTextContent('Syncing'));
  api.query = { connectors: [SHOP, CHAT] };
  api.tell('connectorChanged', CHAT);
  expect(await screen.findByRole('article', { name: 'Chat' })).toBeVisible();
});

test('a sync that is started is gone to', async () => {
  api.query = { connectors: [SHOP] };
  api.mutation = { syncConnector: { syncLog: { id: 'log_7' } } };
  const { user, address } = visit('/connectors');
  const card = within(await screen.findByRole('article', { name: 'Shop' }));
  await user.click(card.getByRole('button', { name: 'Sync now' }));
  await waitFor(() => expect(address()).toBe('/syncs/log_7'));
  expect(api.asked('SyncNow')).toEqual([
    { connectorId: 'con_1', dataSourceIds: null, extractType: null },
  ]);
});

test('a sync that is refused is told with what to do', async () => {
  api.query = { connectors: [SHOP] };
  api.mutation = {
    syncConnector: refusal('it is being deleted.', { code: 'CONFLICT', hint: 'Make another.' }),
  };
  const { user, address } = visit('/connectors');
  await user.click(await screen.findByRole('button', { name: 'Sync now' }));
  expect(await screen.findByText('it is being deleted. Make another.')).toBeVisible();
  expect(address()).toBe('/connectors');
});

test('a connector is duplicated from its card', async () => {
  api.query = { connectors: [SHOP], connector: SHOP };
  const { user, address } = visit('/connectors');
  await user.click(await screen.findByRole('button', { name: 'More of Shop' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Duplicate' }));
  await waitFor(() => expect(address()).toBe('/connectors/new?copy=con_1'));
});
