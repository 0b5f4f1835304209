import { EditorView } from '@codemirror/view';
import { act, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import type { Workflow } from '../schema.generated';
import { api, forever, refusal } from '../testing/api';
import { NOON, type Parts } from '../testing/schema';
import { visit } from '../testing/visit';

const YAML = `name: Revenue
steps:
  - name: sum
    kind: TRANSFORM
    config:
      table: revenue
      sql: SELECT sum(price) FROM shop.orders
`;

const REVENUE: Parts<Workflow> = { id: 'wfl_1', name: 'Revenue', status: 'SUCCEEDED', yaml: YAML };

beforeEach(() => {
  api.query = { workflow: REVENUE, dataSources: [{ id: 'src_1', tableName: 'shop.orders' }] };
});

async function editor(): Promise<EditorView> {
  const text = await screen.findByRole('textbox', { name: 'The workflow as YAML' });
  const view = EditorView.findFromDOM(text);
  if (view === null) {
    throw new Error('there is no editor');
  }
  return view;
}

/** Puts a text in place of the one that is there. */
async function write(text: string): Promise<EditorView> {
  const view = await editor();
  act(() => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }));
  return view;
}

/** What stands behind the cursor in its line. */
function behindCursor({ state }: EditorView): string {
  const { head } = state.selection.main;
  return state.sliceDoc(head, state.doc.lineAt(head).to);
}

test('a new workflow begins with an example over a table that is there', async () => {
  const { user, address } = visit('/workflows');
  await user.click((await screen.findAllByRole('link', { name: 'New workflow' }))[0] as Element);
  const text = (await editor()).state.doc.toString();
  expect(address()).toBe('/workflows/new');
  expect(text).toContain('sources: [shop.orders]');
  expect(text).toContain("{{ source('shop.orders') }}");
  expect(text).toContain("{{ ref('counted') }}");
});

test('without a data source the example says so', async () => {
  api.query = { dataSources: refusal('the database is busy') };
  visit('/workflows/new');
  expect((await editor()).state.doc.toString()).toContain('connect one first');
});

