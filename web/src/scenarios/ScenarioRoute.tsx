// One scenario: set up by one click, its steps live, its report, and what can be asked of it.

import { useMutation, useQuery, useSubscription } from '@apollo/client/react';
import {
  Anchor,
  Button,
  Card,
  Group,
  List,
  NumberInput,
  Stack,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { AbsentScreen } from '../ui/AbsentScreen';
import { formatCount, formatWord } from '../ui/format';
import { PageHeader } from '../ui/PageHeader';
import { StatusBadge } from '../ui/StatusBadge';
import { Failure } from '../ui/states';
import { Time } from '../ui/Time';
import { Report } from './Report';
import {
  ScenarioProgressDocument,
  ScenarioRouteDocument,
  SetupScenarioDocument,
  TeardownScenarioDocument,
} from './Scenarios.generated';
import { Steps } from './Steps';

export default function ScenarioRoute() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery(ScenarioRouteDocument, {
    variables: { id },
    fetchPolicy: 'cache-and-network',
  });
  const scenario = data?.scenario;
  const isBusy = scenario?.status === 'SETTING_UP' || scenario?.status === 'TEARING_DOWN';
  // Each state goes into the cache, from which the query above is drawn.
  useSubscription(ScenarioProgressDocument, { variables: { scenarioId: id }, skip: !isBusy });
  const [size, setSize] = useState<number>();
  const [setUp, settingUp] = useMutation(SetupScenarioDocument);
  const [tearDown, tearingDown] = useMutation(TeardownScenarioDocument);
  const [trouble, setTrouble] = useState<unknown>();

  if (scenario === undefined || scenario === null) {
    return (
      <AbsentScreen
        record={scenario}
        kind="scenario"
        title="Scenario"
        above={[{ title: 'Scenarios', to: '/scenarios' }]}
        error={error}
        onRetry={() => void refetch()}
      >
        Packs are listed under Scenarios.
      </AbsentScreen>
    );
  }

  function attempt(work: () => Promise<unknown>) {
    setTrouble(undefined);
    work().catch(setTrouble);
  }

  const isThere = scenario.status !== 'NOT_SET_UP';
  return (
    <>
      <PageHeader
        title={scenario.name}
        beside={<StatusBadge status={scenario.status} />}
        above={[{ title: 'Scenarios', to: '/scenarios' }]}
        description={scenario.description}
      >
        {isThere && (
          <Button
            variant="default"
            loading={tearingDown.loading}
            onClick={() => attempt(() => tearDown({ variables: { scenarioId: id } }))}
          >
            Tear down
          </Button>
        )}
        <Button
          loading={settingUp.loading || scenario.status === 'SETTING_UP'}
          onClick={() =>
            attempt(() => setUp({ variables: { scenarioId: id, sizeFactor: size ?? null } }))
          }
        >
          {isThere ? 'Set up again' : 'Set up'}
        </Button>
      </PageHeader>
      <Stack gap="lg">
        {trouble !== undefined && <Failure error={trouble} />}
        {!isThere && (
          <Card withBorder component="section" aria-label="What you get">
            <Title order={2} size="h4" mb="sm">
              What you get
            </Title>
            <List spacing="xs">
              {scenario.expectedOutcomes.map((outcome) => (
                <List.Item key={outcome}>{outcome}</List.Item>
              ))}
            </List>
            <NumberInput
              mt="md"
              maw={280}
              label="Size"
              description="How many times as large as usual its world is, up to 100."
              min={0.1}
              max={100}
              value={size ?? 1}
              onChange={(value) => setSize(typeof value === 'number' ? value : undefined)}
            />
          </Card>
        )}
        {scenario.steps.length > 0 && <Steps steps={scenario.steps} />}
        {scenario.status === 'READY' && <Questions id={id} questions={scenario.sampleQueries} />}
        {isThere && (
          <Card withBorder component="section" aria-label="Data sources">
            <Title order={2} size="h4" mb="sm">
              Data sources
            </Title>
            <Text size="sm" mb="sm">
              Read by{' '}
              {scenario.connectors.map(({ id: connector, name, type }, place) => (
                <span key={connector}>
                  {place > 0 && ', '}
                  <Anchor component={Link} to={`/connectors/${connector}`} underline="always">
                    {name}
                  </Anchor>{' '}
                  ({formatWord(type)})
                </span>
              ))}
            </Text>
            <Table.ScrollContainer minWidth={480}>
              <Table aria-label="Data sources">
                <Table.Tbody>
                  {scenario.dataSources.map((source) => (
                    <Table.Tr key={source.id}>
                      <Table.Td>
                        <Anchor component={Link} to={`/sources/${source.id}`} fw={600}>
                          {source.name}
                        </Anchor>
                        <Text size="xs" c="dimmed">
                          {source.tableName}
                        </Text>
                      </Table.Td>
                      <Table.Td ta="right" className="figures">
                        {source.rowCount === null ? '–' : formatCount(source.rowCount)} rows
                      </Table.Td>
                      <Table.Td ta="right">
                        <Time time={source.lastUpdated} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {scenario.workflow !== null && (
              <Group gap="xs" mt="sm">
                <Text size="sm">Workflow</Text>
                <Anchor component={Link} to={`/workflows/${scenario.workflow.id}`}>
                  {scenario.workflow.name}
                </Anchor>
                <StatusBadge status={scenario.workflow.status} />
              </Group>
            )}
          </Card>
        )}
        {isThere && (
          <Report id={id} validation={scenario.validation} onDone={() => void refetch()} />
        )}
      </Stack>
    </>
  );
}

function Questions({ id, questions }: { id: string; questions: readonly string[] }) {
  return (
    <Card withBorder component="section" aria-label="Questions">
      <Title order={2} size="h4" mb="sm">
        Ask it
      </Title>
      <Group gap="xs">
        {questions.map((question) => (
          <Button
            key={question}
            component={Link}
            to={`/ask?scenario=${encodeURIComponent(id)}&question=${encodeURIComponent(question)}`}
            variant="default"
            size="xs"
            h="auto"
            py={6}
            styles={{ label: { whiteSpace: 'normal' } }}
          >
            {question}
          </Button>
        ))}
      </Group>
    </Card>
  );
}
