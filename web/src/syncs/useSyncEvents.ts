// The events of a sync: stored ones page by page, then live ones from behind the last of them.

import { useApolloClient } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import {
  type EventLine_SyncEventFragment as Event,
  SyncEventsLiveDocument,
  SyncEventsSoFarDocument,
  type SyncEventsSoFarQuery,
} from './Sync.generated';

type EventPage = NonNullable<SyncEventsSoFarQuery['syncLog']>['events'] | undefined;

/** What is stored: gauges are not. */
const FACTS = ['STATE', 'CHECKPOINT', 'SCHEMA_CHANGE', 'RETRY', 'WAITING', 'LOG'] as const;

export function useSyncEvents(
  syncLogId: string,
  isRunning: boolean,
): { events: Event[]; error: unknown } {
  const client = useApolloClient();
  const [events, setEvents] = useState<Event[]>([]);
  const [error, setError] = useState<unknown>();

  useEffect(() => {
    let isOver = false;
    let stop = () => {};
    const add = (more: Event[]) => {
      if (!isOver && more.length > 0) {
        setEvents((before) => withoutTwice(before, more));
      }
    };
    const follow = async () => {
      let after: string | null = null;
      let hasMore = true;
      while (hasMore && !isOver) {
        const { data }: { data?: SyncEventsSoFarQuery | undefined } = await client.query({
          query: SyncEventsSoFarDocument,
          variables: { id: syncLogId, after },
          fetchPolicy: 'no-cache',
        });
        const page: EventPage = data?.syncLog?.events;
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
    follow().catch(setError);
    return () => {
      isOver = true;
      stop();
    };
  }, [client, syncLogId, isRunning]);
  return { events, error };
}

/** The end of a sync has it read again from the start: what is there stays as it is. */
export function withoutTwice(before: Event[], more: Event[]): Event[] {
  const known = new Set(before.map((event) => event.id));
  const fresh = more.filter((event) => !known.has(event.id));
  return fresh.length === 0 ? before : [...before, ...fresh];
}
