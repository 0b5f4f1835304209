// How long a sync took, or has taken so far.

import { formatSpan } from '../ui/format';
import { useNow } from '../ui/Time';

interface Props {
  startedAt: string | null;
  completedAt: string | null;
}

export function Took({ startedAt, completedAt }: Props) {
  const now = useNow(startedAt !== null && completedAt === null ? 1_000 : null);
  if (startedAt === null) {
    return <span>{completedAt === null ? 'waits' : '–'}</span>;
  }
  const end = completedAt === null ? now : new Date(completedAt).getTime();
  return <span>{formatSpan(Math.max(0, (end - new Date(startedAt).getTime()) / 1000))}</span>;
}
