import { expect, test } from 'vitest';
import { openPanelOfLocation } from './openPanelOfLocation';

function panelAfter(hash: string): string | undefined {
  const kept = new Map<string, string>();
  const storage = { setItem: (key: string, value: string) => kept.set(key, value) };
  openPanelOfLocation(hash, storage);
  return kept.get('graphiql:visiblePlugin');
}

test('only #docs opens the documentation', () => {
  expect(panelAfter('#docs')).toBe('Documentation Explorer');
  expect(panelAfter('')).toBeUndefined();
});