test('a workflow that was made is gone to', async () => {
  api.mutation = { createWorkflow: { workflow: { id: 'wfl_1' } } };
  const { user, address } = visit('/workflows/new');
  await write(YAML);
  await user.click(screen.getByRole('button', { name: 'Make it' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Revenue' })).toBeVisible();
  expect(address()).toBe('/workflows/wfl_1');
  expect(api.asked('CreateWorkflow')).toEqual([{ yaml: YAML }]);
});

test('a workflow is changed as a text, and saved by the keyboard', async () => {
  api.mutation = { updateWorkflow: { workflow: { ...REVENUE, name: 'Sales' } } };
  const { user, address } = visit('/workflows/wfl_1');
  await user.click(await screen.findByRole('link', { name: 'Edit' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Edit Revenue' })).toBeVisible();
  expect(address()).toBe('/workflows/wfl_1/edit');
  expect(screen.getByText(/^Steps that change lose what they made/)).toBeVisible();
  const view = await editor();
  expect(view.state.doc.toString()).toBe(YAML);
  const changed = YAML.replace('Revenue', 'Sales');
  await write(changed);
  api.query = { workflow: { ...REVENUE, name: 'Sales' } };
  await user.keyboard('{Control>}s{/Control}');
  expect(await screen.findByRole('heading', { level: 1, name: 'Sales' })).toBeVisible();
  expect(address()).toBe('/workflows/wfl_1');
  expect(api.asked('UpdateWorkflow')).toEqual([{ id: 'wfl_1', yaml: changed, ifUpdatedAt: NOON }]);
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
});

test('text that is no YAML is refused at its place', async () => {
  api.mutation = {
    updateWorkflow: refusal('yaml: line 4, column 5: steps[0].kin: unknown key kin', {
      code: 'BAD_USER_INPUT',
      field: 'yaml',
      line: 4,
      column: 5,
    }),
  };
  const { user } = visit('/workflows/wfl_1/edit');
  const view = await write(YAML.replace('kind', 'kin'));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('unknown key kin');
  await waitFor(() => expect(behindCursor(view)).toBe('kin: TRANSFORM'));
  expect(view.contentDOM.querySelector('.cm-wrong-line')).toHaveTextContent('kin: TRANSFORM');
  expect(view.hasFocus).toBe(true);
});

test('a step that makes no sense is refused with its path, its code and a hint, at its place', async () => {
  api.mutation = {
    updateWorkflow: refusal('there is no column price', {
      code: 'BAD_USER_INPUT',
      field: 'steps.0.config.sql',
      hint: 'Did you mean total?',
      line: 7,
      column: 7,
    }),
  };
  const { user, address } = visit('/workflows/wfl_1/edit');
  const view = await editor();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const alert = await screen.findByRole('alert');
  for (const words of ['no column price', 'BAD_USER_INPUT', 'steps.0.config.sql', 'mean total?']) {
    expect(alert).toHaveTextContent(words);
  }
  await waitFor(() => expect(behindCursor(view)).toBe('sql: SELECT sum(price) FROM shop.orders'));
  expect(address()).toBe('/workflows/wfl_1/edit');
  api.mutation = { updateWorkflow: { workflow: REVENUE } };
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(address()).toBe('/workflows/wfl_1'));
});

test('a run that has begun meanwhile is a refusal, too', async () => {
  api.mutation = {
    updateWorkflow: refusal('Revenue is run by run_1', {
      code: 'CONFLICT',
      hint: 'wait for its end, or cancel it',
    }),
  };
  const { user } = visit('/workflows/wfl_1/edit');
  const view = await write(`${YAML}# more`);
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('wait for its end, or cancel it');
  expect(view.state.doc.toString()).toBe(`${YAML}# more`);
});

const MINE = YAML.replace('Revenue', 'Mine');
const THEIRS = YAML.replace('Revenue', 'Theirs');
const LATER = '2026-11-27T12:30:00.123456Z';

/** Somebody else saves their text, and the API refuses whatever is saved over what was before. */
function theySave(updatedAt = LATER) {
  api.query = { workflow: { ...REVENUE, name: 'Theirs', yaml: THEIRS, updatedAt } };
  const changed = refusal(`Theirs is no more as you have read it: it was changed at ${updatedAt}`, {
    code: 'CONFLICT',
    field: 'ifUpdatedAt',
    updatedAt,
  });
  api.mutation = {
    updateWorkflow: ({ input }: { input: { ifUpdatedAt?: string } }) =>
      input.ifUpdatedAt === updatedAt ? { workflow: REVENUE } : changed(),
  };
}

async function saveOverTheirs() {
  const { user, address } = visit('/workflows/wfl_1/edit');
  const view = await write(MINE);
  theySave();
  await user.keyboard('{Control>}s{/Control}');
  const alert = await screen.findByRole('alert');
  expect(alert).toHaveTextContent('Somebody has changed it meanwhile');
  expect(view.state.doc.toString()).toBe(MINE);
  return { user, address, view, alert: within(alert) };
}

test('what somebody else has made of it meanwhile is seen, and what was written is kept', async () => {
  const { user, address, view, alert } = await saveOverTheirs();
  await user.click(alert.getByRole('button', { name: 'See what is there now' }));
  await waitFor(() => expect(view.state.doc.toString()).toBe(THEIRS));
  expect(view.hasFocus).toBe(true);
  expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  expect(screen.getByRole('region', { name: 'What you had written' })).toHaveTextContent(
    'name: Mine',
  );
  // It is not lost without a question, either.
  await user.click(screen.getByRole('link', { name: 'Discard' }));
  const question = within(await screen.findByRole('dialog', { name: 'Leave without saving?' }));
  await user.click(question.getByRole('button', { name: 'Stay' }));
  const both = `${THEIRS}# and mine`;
  await write(both);
  await user.keyboard('{Control>}s{/Control}');
  await waitFor(() => expect(address()).toBe('/workflows/wfl_1'));
  expect(api.asked('UpdateWorkflow')).toEqual([
    { id: 'wfl_1', yaml: MINE, ifUpdatedAt: NOON },
    { id: 'wfl_1', yaml: both, ifUpdatedAt: LATER },
  ]);
});

test('what was written is put back', async () => {
  const { user, address, view, alert } = await saveOverTheirs();
  await user.click(alert.getByRole('button', { name: 'See what is there now' }));
  await user.click(await screen.findByRole('button', { name: 'Put it back' }));
  await waitFor(() => expect(view.state.doc.toString()).toBe(MINE));
  expect(screen.queryByRole('region', { name: 'What you had written' })).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(address()).toBe('/workflows/wfl_1'));
  expect(api.asked('UpdateWorkflow')[1]).toEqual({ id: 'wfl_1', yaml: MINE, ifUpdatedAt: LATER });
});

test('one writes over what was changed meanwhile, but over nothing that is later still', async () => {
  const { user, address, alert } = await saveOverTheirs();
  const later = '2026-11-27T12:45:00Z';
  theySave(later);
  await user.click(alert.getByRole('button', { name: 'Write over it' }));
  await waitFor(() => expect(api.asked('UpdateWorkflow')).toHaveLength(2));
  const again = within(await screen.findByRole('alert'));
  await user.click(again.getByRole('button', { name: 'Write over it' }));
  await waitFor(() => expect(address()).toBe('/workflows/wfl_1'));
  expect(api.asked('UpdateWorkflow')).toEqual(
    [NOON, LATER, later].map((ifUpdatedAt) => ({ id: 'wfl_1', yaml: MINE, ifUpdatedAt })),
  );
});

test('what was written stays where what is there now cannot be read', async () => {
  const { user, view, alert } = await saveOverTheirs();
  api.query = { workflow: refusal('the database is busy') };
  await user.click(alert.getByRole('button', { name: 'See what is there now' }));
  expect(await screen.findByText('the database is busy')).toBeVisible();
  expect(view.state.doc.toString()).toBe(MINE);
  await user.keyboard('{Control>}s{/Control}');
  expect(await screen.findByText('Somebody has changed it meanwhile')).toBeVisible();
});

test('a workflow that runs is saved when its run has ended', async () => {
  api.query = { workflow: { ...REVENUE, status: 'RUNNING' } };
  const { user } = visit('/workflows/wfl_1/edit');
  expect(await screen.findByText('It runs now')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Save' })).toBeDisabled();
  await write(YAML.replace('Revenue', 'Sales'));
  await user.keyboard('{Control>}s{/Control}');
  expect(api.asked('UpdateWorkflow')).toEqual([]);
  await waitFor(() => expect(api.followers('workflowProgress')).toEqual([{ workflowId: 'wfl_1' }]));
  api.tell('workflowProgress', REVENUE);
  await waitFor(() => expect(screen.getByRole('button', { name: 'Save' })).toBeEnabled());
  expect(screen.queryByText('It runs now')).not.toBeInTheDocument();
  expect((await editor()).state.doc.toString()).toContain('name: Sales');
});

test('what is written stays where the workflow cannot be read again', async () => {
  api.query = { workflow: { ...REVENUE, status: 'RUNNING' } };
  visit('/workflows/wfl_1/edit');
  await write(`${YAML}# more`);
  await waitFor(() => expect(api.followers('workflowProgress')).toHaveLength(1));
  api.query = { workflow: refusal('the database is busy') };
  api.cut(1012, 'drain');
  await waitFor(() => expect(api.asked('WorkflowToEdit')).toHaveLength(2));
  await waitFor(() => expect(api.followers('workflowProgress')).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  expect((await editor()).state.doc.toString()).toBe(`${YAML}# more`);
});

test('what is not saved is not lost without a question', async () => {
  const { user, address } = visit('/workflows/wfl_1/edit');
  await write(`${YAML}# more`);
  await user.click(screen.getByRole('link', { name: 'Discard' }));
  const question = within(await screen.findByRole('dialog', { name: 'Leave without saving?' }));
  await user.click(question.getByRole('button', { name: 'Stay' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect((await editor()).state.doc.toString()).toBe(`${YAML}# more`);
  const closing = new Event('beforeunload', { cancelable: true });
  window.dispatchEvent(closing);
  expect(closing.defaultPrevented).toBe(true);
  await user.click(screen.getByRole('link', { name: 'SQL' }));
  await user.click(await screen.findByRole('button', { name: 'Leave' }));
  await waitFor(() => expect(address()).toBe('/sql'));
  expect(api.asked('UpdateWorkflow')).toEqual([]);
});

test('who has changed nothing may go', async () => {
  const { user, address } = visit('/workflows/wfl_1/edit');
  await editor();
  const closing = new Event('beforeunload', { cancelable: true });
  window.dispatchEvent(closing);
  expect(closing.defaultPrevented).toBe(false);
  await user.click(screen.getByRole('link', { name: 'Discard' }));
  expect(address()).toBe('/workflows/wfl_1');
});

test('nobody saves twice while it is saved', async () => {
  api.mutation = { updateWorkflow: forever };
  const { user } = visit('/workflows/wfl_1/edit');
  await editor();
  await user.keyboard('{Control>}s{/Control}{Control>}s{/Control}');
  await waitFor(() => expect(api.asked('UpdateWorkflow')).toHaveLength(1));
});

test('of the workflow of a scenario it is said what brings its steps back', async () => {
  api.query = { workflow: { ...REVENUE, scenario: { id: 'sales', name: 'Sales analysis' } } };
  visit('/workflows/wfl_1/edit');
  expect(await screen.findByText(/When Sales analysis is set up again/)).toBeVisible();
});
