// The events of a sync: stored ones page by page, then live ones from behind the last of them. They are drawn at most once a
// frame, however many come.

import { useApolloClient } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { isUnreachable } from '../ui/describeError';
import { KeptEvents } from './KeptEvents';
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

interface SyncEvents {
  events: readonly Event[];
  /** How many came before them that are not kept. */
  earlier: number;
}

export function useSyncEvents(
  syncLogId: string,
  isRunning: boolean,
): SyncEvents & { isRead: boolean; error: unknown } {
  const client = useApolloClient();
  // When a sync ends, what is there stays as it is, and the rest is read from behind it.
  const kept = useRef(new KeptEvents());
  const [shown, setShown] = useState<SyncEvents>({ events: [], earlier: 0 });
  const [isRead, setRead] = useState(false);
  const [error, setError] = useState<unknown>();

  useEffect(() => {
    let isOver = false;
    let stop = () => {};
    let willDraw = false;
    const draw = () => {
      willDraw = false;
      setShown({ events: kept.current.all(), earlier: kept.current.earlier });
    };
    const add = (more: readonly Event[], cursor: string | null) => {
      if (kept.current.add(more, cursor) && !willDraw) {
        willDraw = true;
        requestAnimationFrame(draw);
      }
    };
    const read = async (): Promise<EventPage> => {
      while (true) {
        try {
          const { data } = await client.query({
            query: SyncEventsSoFarDocument,
            variables: { id: syncLogId, after: kept.current.cursor },
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
      let hasMore = true;
      while (hasMore) {
        const page = await read();
        if (isOver) {
          return;
        }
        add(page?.nodes ?? [], page?.pageInfo.endCursor ?? null);
        hasMore = page?.pageInfo.hasNextPage ?? false;
      }
      // With the frame that draws them.
      requestAnimationFrame(() => setRead(true));
      if (!isRunning) {
        return;
      }
      const subscription = client
        .subscribe({
          query: SyncEventsLiveDocument,
          variables: { syncLogId, after: kept.current.cursor, kinds: [...FACTS] },
          fetchPolicy: 'no-cache',
        })
        .subscribe({
          next: ({ data, error }) => {
            if (data !== undefined && data !== null) {
              add([data.syncEvents], data.syncEvents.cursor);
            }
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
    };
  }, [client, syncLogId, isRunning]);
  return { ...shown, isRead, error };
}
