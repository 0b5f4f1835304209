import { screen, waitFor } from '@testing-library/react';
import { describe, expect, test, vi } from 'vitest';
import type { Query } from '../schema.generated';
import { api, forever, refusal } from '../testing/api';
import { visit } from '../testing/visit';

/** Every screen that shows something of the API, the operation that it stands on, and the field which that asks for. */
const SCREENS: [path: string, operation: string, field: keyof Query][] = [
  ['/', 'Overview', 'connectors'],
  ['/connectors', 'ConnectorsRoute', 'connectors'],
  ['/connectors/new', 'ConnectorTypes', 'connectorTypes'],
  ['/connectors/new?type=SLACK', 'ConnectorTypes', 'connectorTypes'],
  ['/connectors/con_1', 'ConnectorRoute', 'connector'],
  ['/sources/src_1', 'SourceRoute', 'dataSource'],
  ['/syncs', 'SyncsRoute', 'syncLogs'],
  ['/syncs/log_1', 'SyncRoute', 'syncLog'],
  ['/scenarios', 'ScenariosRoute', 'scenarios'],
  ['/scenarios/sales', 'ScenarioRoute', 'scenario'],
  ['/ask?conversation=cnv_1', 'AskConversation', 'conversation'],
  ['/workflows', 'WorkflowsRoute', 'workflows'],
  ['/workflows/wfl_1', 'WorkflowRoute', 'workflow'],
  ['/workflows/wfl_1/edit', 'WorkflowToEdit', 'workflow'],
];

describe.each(SCREENS)('%s', (path, operation, field) => {
  test('shows that it waits for the API', async () => {
    api.query = { [field]: forever };
    visit(path);
    await waitFor(() => expect(api.asked(operation)).toHaveLength(1));
    // It may be asked before the screen stands there.
    expect(await screen.findAllByRole('heading', { level: 1 })).toHaveLength(1);
    expect(screen.getByRole('status', { name: /^Loading/ })).toBeVisible();
  });

  test('shows what the API refused, why, and what to do about it', async () => {
    api.query = {
      [field]: refusal('the lake is locked', { code: 'CONFLICT', hint: 'Stop the other server.' }),
    };
    // The router tells developers what a screen has thrown.
    vi.mocked(console.error).mockImplementation(() => {});
    visit(path);
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('the lake is locked');
    expect(alert).toHaveTextContent('CONFLICT');
    expect(alert).toHaveTextContent('Stop the other server.');
    expect(screen.queryByRole('status', { name: /^Loading/ })).not.toBeInTheDocument();
    expect(screen.getAllByRole('heading', { level: 1 })).toHaveLength(1);
  });
});

const WITHOUT: [path: string, heading: string][] = [
  ['/', 'Connect a source'],
  ['/connectors', 'No connector yet'],
  ['/connectors/con_1', 'There is no such connector'],
  ['/connectors/new?connector=con_1', 'Nothing was found'],
  ['/sources/src_1', 'There is no such data source'],
  ['/syncs', 'No syncs here'],
  ['/syncs/log_1', 'There is no such sync'],
  ['/scenarios', 'No scenario'],
  ['/scenarios/sales', 'There is no such scenario'],
  ['/ask', 'What do you want to know?'],
  ['/ask?conversation=cnv_1', 'There is no such conversation'],
  ['/workflows', 'No workflow yet'],
  ['/workflows/wfl_1', 'There is no such workflow'],
  ['/workflows/wfl_1/edit', 'There is no such workflow'],
];

test.each(WITHOUT)('%s of an empty workspace says “%s”', async (path, heading) => {
  api.mutation = { discoverSources: { dataSources: [] } };
  visit(path);
  expect(await screen.findByRole('heading', { name: heading })).toBeVisible();
  const title = screen.getByRole('heading', { level: 1 });
  expect(document.title).toBe(`${title.textContent} · DataWeaver`);
});
