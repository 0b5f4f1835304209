// The scenarios that can be set up by one click.

import { useQuery } from '@apollo/client/react';
import { SimpleGrid } from '@mantine/core';
import { PageHeader } from '../ui/PageHeader';
import { Empty, Failure, Loading } from '../ui/states';
import { ScenarioCard } from './ScenarioCard';
import { ScenariosRouteDocument } from './Scenarios.generated';

export default function ScenariosRoute() {
  const { data, error, refetch } = useQuery(ScenariosRouteDocument, {
    fetchPolicy: 'cache-and-network',
  });
  return (
    <>
      <PageHeader
        title="Scenarios"
        description="Made-up companies and labs with live connectors, a workflow, and questions whose answers can be checked."
      />
      {error !== undefined && <Failure error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === undefined && <Loading lines={4} />}
      {data?.scenarios.length === 0 && (
        <Empty title="No scenario">This installation has no packs.</Empty>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {data?.scenarios.map((scenario) => (
          <ScenarioCard key={scenario.id} scenario={scenario} />
        ))}
      </SimpleGrid>
    </>
  );
}
