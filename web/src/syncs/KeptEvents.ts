// The newest events of a sync, each once and in their order, however often it is told and however many there are.

import type { EventLine_SyncEventFragment as Event } from './Sync.generated';

/** Events that are kept at most: a sync that goes on for days has more of them than a page has room for. */
export const KEPT = 5_000;

export class KeptEvents {
  private readonly known = new Map<string, Event>();
  /** How many came before those that are kept. */
  earlier = 0;
  /** Where more is to be read from; `null` at the begin. */
  cursor: string | null = null;

  all(): readonly Event[] {
    return [...this.known.values()];
  }

  /** Adds what comes up to a cursor. Returns whether there is anything new in it. */
  add(events: readonly Event[], cursor: string | null): boolean {
    this.cursor = cursor ?? this.cursor;
    let hasNew = false;
    for (const event of events) {
      const id = event.id ?? event.cursor;
      if (!this.known.has(id)) {
        this.known.set(id, event);
        hasNew = true;
      }
    }
    for (const id of this.known.keys()) {
      if (this.known.size <= KEPT) {
        break;
      }
      this.known.delete(id);
      this.earlier += 1;
    }
    return hasNew;
  }
}
