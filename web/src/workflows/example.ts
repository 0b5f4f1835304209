// The workflow that a new one begins with: short, and ready to be made where there is a data source.

/** Reads a data source, which is named as in SQL, makes a table of it, and writes that into a report. */
export function exampleOf(source: string | undefined): string {
  const known = source ?? 'shop.orders';
  const remark = source === undefined ? ' # no data source is there yet: connect one first' : '';
  return `name: My workflow
description: Counts the rows of a table
# schedule: 0 6 * * 1-5      # minute, hour, day, month, weekday
# timezone: Europe/Berlin    # UTC where it is left out
steps:
  - name: read
    kind: EXTRACT
    config:
      sources: [${known}]${remark}
  - name: count
    kind: TRANSFORM
    config:
      table: counted
      sql: |
        SELECT count(*) AS row_count
        FROM {{ source('${known}') }}
  - name: report
    kind: OUTPUT
    config:
      file: report
      format: html
      title: A first report
      sections:
        - title: How many rows there are
          sql: SELECT * FROM {{ ref('counted') }}
`;
}
