import type { LogEvent } from "../log/event.ts";
import type { FetchPage, FetchRequest, LogSource } from "./source.ts";

export interface Newest {
  /** Oldest first. */
  readonly events: readonly LogEvent[];
  /** There are matching events before these, and they were left unread: how many is not known. */
  readonly hasOlder: boolean;
}

/**
 * The newest `limit` matching events: read backwards where the source can, so that no more than these are read; else
 * everything is read and the last of it kept. `onPage` is told of each page as it comes.
 */
export async function readNewest(
  source: LogSource,
  request: FetchRequest,
  limit: number,
  onPage: (page: FetchPage) => void,
): Promise<Newest> {
  if (!source.capabilities.newestFirst) {
    const tail = createTail(limit);
    for await (const page of source.fetch(request)) {
      onPage(page);
      for (const event of page.events) tail.push(event);
    }
    return { events: tail.items(), hasOlder: false };
  }
  const events: LogEvent[] = [];
  // One more than wanted tells whether there are more.
  const backwards = { ...request, order: "newest-first" as const, limit: limit + 1 };
  for await (const page of source.fetch(backwards)) {
    onPage(page);
    events.push(...page.events);
    if (events.length > limit) break;
  }
  return { events: events.slice(0, limit).reverse(), hasOlder: events.length > limit };
}

/** Keeps the last `size` items pushed. */
export function createTail(size: number): { push(event: LogEvent): void; items(): LogEvent[] } {
  const ring: LogEvent[] = [];
  let pushed = 0;
  return {
    push(event) {
      ring[pushed % size] = event;
      pushed += 1;
    },
    items: () => {
      const cut = pushed % size;
      return pushed <= size ? ring.slice() : [...ring.slice(cut), ...ring.slice(0, cut)];
    },
  };
}
