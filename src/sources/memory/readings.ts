import type { LogEvent } from "../../log/event.ts";
import type { Notice } from "../../log/ledger.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { FetchPage, FetchRequest } from "../source.ts";

/** A window of a group that was read to its end. All times are ms since the epoch. */
export interface Reading {
  readonly group: string;
  /** undefined: all events. */
  readonly pattern: string | undefined;
  /** Of the streams' names; empty for all streams. */
  readonly prefix: string;
  /** undefined: all there was. */
  readonly window: TimeRange | undefined;
  /** Oldest first. */
  readonly events: readonly LogEvent[];
  /** Events of the window, matching or not; undefined where the source filtered unseen. */
  readonly seen: number | undefined;
  readonly notices: readonly Notice[];
  readonly hasUntimed: boolean;
  /** When the first and the last part of it was read. */
  readonly readFrom: number;
  readonly readTo: number;
  /** Events before this are known for good; those from here on as they were at `tailRead`. */
  readonly settledEnd: number;
  readonly tailRead: number;
  /** By estimate. */
  readonly bytes: number;
}

/** What of a request a reading answers. */
export interface Known {
  readonly reading: Reading;
  /** The part of the request's window. */
  readonly window: TimeRange | undefined;
  /** The end of what is known of the reading's own window. */
  readonly end: number;
  /** Nothing has to be fetched. */
  readonly isAll: boolean;
  /** As of the reading, where all of it was asked for. */
  readonly seen: number | undefined;
}

/** What one request brings, as long as it may be kept. */
export interface Collector {
  add(page: FetchPage): void;
  /** False once it is too large, or a notice tells that it is not whole: nothing is held any more. */
  isKeeping(): boolean;
  /** What came until now becomes a reading, where it may be kept. */
  keep(): void;
  /** To be called in the end, whatever came of it. */
  drop(): void;
}

/** Readings within a bound; those that were not used for longest are dropped first. */
export interface Readings {
  /** The reading that answers most of the request. */
  find(request: FetchRequest, at: number): Known | undefined;
  /** @param known what the request takes from memory @param at when the request began */
  collect(request: FetchRequest, known: Known | undefined, at: number): Collector;
}

/** How long the newest part of a reading, where events may still arrive, is taken as it was, ms. */
const TAIL_LIFE = 60_000;
/** What an event and a reading hold beside the text, bytes. */
const EVENT_BYTES = 200;
const READING_BYTES = 500;
const WIDE = /[\u0100-\uffff]/;
/** A reading with one of these lacks events, which the next may have. */
const NOT_WHOLE: ReadonlySet<Notice["kind"]> = new Set([
  "truncated",
  "sampled",
  "unreadable",
  "changed-while-read",
]);

/**
 * @param options.bytes what is kept; as much again may be held of readings that are under way, half of it of one
 * @param options.freshMs how long after its time an event may arrive
 */
export function createReadings(options: { readonly bytes: number; readonly freshMs: number }): Readings {
  const { bytes: most, freshMs } = options;
  /** Used last, last. */
  const readings = new Set<Reading>();
  let kept = 0;
  const underWay = { bytes: 0 };

  const remove = (reading: Reading): void => {
    if (readings.delete(reading)) kept -= reading.bytes;
  };
  const add = (reading: Reading): void => {
    for (const other of readings) if (isReplaced(other, reading)) remove(other);
    readings.add(reading);
    kept += reading.bytes;
    for (const oldest of readings) {
      if (kept <= most) return;
      remove(oldest);
    }
  };

  return {
    find(request, at) {
      let best: Known | undefined;
      for (const reading of readings) {
        const known = knownPart(reading, request, at);
        if (known && (!best || isBetter(known, best))) best = known;
      }
      if (best && readings.delete(best.reading)) readings.add(best.reading);
      return best;
    },

    collect(request, known, at) {
      const { window, limit = Number.POSITIVE_INFINITY } = request;
      const collected = createCollected(most, underWay);
      return {
        ...collected,
        keep() {
          const { events } = collected.all();
          if (!collected.isKeeping() || events.length >= limit) return;
          const own = { ...keyOf(request), window, ...collected.all(), ...timesOf(known, at, freshMs) };
          const wide = known && widen(own, known);
          add(wide && wide.bytes <= most / 2 ? wide : own);
        },
      };
    },
  };
}

/** What is said of how it was read, not of what was: of no use to who reads it from memory. */
const OF_THE_READING: ReadonlySet<Notice["kind"]> = new Set(["from-memory", "throttled"]);

type Collected = Pick<Reading, "events" | "seen" | "notices" | "hasUntimed" | "bytes">;

