// Where in a text a refusal of the API points to.

import type { Text } from '@codemirror/state';
import type { DescribedError } from '../ui/describeError';

/** A position in the text; nothing where the refusal names no place in it. */
export function placeOf({ line, column = 1 }: DescribedError, text: Text): number | undefined {
  if (line === undefined || line < 1) {
    return undefined;
  }
  // What was written since may be shorter.
  const { from, text: words } = text.line(Math.min(line, text.lines));
  // The API counts characters, the editor halves of those that are two to it.
  const before = [...words].slice(0, column - 1).join('');
  return from + before.length;
}
