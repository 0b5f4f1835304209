// The rows of an answer as its chart takes them.

/** Each row by its columns. Exact decimals, which come as text, are numbers. */
export function plotted(
  columns: readonly { name: string; type: string }[],
  rows: readonly (readonly unknown[])[],
): Record<string, unknown>[] {
  return rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }, at) => [name, numberOf(row[at], type)])),
  );
}

function numberOf(value: unknown, type: string): unknown {
  return typeof value === 'string' && /^(decimal|numeric)/i.test(type) ? Number(value) : value;
}
