// A screen of one thing that is not there: it is waited for, it was refused, or there is none.

import type { ReactNode } from 'react';
import { PendingScreen } from './PendingScreen';
import { Empty } from './states';

interface Props {
  /** What the API gave: undefined as long as it is waited for or refused, null where there is none. */
  record: null | undefined;
  /** What it is: `data source`. */
  kind: string;
  /** Of the screen while it has no name. */
  title: string;
  /** The screens above this one. */
  above: { title: string; to: string }[];
  /** Why it was refused. */
  error: unknown;
  onRetry: () => void;
  /** Why there may be none. */
  children: ReactNode;
}

export function AbsentScreen({ record, kind, title, above, error, onRetry, children }: Props) {
  if (record === undefined) {
    return <PendingScreen title={title} above={above} error={error} onRetry={onRetry} />;
  }
  return (
    <Empty isScreen title={`There is no such ${kind}`}>
      {children}
    </Empty>
  );
}
