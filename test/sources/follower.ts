import type { LogEvent } from "../../src/log/event.ts";
import type { Notice } from "../../src/log/ledger.ts";
import type { FollowMode, FollowPage } from "../../src/sources/source.ts";

/** A follow that is read in the background; what it has brought so far. */
export interface Follower {
  readonly events: LogEvent[];
  readonly notices: Notice[];
  readonly modes: FollowMode[];
  readonly texts: () => string[];
  /** All notices of a kind, or of every kind, as one text. */
  readonly told: (kind?: Notice["kind"]) => string;
  readonly sum: (what: "sampled" | "dropped") => number;
  /** Pages so far. */
  readonly pages: () => number;
  /** Aborts; resolves when the follow has ended. */
  stop(): Promise<void>;
  /** What ended it; undefined while it goes on or where it ended well. */
  readonly ended: Promise<unknown>;
}

/** @param hold resolves when the next page may be taken: a slow reader */
export function startFollower(
  follow: (signal: AbortSignal) => AsyncIterable<FollowPage>,
  hold: () => Promise<void> = async () => {},
): Follower {
  const abort = new AbortController();
  const [events, notices, modes]: [LogEvent[], Notice[], FollowMode[]] = [[], [], []];
  const sums = { sampled: 0, dropped: 0 };
  let pages = 0;
  const read = async () => {
    for await (const page of follow(abort.signal)) {
      pages += 1;
      events.push(...page.events);
      notices.push(...(page.notices ?? []));
      if (page.mode) modes.push(page.mode);
      sums.sampled += page.sampled ?? 0;
      sums.dropped += page.dropped ?? 0;
      await hold();
    }
  };
  const ended = read().then(
    () => undefined,
    (error: unknown) => error,
  );
  return {
    events,
    notices,
    modes,
    texts: () => events.map(({ message }) => message),
    told: (kind) =>
      notices
        .filter((notice) => kind === undefined || notice.kind === kind)
        .map(({ text }) => text)
        .join("\n"),
    sum: (what) => sums[what],
    pages: () => pages,
    stop: async () => {
      abort.abort();
      await ended;
    },
    ended,
  };
}

/** A sleep that ends when a test says so. */
export interface Ticks {
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Resolves when the follow sleeps. */
  asleep(): Promise<void>;
  /** Ends the sleep, and resolves when the next one has begun: everything was looked at once. */
  tick(count?: number): Promise<void>;
}

export function createTicks(onTick: (ms: number) => void = () => {}): Ticks {
  let wake: (() => void) | undefined;
  let slept = Promise.withResolvers<void>();
  const ticks: Ticks = {
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => reject(signal.reason);
        if (signal.aborted) return abort();
        signal.addEventListener("abort", abort, { once: true });
        wake = () => {
          onTick(ms);
          resolve();
        };
        slept.resolve();
      }),
    asleep: () => slept.promise,
    async tick(count = 1) {
      for (let index = 0; index < count; index += 1) {
        await slept.promise;
        slept = Promise.withResolvers();
        wake?.();
      }
      await slept.promise;
    },
  };
  return ticks;
}
