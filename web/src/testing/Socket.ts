// A WebSocket inside the process, whose other end is the server of graphql-ws itself, so that both sides speak the protocol.

import type { Server } from 'graphql-ws';

/** Sockets that are open, the oldest first. */
export const sockets: Socket[] = [];

export class Socket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  /** Who answers; nobody while the network is down. */
  static server: Server | undefined;

  readyState = Socket.CONNECTING;
  onopen?: () => void;
  onmessage?: (message: { data: string }) => void;
  onerror?: (event: Event) => void;
  onclose?: (event: CloseEvent) => void;
  private hear?: (data: string) => Promise<void>;
  private hangUp?: (code?: number, reason?: string) => Promise<void>;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    setTimeout(() => this.connect());
  }

  send(data: string): void {
    void this.hear?.(data);
  }

  /** Either end closes it, or the network does. */
  close(code = 1005, reason = ''): void {
    if (this.readyState === Socket.CLOSED) {
      return;
    }
    this.readyState = Socket.CLOSED;
    sockets.splice(sockets.indexOf(this), 1);
    void this.hangUp?.(code, reason);
    this.onclose?.(new CloseEvent('close', { code, reason, wasClean: code === 1000 }));
  }

  private connect(): void {
    sockets.push(this);
    if (Socket.server === undefined) {
      this.onerror?.(new Event('error'));
      this.close(1006);
      return;
    }
    this.readyState = Socket.OPEN;
    this.hangUp = Socket.server.opened(
      {
        protocol: this.protocol,
        send: (data) => this.onmessage?.({ data }),
        close: (code, reason) => this.close(code, reason),
        onMessage: (hear) => {
          this.hear = hear;
        },
      },
      undefined,
    );
    this.onopen?.();
  }
}