/** Holds what comes, until it is more than half of the bound, or more than all of it with what others hold. */
function createCollected(most: number, underWay: { bytes: number }) {
  let events: LogEvent[] = [];
  let bytes = 0;
  let seen: number | undefined = 0;
  let hasUntimed = false;
  let isKeeping = true;
  const notices: Notice[] = [];
  const drop = (): void => {
    isKeeping = false;
    events = [];
    underWay.bytes -= bytes;
    bytes = 0;
  };
  const add = (page: FetchPage): void => {
    if (!isKeeping) return;
    for (const event of page.events) {
      const size = sizeOf(event);
      bytes += size;
      underWay.bytes += size;
      if (bytes > most / 2 || underWay.bytes > most) {
        drop();
        return;
      }
      events.push(event);
      hasUntimed ||= event.timestamp === undefined;
    }
    seen = seen === undefined || page.seen === undefined ? undefined : seen + page.seen;
    for (const notice of page.notices ?? []) {
      const isKnown = notices.some(({ text }) => text === notice.text);
      if (!OF_THE_READING.has(notice.kind) && !isKnown) notices.push(notice);
    }
    if (notices.some(({ kind }) => NOT_WHOLE.has(kind))) drop();
  };
  const all = (): Collected => ({ events, seen, notices, hasUntimed, bytes: bytes + READING_BYTES });
  return { add, drop, all, isKeeping: () => isKeeping };
}

function keyOf({ group, filter, streamPrefix = "" }: FetchRequest) {
  return { group, pattern: filter?.pattern, prefix: streamPrefix };
}

type Key = ReturnType<typeof keyOf>;

function isSameKey(a: Key, b: Key): boolean {
  return a.group === b.group && a.pattern === b.pattern && a.prefix === b.prefix;
}

function isSameWindow(a: TimeRange | undefined, b: TimeRange | undefined): boolean {
  return a?.start === b?.start && a?.end === b?.end;
}

function knownPart(reading: Reading, request: FetchRequest, at: number): Known | undefined {
  if (!isOfUse(reading, request)) return undefined;
  const { window } = request;
  const isSame = isSameWindow(reading.window, window);
  const isYoung = at - reading.tailRead <= TAIL_LIFE;
  if (reading.hasUntimed && (!isYoung || request.order === "newest-first")) return undefined;
  const seen = isSame && keyOf(request).prefix === reading.prefix ? reading.seen : undefined;
  if (!reading.window || !window) {
    if (!isSame || !isYoung) return undefined;
    return { reading, window, end: Number.POSITIVE_INFINITY, isAll: true, seen };
  }
  const end = isYoung ? reading.window.end : Math.min(reading.window.end, reading.settledEnd);
  const part = { start: Math.max(reading.window.start, window.start), end: Math.min(end, window.end) };
  const isAll = isSameWindow(part, window);
  // Events without time would come again with the rest.
  if (part.start >= part.end || (!isAll && reading.hasUntimed)) return undefined;
  // With the rest those without time would be counted again.
  return { reading, window: part, end, isAll, seen: isAll ? seen : undefined };
}

/** Whether it has all that is asked for, in its window. Notices are about a whole window: with any, it has that alone. */
function isOfUse(reading: Reading, request: FetchRequest): boolean {
  const key = keyOf(request);
  const isWhole = isSameKey(reading, key) && isSameWindow(reading.window, request.window);
  const isUnfiltered = reading.pattern === undefined;
  return (
    reading.group === key.group &&
    (isUnfiltered || reading.pattern === key.pattern) &&
    key.prefix.startsWith(reading.prefix) &&
    (isWhole || reading.notices.length === 0)
  );
}

function isBetter(a: Known, b: Known): boolean {
  const [more, less] = [lengthOf(a.window), lengthOf(b.window)];
  return more > less || (more === less && a.reading.events.length < b.reading.events.length);
}

function lengthOf(window: TimeRange | undefined): number {
  return window ? window.end - window.start : Number.POSITIVE_INFINITY;
}

/** Of what is partly from memory, the tail is as old as memory's, where that was still taken as it was. */
function timesOf(known: Known | undefined, at: number, freshMs: number) {
  const fresh = { settledEnd: at - freshMs, tailRead: at, readFrom: at, readTo: at };
  if (!known) return fresh;
  const { readFrom, settledEnd, tailRead } = known.reading;
  return known.end > settledEnd ? { settledEnd, tailRead, readFrom, readTo: at } : { ...fresh, readFrom };
}

/** A reading together with the one that it continues; undefined where that was asked for otherwise, or as wide. */
function widen(own: Reading, { reading: old, end: knownEnd }: Known): Reading | undefined {
  if (!old.window || !own.window || !isSameKey(own, old) || own.notices.length > 0) return undefined;
  const { start, end } = own.window;
  if (start <= old.window.start && end >= knownEnd) return undefined;
  const before = old.events.filter(({ timestamp = start }) => timestamp < start);
  const after = old.events.filter(({ timestamp = end }) => timestamp >= end && timestamp < knownEnd);
  const events = [...before, ...own.events, ...after];
  return {
    ...own,
    window: { start: Math.min(start, old.window.start), end: Math.max(end, knownEnd) },
    events,
    seen: own.pattern === undefined ? events.length : undefined,
    bytes: [...before, ...after].reduce((sum, event) => sum + sizeOf(event), own.bytes),
  };
}

function isReplaced(old: Reading, by: Reading): boolean {
  if (!isSameKey(old, by)) return false;
  if (isSameWindow(old.window, by.window)) return true;
  if (!old.window || !by.window || by.notices.length > 0) return false;
  return by.window.start <= old.window.start && by.window.end >= old.window.end;
}

function sizeOf({ message }: LogEvent): number {
  return EVENT_BYTES + message.length * (WIDE.test(message) ? 2 : 1);
}
