// The ids seen last in answers, so that an example opened next already speaks of the connector just made.

/** The variable that an id with this prefix can stand for. */
const VARIABLE_OF_PREFIX: Record<string, string> = {
  con: 'connectorId',
  src: 'dataSourceId',
  log: 'syncLogId',
};
/** A list of thousands of rows holds no id that matters more than those at its start. */
const MOST_ITEMS = 50;

/** Remembers the first id of each kind in an answer, which is the one the answer is about. */
export class RecentIds {
  readonly #ids = new Map<string, string>();

  watch(answer: unknown): void {
    const found = new Map<string, string>();
    collect(answer, found);
    for (const [variable, id] of found) {
      this.#ids.set(variable, id);
    }
  }

  /** The variables with known ids filled in where only the prefix was given. */
  fill(variables: Record<string, unknown>): Record<string, unknown> {
    const filled = Object.entries(variables).map(([name, value]) => [
      name,
      isBarePrefix(value) ? (this.#ids.get(name) ?? value) : value,
    ]);
    return Object.fromEntries(filled);
  }
}

function isBarePrefix(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z]{3}_$/.test(value);
}

function collect(value: unknown, found: Map<string, string>): void {
  if (Array.isArray(value)) {
    for (const item of value.slice(0, MOST_ITEMS)) {
      collect(item, found);
    }
    return;
  }
  if (typeof value !== 'object' || value === null) {
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    if (key === 'id' && typeof item === 'string') {
      const variable = VARIABLE_OF_PREFIX[item.slice(0, item.indexOf('_'))];
      if (variable !== undefined && !found.has(variable)) {
        found.set(variable, item);
      }
    } else {
      collect(item, found);
    }
  }
}
