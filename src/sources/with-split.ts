import { Failure } from "../failure.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { FetchPage, FetchRequest, LogSource } from "./source.ts";
import {
  blend,
  createPageSizes,
  type Density,
  endOfNext,
  type Gap,
  LEAST_PAGES,
  type PlanOptions,
  pagesIn,
  pagesOf,
} from "./split-plan.ts";
import {
  cutSegment,
  densityBehind,
  expectsMore,
  openSegment,
  type Segment,
  stopSegment,
  takeIn,
} from "./split-segment.ts";

export interface SplitOptions {
  /** Reads of the inner source at the same time, at most. */
  readonly concurrency?: number;
  /**
   * Calls a second that are worth making. Where it is given, no more reads go on at a time than keep it busy at what
   * calls take: those of a service nearby would only fill the memory. All that `concurrency` allows, unless given.
   */
  readonly callsPerSecond?: number;
  /** Pages of a segment, as planned: more waste fewer calls, fewer are sooner read side by side. */
  readonly targetPages?: number;
  /** Bytes of text that may wait for their turn. */
  readonly bufferBytes?: number;
  /** The window of a request that names none; where it gives undefined, the request is not split. */
  readonly wholeRange?: (group: string, signal: AbortSignal) => Promise<TimeRange | undefined>;
  /** Monotonic, ms. */
  readonly clock?: () => number;
}

const CONCURRENCY = 8;
const TARGET_PAGES = 6;
const BUFFER_BYTES = 32 * 1024 * 1024;
/** Reads at a time, at least, and what a new call's time weighs beside those before it. */
const LEAST_CONCURRENCY = 4;
const NEWEST_CALL = 0.3;
/** Segments, finished ones included, that there may be for one that may be read: how far reading may run ahead. */
const AHEAD = 4;
/** Pages given up, as a share of those that this lets be read side by side. */
const WORTH = 1 / 16;
/** Of the room, what is left to them. */
const LEAVE = 1 / 4;

interface ReaderOptions extends PlanOptions {
  readonly bufferBytes: number;
  readonly callsPerSecond: number;
  readonly clock: () => number;
}

/**
 * The same source, whose `fetch` reads parts of the window side by side: for services that hand out pages one after the
 * other, each at the cost of a call. What comes out is what the inner source gives for the whole window, in its order,
 * each notice once. A window of one page costs one call; larger ones are cut by what their first pages tell.
 *
 * - The inner source must give the same events for the same window each time, in the order of time, with ids that are
 *   unique; those of equal times in the same order.
 * - A source that has events without a time must not be wrapped: they belong to every window and would come with every
 *   part of it.
 * - A notice about where the window begins must come with the first page: a part that is cut is not read to its end.
 * - What comes by a billed query (`scan`) is not cut, for each part would be billed.
 * - Requests with a limit, newest first, or without a window that is known are passed on as they are.
 * - Memory is bounded by `bufferBytes` and about two pages. A quota of calls is for the inner
 *   source to keep.
 * - An error of one part ends the fetch at once; then, as at a `break`, all parts are stopped before it ends.
 */
export function withSplit(source: LogSource, options: SplitOptions = {}): LogSource {
  return {
    ...source,
    async *fetch(request) {
      const window = await windowOf(request, options);
      if (window) yield* fetchSplit(source, { ...request, window }, options);
      else yield* source.fetch(request);
    },
  };
}

/** The window to split; undefined where the request is to be passed on. */
async function windowOf(
  { window, limit, order, group, signal }: FetchRequest,
  { wholeRange }: SplitOptions,
): Promise<TimeRange | undefined> {
  if (limit !== undefined || order === "newest-first") return undefined;
  const range = window ?? (await wholeRange?.(group, signal));
  return range && Number.isFinite(range.end - range.start) && range.end - range.start > 1 ? range : undefined;
}

async function* fetchSplit(
  source: LogSource,
  request: FetchRequest & { readonly window: TimeRange },
  options: SplitOptions,
): AsyncGenerator<FetchPage> {
  const reader = createReader(source, request, {
    concurrency: options.concurrency ?? CONCURRENCY,
    callsPerSecond: options.callsPerSecond ?? Number.POSITIVE_INFINITY,
    targetPages: options.targetPages ?? TARGET_PAGES,
    bufferBytes: options.bufferBytes ?? BUFFER_BYTES,
    clock: options.clock ?? (() => performance.now()),
  });
  const tellOnce = createNoticeFilter();
  try {
    for (let page = await reader.next(); page; page = await reader.next()) yield tellOnce(page);
  } finally {
    await reader.stop();
  }
}

