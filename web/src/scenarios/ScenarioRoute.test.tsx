import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Scenario } from '../schema.generated';
import { api, refusal } from '../testing/api';
import { NOON, type Parts } from '../testing/schema';
import { visit } from '../testing/visit';

const SALES: Parts<Scenario> = {
  id: 'sales',
  name: 'Sales',
  description: 'A shop and its mail.',
  category: 'Trade',
  status: 'NOT_SET_UP',
  expectedOutcomes: ['Revenue by region'],
  sampleQueries: ['How much did we sell?'],
};

const READY: Parts<Scenario> = {
  ...SALES,
  status: 'READY',
  connectors: [{ id: 'con_1', name: 'Shop', type: 'DATABASE' }],
  dataSources: [{ id: 'src_1', name: 'orders', tableName: 'shop.orders', rowCount: 1200 }],
  workflow: { id: 'wfl_1', name: 'Revenue', status: 'SUCCEEDED' },
  validation: {
    passed: false,
    at: NOON,
    checks: [
      { name: 'rows of orders', passed: true, detail: '1200 of 1200' },
      { name: 'revenue', passed: false, detail: '10 expected, 9 found' },
    ],
  },
};

test('the list shows each scenario with its state', async () => {
  api.query = { scenarios: [SALES, { ...READY, id: 'lab', name: 'Lab' }] };
  visit('/scenarios');
  expect(await screen.findByRole('article', { name: 'Sales' })).toHaveTextContent('Not Set Up');
  expect(screen.getByRole('article', { name: 'Lab' })).toHaveTextContent('Ready');
});

test('what is not set up says what one gets, and is set up in the size that is wanted', async () => {
  api.query = { scenario: SALES };
  api.mutation = {
    setupScenario: {
      scenario: { ...SALES, status: 'SETTING_UP', steps: [{ name: 'sync', status: 'RUNNING' }] },
    },
  };
  const { user } = visit('/scenarios/sales');
  expect(await screen.findByText('Revenue by region')).toBeVisible();
  const size = screen.getByRole('textbox', { name: 'Size' });
  await user.clear(size);
  await user.type(size, '10');
  await user.click(screen.getByRole('button', { name: 'Set up' }));
  await waitFor(() => expect(api.followers('scenarioProgress')).toEqual([{ scenarioId: 'sales' }]));
  expect(api.asked('SetupScenario')).toEqual([{ scenarioId: 'sales', sizeFactor: 10 }]);
});

test('a set-up is followed step by step until it is ready', async () => {
  const step = { name: 'sync', status: 'RUNNING', detail: '3 of 9' } as const;
  api.query = { scenario: { ...SALES, status: 'SETTING_UP', steps: [step] } };
  visit('/scenarios/sales');
  expect(await screen.findByText('3 of 9')).toBeVisible();
  await waitFor(() => expect(api.followers('scenarioProgress')).toHaveLength(1));
  api.tell('scenarioProgress', {
    ...SALES,
    status: 'SETTING_UP',
    steps: [{ ...step, detail: '8 of 9' }],
  });
  expect(await screen.findByText('8 of 9')).toBeVisible();
  api.tell('scenarioProgress', { ...READY, steps: [{ ...step, status: 'SUCCEEDED' }] });
  expect(await screen.findByRole('link', { name: 'How much did we sell?' })).toHaveAttribute(
    'href',
    '/ask?scenario=sales&question=How%20much%20did%20we%20sell%3F',
  );
  await waitFor(() => expect(api.followers('scenarioProgress')).toEqual([]));
});

test('a tear-down that has not begun yet is followed until nothing is left', async () => {
  const step = { name: 'workflow', status: 'PENDING', detail: null } as const;
  api.query = { scenario: { ...READY, status: 'TEARING_DOWN', steps: [step] } };
  visit('/scenarios/sales');
  expect(await screen.findByText('Tearing Down')).toBeVisible();
  await waitFor(() => expect(api.followers('scenarioProgress')).toHaveLength(1));
  api.tell('scenarioProgress', {
    ...SALES,
    steps: [],
    connectors: [],
    dataSources: [],
    workflow: null,
    validation: null,
  });
  expect(await screen.findByText('Revenue by region')).toBeVisible();
  await waitFor(() => expect(api.followers('scenarioProgress')).toEqual([]));
});

test('what is ready leads to its connectors, tables and workflow', async () => {
  api.query = { scenario: READY };
  visit('/scenarios/sales');
  expect(await screen.findByRole('link', { name: 'Shop' })).toHaveAttribute(
    'href',
    '/connectors/con_1',
  );
  expect(screen.getByRole('row', { name: /orders/ })).toHaveTextContent('1,200 rows');
  expect(screen.getByRole('link', { name: 'Revenue' })).toHaveAttribute('href', '/workflows/wfl_1');
});

test('a validation shows what failed first', async () => {
  api.query = { scenario: READY };
  visit('/scenarios/sales');
  const report = within(await screen.findByRole('region', { name: 'Validation' }));
  expect(report.getByText(/Not all checks passed/)).toBeVisible();
  const [first] = report.getAllByRole('listitem');
  expect(first).toHaveTextContent('10 expected, 9 found');
  expect(within(first as HTMLElement).getByLabelText('failed')).toBeVisible();
});

test('a tear-down that is refused says why, and the scenario stays', async () => {
  api.query = { scenario: READY };
  api.mutation = {
    teardownScenario: refusal('a workflow of yours reads it', {
      code: 'CONFLICT',
      hint: 'Delete that first.',
    }),
  };
  const { user } = visit('/scenarios/sales');
  await user.click(await screen.findByRole('button', { name: 'Tear down' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Delete that first.');
  expect(screen.getByText('Ready')).toBeVisible();
});
