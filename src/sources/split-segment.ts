import type { LogEvent } from "../log/event.ts";
import type { FetchPage, FetchRequest, LogSource } from "./source.ts";
import {
  type Density,
  follow,
  type Gap,
  inEqualParts,
  type PageSize,
  type PageSizes,
  type PlanOptions,
} from "./split-plan.ts";

/** What an event takes in memory beside its text, bytes, roughly. */
const EVENT_OVERHEAD = 128;

/** From this on a page counts as a full one, and more are expected behind it. */
const FULL = 0.75;
/** Pages of a segment after which more are expected, full or not. */
const ENOUGH_PAGES = 3;

interface WaitingPage extends PageSize {
  readonly page: FetchPage;
}

/** A part of the window with its own reading of the inner source. */
export interface Segment {
  readonly start: number;
  /** Half-open, ms since the epoch; earlier than planned once it was cut. */
  end: number;
  /** Ids of the events at `start` that another segment hands out. */
  readonly skip: ReadonlySet<string>;
  /** True of the first, which is the whole window until it is cut. */
  readonly isWhole: boolean;
  /** Bytes that it was planned to have. */
  readonly plannedBytes: number;
  readonly inner: AsyncIterator<FetchPage>;
  readonly controller: AbortController;
  /** Read and not yet handed on, in order. */
  waiting: WaitingPage[];
  lastPage: PageSize | undefined;
  /** Calls that brought something, as far as can be told. */
  pages: number;
  bytes: number;
  isReading: boolean;
  isDone: boolean;
  /** It was ended before its planned end: what is behind leaves out what it has. */
  isCut: boolean;
  /** Its pages count events that they do not hold, and nothing tells when those were: a cut would count some twice. */
  isOpaque: boolean;
  /** It comes by a billed query: each part would be billed anew. */
  isBilled: boolean;
  /** Something of it was handed on. */
  isTaken: boolean;
  /** Of the last pages that came further in time; once all is read, of the whole. */
  density: Density | undefined;
  /** Time of the newest event, ms since the epoch; `start` before there is one. */
  newest: number;
  /** Ids of the events at `newest`. */
  atNewest: Set<string>;
  /** Pages that end at `newest`: of more than one, another reading would bring too much again. */
  pagesAtNewest: number;
  /** Pages since the last one that came further in time. */
  pagesWithoutProgress: number;
}

export interface SegmentPlan extends Omit<Gap, "density"> {
  readonly isWhole: boolean;
  readonly plannedBytes: number;
}

export function openSegment(
  source: LogSource,
  request: FetchRequest,
  { start, end, skip, isWhole, plannedBytes }: SegmentPlan,
): Segment {
  const controller = new AbortController();
  const signal = AbortSignal.any([request.signal, controller.signal]);
  const inner = source.fetch({ ...request, window: { start, end }, signal })[Symbol.asyncIterator]();
  return {
    ...{ start, end, skip, isWhole, plannedBytes, inner, controller },
    ...{ waiting: [], lastPage: undefined, pages: 0, bytes: 0 },
    ...{
      isReading: false,
      isDone: false,
      isCut: false,
      isOpaque: false,
      isBilled: false,
      isTaken: false,
      density: undefined,
    },
    ...{ newest: start, atNewest: new Set(skip), pagesAtNewest: skip.size > 0 ? 1 : 0 },
    pagesWithoutProgress: 0,
  };
}

/** Takes what the inner source gave: one more page into `waiting`, or the end. */
export function takeIn(
  segment: Segment,
  { done, value }: IteratorResult<FetchPage, unknown>,
  isFiltered: boolean,
  sizes: PageSizes,
): void {
  if (done) finish(segment, sizes);
  else accept(segment, value, isFiltered, sizes);
}

