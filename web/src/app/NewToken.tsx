// Asks for a token where the server wants one, or does not take the one that is there.

import { NetworkStatus } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { lazy } from 'react';
import { describeError } from '../ui/describeError';
import { MayAskDocument } from './NewToken.generated';

const TokenForm = lazy(() => import('./TokenForm'));

export function NewToken() {
  const { error, networkStatus } = useQuery(MayAskDocument, { fetchPolicy: 'network-only' });
  if (networkStatus === NetworkStatus.loading || error === undefined) {
    return null;
  }
  return describeError(error).code === 'UNAUTHENTICATED' ? <TokenForm /> : null;
}
