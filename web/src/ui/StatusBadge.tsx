// A status as a word with a colour and a shape; never the colour alone.

import { Badge } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconPlayerStop,
  IconRefresh,
} from '@tabler/icons-react';
import { formatWord } from './format';

const LOOKS: Record<string, { color: string; Icon: typeof IconClock }> = {
  CONNECTED: { color: 'green', Icon: IconCircleCheck },
  SUCCEEDED: { color: 'green', Icon: IconCircleCheck },
  READY: { color: 'green', Icon: IconCircleCheck },
  SYNCING: { color: 'blue', Icon: IconRefresh },
  RUNNING: { color: 'blue', Icon: IconRefresh },
  SETTING_UP: { color: 'blue', Icon: IconRefresh },
  CONNECTING: { color: 'blue', Icon: IconRefresh },
  QUEUED: { color: 'gray', Icon: IconClock },
  PENDING: { color: 'gray', Icon: IconClock },
  PARTIAL: { color: 'orange', Icon: IconAlertTriangle },
  ERROR: { color: 'red', Icon: IconCircleX },
  FAILED: { color: 'red', Icon: IconCircleX },
  CANCELLED: { color: 'gray', Icon: IconPlayerStop },
};

export function StatusBadge({ status }: { status: string }) {
  const { color, Icon } = LOOKS[status] ?? { color: 'gray', Icon: IconCircleDashed };
  return (
    <Badge
      color={color}
      variant="outline"
      tt="none"
      flex="none"
      leftSection={<Icon size={13} stroke={2} aria-hidden="true" />}
      styles={{ label: { color: 'var(--mantine-color-text)' } }}
    >
      {formatWord(status)}
    </Badge>
  );
}
