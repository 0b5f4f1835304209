// The first step: which system it is.

import {
  Badge,
  Card,
  Group,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { ConnectorType } from '../schema.generated';
import { Failure, Loading } from '../ui/states';
import { TYPES } from './types';
import { useConnectorTypes } from './useConnectorTypes';

export function ChooseType({ onChoose }: { onChoose: (type: ConnectorType) => void }) {
  const { types, error, isLoading } = useConnectorTypes();
  const [search, setSearch] = useState('');
  if (error !== undefined) {
    return <Failure error={error} />;
  }
  if (isLoading) {
    return <Loading />;
  }
  const wanted = search.trim().toLowerCase();
  const shown = types
    .filter(({ name, description, type }) =>
      `${name} ${description} ${type}`.toLowerCase().includes(wanted),
    )
    .sort((one, other) => TYPES.indexOf(one.type) - TYPES.indexOf(other.type));
  return (
    <Stack>
      <TextInput
        aria-label="Search systems"
        placeholder="Search"
        leftSection={<IconSearch size={14} aria-hidden="true" />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        maw={360}
      />
      {shown.length === 0 && (
        <Text c="dimmed">No system has these words. Any REST API can be read by a manifest.</Text>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {shown.map(({ type, name, description, supportsDemo, supportsIncremental }) => (
          <UnstyledButton key={type} onClick={() => onChoose(type)}>
            <Card withBorder padding="md" h="100%" className="choice">
              <Stack gap={6}>
                <Title order={2} size="h5">
                  {name}
                </Title>
                <Text size="sm" c="dimmed">
                  {description}
                </Text>
                <Group gap={6}>
                  {supportsIncremental && <Trait>reads what is new</Trait>}
                  {supportsDemo && <Trait>has a demo</Trait>}
                </Group>
              </Stack>
            </Card>
          </UnstyledButton>
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function Trait({ children }: { children: string }) {
  return (
    <Badge
      size="sm"
      variant="outline"
      color="gray"
      tt="none"
      styles={{ label: { color: 'var(--mantine-color-text)' } }}
    >
      {children}
    </Badge>
  );
}
