// The WebSocket under all subscriptions, whether it is there, and when to try again.

import { type Client, createClient } from 'graphql-ws';

/** Where the connection stands. Without a subscription there is none, and nothing is wrong. */
export type LiveState = 'idle' | 'open' | 'lost';

/** Pauses between attempts, in milliseconds; the last one stays. */
const PAUSES = [250, 1_000, 2_000, 4_000, 8_000, 15_000];
/** How often the server is asked whether it is still there, in milliseconds, and how long its answer may take. */
const KEEP_ALIVE = 20_000;
const ANSWER = 10_000;

export class Live {
  readonly client: Client;
  private state: LiveState = 'idle';
  private readonly listeners = new Set<() => void>();
  /** Connections that have broken, or did not come about, since the last one that did. */
  private failures = 0;
  /** Subscriptions that wait to be tried again. */
  private waiting = 0;
  private overdue: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, connectionParams: Record<string, string>) {
    this.client = createClient({
      url,
      connectionParams,
      lazy: true,
      keepAlive: KEEP_ALIVE,
      // Subscriptions go on from where they were, which only `LiveLink` knows.
      retryAttempts: 0,
      on: {
        connected: () => {
          this.failures = 0;
          this.become('open');
        },
        // A network that is gone closes nothing: only an answer that does not come tells of it.
        ping: (received) => {
          if (!received) {
            this.overdue = setTimeout(() => this.client.terminate(), ANSWER);
          }
        },
        pong: (received) => {
          if (received) {
            clearTimeout(this.overdue);
          }
        },
        closed: (event) => {
          clearTimeout(this.overdue);
          this.failures += isClean(event) ? 0 : 1;
          this.become(isClean(event) ? 'idle' : 'lost');
        },
      },
    });
  }

  close(): void {
    void this.client.dispose();
  }

  getState = (): LiveState => this.state;

  /** For `useSyncExternalStore`. */
  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Resolves when it is time to try again: after a pause, or as soon as the browser is online again. */
  async pause(signal: AbortSignal): Promise<void> {
    const longest = PAUSES[Math.min(Math.max(this.failures, 1), PAUSES.length) - 1] ?? 15_000;
    this.waiting += 1;
    this.become('lost');
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        window.removeEventListener('online', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      // Many tabs must not come back in one moment.
      const timer = setTimeout(done, longest * (0.5 + Math.random() / 2));
      window.addEventListener('online', done);
      signal.addEventListener('abort', done);
    });
    this.waiting -= 1;
    if (signal.aborted && this.waiting === 0) {
      // Nobody tries again where nobody listens.
      this.become('idle');
    }
  }

  private become(state: LiveState): void {
    if (state === this.state) {
      return;
    }
    this.state = state;
    for (const listener of this.listeners) {
      listener();
    }
  }
}

function isClean(event: unknown): boolean {
  return event instanceof CloseEvent && event.code === 1000;
}

/** Close codes after which another attempt would be answered alike: see docs/live.md. */
export function isFinal(event: unknown): boolean {
  return event instanceof CloseEvent && [4400, 4401, 4403, 4406, 4429].includes(event.code);
}
