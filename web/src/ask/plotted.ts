// The rows of an answer as its chart takes them.

type Row = Record<string, unknown>;

/** Each row by its columns. Exact decimals, which come as text, are numbers; a forecast begins where what is known ends. */
export function plotted(
  columns: readonly { name: string; type: string }[],
  rows: readonly (readonly unknown[])[],
): Row[] {
  const values = rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }, at) => [name, numberOf(row[at], type)])),
  );
  const names = columns.map(({ name }) => name);
  const known = names[names.indexOf('forecast') - 1];
  return known !== undefined && names.includes('low') && names.includes('high')
    ? joined(values, known)
    : values;
}

function numberOf(value: unknown, type: string): unknown {
  return typeof value === 'string' && /^(decimal|numeric)/i.test(type) ? Number(value) : value;
}

/** The last known value is where the forecast and its range begin, so that no gap is between the lines. */
function joined(values: Row[], known: string): Row[] {
  const last = values.findLastIndex((row) => typeof row[known] === 'number');
  const begin = values[last];
  if (begin === undefined || typeof values[last + 1]?.forecast !== 'number') {
    return values;
  }
  const value = begin[known];
  return values.with(last, { ...begin, forecast: value, low: value, high: value });
}
