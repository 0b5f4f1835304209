// Says that the live connection is lost, for as long as it is.

import { Alert } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useSyncExternalStore } from 'react';
import { useConnection } from './ConnectionProvider';

export function LiveBanner() {
  const { live } = useConnection();
  const state = useSyncExternalStore(live.subscribe, live.getState);
  if (state !== 'lost') {
    return null;
  }
  return (
    <Alert
      color="orange"
      variant="light"
      mb="md"
      role="status"
      icon={<IconPlugConnectedX aria-hidden="true" />}
      title="The connection is lost"
    >
      What you see may be old. It is tried again by itself, and nothing that happens meanwhile is
      missed.
    </Alert>
  );
}
