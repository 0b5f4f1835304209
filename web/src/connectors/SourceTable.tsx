// The data sources of a connector: what they are, how they are read, whether they are.

import type { FragmentType } from '@apollo/client';
import { useFragment, useMutation } from '@apollo/client/react';
import { Anchor, Switch, Table, Text } from '@mantine/core';
import { memo } from 'react';
import { Link } from 'react-router';
import { formatBytes, formatCount, formatWord } from '../ui/format';
import { Time } from '../ui/Time';
import { tellFailure } from '../ui/tellFailure';
import {
  type SourceRow_DataSourceFragment,
  SourceRow_DataSourceFragmentDoc,
  SwitchSourceDocument,
} from './Connector.generated';

interface Props {
  sources: (FragmentType<SourceRow_DataSourceFragment> & { id: string })[];
}

export function SourceTable({ sources }: Props) {
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table verticalSpacing="sm" highlightOnHover aria-label="Data sources">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Read</Table.Th>
            <Table.Th>Key and cursor</Table.Th>
            <Table.Th ta="right">Rows</Table.Th>
            <Table.Th ta="right">Size</Table.Th>
            <Table.Th>Read last</Table.Th>
            <Table.Th>On</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sources.map((source) => (
            <SourceRow key={source.id} source={source} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface RowProps {
  source: FragmentType<SourceRow_DataSourceFragment>;
}

/** It stays as it is while bars above the table move. */
const SourceRow = memo(function SourceRow({ source }: RowProps) {
  const { data, complete } = useFragment({
    fragment: SourceRow_DataSourceFragmentDoc,
    fragmentName: 'SourceRow_dataSource',
    from: source,
  });
  const [change, { loading }] = useMutation(SwitchSourceDocument);
  if (!complete) {
    return null;
  }

  async function turn(isActive: boolean) {
    try {
      await change({ variables: { id: data.id ?? '', isActive } });
    } catch (failure) {
      tellFailure('It stays as it is', failure);
    }
  }

  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={`/sources/${data.id}`} fw={600}>
          {data.name}
        </Anchor>
        <Text size="xs" c="dimmed" className="breaks">
          {data.tableName} · {formatCount(data.schema.length)} columns
        </Text>
        {data.missingSince !== null && (
          <Text size="xs" c="orange">
            gone at the source since <Time time={data.missingSince} />
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Text size="sm">
          {formatWord(data.extractType)}, {formatWord(data.writeMode).toLowerCase()}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="sm" className="breaks">
          {data.primaryKey.length === 0 ? '–' : data.primaryKey.join(', ')}
        </Text>
        {data.cursorField !== null && (
          <Text size="xs" c="dimmed" className="breaks">
            by {data.cursorField}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" className="figures">
        {data.rowCount === null ? '–' : formatCount(data.rowCount)}
      </Table.Td>
      <Table.Td ta="right" className="figures">
        {data.byteSize === null ? '–' : formatBytes(data.byteSize)}
      </Table.Td>
      <Table.Td>
        <Time time={data.lastUpdated} />
      </Table.Td>
      <Table.Td>
        <Switch
          aria-label={`Sync ${data.name}`}
          checked={data.isActive && data.syncEnabled}
          disabled={loading}
          onChange={(event) => void turn(event.currentTarget.checked)}
        />
      </Table.Td>
    </Table.Tr>
  );
});
