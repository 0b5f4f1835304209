// Starts a sync, and goes to it.

import { useMutation } from '@apollo/client/react';
import { Button, type ButtonProps } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconRefresh } from '@tabler/icons-react';
import { useNavigate } from 'react-router';
import type { ExtractType } from '../schema.generated';
import { describeError } from '../ui/describeError';
import { SyncNowDocument } from './SyncNow.generated';

interface Props extends ButtonProps {
  connectorId: string;
  /** Only these; otherwise all that are switched on. */
  dataSourceIds?: string[];
  extractType?: ExtractType;
  label?: string;
}

export function SyncNow({
  connectorId,
  dataSourceIds,
  extractType,
  label = 'Sync now',
  ...button
}: Props) {
  const navigate = useNavigate();
  const [sync, { loading }] = useMutation(SyncNowDocument);

  async function start() {
    try {
      const { data } = await sync({
        variables: {
          connectorId,
          dataSourceIds: dataSourceIds ?? null,
          extractType: extractType ?? null,
        },
      });
      await navigate(`/syncs/${data?.syncConnector.syncLog.id}`);
    } catch (failure) {
      const { message, hint } = describeError(failure);
      notifications.show({
        color: 'red',
        title: 'No sync',
        message: hint === undefined ? message : `${message} ${hint}`,
      });
    }
  }

  return (
    <Button
      size="xs"
      variant="light"
      leftSection={<IconRefresh size={14} aria-hidden="true" />}
      loading={loading}
      onClick={() => void start()}
      {...button}
    >
      {label}
    </Button>
  );
}
