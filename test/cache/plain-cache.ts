import type { Cache, CacheOwner, CacheSettings, Chunk, EventKey, NewChunk } from "../../src/cache/cache.ts";
import type { LogEvent } from "../../src/log/event.ts";
import { contains, type TimeRange } from "../../src/log/time-range.ts";

interface Kept {
  readonly chunk: Chunk;
  readonly events: readonly LogEvent[];
  readonly readAt: number;
  readonly isSettled: boolean;
}

const RESULT_LIVES = { groups: 900_000, statistics: 300_000, other: 3_600_000 };

/** The cache as simple as it can be: what is kept stays as it came, and is looked through from end to end. */
export function createPlainCache(settings: CacheSettings): Cache {
  const { now, eventLife, tailLife, maxEntries } = settings;
  let kept: Kept[] = [];
  const results = new Map<
    string,
    { readonly value: unknown; readonly readAt: number; readonly life: number }
  >();
  let nextId = 1;
  const usage = { cachedEvents: 0, fetchedEvents: 0, sparedCalls: 0, madeCalls: 0 };

  const isAlive = ({ readAt, isSettled }: Kept) => now() - readAt <= (isSettled ? eventLife : tailLife);
  const holderOf = (key: EventKey, at: number): Chunk | undefined =>
    kept
      .filter((one) => isAlive(one) && holds(one.chunk.key, key) && contains(one.chunk.span, at))
      .sort((a, b) => Number(isSame(b.chunk.key, key)) - Number(isSame(a.chunk.key, key)))[0]?.chunk;

  return {
    plan(key, window) {
      const parts: { window: TimeRange; chunk: Chunk | undefined }[] = [];
      for (let start = window.start; start < window.end; ) {
        const chunk = holderOf(key, start);
        const starts = kept
          .filter((one) => isAlive(one) && holds(one.chunk.key, key))
          .map((one) => one.chunk.span.start);
        const next = Math.min(...starts.filter((other) => other > start), window.end);
        const end = Math.min(chunk?.span.end ?? next, window.end);
        parts.push({ window: { start, end }, chunk });
        start = end;
      }
      return parts;
    },
    async read(chunk) {
      await Promise.resolve();
      return kept.find((one) => one.chunk.id === chunk.id)?.events;
    },
    async keep(key, given) {
      await Promise.resolve();
      const isThere = ({ chunk }: Kept) => isSame(chunk.key, key) && overlap(chunk.span, given.span);
      kept = kept.filter((one) => isAlive(one) || !isThere(one));
      const there = kept.filter(isThere).map((one) => one.chunk.span);
      for (const span of without(given.span, there)) {
        const events = given.events.filter(({ timestamp = Number.NaN }) => contains(span, timestamp));
        kept.push(makeKept(nextId, key, span, events, given));
        nextId += 1;
      }
      kept.splice(0, kept.length - maxEntries);
    },
    recordUse(_owner, _chunks, one) {
      for (const name of ["cachedEvents", "fetchedEvents", "sparedCalls", "madeCalls"] as const)
        usage[name] += one[name];
    },
    findResult(owner, kind, key) {
      const known = results.get(nameOf(owner, kind, key));
      return known && now() - known.readAt <= known.life ? known : undefined;
    },
    keepResult(owner, kind, key, value, readAt) {
      const json: unknown = JSON.parse(JSON.stringify(value));
      results.set(nameOf(owner, kind, key), { value: json, readAt, life: RESULT_LIVES[kind] });
    },
    status: () => ({
      entries: kept.length + results.size,
      bytes: 0,
      maxEntries,
      maxBytes: settings.maxBytes,
      oldestRead: undefined,
      usage: { ...usage },
      shares: [],
    }),
    clear() {
      const entries = kept.length + results.size;
      kept = [];
      results.clear();
      return entries;
    },
    close() {},
  };
}

function makeKept(
  id: number,
  key: EventKey,
  span: TimeRange,
  events: readonly LogEvent[],
  { readAt, isSettled, calls, events: all, span: whole }: NewChunk,
): Kept {
  const length = (span.end - span.start) / (whole.end - whole.start);
  const share = all.length === 0 ? length : events.length / all.length;
  const chunk = { id, span, readFrom: readAt, readTo: readAt, key };
  return { chunk: { ...chunk, events: events.length, calls: calls * share }, events, readAt, isSettled };
}

function nameOf({ source, account, region }: CacheOwner, kind: string, key: string): string {
  return JSON.stringify([source, account, region, kind, key]);
}

function isSame(a: EventKey, b: EventKey): boolean {
  return holds(a, b) && a.filter === b.filter && a.streamPrefix === b.streamPrefix;
}

/** Whether the events of the one are among those of the other. */
function holds(wide: EventKey, key: EventKey): boolean {
  return (
    nameOf(wide, "", wide.group) === nameOf(key, "", key.group) &&
    (wide.filter === undefined || wide.filter === key.filter) &&
    key.streamPrefix.startsWith(wide.streamPrefix)
  );
}

function overlap(a: TimeRange, b: TimeRange): boolean {
  return a.start < b.end && b.start < a.end;
}

/** What is left of a span without these. */
function without(span: TimeRange, others: readonly TimeRange[]): TimeRange[] {
  return others.reduce<TimeRange[]>(
    (left, other) =>
      left.flatMap((one) =>
        overlap(one, other)
          ? [
              { start: one.start, end: Math.max(one.start, other.start) },
              { start: Math.min(one.end, other.end), end: one.end },
            ].filter(({ start, end }) => start < end)
          : [one],
      ),
    [span],
  );
}
