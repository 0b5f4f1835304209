// All syncs, the newest first, by status and connector.

import { NetworkStatus } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { Button, Group, MultiSelect, Select, Stack, Table, Text } from '@mantine/core';
import { useCallback } from 'react';
import { useSyncProgress } from '../live/useSyncProgress';
import type { SyncStatus } from '../schema.generated';
import { formatCount, formatWord } from '../ui/format';
import { PageHeader } from '../ui/PageHeader';
import { Empty, Failure, Loading } from '../ui/states';
import { useFilters } from '../ui/useFilters';
import { SyncRow } from './SyncRow';
import { SyncFilterConnectorsDocument, SyncsRouteDocument } from './Syncs.generated';

const PAGE = 50;
const STATUSES: SyncStatus[] = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'];

export default function SyncsRoute() {
  const [params, change] = useFilters();
  const status = STATUSES.filter((one) => params.getAll('status').includes(one));
  const connectorId = params.get('connector');
  const { data, error, refetch, fetchMore, networkStatus } = useQuery(SyncsRouteDocument, {
    variables: { first: PAGE, status: status.length === 0 ? null : status, connectorId },
    fetchPolicy: 'cache-and-network',
    notifyOnNetworkStatusChange: true,
  });
  const onState = useCallback(() => void refetch(), [refetch]);
  const progress = useSyncProgress({ onState });

  const list = data?.syncLogs;
  return (
    <>
      <PageHeader title="Syncs" description="Every run of every connector, the newest first." />
      <Group mb="md" align="flex-end">
        <MultiSelect
          label="Status"
          placeholder={status.length === 0 ? 'Any' : ''}
          data={STATUSES.map((one) => ({ value: one, label: formatWord(one) }))}
          value={status}
          onChange={(values) => change('status', values)}
          clearable
          miw={220}
        />
        <ConnectorFilter
          value={connectorId}
          onChange={(id) => change('connector', id === null ? [] : [id])}
        />
        {list !== undefined && (
          <Text size="sm" c="dimmed" pb={8}>
            {formatCount(list.totalCount)} {list.totalCount === 1 ? 'sync' : 'syncs'}
          </Text>
        )}
      </Group>
      {error !== undefined && <Failure error={error} onRetry={() => void refetch()} />}
      {list === undefined && error === undefined && <Loading lines={6} />}
      {list !== undefined && list.edges.length === 0 && (
        <Empty title="No syncs here">
          {status.length > 0 || connectorId !== null
            ? 'None matches the filters.'
            : 'A sync shows here as soon as a connector has begun one.'}
        </Empty>
      )}
      {list !== undefined && list.edges.length > 0 && (
        <Stack>
          <Table.ScrollContainer minWidth={640}>
            <Table highlightOnHover verticalSpacing="sm" aria-label="Syncs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Connector</Table.Th>
                  <Table.Th>Status</Table.Th>
                  <Table.Th>Asked for</Table.Th>
                  <Table.Th>Took</Table.Th>
                  <Table.Th ta="right">Rows</Table.Th>
                  <Table.Th ta="right">Bytes</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {list.edges.map(({ node }) => (
                  <SyncRow key={node.id} sync={node} live={progress.get(node.id)} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          {list.pageInfo.hasNextPage && (
            <Button
              variant="default"
              loading={networkStatus === NetworkStatus.fetchMore}
              onClick={() => void fetchMore({ variables: { after: list.pageInfo.endCursor } })}
            >
              Older syncs
            </Button>
          )}
        </Stack>
      )}
    </>
  );
}

function ConnectorFilter({
  value,
  onChange,
}: {
  value: string | null;
  onChange: (id: string | null) => void;
}) {
  const { data } = useQuery(SyncFilterConnectorsDocument);
  const connectors = data?.connectors.nodes ?? [];
  return (
    <Select
      label="Connector"
      placeholder="Any"
      data={connectors.map(({ id, name }) => ({ value: id, label: name }))}
      value={value}
      onChange={onChange}
      clearable
      searchable
      miw={220}
    />
  );
}
