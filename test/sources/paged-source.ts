import type { LogEvent } from "../../src/log/event.ts";
import type { Notice } from "../../src/log/ledger.ts";
import type { TimeRange } from "../../src/log/time-range.ts";
import type { FetchPage, FetchRequest, LogSource } from "../../src/sources/source.ts";

/** Time that passes only while everything waits for it, ms. */
export interface VirtualClock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Lets time pass until the work is done. @throws Error where the work waits and nothing would ever wake it */
  run<T>(work: Promise<T>): Promise<T>;
}

export function createVirtualClock(): VirtualClock {
  const sleepers = new Set<{ readonly at: number; wake(): void }>();
  let now = 0;
  return {
    now: () => now,
    sleep(ms, signal) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { at: now + ms, wake: resolve };
      const stop = () => reject(signal.reason);
      sleepers.add(sleeper);
      signal.addEventListener("abort", stop, { once: true });
      return promise.finally(() => {
        sleepers.delete(sleeper);
        signal.removeEventListener("abort", stop);
      });
    },
    async run(work) {
      let isDone = false;
      const end = work.finally(() => {
        isDone = true;
      });
      end.catch(() => {});
      for (let idle = 0; !isDone && idle < 5; ) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = Math.min(...[...sleepers].map(({ at }) => at));
        idle = sleepers.size > 0 ? 0 : idle + 1;
        now = sleepers.size > 0 ? next : now;
        for (const sleeper of sleepers) if (sleeper.at === next) sleeper.wake();
      }
      if (!isDone) throw new Error("Nothing moves any more.");
      return end;
    },
  };
}

export interface PagedOptions {
  /** Of the events, ascending, ms. */
  readonly times: readonly number[] | Float64Array;
  readonly clock: VirtualClock;
  /** Events of the next page, 0 included. */
  readonly pageSize: () => number;
  /** Of the next call, ms. */
  readonly latency?: () => number;
  readonly textLength?: number;
  /** Which events match the request; all unless given. */
  readonly matches?: (index: number) => boolean;
  /** Whether a page tells how many events it saw. */
  readonly tellsSeen?: boolean;
  readonly noticesOf?: (window: TimeRange, page: number) => readonly Notice[];
  /** Throws in place of a page, where it is to fail. */
  readonly fault?: (window: TimeRange, page: number) => void;
}

/** What was done to a source. */
export interface Tally {
  /** Remote calls, one a page. */
  calls: number;
  busy: number;
  mostBusy: number;
  opened: number;
  closed: number;
  /** Readings whose signal was aborted. */
  aborted: number;
  /** Events handed out by the source. */
  given: number;
}

/** A source in memory that hands out pages one after the other, each at the cost of a call, as remote services do. */
export function createPagedSource(options: PagedOptions): LogSource & { readonly tally: Tally } {
  const tally: Tally = { calls: 0, busy: 0, mostBusy: 0, opened: 0, closed: 0, aborted: 0, given: 0 };
  return {
    tally,
    name: "paged",
    capabilities: {
      filterPatterns: true,
      streams: false,
      newestFirst: true,
      serverQueries: false,
      metrics: false,
      liveTail: false,
      maxRangeHours: Number.POSITIVE_INFINITY,
      ingestionDelay: 0,
    },
    fetch: (request) => readPages(options, tally, request),
    async *listGroups() {
      yield* [];
    },
    fetchSurrounding: async ({ event }) => [event],
    checkHealth: async () => [],
  };
}

async function* readPages(
  options: PagedOptions,
  tally: Tally,
  request: FetchRequest,
): AsyncGenerator<FetchPage> {
  const { times, clock, pageSize, latency = () => 1, tellsSeen = true } = options;
  const window = request.window ?? { start: 0, end: Number.POSITIVE_INFINITY };
  const end = indexOf(times, window.end);
  const count = () => {
    tally.aborted += 1;
  };
  request.signal.addEventListener("abort", count);
  tally.opened += 1;
  try {
    let at = indexOf(times, window.start);
    let size = pageSize();
    // A page without events says nothing of the end: it may come before it, or be the last.
    for (let page = 0; page === 0 || at < end || size === 0; page += 1) {
      await call(tally, () => clock.sleep(latency(), request.signal));
      options.fault?.(window, page);
      const until = Math.min(end, at + size);
      const events = makeEvents(options, at, until);
      tally.given += events.length;
      const notices = options.noticesOf?.(window, page);
      yield {
        events,
        seen: tellsSeen ? until - at : undefined,
        scannedBytes: until - at,
        ...(notices ? { notices } : {}),
      };
      at = until;
      size = pageSize();
    }
  } finally {
    tally.closed += 1;
    request.signal.removeEventListener("abort", count);
  }
}

async function call(tally: Tally, run: () => Promise<void>): Promise<void> {
  tally.calls += 1;
  tally.busy += 1;
  tally.mostBusy = Math.max(tally.mostBusy, tally.busy);
  try {
    await run();
  } finally {
    tally.busy -= 1;
  }
}

export function makeEvents(
  { times, textLength = 20, matches }: Pick<PagedOptions, "times" | "textLength" | "matches">,
  from: number,
  until: number,
): LogEvent[] {
  const message = "x".repeat(textLength);
  const events: LogEvent[] = [];
  for (let index = from; index < until; index += 1) {
    if (matches && !matches(index)) continue;
    const header = { id: `e${index}`, group: "g", stream: "s", timestamp: times[index] };
    events.push({ ...header, message, bodyStart: 0, level: undefined, levelInferred: false });
  }
  return events;
}

/** The first event at or behind a time. */
function indexOf(times: readonly number[] | Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
