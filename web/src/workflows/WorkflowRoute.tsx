// One workflow: its steps as a graph with where each stands, and the files that it made.

import { useMutation, useQuery, useSubscription } from '@apollo/client/react';
import { Anchor, Button, Card, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { download } from '../app/download';
import { AbsentScreen } from '../ui/AbsentScreen';
import { formatBytes } from '../ui/format';
import { PageHeader } from '../ui/PageHeader';
import { StatusBadge } from '../ui/StatusBadge';
import { Failure } from '../ui/states';
import { Time } from '../ui/Time';
import { tellFailure } from '../ui/tellFailure';
import { DeleteWorkflow } from './DeleteWorkflow';
import { StepGraph } from './StepGraph';
import {
  CancelWorkflowDocument,
  RunWorkflowDocument,
  WorkflowProgressDocument,
  WorkflowRouteDocument,
  type WorkflowStateFragment,
} from './Workflows.generated';

export default function WorkflowRoute() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery(WorkflowRouteDocument, {
    variables: { id },
    fetchPolicy: 'cache-and-network',
  });
  const workflow = data?.workflow;
  const isRunning = workflow?.status === 'RUNNING';
  // Each state goes into the cache, from which the query above is drawn.
  useSubscription(WorkflowProgressDocument, { variables: { workflowId: id }, skip: !isRunning });
  const [run, running] = useMutation(RunWorkflowDocument);
  const [cancel, cancelling] = useMutation(CancelWorkflowDocument, {
    variables: { workflowId: id },
  });
  const [trouble, setTrouble] = useState<unknown>();

  if (workflow === undefined || workflow === null) {
    return (
      <AbsentScreen
        record={workflow}
        kind="workflow"
        title="Workflow"
        above={[{ title: 'Workflows', to: '/workflows' }]}
        error={error}
        onRetry={() => void refetch()}
      >
        It may have been deleted.
      </AbsentScreen>
    );
  }

  function start(fromStep: string | null) {
    setTrouble(undefined);
    run({ variables: { workflowId: id, fromStep } }).catch(setTrouble);
  }

  return (
    <>
      <PageHeader
        title={workflow.name}
        beside={<StatusBadge status={workflow.status} />}
        above={[{ title: 'Workflows', to: '/workflows' }]}
        description={
          <>
            {workflow.description}
            {workflow.scenario !== null && (
              <div>
                It belongs to{' '}
                <Anchor
                  component={Link}
                  to={`/scenarios/${workflow.scenario.id}`}
                  underline="always"
                >
                  {workflow.scenario.name}
                </Anchor>
                .
              </div>
            )}
            {workflow.nextRunAt !== null && (
              <div>
                Runs next <Time time={workflow.nextRunAt} />.
              </div>
            )}
          </>
        }
      >
        <Button component={Link} to={`/workflows/${id}/edit`} variant="default">
          Edit
        </Button>
        {isRunning ? (
          <Button
            color="red"
            variant="light"
            loading={cancelling.loading}
            onClick={() => void cancel().catch(setTrouble)}
          >
            Cancel
          </Button>
        ) : (
          <Button loading={running.loading} onClick={() => start(null)}>
            Run
          </Button>
        )}
      </PageHeader>
      <Stack gap="lg">
        {trouble !== undefined && <Failure error={trouble} />}
        <StepGraph steps={workflow.steps} onRetry={isRunning ? undefined : start} />
        <Files files={workflow.files} />
        <DeleteWorkflow workflow={workflow} />
      </Stack>
    </>
  );
}

function Files({ files }: { files: WorkflowStateFragment['files'] }) {
  async function save(url: string) {
    try {
      await download(url);
    } catch (failure) {
      tellFailure('No file', failure);
    }
  }

  return (
    <Card withBorder component="section" aria-label="Files">
      <Title order={2} size="h4" mb="sm">
        Files
      </Title>
      {files.length === 0 && <Text c="dimmed">Output steps leave their files here.</Text>}
      <Table.ScrollContainer minWidth={0}>
        <Table>
          <Table.Tbody>
            {files.map(({ id, name, byteSize, downloadUrl, createdAt }) => (
              <Table.Tr key={id}>
                <Table.Td>
                  <Anchor component="button" type="button" onClick={() => void save(downloadUrl)}>
                    {name}
                  </Anchor>
                </Table.Td>
                <Table.Td ta="right" className="figures">
                  {formatBytes(byteSize)}
                </Table.Td>
                <Table.Td ta="right">
                  <Time time={createdAt} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}
