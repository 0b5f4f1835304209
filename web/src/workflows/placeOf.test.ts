import { Text } from '@codemirror/state';
import { expect, test } from 'vitest';
import { placeOf } from './placeOf';

const TEXT = `name: Large orders
steps:
  - { name: '🦀 and 🐚', kin: EXTRACT }
`;

/** The text behind the place that a refusal points to, up to the end of its line. */
function pointedAt(place: { line?: number; column?: number }): string | undefined {
  const found = placeOf({ message: 'it is wrong', ...place }, Text.of(TEXT.split('\n')));
  return found === undefined ? undefined : TEXT.slice(found).split('\n')[0];
}

test.each([
  [{ line: 1, column: 7 }, 'Large orders'],
  [{ line: 2, column: 1 }, 'steps:'],
  [{ line: 2 }, 'steps:'],
  [{ line: 3, column: 24 }, 'kin: EXTRACT }'],
])('%o is a place in the text', (place, there) => {
  expect(pointedAt(place)).toBe(there);
});

test('a place behind the text is its end, or that of the line', () => {
  expect(pointedAt({ line: 99, column: 1 })).toBe('');
  expect(pointedAt({ line: 2, column: 99 })).toBe('');
});

test('what is about no place points nowhere', () => {
  expect(pointedAt({})).toBeUndefined();
});
