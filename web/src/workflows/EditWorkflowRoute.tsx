// A workflow that is changed as a text: its steps, its name, its schedule.

import { useMutation, useQuery, useSubscription } from '@apollo/client/react';
import { Alert } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useParams } from 'react-router';
import { AbsentScreen } from '../ui/AbsentScreen';
import { WorkflowEditor } from './WorkflowEditor';
import { UpdateWorkflowDocument, WorkflowToEditDocument } from './WorkflowEditor.generated';
import { WorkflowProgressDocument } from './Workflows.generated';

export default function EditWorkflowRoute() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery(WorkflowToEditDocument, {
    variables: { id },
    fetchPolicy: 'network-only',
  });
  const [update] = useMutation(UpdateWorkflowDocument);
  const workflow = data?.workflow;
  const isRunning = workflow?.status === 'RUNNING';
  useSubscription(WorkflowProgressDocument, { variables: { workflowId: id }, skip: !isRunning });

  if (workflow === undefined || workflow === null) {
    return (
      <AbsentScreen
        record={workflow}
        kind="workflow"
        title="Edit a workflow"
        above={[{ title: 'Workflows', to: '/workflows' }]}
        error={error}
        onRetry={() => void refetch()}
      >
        It may have been deleted.
      </AbsentScreen>
    );
  }

  const page = `/workflows/${id}`;

  async function save(yaml: string, ifUpdatedAt: string | undefined) {
    await update({ variables: { id, yaml, ...(ifUpdatedAt !== undefined && { ifUpdatedAt }) } });
    return page;
  }

  async function read() {
    const { data: now } = await refetch();
    if (!now?.workflow) {
      throw new Error('There is no such workflow any more.');
    }
    return now.workflow;
  }

  return (
    <WorkflowEditor
      key={id}
      title={`Edit ${workflow.name}`}
      above={[
        { title: 'Workflows', to: '/workflows' },
        { title: workflow.name, to: page },
      ]}
      description={
        <>
          Steps that change lose what they made: their files go, and tables that no step makes any
          more. The others keep theirs. Comments are not kept.
          {workflow.scenario !== null &&
            ` When ${workflow.scenario.name} is set up again, the steps of that scenario come back.`}
        </>
      }
      initial={workflow}
      saveLabel="Save"
      isLocked={isRunning}
      back={page}
      onSave={save}
      onRead={read}
    >
      {isRunning && (
        <Alert
          color="orange"
          variant="light"
          role="status"
          icon={<IconAlertTriangle aria-hidden="true" />}
          title="It runs now"
        >
          What you change can be saved when the run has ended.
        </Alert>
      )}
    </WorkflowEditor>
  );
}
