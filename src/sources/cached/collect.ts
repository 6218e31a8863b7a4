import type { Cache, EventKey, NewChunk } from "../../cache/cache.ts";
import type { LogEvent } from "../../log/event.ts";
import type { Notice } from "../../log/ledger.ts";
import { contains, type TimeRange } from "../../log/time-range.ts";
import type { FetchOrder, FetchPage } from "../source.ts";

/** Takes what a gap's pages bring and keeps it, chunk by chunk, as long as it is certain that nothing is missing in it. */
export interface Collector {
  /** To be told of each page in turn; resolves when the next may come. */
  add(page: FetchPage): Promise<void>;
  /** False once a page told that it is not whole, or was not as it should be: nothing more is kept. */
  isKeeping(): boolean;
  /** Keeps what is left; resolves when all is kept for good. @param isWhole the source has come to the end of the gap */
  end(isWhole: boolean): Promise<void>;
}

export interface CollectorOptions {
  readonly cache: Cache;
  readonly key: EventKey;
  readonly window: TimeRange;
  readonly order: FetchOrder | undefined;
  /** When the fetch began, ms since the epoch. */
  readonly readAt: number;
  /** Events of before this have all arrived, ms since the epoch. */
  readonly settledEnd: number;
  /** Told of each span that is kept. */
  readonly onKeep: (span: TimeRange) => void;
}

/** What a page brought, as far as it is not kept yet, in the order of reading; and its share of a call. */
interface Piece {
  readonly events: readonly LogEvent[];
  readonly calls: number;
}

/** A reading with one of these lacks events, which the next may have. */
export const NOT_WHOLE: ReadonlySet<Notice["kind"]> = new Set([
  "truncated",
  "sampled",
  "unreadable",
  "changed-while-read",
  "gap",
]);
/** What a chunk is to have, UTF-16 units of text and events; what one of many events in one millisecond may have. */
const CHUNK_TEXT = 1024 * 1024;
const CHUNK_EVENTS = 20_000;
const MOST_TEXT = 16 * CHUNK_TEXT;
/** Chunks that may be on their way into the cache. */
const MOST_PENDING = 2;

export function createCollector(options: CollectorOptions): Collector {
  const { cache, key, window, order, readAt, settledEnd, onKeep } = options;
  const isBackwards = order === "newest-first";
  const pending = new Set<Promise<void>>();
  let pieces: Piece[] = [];
  let text = 0;
  let events = 0;
  let isKeeping = true;
  let hasCall = false;
  /** Where what is not kept yet begins, in the direction of reading. */
  let edge = isBackwards ? window.end : window.start;
  /** Of the last event that came. */
  let last: number | undefined;

  const drop = (): void => {
    isKeeping = false;
    pieces = [];
  };

  /** Whether its events are those of the gap, in the order of time. */
  const isSound = ({ events: given }: FetchPage): boolean => {
    for (const { timestamp } of given) {
      if (timestamp === undefined || !contains(window, timestamp)) return false;
      if (last !== undefined && (isBackwards ? timestamp > last : timestamp < last)) return false;
      last = timestamp;
    }
    return true;
  };

  const keep = (chunk: Omit<NewChunk, "readAt" | "isSettled">): void => {
    for (const part of cutAt(chunk, settledEnd)) {
      onKeep(part.span);
      const kept = cache.keep(key, { ...part, readAt, isSettled: part.span.end <= settledEnd });
      const done = kept.finally(() => pending.delete(done));
      pending.add(done);
    }
  };

  /** Keeps what lies between the edge and a time; that time is the new edge. */
  const keepUntil = (time: number): void => {
    const span = isBackwards ? { start: time, end: edge } : { start: edge, end: time };
    if (span.start >= span.end) return;
    const [taken, left] = divide(pieces, ({ timestamp = 0 }) => contains(span, timestamp));
    const inOrder = taken.flatMap((piece) => piece.events);
    const calls = taken.reduce((sum, piece) => sum + piece.calls, 0);
    keep({ span, events: isBackwards ? inOrder.reverse() : inOrder, calls });
    pieces = left;
    text = textOf(left);
    events = left.reduce((sum, piece) => sum + piece.events.length, 0);
    edge = time;
  };

  /** At the time of the last event there may be more. */
  const keepKnown = (): void => {
    if (last !== undefined) keepUntil(isBackwards ? last + 1 : last);
  };

  return {
    async add(page) {
      if (!isKeeping) return;
      if (!isSound(page) || page.notices?.some(({ kind }) => NOT_WHOLE.has(kind))) return drop();
      const calls = callsOf(page);
      hasCall ||= calls > 0;
      const piece = { events: page.events, calls };
      pieces.push(piece);
      text += textOf([piece]);
      events += page.events.length;
      if (text >= CHUNK_TEXT || events >= CHUNK_EVENTS) keepKnown();
      if (text >= MOST_TEXT) drop();
      while (pending.size > MOST_PENDING) await Promise.race(pending);
    },
    isKeeping: () => isKeeping,
    async end(isWhole) {
      if (isKeeping && isWhole) {
        // That there is nothing took a call, too.
        if (!hasCall) pieces.push({ events: [], calls: 1 });
        keepUntil(isBackwards ? window.start : window.end);
      } else if (isKeeping) keepKnown();
      drop();
      await Promise.all(pending);
    },
  };
}

/** A page that only tells something is no call of its own; an engine is asked to begin, and for what it has found. */
export function callsOf({ events, scan, notices = [] }: FetchPage): number {
  if (scan) return 2;
  return events.length > 0 || notices.length === 0 ? 1 : 0;
}

/** Pieces up to the first event that is not taken, and the rest: one that is cut has a part of its call in both. */
function divide(pieces: Piece[], isTaken: (event: LogEvent) => boolean): [taken: Piece[], left: Piece[]] {
  const at = pieces.findIndex(({ events }) => events.some((event) => !isTaken(event)));
  const cut = pieces[at];
  if (!cut) return [pieces, []];
  const { events, calls } = cut;
  const count = events.findIndex((event) => !isTaken(event));
  const share = (calls * count) / events.length;
  return [
    [...pieces.slice(0, at), { events: events.slice(0, count), calls: share }],
    [{ events: events.slice(count), calls: calls - share }, ...pieces.slice(at + 1)],
  ];
}

type Uncut = Pick<NewChunk, "span" | "events" | "calls">;

/** A chunk in two where the time lies in it. */
function cutAt(chunk: Uncut, time: number): readonly Uncut[] {
  const { span, events, calls } = chunk;
  if (time <= span.start || time >= span.end) return [chunk];
  const at = events.findIndex(({ timestamp = 0 }) => timestamp >= time);
  const before = at < 0 ? events : events.slice(0, at);
  const length = (time - span.start) / (span.end - span.start);
  const share = calls * (events.length === 0 ? length : before.length / events.length);
  return [
    { span: { start: span.start, end: time }, events: before, calls: share },
    { span: { start: time, end: span.end }, events: events.slice(before.length), calls: calls - share },
  ];
}

function textOf(pieces: readonly Piece[]): number {
  let sum = 0;
  for (const { events } of pieces) for (const { message } of events) sum += message.length;
  return sum;
}
