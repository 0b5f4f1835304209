import { Kind, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { examples, parseExample } from '.';

test('the title and the summary are the first two comment lines', () => {
  const example = parseExample('# Ask\n# In words.\nquery Ask { ask }\n');
  expect(example).toMatchObject({ title: 'Ask', summary: 'In words.', kind: 'query' });
});

test('the list of connectors comes first', () => {
  expect(examples[0]?.title).toBe('List connectors');
});

describe.each(examples)('$title', ({ title, summary, kind, query, variables }) => {
  const definitions = parse(query).definitions;
  const operation = definitions[0];

  test('is one named operation with a title and a summary', () => {
    expect(title).not.toBe('');
    expect(summary).toMatch(/\.$/);
    expect(definitions).toHaveLength(1);
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('not an operation');
    expect(operation.operation).toBe(kind);
    expect(operation.name?.value).toBeTruthy();
  });

  test('has a value for each variable it declares', () => {
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('not an operation');
    const declared = operation.variableDefinitions?.map((each) => each.variable.name.value) ?? [];
    expect(Object.keys(variables).sort()).toEqual(declared.sort());
  });
});
