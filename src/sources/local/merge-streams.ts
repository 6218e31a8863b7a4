import type { LogEvent } from "../../log/event.ts";
import { timeOf } from "./order-events.ts";
import type { ScanStep } from "./scan.ts";

/** One stream of a group, not opened before its time has come. */
export interface MergeInput {
  /** Time of its first event, ms since the epoch; undefined where it tells none. */
  readonly oldest: number | undefined;
  open(): AsyncGenerator<ScanStep>;
}

interface Cursor {
  readonly steps: AsyncGenerator<ScanStep>;
  events: readonly LogEvent[];
  index: number;
}

const PAGE_EVENTS = 2000;

/** Merges streams by time; streams that do not overlap are read one after another. */
export async function* mergeStreams(inputs: readonly MergeInput[]): AsyncGenerator<ScanStep> {
  const waiting = [...inputs].sort((a, b) => startOf(a) - startOf(b) || 0);
  const active: Cursor[] = [];
  let page: LogEvent[] = [];
  try {
    for (;;) {
      const cursor = earliest(active);
      const next = waiting[0];
      if (next && (!cursor || startOf(next) <= timeAt(cursor))) {
        waiting.shift();
        const opened: Cursor = { steps: next.open(), events: [], index: 0 };
        active.push(opened);
        yield* advance(opened, active);
        continue;
      }
      if (!cursor) break;
      const event = cursor.events[cursor.index++];
      if (event) page.push(event);
      if (page.length >= PAGE_EVENTS || cursor.index >= cursor.events.length) {
        yield { events: page, seen: 0, scannedBytes: 0 };
        page = [];
      }
      if (cursor.index >= cursor.events.length) yield* advance(cursor, active);
    }
  } finally {
    for (const cursor of active) await cursor.steps.return(undefined);
  }
}

/** Reads on until the cursor has an event or ends; the steps' counts are passed on. */
async function* advance(cursor: Cursor, active: Cursor[]): AsyncGenerator<ScanStep> {
  for (;;) {
    const { done, value } = await cursor.steps.next();
    if (done) {
      active.splice(active.indexOf(cursor), 1);
      return;
    }
    yield { events: [], seen: value.seen, scannedBytes: value.scannedBytes };
    if (value.events.length > 0) {
      cursor.events = value.events;
      cursor.index = 0;
      return;
    }
  }
}

function earliest(cursors: readonly Cursor[]): Cursor | undefined {
  let best: Cursor | undefined;
  for (const cursor of cursors) if (!best || timeAt(cursor) < timeAt(best)) best = cursor;
  return best;
}

function timeAt(cursor: Cursor): number {
  const event = cursor.events[cursor.index];
  return event ? timeOf(event) : Number.NEGATIVE_INFINITY;
}

function startOf({ oldest }: MergeInput): number {
  return oldest ?? Number.MIN_SAFE_INTEGER;
}
