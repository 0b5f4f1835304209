// Deletes a connector, after saying what goes with it.

import { useMutation } from '@apollo/client/react';
import { Button, Card, Checkbox, Group, Modal, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Failure } from '../ui/states';
import { DeleteConnectorDocument } from './Connector.generated';

export function DeleteConnector({ id, name }: { id: string; name: string }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const [dropData, setDropData] = useState(false);
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<unknown>();
  const navigate = useNavigate();
  const [remove, { loading }] = useMutation(DeleteConnectorDocument, {
    update(cache) {
      cache.evict({ id: `Connector:${id}` });
      cache.evict({ fieldName: 'connectors' });
      cache.gc();
    },
  });

  async function confirm() {
    setError(undefined);
    try {
      await remove({ variables: { id, dropData } });
      await navigate('/connectors');
    } catch (failure) {
      setError(failure);
    }
  }

  return (
    <Card withBorder maw={720} component="section" aria-label="Delete">
      <Group justify="space-between">
        <div>
          <Title order={2} size="h4">
            Delete this connector
          </Title>
          <Text size="sm" c="dimmed">
            Its credentials, schedule and history go. Its lake tables stay unless you say otherwise.
          </Text>
        </div>
        <Button variant="default" onClick={open}>
          Delete…
        </Button>
      </Group>
      <Modal opened={isOpen} onClose={close} title={`Delete ${name}?`} centered>
        <Stack>
          <Text>
            The connector, its data sources and the record of its syncs are deleted. This cannot be
            undone.
          </Text>
          <Checkbox
            label="Delete its lake tables, too"
            description="Their rows are gone then; what was downloaded is not."
            checked={dropData}
            onChange={(event) => setDropData(event.currentTarget.checked)}
          />
          <TextInput
            label={`Type ${name} to go on`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            data-autofocus
          />
          {error !== undefined && <Failure error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Keep it
            </Button>
            <Button
              color="red"
              disabled={typed !== name}
              loading={loading}
              onClick={() => void confirm()}
            >
              Delete
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Card>
  );
}
