// The events of a sync: stored ones page by page, then live ones from behind the last of them. They are drawn at most once a
// frame, however many come.

import { useApolloClient } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { isUnreachable } from '../ui/describeError';
import {
  type EventLine_SyncEventFragment as Event,
  SyncEventsLiveDocument,
  SyncEventsSoFarDocument,
  type SyncEventsSoFarQuery,
} from './Sync.generated';

type EventPage = NonNullable<SyncEventsSoFarQuery['syncLog']>['events'] | undefined;

/** What is stored: gauges are not. */
const FACTS = ['STATE', 'CHECKPOINT', 'SCHEMA_CHANGE', 'RETRY', 'WAITING', 'LOG'] as const;
/** When a server that could not be reached is asked again, in milliseconds. */
const PAUSE = 2_000;

export function useSyncEvents(
  syncLogId: string,
  isRunning: boolean,
): { events: readonly Event[]; error: unknown } {
  const client = useApolloClient();
  // The end of a sync has it read again from the start: what is there stays as it is.
  const known = useRef(new Map<string, Event>());
  const [events, setEvents] = useState<readonly Event[]>([]);
  const [error, setError] = useState<unknown>();

  useEffect(() => {
    let isOver = false;
    let stop = () => {};
    let frame: number | undefined;
    const draw = () => {
      frame = undefined;
      setEvents([...known.current.values()]);
    };
    const add = (more: readonly Event[]) => {
      for (const event of more) {
        const id = event.id ?? event.cursor;
        if (!known.current.has(id)) {
          known.current.set(id, event);
          frame ??= requestAnimationFrame(draw);
        }
      }
    };
    const read = async (after: string | null): Promise<EventPage> => {
      while (true) {
        try {
          const { data } = await client.query({
            query: SyncEventsSoFarDocument,
            variables: { id: syncLogId, after },
            fetchPolicy: 'no-cache',
          });
          setError(undefined);
          return data?.syncLog?.events;
        } catch (failure) {
          if (isOver || !isUnreachable(failure)) {
            throw failure;
          }
          setError(failure);
          await new Promise((resolve) => setTimeout(resolve, PAUSE));
        }
      }
    };
    const follow = async () => {
      let after: string | null = null;
      let hasMore = true;
      while (hasMore && !isOver) {
        const page: EventPage = await read(after);
        add(page?.nodes ?? []);
        after = page?.pageInfo.endCursor ?? after;
        hasMore = page?.pageInfo.hasNextPage ?? false;
      }
      if (isOver || !isRunning) {
        return;
      }
      const subscription = client
        .subscribe({
          query: SyncEventsLiveDocument,
          variables: { syncLogId, after, kinds: [...FACTS] },
          fetchPolicy: 'no-cache',
        })
        .subscribe({
          next: ({ data, error }) => {
            add(data === undefined || data === null ? [] : [data.syncEvents]);
            setError(error);
          },
          error: setError,
        });
      stop = () => subscription.unsubscribe();
    };
    follow().catch((failure) => {
      if (!isOver) {
        setError(failure);
      }
    });
    return () => {
      isOver = true;
      stop();
      cancelAnimationFrame(frame ?? 0);
    };
  }, [client, syncLogId, isRunning]);
  return { events, error };
}
