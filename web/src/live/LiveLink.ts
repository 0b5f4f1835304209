// Subscriptions that outlive their connection: after a break each goes on behind the last event it has had.

import { ApolloLink } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { type FormattedExecutionResult, print } from 'graphql';
import { Observable } from 'rxjs';
import { isFinal, type Live } from './live';

type Result = FormattedExecutionResult<Record<string, unknown>>;

export class LiveLink extends ApolloLink {
  constructor(private readonly live: Live) {
    super();
  }

  override request(operation: ApolloLink.Operation): Observable<ApolloLink.Result> {
    const query = print(operation.query);
    return new Observable((observer) => {
      const stop = new AbortController();
      let cursor: string | undefined;
      const follow = async () => {
        while (!stop.signal.aborted) {
          const variables = resumed(operation.variables, cursor);
          const payload = { query, variables, operationName: operation.operationName ?? null };
          const end = await this.once(payload, stop.signal, (result) => {
            cursor = cursorOf(result) ?? cursor;
            observer.next(result as ApolloLink.Result);
          });
          if (end === 'complete') {
            observer.complete();
            return;
          }
          if (end.refused !== undefined) {
            observer.error(end.refused);
            return;
          }
          await this.live.pause(stop.signal);
        }
      };
      void follow();
      return () => stop.abort();
    });
  }

  /** Follows it until it ends, is refused, or the connection breaks. */
  private once(
    payload: { query: string; variables: Record<string, unknown>; operationName: string | null },
    signal: AbortSignal,
    onResult: (result: Result) => void,
  ): Promise<'complete' | { refused?: Error }> {
    return new Promise((resolve) => {
      const dispose = this.live.client.subscribe<Record<string, unknown>>(payload, {
        next: (result) => onResult(result as Result),
        complete: () => resolve('complete'),
        error: (failure) => resolve(outcome(failure)),
      });
      signal.addEventListener('abort', () => dispose(), { once: true });
    });
  }
}

function outcome(failure: unknown): { refused?: Error } {
  if (Array.isArray(failure)) {
    return { refused: new CombinedGraphQLErrors({ errors: failure }) };
  }
  if (isFinal(failure)) {
    const { code, reason } = failure as CloseEvent;
    return { refused: new Error(`the server closed the connection: ${reason || code}`) };
  }
  return {};
}

/** What was asked for, from behind the last event; only operations that declare `after` can be given one. */
function resumed(variables: Record<string, unknown>, cursor: string | undefined) {
  return cursor === undefined || !('after' in variables)
    ? variables
    : { ...variables, after: cursor };
}

/** The cursor of an event, in whichever field of the answer it came. */
function cursorOf(result: Result): string | undefined {
  for (const value of Object.values(result.data ?? {})) {
    if (typeof value === 'object' && value !== null && 'cursor' in value) {
      return typeof value.cursor === 'string' ? value.cursor : undefined;
    }
  }
  return undefined;
}
