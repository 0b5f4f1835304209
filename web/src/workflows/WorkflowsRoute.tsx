// All workflows of the workspace.

import { NetworkStatus } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { Button, SimpleGrid, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from 'react-router';
import { PageHeader } from '../ui/PageHeader';
import { Empty, Failure, Loading } from '../ui/states';
import { WorkflowCard } from './WorkflowCard';
import { WorkflowsRouteDocument } from './Workflows.generated';

const PAGE = 60;

export default function WorkflowsRoute() {
  const { data, error, refetch, fetchMore, networkStatus } = useQuery(WorkflowsRouteDocument, {
    variables: { first: PAGE },
    fetchPolicy: 'cache-and-network',
    notifyOnNetworkStatusChange: true,
  });
  const list = data?.workflows;
  return (
    <>
      <PageHeader
        title="Workflows"
        description="Chains of steps that extract, transform, link, analyse and give out."
      >
        <NewWorkflow />
      </PageHeader>
      {error !== undefined && <Failure error={error} onRetry={() => void refetch()} />}
      {list === undefined && error === undefined && <Loading lines={4} />}
      {list?.edges.length === 0 && (
        <Empty title="No workflow yet" action={<NewWorkflow />}>
          Write one that reads your sources, makes tables of them and writes a report, by a schedule
          or when you say so. A scenario brings one along, too.
        </Empty>
      )}
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
          {list?.edges.map(({ node }) => (
            <WorkflowCard key={node.id} workflow={node} />
          ))}
        </SimpleGrid>
        {list?.pageInfo.hasNextPage === true && (
          <Button
            variant="default"
            loading={networkStatus === NetworkStatus.fetchMore}
            onClick={() => void fetchMore({ variables: { after: list.pageInfo.endCursor } })}
          >
            More workflows
          </Button>
        )}
      </Stack>
    </>
  );
}

function NewWorkflow() {
  return (
    <Button
      component={Link}
      to="/workflows/new"
      leftSection={<IconPlus size={16} aria-hidden="true" />}
    >
      New workflow
    </Button>
  );
}
