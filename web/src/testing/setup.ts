// What every test stands on: the API that it may make up, and what jsdom lacks of a browser.

import '@testing-library/jest-dom/vitest';
import { notifications } from '@mantine/notifications';
import { cleanup, configure } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { api } from './api';
import { Socket } from './Socket';

// Time for a screen to come, on a busy machine.
configure({ asyncUtilTimeout: 30_000 });

beforeAll(() => {
  api.http.listen({ onUnhandledRequest: 'error' });
  // MSW has put its own in place.
  vi.stubGlobal('WebSocket', Socket);
});
afterAll(() => api.http.close());

beforeEach(() => {
  api.reset();
  sessionStorage.clear();
  localStorage.clear();
  // What is told to developers is trouble, unless the test is about it.
  for (const level of ['error', 'warn'] as const) {
    vi.spyOn(console, level).mockImplementation((...words) => {
      api.troubles.push(words.map(String).join(' '));
    });
  }
});

afterEach(() => {
  cleanup();
  notifications.clean();
  api.http.resetHandlers();
  expect(api.troubles).toEqual([]);
});

vi.stubGlobal(
  'ResizeObserver',
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
);
vi.stubGlobal('matchMedia', (media: string) => ({
  media,
  matches: false,
  addEventListener: () => {},
  removeEventListener: () => {},
}));
Object.defineProperty(document, 'fonts', { value: new EventTarget(), configurable: true });
Element.prototype.scrollIntoView = () => {};
Element.prototype.scrollTo = () => {};
// Whoever measures text does without.
HTMLCanvasElement.prototype.getContext = () => null;
Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
// Nothing has a size here; a list that draws only what is in sight must have some.
Object.defineProperties(Element.prototype, {
  clientWidth: { get: () => 800 },
  clientHeight: { get: () => 600 },
});
