// What every client here does: it is told what to ask for, and says what comes, a line of JSON each.

/** The URL of the API, and `{ query, variables, take, mode }`: what to ask for, and after how many results to stop. */
export const url = process.argv[2];
export const asked = JSON.parse(process.argv[3] ?? '{}');

/** Says one thing that came. */
export function say(thing) {
  process.stdout.write(`${JSON.stringify(thing)}\n`);
}

/** A sink that says what comes, and calls `stop` after as many results as were asked for. */
export function sink(stop) {
  let left = asked.take ?? Infinity;
  return {
    next(result) {
      if (left > 0) say({ next: result });
      left -= 1;
      if (left === 0) stop();
    },
    error(error) {
      say({ error: readable(error) });
    },
    complete() {
      say({ complete: true });
    },
  };
}

function readable(error) {
  if (Array.isArray(error)) return error;
  return { name: error?.name, code: error?.code, message: error?.message ?? error?.reason };
}
