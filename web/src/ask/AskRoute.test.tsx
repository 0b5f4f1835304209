import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import type { Answer } from '../schema.generated';
import { api, refusal } from '../testing/api';
import { NOON, type Parts } from '../testing/schema';
import { visit } from '../testing/visit';

const REVENUE: Parts<Answer> = {
  id: 'ans_1',
  conversationId: 'cnv_1',
  question: 'How much did we sell?',
  interpretation: 'the sum of price over all orders',
  summary: 'You sold for 1,200.',
  sql: 'SELECT sum(price) FROM shop.orders',
  result: { columns: [{ name: 'revenue', type: 'bigint' }], rows: [[1200]] },
  sources: [
    { id: 'src_1', name: 'orders', lastUpdated: NOON, connector: { id: 'con_1', status: 'ERROR' } },
  ],
  suggestions: ['And by month?'],
  engine: 'planner',
};

beforeEach(() => {
  api.query = {
    scenarios: [
      { id: 'sales', name: 'Sales', status: 'READY', sampleQueries: ['How much did we sell?'] },
      { id: 'lab', name: 'Lab', status: 'NOT_SET_UP' },
    ],
    ask: REVENUE,
  };
});

test('an answer comes with how it was understood, its rows, its SQL and its sources', async () => {
  const { user } = visit('/ask');
  await user.type(
    await screen.findByRole('textbox', { name: 'Question' }),
    'How much did we sell?',
  );
  await user.click(screen.getByRole('button', { name: 'Ask' }));
  const answer = within(await screen.findByRole('article', { name: 'How much did we sell?' }));
  expect(answer.getByText('You sold for 1,200.')).toBeVisible();
  expect(answer.getByText('the sum of price over all orders')).toBeVisible();
  expect(await answer.findByRole('cell', { name: '1200' })).toBeVisible();
  expect(answer.getByText(/read .*, error\)/)).toBeVisible();
  await user.click(answer.getByRole('tab', { name: 'SQL' }));
  expect(answer.getByText('SELECT sum(price) FROM shop.orders')).toBeVisible();
  expect(answer.getByRole('link', { name: 'Open in SQL' })).toHaveAttribute(
    'href',
    '/sql?query=SELECT%20sum(price)%20FROM%20shop.orders',
  );
});

test('what is asked next belongs to the conversation, and the address keeps it', async () => {
  const ask = ({ question }: { question: string }) => ({ ...REVENUE, id: question, question });
  api.query = { ...api.query, ask };
  const { user, address } = visit('/ask?scenario=sales');
  await user.click(await screen.findByRole('button', { name: 'How much did we sell?' }));
  await waitFor(() => expect(address()).toBe('/ask?conversation=cnv_1&scenario=sales'));
  await user.click(await screen.findByRole('button', { name: 'And by month?' }));
  await waitFor(() => expect(api.asked('AskQuestion')).toHaveLength(2));
  expect(api.asked('AskQuestion')).toEqual([
    { question: 'How much did we sell?', scenarioId: 'sales', conversationId: null },
    { question: 'And by month?', scenarioId: 'sales', conversationId: 'cnv_1' },
  ]);
});

test('a question that a link brings along is asked once', async () => {
  visit('/ask?scenario=sales&question=How%20much%3F');
  await screen.findByRole('article');
  expect(api.asked('AskQuestion')).toMatchObject([{ question: 'How much?' }]);
});

test('what is not sure is asked back', async () => {
  api.query = {
    ask: {
      ...REVENUE,
      needsClarification: true,
      summary: 'Do you mean orders or invoices?',
      sql: null,
      result: null,
      suggestions: ['Revenue by orders', 'Revenue by invoices'],
    },
  };
  visit('/ask?question=Revenue');
  expect(await screen.findByRole('alert')).toHaveTextContent('Do you mean orders or invoices?');
  expect(screen.getByRole('button', { name: 'Revenue by invoices' })).toBeVisible();
  expect(screen.queryByRole('tab')).not.toBeInTheDocument();
});

