// Where the steps of a workflow stand in its graph: each one level behind the last of those that it waits for.

export interface Waiting {
  name: string;
  dependsOn: readonly string[];
}

/** The steps by level. Steps that wait for each other, or for one that is not there, come last. */
export function levelsOf<Step extends Waiting>(steps: readonly Step[]): Step[][] {
  const levels: Step[][] = [];
  const placed = new Set<string>();
  let left = [...steps];
  while (left.length > 0) {
    const ready = left.filter((step) => step.dependsOn.every((name) => placed.has(name)));
    const level = ready.length === 0 ? left : ready;
    levels.push(level);
    for (const step of level) {
      placed.add(step.name);
    }
    left = left.filter((step) => !level.includes(step));
  }
  return levels;
}
