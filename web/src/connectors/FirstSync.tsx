// The last step: when it is read by itself, and the first time now.

import { useMutation } from '@apollo/client/react';
import { Button, Group, Stack } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { messageFor } from '../ui/describeError';
import { Failure } from '../ui/states';
import { UpdateConnectorDocument } from './Connector.generated';
import { NO_SCHEDULE, ScheduleFields } from './ScheduleFields';
import { SyncNowDocument } from './SyncNow.generated';

export function FirstSync({ id }: { id: string }) {
  const [schedule, setSchedule] = useState(NO_SCHEDULE);
  const [error, setError] = useState<unknown>();
  const [update, updating] = useMutation(UpdateConnectorDocument);
  const [sync, syncing] = useMutation(SyncNowDocument);
  const navigate = useNavigate();

  async function finish(begins: boolean) {
    setError(undefined);
    try {
      if (schedule.isOn) {
        await update({
          variables: {
            input: {
              id,
              syncEnabled: true,
              syncSchedule: schedule.cron,
              timezone: schedule.timezone,
            },
          },
        });
      }
      if (!begins) {
        await navigate(`/connectors/${id}`);
        return;
      }
      const { data } = await sync({
        variables: { connectorId: id, dataSourceIds: null, extractType: null },
      });
      await navigate(`/syncs/${data?.syncConnector.syncLog.id}`);
    } catch (failure) {
      setError(failure);
    }
  }

  const isBusy = updating.loading || syncing.loading;
  const wrong = messageFor('syncSchedule', error);
  return (
    <Stack maw={720}>
      <ScheduleFields value={schedule} onChange={setSchedule} error={wrong} />
      {error !== undefined && <Failure error={error} />}
      <Group>
        <Button loading={isBusy} onClick={() => void finish(true)}>
          Read it now
        </Button>
        <Button variant="default" disabled={isBusy} onClick={() => void finish(false)}>
          Later
        </Button>
      </Group>
    </Stack>
  );
}
