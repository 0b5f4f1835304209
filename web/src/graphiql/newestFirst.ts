// What GraphiQL shows of a subscription: its latest events, instead of the last one alone.

import type { ExecutionResult } from 'graphql';

/** Events that are kept; earlier ones are only counted. */
const MOST_EVENTS = 100;

/** What has come of a subscription so far. GraphiQL takes it for an answer, and shows whatever is in it. */
export interface Events extends ExecutionResult {
  received: number;
  newestFirst: unknown[];
}

/** Gives for each event all that came until then, the newest first. Ends and fails as `results` does. */
export function newestFirst(results: AsyncIterable<unknown>): AsyncIterableIterator<Events> {
  const source = results[Symbol.asyncIterator]();
  let received = 0;
  let events: unknown[] = [];
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const { done, value } = await source.next();
      if (done) {
        return { done, value: undefined };
      }
      received += 1;
      events = [value, ...events].slice(0, MOST_EVENTS);
      return { done: false, value: { received, newestFirst: events } };
    },
    // A generator would close its source only when the next event came.
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
}
