import { expect, test } from 'vitest';
import { newestFirst } from './newestFirst';

async function* numbers(last: number) {
  for (let number = 1; number <= last; number += 1) {
    yield { data: number };
  }
}

async function all(results: AsyncIterable<unknown>) {
  const shown = [];
  for await (const events of newestFirst(results)) {
    shown.push(events);
  }
  return shown;
}

test('each event stands before those that came before it', async () => {
  expect(await all(numbers(2))).toEqual([
    { received: 1, newestFirst: [{ data: 1 }] },
    { received: 2, newestFirst: [{ data: 2 }, { data: 1 }] },
  ]);
});

test('of very many events the latest are kept, and all are counted', async () => {
  const last = (await all(numbers(250))).at(-1);
  expect(last?.received).toBe(250);
  expect(last?.newestFirst.length).toBe(100);
  expect(last?.newestFirst[0]).toEqual({ data: 250 });
});

test('who stops closes the subscription, also while no event comes', async () => {
  let closed = false;
  const silent: AsyncIterator<unknown> = {
    next: () => new Promise(() => {}),
    return: async () => {
      closed = true;
      return { done: true, value: undefined };
    },
  };
  const events = newestFirst({ [Symbol.asyncIterator]: () => silent });
  events.next();
  await events.return?.();
  expect(closed).toBe(true);
});

test('a failure is passed on', async () => {
  async function* broken() {
    yield { data: 1 };
    throw new Error('the socket closed');
  }
  await expect(all(broken())).rejects.toThrow('the socket closed');
});
