import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, test } from 'vitest';
import { api, forever, refusal } from '../testing/api';
import { visit } from '../testing/visit';

const ROWS = {
  columns: [{ name: 'city', type: 'varchar' }],
  rows: [['Bern'], ['Zug']],
  rowCount: 2,
  elapsedMs: 12,
};

test('a link shows what its sender saw', async () => {
  api.query = { sql: ROWS };
  visit('/sql?query=SELECT%20city%20FROM%20shop.orders');
  const table = await screen.findByRole('table', { name: 'Result' });
  expect(await within(table).findByRole('cell', { name: 'Bern' })).toBeVisible();
  expect(screen.getByText('2 rows in 12 ms')).toBeVisible();
  expect(api.asked('RunSql')).toEqual([{ query: 'SELECT city FROM shop.orders', limit: 100_000 }]);
  expect(await screen.findByRole('textbox', { name: 'SQL statement' })).toHaveTextContent(
    'SELECT city FROM shop.orders',
  );
});

test('nothing is asked before somebody asks', async () => {
  visit('/sql');
  expect(await screen.findByRole('textbox', { name: 'SQL statement' })).toHaveTextContent(
    'SELECT … FROM connector.table',
  );
  expect(api.asked('RunSql')).toEqual([]);
  expect(screen.queryByRole('table')).not.toBeInTheDocument();
});

test('what is cut off is said', async () => {
  api.query = { sql: { ...ROWS, truncated: true } };
  visit('/sql?query=SELECT%201');
  expect(await screen.findByText(/there are more: export has all of them/)).toBeVisible();
});

test('a statement that is refused shows why, and is not kept', async () => {
  api.query = {
    sql: refusal('there is no column cty', { code: 'BAD_USER_INPUT', hint: 'Did you mean city?' }),
  };
  const { user } = visit('/sql?query=SELECT%20cty');
  expect(await screen.findByRole('alert')).toHaveTextContent('Did you mean city?');
  await user.click(screen.getByRole('button', { name: 'Statements' }));
  expect(await screen.findByRole('menuitem', { name: 'Save this one' })).toBeVisible();
  expect(screen.queryByText('Run last')).not.toBeInTheDocument();
});

test('what runs can be stopped', async () => {
  api.query = { sql: forever };
  const { user } = visit('/sql?query=SELECT%201');
  await user.click(await screen.findByRole('button', { name: 'Stop' }));
  expect(screen.getByRole('button', { name: 'Run' })).toBeVisible();
  expect(screen.queryByRole('alert')).not.toBeInTheDocument();
});

test('what runs ends with the screen', async () => {
  let isGivenUp = false;
  api.http.use(
    http.post('*/graphql', async ({ request }) => {
      const { operationName } = (await request.clone().json()) as { operationName: string };
      if (operationName !== 'RunSql') {
        return undefined;
      }
      request.signal.addEventListener('abort', () => {
        isGivenUp = true;
      });
      return forever();
    }),
  );
  const { user } = visit('/sql?query=SELECT%201');
  await screen.findByRole('button', { name: 'Stop' });
  await user.click(screen.getByRole('link', { name: 'Syncs' }));
  await waitFor(() => expect(isGivenUp).toBe(true));
});

test('a statement that was run is offered again', async () => {
  api.query = { sql: ROWS };
  const { user, address } = visit('/sql?query=SELECT%201');
  await screen.findByText('2 rows in 12 ms');
  await user.click(screen.getByRole('button', { name: 'Plan' }));
  await waitFor(() =>
    expect(api.asked('RunSql').at(-1)).toMatchObject({ query: 'EXPLAIN SELECT 1' }),
  );
  await screen.findByRole('button', { name: 'Run' });
  await user.click(screen.getByRole('button', { name: 'Statements' }));
  expect(await screen.findByText('Run last')).toBeVisible();
  await user.click(screen.getByRole('menuitem', { name: 'EXPLAIN SELECT 1' }));
  expect(address()).toBe('/sql?query=EXPLAIN+SELECT+1');
});

test('an export that is refused is told in the words of the server', async () => {
  const sent: unknown[] = [];
  api.query = { sql: ROWS };
  api.http.use(
    http.post('*/download/query', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ errors: [{ message: 'it took too long' }] }, { status: 408 });
    }),
  );
  const { user } = visit('/sql?query=SELECT%201');
  await screen.findByText('2 rows in 12 ms');
  await user.click(screen.getByRole('button', { name: 'Export' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Excel' }));
  expect(await screen.findByText('it took too long')).toBeVisible();
  expect(sent).toEqual([{ query: 'SELECT 1', format: 'xlsx' }]);
});
