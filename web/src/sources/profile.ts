// The statements that find out what a column's values are like.

import { isNumeric } from '../ui/DataGrid';

/** Bars of a histogram, and most frequent values that are shown. */
export const BINS = 20;

/** A name as SQL takes it, whatever letters it has. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Rows, values, different values, least and greatest. */
export function factsStatement(table: string, column: string): string {
  const name = quoted(column);
  return `SELECT count(*), count(${name}), count(DISTINCT ${name}), min(${name}), max(${name}) FROM ${table}`;
}

/** How often values are: in equal steps for numbers, the most frequent ones otherwise. Rows are label and count. */
export function distributionStatement(table: string, column: string, type: string): string {
  const name = quoted(column);
  if (!isNumeric(type)) {
    return `SELECT CAST(${name} AS varchar) AS value, count(*) AS rows FROM ${table} WHERE ${name} IS NOT NULL
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${BINS}`;
  }
  return `WITH bounds AS (
  SELECT CAST(min(${name}) AS double) AS low, CAST(max(${name}) AS double) AS high FROM ${table}
)
SELECT low + bin * (high - low) / ${BINS} AS begins, count(*) AS rows FROM (
  SELECT low, high, least(floor((CAST(${name} AS double) - low) / nullif(high - low, 0) * ${BINS}), ${BINS - 1}) AS bin
  FROM ${table} CROSS JOIN bounds WHERE ${name} IS NOT NULL
) AS placed WHERE bin IS NOT NULL GROUP BY 1 ORDER BY 1`;
}
