import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Live } from './live';

/** A socket whose other end answers only what the protocol needs to begin. */
class SilentSocket {
  static OPEN = 1;
  static CLOSING = 2;
  readyState = 0;
  onopen?: () => void;
  onmessage?: (message: { data: string }) => void;
  onclose?: (event: { code: number }) => void;
  closed: number | undefined;

  constructor() {
    sockets.push(this);
    queueMicrotask(() => {
      this.readyState = SilentSocket.OPEN;
      this.onopen?.();
    });
  }

  send(text: string) {
    if (JSON.parse(text).type === 'connection_init') {
      queueMicrotask(() => this.answer('connection_ack'));
    }
  }

  answer(type: string) {
    this.onmessage?.({ data: JSON.stringify({ type }) });
  }

  close(code: number) {
    this.closed = code;
  }

  break() {
    this.readyState = SilentSocket.CLOSING;
    this.onclose?.({ code: 1006 });
  }
}

let sockets: SilentSocket[] = [];

beforeEach(() => {
  sockets = [];
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', SilentSocket);
  vi.stubGlobal('CloseEvent', class {});
  vi.stubGlobal('window', new EventTarget());
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function follow(): Promise<{ live: Live; socket: SilentSocket; failed: () => boolean }> {
  const live = new Live('ws://localhost/graphql', {});
  const error = vi.fn();
  live.client.subscribe(
    { query: 'subscription { connectorChanged { id } }' },
    { next: () => undefined, complete: () => undefined, error },
  );
  await vi.advanceTimersByTimeAsync(100);
  const [socket] = sockets;
  if (socket === undefined) throw new Error('nothing was opened');
  return { live, socket, failed: () => error.mock.calls.length > 0 };
}

test('a server that answers no ping is lost', async () => {
  const { live, socket, failed } = await follow();
  expect(live.getState()).toBe('open');
  await vi.advanceTimersByTimeAsync(29_000);
  expect(live.getState()).toBe('open');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(live.getState()).toBe('lost');
  expect(socket.closed).toBe(4499);
  expect(failed()).toBe(true);
});

test('a server that answers stays, however little it says', async () => {
  const { live, socket } = await follow();
  for (let minute = 0; minute < 10; minute += 1) {
    await vi.advanceTimersByTimeAsync(21_000);
    socket.answer('pong');
  }
  expect(live.getState()).toBe('open');
});

test('however many subscriptions wait, the first pause is short', async () => {
  const { live, socket } = await follow();
  socket.break();
  const over = vi.fn();
  for (let subscription = 0; subscription < 10; subscription += 1) {
    void live.pause(new AbortController().signal).then(over);
  }
  await vi.advanceTimersByTimeAsync(250);
  expect(over).toHaveBeenCalledTimes(10);
});

test('nothing is lost where nobody listens any more', async () => {
  const { live, socket } = await follow();
  socket.break();
  const stop = new AbortController();
  void live.pause(stop.signal);
  expect(live.getState()).toBe('lost');
  stop.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(live.getState()).toBe('idle');
});
