// Settings of this browser, and where the server's own are.

import {
  Anchor,
  Button,
  Card,
  Code,
  Group,
  PasswordInput,
  SegmentedControl,
  Stack,
  Table,
  Text,
  Title,
  useMantineColorScheme,
} from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useConnection } from '../app/ConnectionProvider';
import { PageHeader } from '../ui/PageHeader';
import { ServerHealth } from './ServerHealth';

const ENDPOINTS: [string, string][] = [
  ['POST /graphql', 'queries and mutations'],
  [
    'GET /graphql',
    'subscriptions by graphql-transport-ws; by server-sent events and multipart answers, too',
  ],
  ['GET /graphiql', 'GraphiQL with examples'],
  [
    'GET /download/data-sources/{id}?format=',
    'a lake table as CSV, JSON lines, Parquet, Arrow or XLSX',
  ],
  ['POST /download/query', 'the answer to a statement as a file'],
  ['GET /metrics', 'figures for Prometheus'],
];

export default function SettingsRoute() {
  return (
    <>
      <PageHeader title="Settings" />
      <Stack gap="lg" maw={760}>
        <Part title="Appearance">
          <Appearance />
        </Part>
        <Part title="Access">
          <Token />
        </Part>
        <Part title="Server">
          <ServerHealth />
          <Text size="sm" c="dimmed">
            Retention, limits and tokens are set where the server is started, in{' '}
            <Code>dataweaver.toml</Code> or by <Code>DATAWEAVER_…</Code> variables;{' '}
            <Code>docs/configuration.md</Code> has every one of them.
          </Text>
        </Part>
        <Part title="API">
          <Text size="sm">
            Whatever this page does, it does by the API. Try it in{' '}
            <Anchor href="/graphiql" underline="always">
              GraphiQL
            </Anchor>
            .
          </Text>
          <Table.ScrollContainer minWidth={0}>
            <Table>
              <Table.Tbody>
                {ENDPOINTS.map(([path, what]) => (
                  <Table.Tr key={path}>
                    <Table.Td>
                      <Code className="breaks">{path}</Code>
                    </Table.Td>
                    <Table.Td>{what}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Part>
      </Stack>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {title}
        </Title>
        {children}
      </Stack>
    </Card>
  );
}

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      aria-label="Colours"
      value={colorScheme}
      onChange={(value) => setColorScheme(value === 'light' || value === 'dark' ? value : 'auto')}
      data={[
        { value: 'light', label: 'Light' },
        { value: 'dark', label: 'Dark' },
        { value: 'auto', label: 'As the system' },
      ]}
    />
  );
}

function Token() {
  const { token, setToken } = useConnection();
  const [draft, setDraft] = useState(token);

  function apply(event: FormEvent) {
    event.preventDefault();
    setToken(draft.trim());
  }

  return (
    <form onSubmit={apply}>
      <Group align="flex-end">
        <PasswordInput
          label="Bearer token"
          description="Where the server asks for one. It is kept until this tab is closed."
          autoComplete="off"
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
          style={{ flex: '1 1 16rem' }}
        />
        <Button type="submit" disabled={draft.trim() === token}>
          {draft.trim() === '' && token !== '' ? 'Forget it' : 'Use it'}
        </Button>
      </Group>
    </form>
  );
}
