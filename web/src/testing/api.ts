// The API in a test: it answers by the committed schema what the test has made up, remembers what it was asked, and tells
// subscribers what the test wants them told. Until a test says otherwise it is that of an empty workspace.

import {
  type ExecutionArgs,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  getOperationAST,
  parse,
  subscribe,
  validate,
} from 'graphql';
import { makeServer } from 'graphql-ws';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import type { Mutation, Query, Subscription } from '../schema.generated';
import type { DescribedError } from '../ui/describeError';
import { Socket, sockets } from './Socket';
import { type Parts, resolve, schema } from './schema';

interface Asked {
  operation: string;
  variables: Record<string, unknown>;
}

interface Posted {
  query: string;
  variables: Record<string, unknown>;
  operationName: string;
}

interface Subscriber {
  field: string;
  args: Record<string, unknown>;
  tell: (payload: unknown) => void;
  end: () => void;
}

class Api {
  query: Parts<Query> = {};
  mutation: Parts<Mutation> = {};
  /** What no test may cause: documents that do not fit the schema, and mutations that it gives no answer to. */
  readonly troubles: string[] = [];
  readonly subscribers: Subscriber[] = [];
  private readonly requests: Asked[] = [];

  readonly http = setupServer(
    http.post('*/graphql', async ({ request }) => {
      const { query, variables, operationName } = (await request.json()) as Posted;
      this.requests.push({ operation: operationName, variables });
      return HttpResponse.json(await this.answer(query, variables));
    }),
  );

  /** The variables of each request of an operation. */
  asked(operation: string): Record<string, unknown>[] {
    return this.requests
      .filter((request) => request.operation === operation)
      .map(({ variables }) => variables);
  }

  /** Tells the subscribers of a field. */
  tell<Field extends keyof Subscription>(field: Field, payload: Parts<Subscription[Field]>): void {
    for (const subscriber of this.subscribers) {
      if (subscriber.field === field) {
        subscriber.tell({ [field]: payload });
      }
    }
  }

  /** The arguments of those who follow a field now. */
  followers(field: keyof Subscription): Record<string, unknown>[] {
    return this.subscribers.filter((one) => one.field === field).map(({ args }) => args);
  }

  /** Breaks every live connection. */
  cut(code = 1006, reason = ''): void {
    for (const socket of [...sockets]) {
      socket.close(code, reason);
    }
  }

  /** Lets connections through again, after `Socket.server` was taken away. */
  reconnect(): void {
    Socket.server = this.live;
  }

  reset(): void {
    this.query = {};
    this.mutation = {};
    this.troubles.length = 0;
    this.requests.length = 0;
    this.cut(1000);
    this.subscribers.length = 0;
    this.reconnect();
  }

  private readonly live = makeServer({
    schema,
    execute: (args) => execute(withResolvers(args)),
    subscribe: (args) => subscribe({ ...withResolvers(args), subscribeFieldResolver: this.follow }),
    onError: (_, __, ___, errors) => {
      this.troubles.push(...errors.map(String));
    },
  });

  private readonly follow: GraphQLFieldResolver<unknown, unknown> = (
    _,
    args,
    __,
    { fieldName },
  ) => {
    const waiting: unknown[] = [];
    let wake = () => {};
    let isOver = false;
    const subscriber: Subscriber = {
      field: fieldName,
      args,
      tell: (payload) => {
        waiting.push(payload);
        wake();
      },
      end: () => {
        isOver = true;
        wake();
      },
    };
    this.subscribers.push(subscriber);
    const leave = () => {
      this.subscribers.splice(this.subscribers.indexOf(subscriber), 1);
      isOver = true;
      wake();
    };
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        while (waiting.length === 0 && !isOver) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const value = waiting.shift();
        return value === undefined ? { done: true, value } : { done: false, value };
      },
      async return() {
        leave();
        return { done: true, value: undefined };
      },
    };
  };

  private async answer(query: string, variableValues: Record<string, unknown>) {
    const document = parse(query);
    const refusals = validate(schema, document);
    if (refusals.length > 0) {
      this.troubles.push(...refusals.map(String));
      return { errors: refusals };
    }
    const isMutation = getOperationAST(document)?.operation === 'mutation';
    const result = await execute({
      ...withResolvers({ schema, document, variableValues }),
      rootValue: isMutation ? this.expected() : this.query,
    });
    if (!('data' in result)) {
      // The variables do not fit.
      this.troubles.push(...(result.errors ?? []).map(String));
    }
    return result;
  }

  /** The mutations of the test, and trouble for every other. */
  private expected(): object {
    return new Proxy(this.mutation, {
      get: (known, field) => {
        const answer = Reflect.get(known, field);
        if (answer === undefined) {
          this.troubles.push(`no test expects the mutation ${String(field)}`);
        }
        return answer;
      },
    });
  }
}

function withResolvers(args: ExecutionArgs): ExecutionArgs {
  return { ...args, fieldResolver: resolve };
}

export const api = new Api();

/** An answer that does not come. */
export const forever = (): Promise<never> => new Promise(() => {});

/** A refusal in the API's own form. */
export function refusal(
  message: string,
  extensions: Omit<DescribedError, 'message'> = {},
): () => never {
  return () => {
    throw new GraphQLError(message, { extensions });
  };
}
