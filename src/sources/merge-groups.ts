import type { LogEvent } from "../log/event.ts";

type Pages = AsyncIterable<readonly LogEvent[]>;

interface Cursor {
  readonly pages: AsyncIterator<readonly LogEvent[]>;
  events: readonly LogEvent[];
  index: number;
  /** Latest time so far, ms since the epoch: the place of an event that tells none is behind the one before it. */
  time: number;
}

const PAGE_EVENTS = 2000;

/**
 * Pages of several groups, each in the order of time, as one such sequence. Of equal times the earlier group's come
 * first. Memory is bounded by a page of each group.
 */
export async function* mergeGroups(groups: readonly Pages[]): AsyncGenerator<readonly LogEvent[]> {
  const [only] = groups;
  if (only && groups.length === 1) return yield* only;
  const cursors = groups.map(
    (pages): Cursor => ({
      pages: pages[Symbol.asyncIterator](),
      events: [],
      index: 0,
      time: Number.NEGATIVE_INFINITY,
    }),
  );
  try {
    const active = new Set(cursors);
    for (const cursor of cursors) if (!(await turnPage(cursor))) active.delete(cursor);
    let page: LogEvent[] = [];
    while (active.size > 0) {
      const cursor = earliest(active);
      const event = cursor?.events[cursor.index];
      if (!cursor || !event) break;
      page.push(event);
      if (page.length >= PAGE_EVENTS) {
        yield page;
        page = [];
      }
      cursor.index += 1;
      if (cursor.index < cursor.events.length) follow(cursor);
      else if (!(await turnPage(cursor))) active.delete(cursor);
    }
    if (page.length > 0) yield page;
  } finally {
    for (const { pages } of cursors) await pages.return?.();
  }
}

/** The next page with an event in it; false at the end. */
async function turnPage(cursor: Cursor): Promise<boolean> {
  for (;;) {
    const { done, value } = await cursor.pages.next();
    if (done) return false;
    if (value.length === 0) continue;
    cursor.events = value;
    cursor.index = 0;
    follow(cursor);
    return true;
  }
}

function follow(cursor: Cursor): void {
  const timestamp = cursor.events[cursor.index]?.timestamp;
  if (timestamp !== undefined && timestamp > cursor.time) cursor.time = timestamp;
}

function earliest(cursors: Iterable<Cursor>): Cursor | undefined {
  let best: Cursor | undefined;
  for (const cursor of cursors) if (!best || cursor.time < best.time) best = cursor;
  return best;
}
