import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, test } from 'vitest';
import { api, forever } from '../testing/api';
import { visit } from '../testing/visit';

beforeEach(() => {
  api.http.use(http.get('*/health/ready', () => HttpResponse.json({ version: '1.2.3' })));
});

async function server() {
  return within(await screen.findByRole('region', { name: 'Server' })).getByRole('status');
}

test('says which version is ready', async () => {
  visit('/settings');
  const health = await server();
  await waitFor(() => expect(health).toHaveTextContent('DataWeaver 1.2.3'));
  expect(health).toHaveTextContent('Ready');
});

test('says that the server is being asked', async () => {
  api.http.use(http.get('*/health/ready', forever));
  visit('/settings');
  expect(await server()).toHaveTextContent('Asking the server…');
});

test('says what the server lacks', async () => {
  api.http.use(
    http.get('*/health/ready', () =>
      HttpResponse.json(
        { reasons: [{ part: 'lake', message: 'the bucket is gone' }] },
        { status: 503 },
      ),
    ),
  );
  visit('/settings');
  const health = await server();
  await waitFor(() => expect(health).toHaveTextContent('lake: the bucket is gone'));
  expect(health).toHaveTextContent('Error');
});

test('says that the server does not answer', async () => {
  api.http.use(http.get('*/health/ready', () => HttpResponse.error()));
  visit('/settings');
  const health = await server();
  await waitFor(() => expect(health).toHaveTextContent('The server does not answer.'));
});

test('a token is masked, kept for this tab, and forgotten', async () => {
  const { user } = visit('/settings');
  const access = within(await screen.findByRole('region', { name: 'Access' }));
  const token = access.getByLabelText('Bearer token');
  expect(token).toHaveAttribute('type', 'password');
  expect(access.getByRole('button', { name: 'Use it' })).toBeDisabled();
  await user.type(token, 'dwt_1');
  await user.click(access.getByRole('button', { name: 'Use it' }));
  expect(sessionStorage.getItem('dataweaver.token')).toBe('dwt_1');
  await user.clear(access.getByLabelText('Bearer token'));
  await user.click(access.getByRole('button', { name: 'Forget it' }));
  expect(sessionStorage.getItem('dataweaver.token')).toBeNull();
});

test('the colours are those that were chosen', async () => {
  const { user } = visit('/settings');
  await user.click(await screen.findByRole('radio', { name: 'Dark' }));
  expect(document.documentElement).toHaveAttribute('data-mantine-color-scheme', 'dark');
});
