// A connector in the list: what it is, how it is, when it was read.

import type { FragmentType } from '@apollo/client';
import { useFragment } from '@apollo/client/react';
import { ActionIcon, Anchor, Badge, Card, Group, Menu, Stack, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { Link } from 'react-router';
import { formatWord } from '../ui/format';
import { StatusBadge } from '../ui/StatusBadge';
import { Time } from '../ui/Time';
import {
  type ConnectorCard_ConnectorFragment,
  ConnectorCard_ConnectorFragmentDoc,
} from './Connectors.generated';
import { SyncNow } from './SyncNow';

export function ConnectorCard({
  connector,
}: {
  connector: FragmentType<ConnectorCard_ConnectorFragment>;
}) {
  const { data, complete } = useFragment({
    fragment: ConnectorCard_ConnectorFragmentDoc,
    fragmentName: 'ConnectorCard_connector',
    from: connector,
  });
  if (!complete) {
    return null;
  }
  return (
    <Card withBorder padding="md" component="article" aria-label={data.name}>
      <Stack gap="xs" h="100%" justify="space-between">
        <Stack gap={4}>
          <Group justify="space-between" wrap="nowrap">
            <Anchor component={Link} to={`/connectors/${data.id}`} fw={600} truncate>
              {data.name}
            </Anchor>
            <StatusBadge status={data.status} />
          </Group>
          <Group gap="xs">
            <Text size="sm" c="dimmed">
              {formatWord(data.type)}
            </Text>
            {data.demoMode && (
              <Badge
                size="xs"
                variant="outline"
                color="gray"
                styles={{ label: { color: 'var(--mantine-color-text)' } }}
              >
                Demo
              </Badge>
            )}
          </Group>
          {data.description !== null && (
            <Text size="sm" lineClamp={2}>
              {data.description}
            </Text>
          )}
          {data.status === 'ERROR' && data.statusMessage !== null && (
            <Text size="sm" c="red" lineClamp={3} className="breaks">
              {data.statusMessage}
            </Text>
          )}
        </Stack>
        <Group justify="space-between">
          <Text size="xs" c="dimmed">
            read <Time time={data.lastSyncAt} />
            {data.syncEnabled && data.nextSyncAt !== null && (
              <>
                , next <Time time={data.nextSyncAt} />
              </>
            )}
          </Text>
          <Group gap={4} wrap="nowrap">
            <SyncNow connectorId={data.id} />
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="subtle" color="gray" aria-label={`More of ${data.name}`}>
                  <IconDots size={16} aria-hidden="true" />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item component={Link} to={`/connectors/new?copy=${data.id}`}>
                  Duplicate
                </Menu.Item>
                <Menu.Item component={Link} to={`/connectors/${data.id}?tab=settings`}>
                  Settings
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Group>
        </Group>
      </Stack>
    </Card>
  );
}
