// What to do first in an empty workspace.

import { Button, Card, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router';

const WAYS = [
  {
    title: 'Connect a source',
    text: 'A database, files, mail, Google, Slack or any REST API of yours. The connection is tested before anything is read.',
    to: '/connectors/new',
    action: 'Connect',
  },
  {
    title: 'See a scenario',
    text: 'A made-up company with live connectors, synced tables, a workflow, and questions whose answers can be checked.',
    to: '/scenarios',
    action: 'Choose a scenario',
  },
];

export function QuickStart() {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      {WAYS.map(({ title, text, to, action }) => (
        <Card key={to} withBorder padding="lg">
          <Stack gap="sm" align="flex-start">
            <Title order={2} size="h4">
              {title}
            </Title>
            <Text c="dimmed">{text}</Text>
            <Button component={Link} to={to}>
              {action}
            </Button>
          </Stack>
        </Card>
      ))}
    </SimpleGrid>
  );
}