/** Parts of one window say the same things about the group: each is passed on once. */
function createNoticeFilter(): (page: FetchPage) => FetchPage {
  const told = new Set<string>();
  return (page) => {
    if (!page.notices) return page;
    const notices = page.notices.filter(({ kind, text, group, refused }) => {
      // Refusals are counted by part, and added up by the reader.
      if (refused) return true;
      const key = JSON.stringify([kind, text, group]);
      return !told.has(key) && told.add(key);
    });
    return { ...page, notices };
  };
}

/** The pages of a window in order, read in segments side by side. */
interface Reader {
  /** undefined at the end. @throws what a segment threw, Failure "interrupted" */
  next(): Promise<FetchPage | undefined>;
  /** Stops all that is being read; resolves when it has ended. */
  stop(): Promise<void>;
}

function createReader(
  source: LogSource,
  request: FetchRequest & { readonly window: TimeRange },
  options: ReaderOptions,
): Reader {
  const { targetPages, bufferBytes, clock } = options;
  const isFiltered = request.filter !== undefined || request.streamPrefix !== undefined;
  const sizes = createPageSizes();
  /** The window from what is handed on next to its end. */
  const pieces: (Gap | Segment)[] = [{ ...request.window, density: undefined, skip: new Set() }];
  const stopping: Promise<void>[] = [];
  let reading = 0;
  /** What calls take of late, ms, and how many are to be under way for that. */
  let callTime = 0;
  let concurrency = concurrencyFor(callTime, options);
  /** False while it is not known whether more than the first segment is worth its calls: nothing is read ahead. */
  let isDecided = false;
  let isStopped = false;
  let failure: { readonly error: unknown } | undefined;
  let change = Promise.withResolvers<void>();

  const isHeld = (segment: Segment) => segment.isOpaque && !isDecided;

  function canTake(): boolean {
    const [head] = pieces;
    return head !== undefined && isSegment(head) && head.waiting.length > 0 && !isHeld(head);
  }

  function take(): FetchPage | undefined {
    for (;;) {
      const [head] = pieces;
      if (!head || !isSegment(head) || isHeld(head)) return undefined;
      const next = head.waiting.shift();
      head.isTaken ||= next !== undefined;
      if (next || !head.isDone) return next?.page;
      pieces.shift();
    }
  }

  function roomNow(): number {
    return isDecided ? bufferBytes - waitingBytes(pieces) - reading * sizes.mostBytes() : 0;
  }

  /** Starts whatever reads may be started, the earliest first. */
  function startReads(): void {
    let room = roomNow();
    for (let at = 0; at < pieces.length && reading < concurrency; at += 1) {
      const isNeeded = at === 0 && !canTake();
      if (!isNeeded && room <= 0) {
        if (giveUpLater()) startReads();
        return;
      }
      const segment = at < concurrency * AHEAD ? segmentAt(at) : undefined;
      if (!segment) return;
      if (segment.isDone) continue;
      if (!segment.isReading) {
        void read(segment);
        room -= sizes.mostBytes();
      }
      // What comes earlier must not find the room taken by what comes later.
      if (at > 0) room -= Math.max(0, segment.plannedBytes - segment.bytes - sizes.mostBytes());
    }
  }

  /**
   * Gives up what waits behind a gap in which much more has turned up than was expected: without room for that, the
   * gap would be read by one segment at a time. False where that is not worth its calls.
   */
  function giveUpLater(): boolean {
    const gapAt = pieces.findIndex((piece) => !isSegment(piece));
    const gap = pieces[gapAt];
    if (!gap || isSegment(gap)) return false;
    const behind = pieces.slice(gapAt).filter(isSegment);
    let worth = pagesOf(gap) * WORTH;
    let isChanged = false;
    for (const later of behind.reverse()) {
      if (later.isReading || later.isCut || later.waiting.length === 0) continue;
      worth -= later.pages;
      if (worth < 0 || waitingBytes(pieces.slice(gapAt)) < bufferBytes * LEAVE) break;
      pieces[pieces.indexOf(later)] = gapOf(later);
      if (!later.isDone) stopping.push(stopSegment(later));
      isChanged = true;
    }
    return isChanged;
  }

  /** The segment there; it is begun where there is a gap. */
  function segmentAt(at: number): Segment | undefined {
    const piece = pieces[at];
    if (!piece || isSegment(piece)) return piece;
    const { start, skip, density } = piece;
    const expected = pieces.reduce((sum, gap) => (isSegment(gap) ? sum : sum + pagesOf(gap)), 0);
    const end = endOfNext(piece, expected, options);
    const plannedBytes = density ? pagesIn(end - start, density) * sizes.meanBytes() : 0;
    const segment = openSegment(source, request, { start, end, skip, isWhole: !density, plannedBytes });
    const rest = { ...piece, start: end, skip: new Set<string>() };
    pieces.splice(at, 1, segment, ...(end < piece.end ? [rest] : []));
    return segment;
  }

  function release(segment: Segment): void {
    reading -= 1;
    segment.isReading = false;
  }

  /** Reads a page of a segment, and goes on from what that tells. Never rejects. */
  async function read(segment: Segment): Promise<void> {
    reading += 1;
    segment.isReading = true;
    const started = clock();
    try {
      const result = await segment.inner.next();
      callTime += (clock() - started - callTime) * (callTime === 0 ? 1 : NEWEST_CALL);
      concurrency = concurrencyFor(callTime, options);
      if (request.signal.aborted) throw interrupted(request.signal);
      // From here to the next reads in one go: nobody may read a segment on before it is known whether to cut it.
      release(segment);
      takeIn(segment, result, isFiltered, sizes);
      if (!isStopped) learn(segment);
      startReads();
    } catch (error) {
      if (!isStopped) failure = { error };
      stopAll();
    }
    change.resolve();
  }

  /** What a page, or the end, of a segment says about what is still to be read. */
  function learn(segment: Segment): void {
    const at = pieces.indexOf(segment);
    if (segment.isDone) {
      if (segment.density) tellNextGap(at, segment.density);
      isDecided = true;
      return;
    }
    if (!expectsMore(segment, sizes)) return;
    isDecided = true;
    const density = densityBehind(segment, options);
    if (!density || pagesIn(segment.end - segment.newest, density) <= mostLeft(segment)) return;
    pieces.splice(at + 1, 0, { ...cutSegment(segment), density });
    stopping.push(stopSegment(segment));
  }

  function tellNextGap(from: number, density: Density): void {
    const at = pieces.findIndex((piece, index) => index > from && !isSegment(piece));
    const gap = pieces[at];
    if (gap && !isSegment(gap)) pieces[at] = { ...gap, density: blend(gap.density, density) };
  }

  /** Pages that a segment may be left with before others are to help. */
  function mostLeft({ pages }: Segment): number {
    const isIdle = reading < concurrency - 1 && pieces.every(isSegment);
    if (isIdle) return 2 * LEAST_PAGES;
    // One page tells little.
    return targetPages * (pages === 1 ? 4 : 2);
  }

  function stopAll(): void {
    isStopped = true;
    for (const piece of pieces.splice(0))
      if (isSegment(piece) && !piece.isDone) stopping.push(stopSegment(piece));
  }

  return {
    async next() {
      for (;;) {
        if (failure) throw failure.error;
        if (request.signal.aborted) throw interrupted(request.signal);
        const page = take();
        // Who asks for one page only is to pay for one.
        if (!page || isDecided) startReads();
        if (page || pieces.length === 0) return page;
        change = Promise.withResolvers();
        await change.promise;
      }
    },
    async stop() {
      stopAll();
      await Promise.all(stopping);
    },
  };
}

/** As many reads as keep the calls a second going that are wanted, and one that is being taken in. */
function concurrencyFor(callTime: number, { concurrency, callsPerSecond }: ReaderOptions): number {
  if (!Number.isFinite(callsPerSecond)) return concurrency;
  const wanted = Math.ceil((callTime / 1000) * callsPerSecond) + 1;
  return Math.min(concurrency, Math.max(LEAST_CONCURRENCY, wanted));
}

function isSegment(piece: Gap | Segment): piece is Segment {
  return "inner" in piece;
}

/** A segment as a gap again, with what was learnt from it. */
function gapOf({ start, end, skip, density, pages }: Segment): Gap {
  return { start, end, skip, density: density ?? { pages, span: end - start } };
}

function waitingBytes(pieces: readonly (Gap | Segment)[]): number {
  return pieces
    .filter(isSegment)
    .flatMap(({ waiting }) => waiting)
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

function interrupted({ reason }: AbortSignal): Failure {
  return new Failure("interrupted", "Interrupted while reading logs.", { cause: reason });
}
