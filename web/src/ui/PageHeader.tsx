// The head of a screen: where one is, what it is, and what can be done with it.

import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useTitle } from './useTitle';

interface Props {
  title: string;
  /** What stands beside the title, such as a status. */
  beside?: ReactNode;
  description?: ReactNode;
  /** The screens above this one. */
  above?: { title: string; to: string }[];
  children?: ReactNode;
}

export function PageHeader({ title, beside, description, above = [], children }: Props) {
  useTitle(title);
  return (
    <Stack gap={4} mb="lg">
      {above.length > 0 && (
        <Breadcrumbs separatorMargin={6}>
          {above.map(({ title, to }) => (
            <Anchor key={to} component={Link} to={to} size="sm">
              {title}
            </Anchor>
          ))}
        </Breadcrumbs>
      )}
      <Group justify="space-between" align="flex-start" gap="md">
        <Stack gap={4} style={{ flex: '1 1 16rem' }}>
          <Group gap="sm">
            <Title order={1} size="h2" className="breaks">
              {title}
            </Title>
            {beside}
          </Group>
          {description !== undefined && (
            <Text c="dimmed" component="div">
              {description}
            </Text>
          )}
        </Stack>
        <Group gap="xs">{children}</Group>
      </Group>
    </Stack>
  );
}
