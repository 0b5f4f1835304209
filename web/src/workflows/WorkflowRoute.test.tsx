import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, test } from 'vitest';
import type { Workflow } from '../schema.generated';
import { api, refusal } from '../testing/api';
import { NOON, type Parts } from '../testing/schema';
import { visit } from '../testing/visit';

const REVENUE: Parts<Workflow> = {
  id: 'wfl_1',
  name: 'Revenue',
  status: 'FAILED',
  steps: [
    {
      id: 'stp_1',
      name: 'read',
      kind: 'EXTRACT',
      status: 'SUCCEEDED',
      rows: 1200,
      startedAt: NOON,
    },
    {
      id: 'stp_2',
      name: 'sum',
      kind: 'TRANSFORM',
      dependsOn: ['read'],
      status: 'FAILED',
      errorMessage: 'there is no column price',
      config: { sql: 'SELECT sum(price) FROM orders' },
    },
    { id: 'stp_3', name: 'report', kind: 'OUTPUT', dependsOn: ['sum'], status: 'SKIPPED' },
  ],
  files: [
    { id: 'fil_1', name: 'revenue.csv', byteSize: 2048, downloadUrl: '/download/files/fil_1' },
  ],
};

test('the list shows how far each workflow is', async () => {
  api.query = { workflows: [REVENUE] };
  visit('/workflows');
  const card = await screen.findByRole('article', { name: 'Revenue' });
  expect(card).toHaveTextContent('Failed');
  expect(card).toHaveTextContent('1 of 3 steps done');
});

test('more of a long list are fetched behind those that are shown', async () => {
  const many = Array.from({ length: 61 }, (_, place) => ({
    id: `wfl_${place}`,
    name: `Flow ${place}`,
  }));
  api.query = { workflows: many };
  const { user } = visit('/workflows');
  await user.click(await screen.findByText('More workflows'));
  expect(await screen.findByText('Flow 60')).toBeVisible();
  expect(screen.getByText('Flow 0')).toBeVisible();
  expect(screen.queryByText('More workflows')).not.toBeInTheDocument();
});

test('each step says what it does, how it went and why it failed', async () => {
  api.query = { workflow: REVENUE };
  visit('/workflows/wfl_1');
  const read = await screen.findByRole('article', { name: 'read' });
  expect(read).toHaveTextContent('1,200 rows');
  const sum = screen.getByRole('article', { name: 'sum' });
  expect(sum).toHaveTextContent('Transform, after read');
  expect(sum).toHaveTextContent('there is no column price');
  expect(sum).toHaveTextContent('SELECT sum(price) FROM orders');
});

test('it is run from the step that failed, and followed to its end', async () => {
  const [read, sum, report] = REVENUE.steps as [object, object, object];
  const again = {
    ...REVENUE,
    status: 'RUNNING',
    steps: [read, { ...sum, status: 'RUNNING' }, report],
  } as const;
  api.query = { workflow: REVENUE };
  api.mutation = { runWorkflow: { workflow: again } };
  const { user } = visit('/workflows/wfl_1');
  const step = within(await screen.findByRole('article', { name: 'sum' }));
  await user.click(step.getByRole('button', { name: 'Run from here' }));
  await waitFor(() => expect(api.followers('workflowProgress')).toEqual([{ workflowId: 'wfl_1' }]));
  expect(api.asked('RunWorkflow')).toEqual([{ workflowId: 'wfl_1', fromStep: 'sum' }]);
  expect(screen.queryByRole('button', { name: 'Run from here' })).not.toBeInTheDocument();
  api.tell('workflowProgress', {
    ...again,
    status: 'SUCCEEDED',
    steps: [read, { ...sum, status: 'SUCCEEDED', errorMessage: null }, report],
  });
  expect(await screen.findByRole('button', { name: 'Run' })).toBeVisible();
  expect(screen.getByRole('article', { name: 'sum' })).toHaveTextContent('Succeeded');
});

test('a run that is refused says why', async () => {
  api.query = { workflow: REVENUE };
  api.mutation = { runWorkflow: refusal('it runs already', { code: 'CONFLICT' }) };
  const { user } = visit('/workflows/wfl_1');
  await user.click(await screen.findByRole('button', { name: 'Run' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('it runs already');
  expect(api.asked('RunWorkflow')).toEqual([{ workflowId: 'wfl_1', fromStep: null }]);
});

test('a running workflow is cancelled', async () => {
  api.query = { workflow: { ...REVENUE, status: 'RUNNING' } };
  api.mutation = { cancelWorkflow: { workflow: { id: 'wfl_1', status: 'CANCELLED' } } };
  const { user } = visit('/workflows/wfl_1');
  await user.click(await screen.findByRole('button', { name: 'Cancel' }));
  expect(await screen.findByRole('button', { name: 'Run' })).toBeVisible();
});

test('deleting it says what goes with it, and wants its name', async () => {
  api.query = {
    workflow: { ...REVENUE, tables: [{ name: 'totals', tableName: 'revenue.totals' }] },
  };
  api.mutation = { deleteWorkflow: { deletedId: 'wfl_1' } };
  const { user, address } = visit('/workflows/wfl_1');
  await user.click(await screen.findByRole('button', { name: 'Delete…' }));
  const dialogue = within(await screen.findByRole('dialog', { name: 'Delete Revenue?' }));
  for (const gone of ['the record of its runs', 'revenue.csv', 'revenue.totals']) {
    expect(dialogue.getByText(gone, { exact: false })).toBeVisible();
  }
  const button = dialogue.getByRole('button', { name: 'Delete' });
  expect(button).toBeDisabled();
  await user.type(dialogue.getByLabelText('Type Revenue to go on'), 'Revenue');
  api.query = {};
  await user.click(button);
  expect(await screen.findByRole('heading', { name: 'No workflow yet' })).toBeVisible();
  expect(address()).toBe('/workflows');
  expect(api.asked('DeleteWorkflow')).toEqual([{ id: 'wfl_1' }]);
});

test('a workflow that runs is not deleted, and it is told why', async () => {
  api.query = { workflow: { ...REVENUE, status: 'RUNNING' } };
  api.mutation = { deleteWorkflow: refusal('Revenue is run by run_1', { code: 'CONFLICT' }) };
  const { user, address } = visit('/workflows/wfl_1');
  await user.click(await screen.findByRole('button', { name: 'Delete…' }));
  const dialogue = within(await screen.findByRole('dialog'));
  await user.type(dialogue.getByLabelText('Type Revenue to go on'), 'Revenue');
  await user.click(dialogue.getByRole('button', { name: 'Delete' }));
  expect(await dialogue.findByRole('alert')).toHaveTextContent('Revenue is run by run_1');
  expect(address()).toBe('/workflows/wfl_1');
});

test('a file that is gone is told in the words of the server', async () => {
  api.query = { workflow: REVENUE };
  api.http.use(
    http.get('*/download/files/fil_1', () =>
      HttpResponse.json({ errors: [{ message: 'the file was removed' }] }, { status: 404 }),
    ),
  );
  const { user } = visit('/workflows/wfl_1');
  const files = within(await screen.findByRole('region', { name: 'Files' }));
  await user.click(files.getByRole('button', { name: 'revenue.csv' }));
  expect(await screen.findByText('the file was removed')).toBeVisible();
});
