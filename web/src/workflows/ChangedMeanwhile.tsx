// The choice of one who saves what somebody else has changed meanwhile: what is there now, or this in its place.

import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { Time } from '../ui/Time';

interface Props {
  /** When it was changed. */
  at: string;
  /** Whether nothing can be saved now. */
  isLocked: boolean;
  onLook: () => Promise<void>;
  onOverwrite: () => void;
}

export function ChangedMeanwhile({ at, isLocked, onLook, onOverwrite }: Props) {
  const [isLooking, setLooking] = useState(false);

  async function look() {
    setLooking(true);
    try {
      await onLook();
    } finally {
      setLooking(false);
    }
  }

  return (
    <Alert
      color="orange"
      variant="light"
      role="alert"
      icon={<IconAlertTriangle aria-hidden="true" />}
      title="Somebody has changed it meanwhile"
    >
      <Stack gap="xs" align="flex-start">
        <Text>
          It was changed <Time time={at} />, after you had opened it. Nothing of yours is saved yet.
          If you see what is there now, what you have written is kept beside it.
        </Text>
        <Group gap="xs">
          <Button variant="default" size="xs" loading={isLooking} onClick={() => void look()}>
            See what is there now
          </Button>
          <Button
            color="red"
            variant="light"
            size="xs"
            disabled={isLooking || isLocked}
            onClick={onOverwrite}
          >
            Write over it
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
