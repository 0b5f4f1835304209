// All connectors, with how they are now.

import { NetworkStatus } from '@apollo/client';
import { useQuery, useSubscription } from '@apollo/client/react';
import { Button, Group, MultiSelect, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { ConnectorStatus, ConnectorType } from '../schema.generated';
import { formatCount, formatWord } from '../ui/format';
import { PageHeader } from '../ui/PageHeader';
import { Empty, Failure, Loading } from '../ui/states';
import { useDraft } from '../ui/useDraft';
import { useFilters } from '../ui/useFilters';
import { ConnectorCard } from './ConnectorCard';
import { ConnectorsChangedDocument, ConnectorsRouteDocument } from './Connectors.generated';
import { STATUSES, TYPES } from './types';

const PAGE = 60;

export default function ConnectorsRoute() {
  const [params, change] = useFilters();
  const type = TYPES.filter((one) => params.getAll('type').includes(one));
  const status = STATUSES.filter((one) => params.getAll('status').includes(one));
  const search = params.get('search') ?? '';
  const { data, error, refetch, fetchMore, networkStatus } = useQuery(ConnectorsRouteDocument, {
    variables: {
      first: PAGE,
      type: orNull(type),
      status: orNull(status),
      search: search === '' ? null : search,
    },
    fetchPolicy: 'cache-and-network',
    notifyOnNetworkStatusChange: true,
  });
  // What changes goes into the cache, from which the cards are drawn; a new one is not in the list yet.
  useSubscription(ConnectorsChangedDocument, {
    onData: ({ data: { data: change } }) => {
      const known = list?.edges.some(({ node }) => node.id === change?.connectorChanged.id);
      if (known === false) {
        void refetch();
      }
    },
  });

  const list = data?.connectors;
  const isFiltered = type.length > 0 || status.length > 0 || search !== '';
  return (
    <>
      <PageHeader
        title="Connectors"
        description="Each is one connection to a system; its tables are its data sources."
      >
        <Button
          component={Link}
          to="/connectors/new"
          leftSection={<IconPlus size={16} aria-hidden="true" />}
        >
          Connect a source
        </Button>
      </PageHeader>
      <Group mb="md" align="flex-end">
        <SearchField value={search} onChange={(text) => change('search', [text])} />
        <MultiSelect
          label="Type"
          placeholder={type.length === 0 ? 'Any' : ''}
          data={TYPES.map((one) => ({ value: one, label: formatWord(one) }))}
          value={type}
          onChange={(values) => change('type', values)}
          clearable
          miw={180}
        />
        <MultiSelect
          label="Status"
          placeholder={status.length === 0 ? 'Any' : ''}
          data={STATUSES.map((one) => ({ value: one, label: formatWord(one) }))}
          value={status}
          onChange={(values) => change('status', values)}
          clearable
          miw={180}
        />
        {list !== undefined && (
          <Text size="sm" c="dimmed" pb={8}>
            {formatCount(list.totalCount)} {list.totalCount === 1 ? 'connector' : 'connectors'}
          </Text>
        )}
      </Group>
      {error !== undefined && <Failure error={error} onRetry={() => void refetch()} />}
      {list === undefined && error === undefined && <Loading lines={4} />}
      {list?.edges.length === 0 && (
        <Empty
          title={isFiltered ? 'None matches' : 'No connector yet'}
          action={
            isFiltered ? undefined : (
              <Button component={Link} to="/connectors/new">
                Connect a source
              </Button>
            )
          }
        >
          {isFiltered
            ? 'No connector of the workspace has these words, types and statuses.'
            : 'Connect a database, files, mail or an account; the connection is tested before anything is read.'}
        </Empty>
      )}
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
          {list?.edges.map(({ node }) => (
            <ConnectorCard key={node.id} connector={node} />
          ))}
        </SimpleGrid>
        {list?.pageInfo.hasNextPage === true && (
          <Button
            variant="default"
            loading={networkStatus === NetworkStatus.fetchMore}
            onClick={() => void fetchMore({ variables: { after: list.pageInfo.endCursor } })}
          >
            More connectors
          </Button>
        )}
      </Stack>
    </>
  );
}

function orNull<T extends ConnectorType | ConnectorStatus>(values: T[]): T[] | null {
  return values.length === 0 ? null : values;
}

function SearchField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [draft, write] = useDraft(value, onChange);
  return (
    <TextInput
      label="Search"
      placeholder="Name or description"
      leftSection={<IconSearch size={14} aria-hidden="true" />}
      value={draft}
      onChange={(event) => write(event.currentTarget.value)}
    />
  );
}
