import { screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { api } from '../testing/api';
import { Socket } from '../testing/Socket';
import { visit } from '../testing/visit';

const RUNNING = {
  id: 'log_1',
  status: 'RUNNING',
  connector: { id: 'con_1', name: 'Shop' },
} as const;

beforeEach(() => {
  api.query = { syncLogs: [RUNNING] };
});

async function follow() {
  visit('/syncs');
  await screen.findByRole('row', { name: /Shop/ });
  await waitFor(() => expect(api.followers('syncEvents')).toHaveLength(1));
}

function tell(cursor: string, rows: number) {
  api.tell('syncEvents', {
    cursor,
    kind: 'PROGRESS',
    syncLogId: 'log_1',
    dataSourceId: 'src_1',
    progress: { status: 'RUNNING', rows },
  });
}

test('begins now, and after a cut goes on behind the last event', async () => {
  await follow();
  expect(api.followers('syncEvents')).toMatchObject([{ after: null }]);
  tell('c7', 70);
  await waitFor(() => expect(screen.getByRole('row', { name: /Shop/ })).toHaveTextContent('70'));
  api.cut(1012, 'drain');
  await waitFor(() => expect(api.followers('syncEvents')).toMatchObject([{ after: 'c7' }]));
  tell('c8', 80);
  await waitFor(() => expect(screen.getByRole('row', { name: /Shop/ })).toHaveTextContent('80'));
});

test('says that the connection is lost for as long as it is', async () => {
  await follow();
  Socket.server = undefined;
  api.cut();
  expect(await screen.findByText('The connection is lost')).toBeVisible();
  api.reconnect();
  window.dispatchEvent(new Event('online'));
  await waitFor(() => expect(screen.queryByText('The connection is lost')).not.toBeInTheDocument());
  expect(api.followers('syncEvents')).toHaveLength(1);
});

test('what the server has closed for good is not tried again', async () => {
  await follow();
  api.cut(4403, 'Forbidden');
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(api.followers('syncEvents')).toEqual([]);
});
