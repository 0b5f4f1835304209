// Deletes a workflow, after saying what goes with it.

import { useMutation } from '@apollo/client/react';
import { Code, List, Text } from '@mantine/core';
import { useNavigate } from 'react-router';
import { Deletion } from '../ui/Deletion';
import { DeleteWorkflowDocument } from './WorkflowEditor.generated';
import type { WorkflowRouteQuery } from './Workflows.generated';

type Workflow = NonNullable<WorkflowRouteQuery['workflow']>;

export function DeleteWorkflow({ workflow }: { workflow: Workflow }) {
  const { id, name, files, tables, scenario } = workflow;
  const navigate = useNavigate();
  const [remove] = useMutation(DeleteWorkflowDocument, {
    variables: { id },
    update(cache) {
      cache.evict({ id: `Workflow:${id}` });
      cache.evict({ fieldName: 'workflows' });
      cache.gc();
    },
  });

  async function confirm() {
    await remove();
    await navigate('/workflows');
  }

  return (
    <Deletion
      kind="workflow"
      name={name}
      summary="Its files, its tables and the record of its runs go with it."
      onDelete={confirm}
    >
      <Text>This cannot be undone. With the workflow go:</Text>
      <List spacing={4}>
        <List.Item>its steps and its schedule, and the record of its runs</List.Item>
        {files.map((file) => (
          <List.Item key={file.id} className="breaks">
            the file {file.name}
          </List.Item>
        ))}
        {tables.map(({ tableName }) => (
          <List.Item key={tableName}>
            the table <Code className="breaks">{tableName}</Code>
          </List.Item>
        ))}
      </List>
      <Text size="sm" c="dimmed">
        The tables that it reads stay.
        {scenario !== null && ` ${scenario.name} makes it anew when it is set up again.`}
      </Text>
    </Deletion>
  );
}
