// A screen that does not have yet what it shows: it says where one is, and waits or tells why it was refused.

import { PageHeader } from './PageHeader';
import { Failure, Loading } from './states';

interface Props {
  title: string;
  /** The screens above this one. */
  above?: { title: string; to: string }[];
  /** Why it was refused; undefined while it is waited for. */
  error?: unknown;
  onRetry?: () => void;
}

export function PendingScreen({ title, above = [], error, onRetry }: Props) {
  return (
    <>
      <PageHeader title={title} above={above} />
      {error === undefined ? (
        <Loading lines={6} />
      ) : (
        <Failure error={error} {...(onRetry && { onRetry })} />
      )}
    </>
  );
}
