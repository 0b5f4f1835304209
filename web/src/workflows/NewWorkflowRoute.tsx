// A workflow that is written, beginning with an example.

import { useMutation, useQuery } from '@apollo/client/react';
import { Code } from '@mantine/core';
import { PendingScreen } from '../ui/PendingScreen';
import { exampleOf } from './example';
import { WorkflowEditor } from './WorkflowEditor';
import { CreateWorkflowDocument, SourceOfExampleDocument } from './WorkflowEditor.generated';

const TITLE = 'New workflow';
const ABOVE = [{ title: 'Workflows', to: '/workflows' }];

export default function NewWorkflowRoute() {
  const { data, error } = useQuery(SourceOfExampleDocument, { fetchPolicy: 'no-cache' });
  const [create] = useMutation(CreateWorkflowDocument);

  async function save(yaml: string) {
    const { data: made } = await create({ variables: { yaml } });
    return `/workflows/${made?.createWorkflow.workflow.id}`;
  }

  if (data === undefined && error === undefined) {
    return <PendingScreen title={TITLE} above={ABOVE} />;
  }
  return (
    <WorkflowEditor
      title={TITLE}
      above={ABOVE}
      description={
        <>
          Its tables are called by its name in SQL. Nothing runs before you say so, or its schedule
          does. What a step can be told stands in <Code>docs/workflows.md</Code>.
        </>
      }
      // Without a data source that is known, the example names one that may be.
      initial={{ yaml: exampleOf(data?.dataSources.nodes[0]?.tableName) }}
      saveLabel="Make it"
      back="/workflows"
      onSave={save}
    />
  );
}
