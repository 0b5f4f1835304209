// The state of a sync while it runs, as it was told last, drawn at most once a frame. It does not go through the cache,
// which keeps for long what it has worked out of each state: of many data sources that is much.

import { useSubscription } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { SyncStateDocument, type SyncStateSubscription } from './Sync.generated';

type SyncState = SyncStateSubscription['syncLog'];

/** Nothing before the first state. `onEnd` is called behind the last one. */
export function useSyncState(
  id: string,
  isRunning: boolean,
  onEnd: () => void,
): SyncState | undefined {
  const [state, setState] = useState<SyncState>();
  const newest = useRef<SyncState>(undefined);
  const frame = useRef<number>(undefined);
  useEffect(() => () => cancelAnimationFrame(frame.current ?? 0), []);

  const draw = () => {
    frame.current = undefined;
    setState(newest.current);
  };
  useSubscription(SyncStateDocument, {
    variables: { id },
    skip: !isRunning,
    fetchPolicy: 'no-cache',
    ignoreResults: true,
    onData: ({ data: { data } }) => {
      newest.current = data?.syncLog;
      frame.current ??= requestAnimationFrame(draw);
    },
    onComplete: onEnd,
  });
  return state?.id === id ? state : undefined;
}