function accept(segment: Segment, page: FetchPage, isFiltered: boolean, sizes: PageSizes): void {
  const { events, seen, scan, notices = [] } = page;
  const size = sizeOf(events);
  segment.isBilled ||= scan !== undefined;
  segment.isOpaque ||= seen !== undefined && (isFiltered ? seen > 0 : seen !== events.length);
  segment.waiting.push({ page: withoutSkipped(page, segment), ...size });
  // A notice at the beginning or the end is no call of its own.
  if (events.length === 0 && (scan || notices.length > 0)) return;
  if (segment.lastPage) sizes.add(segment.lastPage);
  sizes.note(size);
  segment.lastPage = size;
  segment.pages += 1;
  segment.bytes += size.bytes;
  advance(segment, events);
}

function sizeOf(events: readonly LogEvent[]): PageSize {
  return {
    events: events.length,
    bytes: events.reduce((sum, { message }) => sum + message.length + EVENT_OVERHEAD, 0),
  };
}

function withoutSkipped(page: FetchPage, { start, skip }: Segment): FetchPage {
  if (skip.size === 0) return page;
  const events = page.events.filter(({ id, timestamp }) => timestamp !== start || !skip.has(id));
  const again = page.events.length - events.length;
  return { ...page, events, seen: page.seen === undefined ? undefined : page.seen - again };
}

/** Keeps how far the segment has come, and how much of its time a page takes. */
function advance(segment: Segment, events: readonly LogEvent[]): void {
  const newest = events.at(-1)?.timestamp;
  segment.pagesWithoutProgress += 1;
  if (newest === undefined) return;
  if (newest > segment.newest) {
    const step = { pages: segment.pagesWithoutProgress, span: newest - segment.newest };
    segment.density = follow(segment.density, step);
    segment.newest = newest;
    segment.atNewest.clear();
    segment.pagesAtNewest = 0;
    segment.pagesWithoutProgress = 0;
  }
  segment.pagesAtNewest += 1;
  for (let at = events.length - 1; events[at]?.timestamp === newest; at -= 1)
    segment.atNewest.add(events[at]?.id ?? "");
}

function finish(segment: Segment, sizes: PageSizes): void {
  const { pages, lastPage, start, end } = segment;
  segment.isDone = true;
  segment.density = {
    pages: lastPage ? pages - 1 + sizes.fullness(lastPage) : 0,
    span: end - start,
  };
}

/** Whether the pages of a segment make it likely that there are more. */
export function expectsMore({ isWhole, pages, lastPage }: Segment, sizes: PageSizes): boolean {
  // The first page of all is the last one of most questions, and nothing is known yet to compare it with.
  if (!lastPage || (isWhole && pages === 1)) return false;
  if (pages >= ENOUGH_PAGES) return true;
  return sizes.isKnown() && lastPage.events > 0 && sizes.fullness(lastPage) >= FULL;
}

/** How densely lies what a segment has not read yet; undefined where that cannot be told, or not be cut off. */
export function densityBehind(segment: Segment, options: PlanOptions): Density | undefined {
  const { end, newest, pagesAtNewest, isOpaque, isBilled, isTaken, isWhole, pages, lastPage, density } =
    segment;
  const left = end - newest;
  if (left <= 1 || pagesAtNewest > 1 || isBilled) return undefined;
  if (isOpaque && (isTaken || pages > ENOUGH_PAGES)) return undefined;
  if (lastPage?.events !== 0) return density;
  // The service searches and finds nothing: how far it has come, it does not tell.
  return isWhole ? inEqualParts(left, options) : undefined;
}

/**
 * Ends a segment where it stands; what is behind is the gap that it leaves. One that is opaque is given up with all it
 * has read.
 */
export function cutSegment(segment: Segment): Omit<Gap, "density"> {
  const { start, end, skip, newest, atNewest, isOpaque } = segment;
  segment.isDone = true;
  segment.isCut = true;
  segment.end = isOpaque ? start : newest;
  if (isOpaque) segment.waiting = [];
  return isOpaque ? { start, end, skip } : { start: newest, end, skip: new Set(atNewest) };
}

/** Stops the inner source; resolves when that has ended. Never rejects. */
export async function stopSegment({ inner, controller }: Segment): Promise<void> {
  controller.abort();
  try {
    await inner.return?.();
  } catch {
    // What a source says while it is being stopped is of no use to anybody.
  }
}
