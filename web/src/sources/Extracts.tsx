// What was read of a data source, each time.

import { useQuery } from '@apollo/client/react';
import { Anchor, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import { formatBytes, formatCount, formatWord } from '../ui/format';
import { StatusBadge } from '../ui/StatusBadge';
import { Empty, Failure, Loading } from '../ui/states';
import { Time } from '../ui/Time';
import { SourceExtractsDocument } from './Source.generated';

export function Extracts({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(SourceExtractsDocument, {
    variables: { id },
    fetchPolicy: 'cache-and-network',
  });
  const extracts = data?.dataSource?.extracts.edges;
  if (error !== undefined && extracts === undefined) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (extracts === undefined) {
    return <Loading />;
  }
  if (extracts.length === 0) {
    return (
      <Empty title="Nothing was read yet">
        Each extraction shows here with its rows and how it ended.
      </Empty>
    );
  }
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table verticalSpacing="sm" aria-label="Extracts">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            <Table.Th>What</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th ta="right">Rows</Table.Th>
            <Table.Th ta="right">Size</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {extracts.map(({ node }) => (
            <Table.Tr key={node.id}>
              <Table.Td>
                {node.syncLog === null ? (
                  <Time time={node.startedAt} />
                ) : (
                  <Anchor component={Link} to={`/syncs/${node.syncLog.id}`}>
                    <Time time={node.startedAt} otherwise="waits" />
                  </Anchor>
                )}
              </Table.Td>
              <Table.Td>{formatWord(node.extractType)}</Table.Td>
              <Table.Td>
                <StatusBadge status={node.status} />
                {node.errorMessage !== null && (
                  <Text size="xs" c="dimmed" className="breaks">
                    {node.errorMessage}
                  </Text>
                )}
              </Table.Td>
              <Table.Td ta="right" className="figures">
                {node.rowCount === null ? '–' : formatCount(node.rowCount)}
              </Table.Td>
              <Table.Td ta="right" className="figures">
                {node.byteSize === null ? '–' : formatBytes(node.byteSize)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
