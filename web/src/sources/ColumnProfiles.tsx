// The columns of a table, each with what its values are like: asked for one at a time, when it is opened.

import { Accordion, Group, Text } from '@mantine/core';
import { ColumnProfile } from './ColumnProfile';

interface Column {
  name: string;
  sourceName: string;
  type: string;
  nullable: boolean;
  description: string | null;
}

interface Props {
  /** What the table is called in SQL; null before there is one. */
  table: string | null;
  columns: readonly Column[];
}

export function ColumnProfiles({ table, columns }: Props) {
  return (
    <Accordion variant="separated" chevronPosition="left" multiple>
      {columns.map((column) => (
        <Accordion.Item key={column.name} value={column.name}>
          <Accordion.Control>
            <Group justify="space-between" wrap="nowrap">
              <div>
                <Text fw={600} className="breaks">
                  {column.name}
                </Text>
                {column.sourceName !== column.name && (
                  <Text size="xs" c="dimmed" className="breaks">
                    {column.sourceName} at the source
                  </Text>
                )}
              </div>
              <Text size="sm" c="dimmed" ta="right">
                {column.type}
                {!column.nullable && ', never NULL'}
              </Text>
            </Group>
          </Accordion.Control>
          <Accordion.Panel>
            {column.description !== null && <Text mb="sm">{column.description}</Text>}
            {table === null ? (
              <Text c="dimmed">What its values are like shows after the first sync.</Text>
            ) : (
              <ColumnProfile table={table} column={column.name} type={column.type} />
            )}
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}