test('a question that failed stays to be asked again', async () => {
  api.query = {
    ask: refusal('nothing was synced yet', { code: 'CONFLICT', hint: 'Sync a connector.' }),
  };
  const { user } = visit('/ask');
  const question = await screen.findByRole('textbox', { name: 'Question' });
  await user.type(question, 'How many?{Enter}');
  expect(await screen.findByRole('alert')).toHaveTextContent('Sync a connector.');
  expect(question).toHaveValue('How many?');
});

test('a conversation of before is read again', async () => {
  const conversation = { id: 'cnv_1', title: 'Revenue', scenarioId: 'sales', answers: [REVENUE] };
  api.query = { conversation, conversations: [conversation] };
  visit('/ask?conversation=cnv_1');
  expect(await screen.findByText('You sold for 1,200.')).toBeVisible();
  const before = within(screen.getByRole('navigation', { name: 'Conversations' }));
  expect(await before.findByRole('link', { name: /^Revenue/ })).toHaveAttribute(
    'href',
    '/ask?conversation=cnv_1&scenario=sales',
  );
});

test('a new conversation leaves the answers of the last', async () => {
  api.query = { conversation: { id: 'cnv_1', answers: [REVENUE] } };
  const { user, address } = visit('/ask?conversation=cnv_1');
  await screen.findByText('You sold for 1,200.');
  await user.click(screen.getByRole('button', { name: 'New conversation' }));
  expect(await screen.findByRole('heading', { name: 'What do you want to know?' })).toBeVisible();
  expect(address()).toBe('/ask');
});

/** Has the API answer when it is told to. */
function answerLater(): () => void {
  let answer = () => {};
  const waits = new Promise<void>((resolve) => {
    answer = resolve;
  });
  api.query = { ...api.query, ask: () => waits.then(() => REVENUE) };
  return answer;
}

/** For an answer to come that is not shown. */
const WHILE = 100;
const pause = () => new Promise((resolve) => setTimeout(resolve, WHILE));

test('one question is asked after the other', async () => {
  const answer = answerLater();
  const { user } = visit('/ask');
  const question = await screen.findByRole('textbox', { name: 'Question' });
  await user.type(question, 'How many?{Enter}');
  await user.type(question, 'And why?{Enter}');
  expect(question).toHaveValue('And why?');
  answer();
  expect(await screen.findByText('You sold for 1,200.')).toBeVisible();
  expect(api.asked('AskQuestion')).toMatchObject([{ question: 'How many?' }]);
});

test('an answer that comes when one has left changes nothing there', async () => {
  const answer = answerLater();
  const { user, address } = visit('/ask');
  await user.type(await screen.findByRole('textbox', { name: 'Question' }), 'How many?{Enter}');
  await waitFor(() => expect(api.asked('AskQuestion')).toHaveLength(1));
  await user.click(screen.getByRole('link', { name: 'Syncs' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Syncs' })).toBeVisible();
  answer();
  await pause();
  expect(address()).toBe('/syncs');
});

test('an answer that comes when another conversation is open is none of it', async () => {
  const answer = answerLater();
  const other = { ...REVENUE, id: 'ans_2', question: 'Who pays late?', summary: 'Acme does.' };
  const conversation = { id: 'cnv_2', title: 'Who pays', answers: [other] };
  api.query = { ...api.query, conversation, conversations: [conversation] };
  const { user, address } = visit('/ask');
  await user.type(await screen.findByRole('textbox', { name: 'Question' }), 'How many?{Enter}');
  await waitFor(() => expect(api.asked('AskQuestion')).toHaveLength(1));
  await user.click(await screen.findByRole('link', { name: /^Who pays/ }));
  expect(await screen.findByText('Acme does.')).toBeVisible();
  expect(screen.queryByText('How many?')).not.toBeInTheDocument();
  answer();
  await pause();
  expect(screen.queryByText('You sold for 1,200.')).not.toBeInTheDocument();
  expect(address()).toBe('/ask?conversation=cnv_2');
});
