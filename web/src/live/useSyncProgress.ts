// How far every data source of the running syncs is, drawn at most once a frame however many events come.

import { useApolloClient } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import {
  type ProgressPartsFragment,
  SyncProgressDocument,
  type SyncProgressSubscription,
} from './SyncProgress.generated';

/** What is known of one data source in one sync. */
export type Progress = Omit<ProgressPartsFragment, ' $fragmentName'>;

/** By sync, then by data source. */
export type ProgressOfSyncs = ReadonlyMap<string, ReadonlyMap<string, Progress>>;

/** Syncs of which it is kept. More do not run at once: those that are silent for longest are over. */
const SYNCS = 200;

type SyncEvent = SyncProgressSubscription['syncEvents'];

interface Options {
  connectorId?: string;
  syncLogId?: string;
  /** A cursor to go on from; without it, from now. */
  after?: string;
  /** Called with each change of a sync's own state. */
  onState?: (event: SyncEvent) => void;
}

export function useSyncProgress({
  connectorId,
  syncLogId,
  after,
  onState,
}: Options): ProgressOfSyncs {
  const client = useApolloClient();
  const [progress, setProgress] = useState<ProgressOfSyncs>(new Map());
  const told = useRef(onState);
  useEffect(() => {
    told.current = onState;
  }, [onState]);

  useEffect(() => {
    let frame: number | undefined;
    const waiting = new Map<string, SyncEvent>();
    const draw = () => {
      frame = undefined;
      const events = [...waiting.values()];
      waiting.clear();
      setProgress((before) => fold(before, events));
    };
    const subscription = client
      .subscribe({
        query: SyncProgressDocument,
        variables: {
          connectorId: connectorId ?? null,
          syncLogId: syncLogId ?? null,
          after: after ?? null,
        },
        fetchPolicy: 'no-cache',
      })
      .subscribe({
        next: ({ data }) => {
          const event = data?.syncEvents;
          if (event === undefined) {
            return;
          }
          if (event.dataSourceId !== null) {
            waiting.set(`${event.syncLogId} ${event.dataSourceId}`, event);
            frame ??= requestAnimationFrame(draw);
          } else if (event.kind === 'STATE') {
            told.current?.(event);
          }
        },
        // What ends it for good is shown by the screen's own query.
        error: () => undefined,
      });
    return () => {
      subscription.unsubscribe();
      if (frame !== undefined) {
        cancelAnimationFrame(frame);
      }
    };
  }, [client, connectorId, syncLogId, after]);
  return progress;
}

/** The newest of each data source over what was known; of very many syncs those are left out that were told of longest ago. */
export function fold(before: ProgressOfSyncs, events: SyncEvent[]): ProgressOfSyncs {
  const after = new Map(before);
  for (const { syncLogId, dataSourceId, progress } of events) {
    if (dataSourceId !== null && progress !== null) {
      const sources = new Map(after.get(syncLogId)).set(dataSourceId, progress);
      // Whatever is told of goes to the end.
      after.delete(syncLogId);
      after.set(syncLogId, sources);
    }
  }
  for (const id of [...after.keys()].slice(0, -SYNCS)) {
    after.delete(id);
  }
  return after;
}
