import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, test } from 'vitest';
import { api } from '../testing/api';
import { visit } from '../testing/visit';

const REFUSED = { errors: [{ message: 'who are you?', extensions: { code: 'UNAUTHENTICATED' } }] };

test('a token is asked for where the server wants one, and then sent', async () => {
  const sent: (string | null)[] = [];
  api.query = { scenarios: [{ id: 'sales', name: 'Sales' }] };
  api.http.use(
    http.post('*/graphql', ({ request }) => {
      const token = request.headers.get('Authorization');
      sent.push(token);
      return token === 'Bearer dwt_1' ? undefined : HttpResponse.json(REFUSED, { status: 401 });
    }),
  );
  const { user } = visit('/scenarios');
  const field = await screen.findByLabelText('Bearer token');
  expect(field).toHaveAttribute('type', 'password');
  await user.type(field, 'wrong');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(
    await screen.findByText('the server does not take the token that was given'),
  ).toBeVisible();
  const again = screen.getByLabelText('Bearer token');
  await user.clear(again);
  await user.type(again, 'dwt_1');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('article', { name: 'Sales' })).toBeVisible();
  await waitFor(() => expect(screen.queryByLabelText('Bearer token')).not.toBeInTheDocument());
  expect(new Set(sent)).toEqual(new Set([null, 'Bearer wrong', 'Bearer dwt_1']));
});

test('says where one is', async () => {
  visit('/syncs/log_1');
  await screen.findByRole('heading', { name: 'There is no such sync' });
  expect(screen.getByRole('link', { name: 'Syncs', current: 'page' })).toBeVisible();
  expect(screen.getByRole('link', { name: 'Overview' })).not.toHaveAttribute('aria-current');
});

test('an address that no screen has leads back to the overview', async () => {
  visit('/sources');
  expect(await screen.findByRole('heading', { level: 1 })).toHaveTextContent(
    'There is nothing here',
  );
  expect(screen.getByRole('link', { name: 'To the overview' })).toHaveAttribute('href', '/');
});

test('a server that cannot be reached is said in words', async () => {
  api.http.use(http.post('*/graphql', () => HttpResponse.error()));
  const { user } = visit('/workflows');
  expect(await screen.findByRole('alert')).toHaveTextContent('Is DataWeaver still running?');
  api.http.resetHandlers();
  api.query = { workflows: [{ id: 'wfl_1', name: 'Revenue' }] };
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('article', { name: 'Revenue' })).toBeVisible();
});
