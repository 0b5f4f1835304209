// Rows of an answer, drawn only where one looks: 100,000 of them scroll as ten do.

import { Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef } from 'react';
import classes from './DataGrid.module.css';

export interface GridColumn {
  name: string;
  type: string;
}

interface Props {
  columns: readonly GridColumn[];
  rows: readonly (readonly unknown[])[];
  /** What the table is called for those who do not see it. */
  label: string;
  height?: number;
}

/** Pixels of a row; all are alike. */
const ROW = 30;
/** Rows that are looked at for the widths of columns. */
const SAMPLE = 200;

export function DataGrid({ columns, rows, label, height = 420 }: Props) {
  const scroll = useRef<HTMLDivElement>(null);
  const widths = useMemo(
    () => columns.map((column, place) => widthOf(column, place, rows)),
    [columns, rows],
  );
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = virtualizer.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <section
      ref={scroll}
      className={classes.grid}
      style={{ maxHeight: height }}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it must be scrollable by keyboard
      tabIndex={0}
      aria-label={label}
    >
      <table className={classes.table} aria-label={label} aria-rowcount={rows.length + 1}>
        <thead className={classes.head}>
          <tr aria-rowindex={1}>
            {columns.map((column, place) => (
              <th
                // biome-ignore lint/suspicious/noArrayIndexKey: names of columns may repeat
                key={place}
                scope="col"
                className={classOf(column)}
                style={{ minWidth: `${widths[place]}ch`, width: `${widths[place]}ch` }}
              >
                <Text span size="sm" fw={600}>
                  {column.name}
                </Text>
                <Text span size="xs" c="dimmed" display="block">
                  {column.type}
                </Text>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <tr style={{ height: above }} />}
          {items.map((item) => (
            <tr
              key={item.key}
              aria-rowindex={item.index + 2}
              className={classes.row}
              style={{ height: ROW }}
            >
              {columns.map((column, place) => (
                <Cell
                  // biome-ignore lint/suspicious/noArrayIndexKey: names of columns may repeat
                  key={place}
                  value={rows[item.index]?.[place]}
                  className={classOf(column)}
                />
              ))}
            </tr>
          ))}
          {below > 0 && <tr style={{ height: below }} />}
        </tbody>
      </table>
    </section>
  );
}

/** Numbers stand on the right, and so does what they are called. */
function classOf({ type }: GridColumn): string {
  return isNumeric(type) ? `${classes.cell} ${classes.number}` : `${classes.cell}`;
}

function Cell({ value, className }: { value: unknown; className: string }) {
  const text = textOf(value);
  return (
    <td className={className} title={text}>
      {value === null ? <span className={classes.nothing}>NULL</span> : text}
    </td>
  );
}

/** A value as it is copied and shown. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) {
    return 'NULL';
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Whether values of the type stand on the right. */
export function isNumeric(type: string): boolean {
  return /^(tinyint|smallint|integer|int|bigint|real|double|decimal|numeric)/i.test(type);
}

/** Characters that the column takes, by its name, its type and its first values. */
function widthOf(column: GridColumn, place: number, rows: Props['rows']): number {
  let longest = Math.max(column.name.length, column.type.length * 0.8);
  for (const row of rows.slice(0, SAMPLE)) {
    longest = Math.max(longest, textOf(row[place]).length);
  }
  return Math.min(Math.max(longest + 3, 8), 48);
}
