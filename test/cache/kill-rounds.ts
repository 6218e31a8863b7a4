import type { Cache, EventKey, NewChunk } from "../../src/cache/cache.ts";
import { createRandom } from "../../src/demo/random.ts";
import type { LogEvent } from "../../src/log/event.ts";
import type { TimeRange } from "../../src/log/time-range.ts";
import { KEY, makeEvent, makeNoise, NOON } from "./cache-events.ts";

/** Groups by number: all writers keep events of all of them. */
export const GROUPS = 3;
/** Spans are before this, ms. */
export const LAST = 300_000;

export interface Kept extends TimeRange {
  readonly group: number;
}

export function keyOf(group: number): EventKey {
  return { ...KEY, group: `/aws/shop-${group}` };
}

/** The events of a group in a span, whoever asks: one every 7 ms, of up to 600 characters, each another. */
export function eventsOf({ group, start, end }: Kept): readonly LogEvent[] {
  const events: LogEvent[] = [];
  for (let at = Math.ceil(start / 7) * 7; at < end; at += 7) {
    const message = makeNoise((at * 31) % 600, at * GROUPS + group);
    events.push(makeEvent(at, { group: keyOf(group).group, id: `${group}/${at}`, message, bodyStart: 0 }));
  }
  return events;
}

/** Keeps spans that overlap and adjoin, and tells of each once it is kept. */
export async function keepForEver(cache: Cache, seed: number, say: (kept: Kept) => void): Promise<never> {
  const { whole } = createRandom(seed);
  for (;;) {
    const start = whole(0, LAST);
    const kept = { group: whole(0, GROUPS - 1), start, end: start + whole(1, 500) };
    const chunk: NewChunk = {
      ...{ span: { start, end: kept.end }, events: eventsOf(kept) },
      ...{ readAt: NOON, isSettled: true, calls: 1 },
    };
    await cache.keep(keyOf(kept.group), chunk);
    say(kept);
  }
}
