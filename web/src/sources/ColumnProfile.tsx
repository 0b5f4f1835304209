// What the values of one column are like: how many, how different, and how they are spread.

import { useQuery } from '@apollo/client/react';
import { Group, Stack, Text } from '@mantine/core';
import { isNumeric, textOf } from '../ui/DataGrid';
import { formatCount, formatShort } from '../ui/format';
import { Failure, Loading } from '../ui/states';
import { distributionStatement, factsStatement } from './profile';
import { ProfileColumnDocument } from './Source.generated';

interface Props {
  table: string;
  column: string;
  type: string;
}

export function ColumnProfile({ table, column, type }: Props) {
  const facts = useQuery(ProfileColumnDocument, {
    variables: { query: factsStatement(table, column) },
    fetchPolicy: 'no-cache',
  });
  const spread = useQuery(ProfileColumnDocument, {
    variables: { query: distributionStatement(table, column, type) },
    fetchPolicy: 'no-cache',
  });
  if (facts.error !== undefined) {
    return <Failure error={facts.error} onRetry={() => void facts.refetch()} />;
  }
  const row = facts.data?.sql.rows[0];
  if (row === undefined) {
    return <Loading lines={1} />;
  }
  const [rows, values, different, least, greatest] = row;
  const named: [string, string][] = [
    ['Values', formatCount(Number(values))],
    ['NULL', formatCount(Number(rows) - Number(values))],
    ['Different', formatCount(Number(different))],
    ['Least', textOf(least)],
    ['Greatest', textOf(greatest)],
  ];
  return (
    <Stack gap="sm">
      <Group gap="xl">
        {named.map(([name, value]) => (
          <div key={name}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text size="sm" fw={600} className="figures breaks" maw={280} lineClamp={2}>
              {value}
            </Text>
          </div>
        ))}
      </Group>
      {spread.error !== undefined && (
        <Failure error={spread.error} onRetry={() => void spread.refetch()} />
      )}
      <Spread rows={spread.data?.sql.rows ?? []} isNumber={isNumeric(type)} column={column} />
    </Stack>
  );
}

/** Bars beside each other's labels; their lengths are compared with the longest. */
function Spread({
  rows,
  isNumber,
  column,
}: {
  rows: readonly (readonly unknown[])[];
  isNumber: boolean;
  column: string;
}) {
  const most = Math.max(...rows.map((row) => Number(row[1])), 1);
  if (rows.length === 0) {
    return null;
  }
  return (
    <table aria-label={`How often the values of ${column} are`} className="spread">
      <tbody>
        {rows.map(([label, count]) => (
          <tr key={String(label)}>
            <th scope="row" className="figures">
              {isNumber ? `from ${formatShort(Number(label))}` : textOf(label)}
            </th>
            <td>
              <div style={{ width: `${(Number(count) / most) * 100}%` }} />
            </td>
            <td className="figures">{formatCount(Number(count))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
