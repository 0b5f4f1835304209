import { expect, test } from 'vitest';
import { levelsOf } from './levels';

const step = (name: string, ...dependsOn: string[]) => ({ name, dependsOn });

test('a step stands one level behind the last that it waits for', () => {
  const levels = levelsOf([
    step('read'),
    step('link', 'read'),
    step('ask', 'read'),
    step('report', 'link', 'ask'),
  ]);
  expect(levels.map((level) => level.map(({ name }) => name))).toEqual([
    ['read'],
    ['link', 'ask'],
    ['report'],
  ]);
});

test('steps that wait for each other are shown all the same', () => {
  const levels = levelsOf([step('read'), step('one', 'two'), step('two', 'one')]);
  expect(levels.map((level) => level.map(({ name }) => name))).toEqual([['read'], ['one', 'two']]);
});
