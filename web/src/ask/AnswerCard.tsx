// An answer: the sentence, the chart, the rows, the SQL, where it comes from, and what could be asked next.

import { Alert, Anchor, Button, Card, Code, Group, Loader, Stack, Tabs, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Link } from 'react-router';
import { DataGrid } from '../ui/DataGrid';
import { Time } from '../ui/Time';
import type { AnswerPartsFragment } from './Ask.generated';

const Chart = lazy(() => import('./Chart'));

interface Props {
  answer: AnswerPartsFragment;
  onAsk: (question: string) => void;
}

export function AnswerCard({ answer, onAsk }: Props) {
  const {
    question,
    interpretation,
    needsClarification,
    summary,
    result,
    chart,
    sql,
    sources,
    suggestions,
  } = answer;
  const views = [
    chart !== null && 'chart',
    result !== null && 'table',
    sql !== null && 'sql',
  ].filter((view) => view !== false);
  return (
    <Stack gap="xs" component="article" aria-label={question}>
      <Text fw={600}>{question}</Text>
      <Card withBorder padding="md">
        <Stack gap="sm">
          {needsClarification ? (
            <Alert color="orange" variant="light">
              {summary}
            </Alert>
          ) : (
            <Text size="lg" className="breaks">
              {summary}
            </Text>
          )}
          <Text size="sm" c="dimmed" className="breaks">
            {interpretation}
            {answer.engine !== 'planner' && ` (${answer.engine})`}
          </Text>
          {views.length > 0 && (
            <Tabs defaultValue={views[0] ?? null} keepMounted={false}>
              <Tabs.List mb="sm">
                {chart !== null && <Tabs.Tab value="chart">Chart</Tabs.Tab>}
                {result !== null && <Tabs.Tab value="table">Table</Tabs.Tab>}
                {sql !== null && <Tabs.Tab value="sql">SQL</Tabs.Tab>}
              </Tabs.List>
              {chart !== null && result !== null && (
                <Tabs.Panel value="chart">
                  <Suspense fallback={<Loader size="sm" aria-label="Drawing" />}>
                    <Chart
                      specification={chart}
                      columns={result.columns}
                      rows={result.rows}
                      label={summary}
                    />
                  </Suspense>
                </Tabs.Panel>
              )}
              {result !== null && (
                <Tabs.Panel value="table">
                  <DataGrid
                    columns={result.columns}
                    rows={result.rows}
                    label="Rows of the answer"
                    height={320}
                  />
                </Tabs.Panel>
              )}
              {sql !== null && (
                <Tabs.Panel value="sql">
                  <Stack gap="xs" align="flex-start">
                    <Code block w="100%">
                      {sql}
                    </Code>
                    <Button
                      component={Link}
                      to={`/sql?query=${encodeURIComponent(sql)}`}
                      size="xs"
                      variant="default"
                    >
                      Open in SQL
                    </Button>
                  </Stack>
                </Tabs.Panel>
              )}
            </Tabs>
          )}
          {sources.length > 0 && (
            <Text size="sm">
              From{' '}
              {sources.map((source, place) => (
                <span key={source.id}>
                  {place > 0 && ', '}
                  <Anchor component={Link} to={`/sources/${source.id}`} underline="always">
                    {source.name}
                  </Anchor>{' '}
                  <Text span c="dimmed" size="sm">
                    (read <Time time={source.lastUpdated} />
                    {source.connector.status !== 'CONNECTED' &&
                      `, ${source.connector.status.toLowerCase()}`}
                    )
                  </Text>
                </span>
              ))}
            </Text>
          )}
          {suggestions.length > 0 && (
            <Group gap="xs">
              {suggestions.map((suggestion) => (
                <Button
                  key={suggestion}
                  size="xs"
                  variant="light"
                  h="auto"
                  py={6}
                  styles={{ label: { whiteSpace: 'normal' } }}
                  onClick={() => onAsk(suggestion)}
                >
                  {suggestion}
                </Button>
              ))}
            </Group>
          )}
        </Stack>
      </Card>
    </Stack>
  );
}
