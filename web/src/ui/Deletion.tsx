// Deletes a thing, after saying what goes with it and having its name typed.

import { Button, Card, Group, Modal, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { Failure } from './states';

interface Props {
  /** What it is: `connector`. */
  kind: string;
  name: string;
  /** What goes with it, in a sentence or two. */
  summary: string;
  /** The same in full, with what there is to choose. */
  children: ReactNode;
  /** Deletes it and leads elsewhere. What it throws is shown, and the thing stays. */
  onDelete: () => Promise<void>;
}

export function Deletion({ kind, name, summary, children, onDelete }: Props) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const [typed, setTyped] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  async function confirm() {
    setError(undefined);
    setBusy(true);
    try {
      await onDelete();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Card withBorder maw={720} component="section" aria-label="Delete">
      <Group justify="space-between">
        <div>
          <Title order={2} size="h4">
            Delete this {kind}
          </Title>
          <Text size="sm" c="dimmed">
            {summary}
          </Text>
        </div>
        <Button variant="default" onClick={open}>
          Delete…
        </Button>
      </Group>
      <Modal opened={isOpen} onClose={close} title={`Delete ${name}?`} centered>
        <Stack>
          {children}
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
              loading={isBusy}
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
