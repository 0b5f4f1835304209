import { yaml } from '@codemirror/lang-yaml';
import { EditorState } from '@codemirror/state';
import { describe, expect, test } from 'vitest';
import { placeOf } from './placeOf';

const TEXT = `name: Large orders
schedule: 0 6 * * 1-5
steps:
  # what is read
  - name: read
    kind: EXTRACT
    config: { sources: [orders, customers] }
  - name: totals
    kind: TRANSFORM
    depends_on:
      - read
    config:
      table: totals
      sql: |
        SELECT config: FROM orders
  - { name: report, kind: OUTPUT, config: { file: report, "format": html, sections: [{ title: A, sql: SELECT 1 }] } }
`;

const state = EditorState.create({ doc: TEXT, extensions: yaml() });

/** The text behind the place that a refusal points to, up to the end of its line. */
function pointedAt(field: string, message = 'it is wrong'): string | undefined {
  const place = placeOf({ message, field }, state);
  return place === undefined ? undefined : TEXT.slice(place).split('\n')[0];
}

describe('a path', () => {
  test.each([
    ['name', 'name: Large orders'],
    ['schedule', 'schedule: 0 6 * * 1-5'],
    ['steps', 'steps:'],
    ['steps.0.config.sources', 'sources: [orders, customers] }'],
    ['steps.0.config.sources.1', 'customers] }'],
    ['steps.1.name', 'name: totals'],
    ['steps.1.dependsOn.0', 'read'],
    ['steps.1.config.sql', 'sql: |'],
    ['steps.2.config.format', '"format": html, sections: [{ title: A, sql: SELECT 1 }] } }'],
    ['steps.2.config.sections.0.sql', 'sql: SELECT 1 }] } }'],
  ])('%s leads to where it stands', (path, there) => {
    expect(pointedAt(path)).toBe(there);
  });

  test('leads as far as the text goes', () => {
    expect(pointedAt('steps.1.config.file')).toBe('config:');
    expect(pointedAt('steps.7.name')).toBe('steps:');
  });

  test('to something else leads nowhere', () => {
    expect(pointedAt('timezone')).toBeUndefined();
    expect(placeOf({ message: 'who are you?' }, state)).toBeUndefined();
  });
});

describe('the words about a text that is no workflow', () => {
  test('name a line and a column', () => {
    expect(pointedAt('yaml', 'line 8, column 5: steps[1].name: is missing')).toBe('name: totals');
  });

  test('name a line', () => {
    expect(pointedAt('yaml', 'line 3: a key is missing')).toBe('steps:');
  });

  test('name a place that is behind the text', () => {
    expect(pointedAt('yaml', 'line 99, column 1: ended too early')).toBe('');
    expect(pointedAt('yaml', 'line 3, column 99: ended too early')).toBe('');
  });

  test('name no place', () => {
    expect(pointedAt('yaml', 'says all of the workflow: leave the other fields out')).toBe(
      undefined,
    );
  });
});
