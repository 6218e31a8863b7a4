import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import type { LogEvent } from "../../src/log/event.ts";
import { compileFilter } from "../../src/log/filter-match.ts";
import type { FetchPage, FetchRequest, LogSource } from "../../src/sources/source.ts";

/** An event that the source under test is to hold; its text is unique, and the source may put a header before it. */
export interface GivenEvent {
  readonly timestamp: number;
  readonly stream: string;
  readonly text: string;
}

/** Groups by name; a group's events are in the order of time. */
export type GivenGroups = Readonly<Record<string, readonly GivenEvent[]>>;

export interface SourceFixture {
  readonly source: LogSource;
  close(): Promise<void>;
}

export interface ContractOptions {
  /** When the events begin, ms since the epoch, for what takes none of long ago: whole seconds. */
  readonly start?: number;
  /** What this source cannot keep, by the name of the test, and why. */
  readonly skips?: Readonly<Record<string, string>>;
}

const LONG_AGO = Date.UTC(2025, 10, 20, 10);
const WORDS = [
  "request served",
  "ERROR payment failed",
  "WARN slow query",
  "cache miss",
  "user=42 logged in",
];
const MAIN = "app/checkout.log";
const PATTERNS = ["ERROR", "-ERROR", "?ERROR ?WARN", "payment failed", '"slow query"', '"nothing-has-this"'];
const PLACES = [
  ["in the middle", 200],
  ["at the start", 0],
  ["at the end", 399],
] as const;

function makeGroups(start: number): GivenGroups {
  return {
    [MAIN]: makeEvents(start, 400, ["checkout.log"]),
    "app/orders.log": makeEvents(start, 60, ["orders.log"]),
    "db.log": makeEvents(start, 5, ["db.log"]),
  };
}

function makeEvents(start: number, count: number, streams: readonly string[]): readonly GivenEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    // Pairs of events share a millisecond.
    timestamp: start + Math.floor(index / 2) * 250,
    stream: streams[index % streams.length] ?? "",
    text: `${WORDS[index % WORDS.length]} n=${String(index).padStart(4, "0")};`,
  }));
}

/** All pages of a fetch as one. */
export async function collect(
  source: LogSource,
  request: Partial<FetchRequest> & { readonly group: string },
): Promise<{
  events: LogEvent[];
  seen: number | undefined;
  scannedBytes: number;
  notices: NonNullable<FetchPage["notices"]>;
}> {
  const all: LogEvent[] = [];
  let seen: number | undefined = 0;
  let scannedBytes = 0;
  const notices: NonNullable<FetchPage["notices"]>[number][] = [];
  const signal = new AbortController().signal;
  for await (const page of source.fetch({ window: undefined, signal, ...request })) {
    all.push(...page.events);
    seen = seen === undefined || page.seen === undefined ? undefined : seen + page.seen;
    scannedBytes += page.scannedBytes;
    notices.push(...(page.notices ?? []));
  }
  return { events: all, seen, scannedBytes, notices };
}

/** What every source keeps, whatever is behind it. */
export function describeSource(
  name: string,
  makeSource: (groups: GivenGroups) => Promise<SourceFixture>,
  { start: START = LONG_AGO, skips = {} }: ContractOptions = {},
): void {
  describe(`${name} as a source`, () => {
    const { signal } = new AbortController();
    const GROUPS = makeGroups(START);
    const given = GROUPS[MAIN] ?? [];
    const left = new Set(Object.keys(skips));
    /** The test, or its name with why it is not run. */
    const keeps = (test: string, run: () => Promise<void>): void => {
      left.delete(test);
      const reason = skips[test];
      if (reason === undefined) it(test, run);
      else it.skip(`${test} (skipped: ${reason})`, run);
    };
    let fixture: SourceFixture;
    let source: LogSource;

    beforeAll(async () => {
      fixture = await makeSource(GROUPS);
      source = fixture.source;
    });
    afterAll(async () => {
      await fixture.close();
    });

    const textsOf = (events: readonly LogEvent[]): string[] =>
      events.map(({ message }) => /[^;]*n=\d{4};/.exec(message)?.[0] ?? message);
    const endsOf = (texts: readonly string[]): string[] => texts.map((text) => text.slice(-7)).sort();
    const givenIn = (start: number, end: number): string[] =>
      given.filter(({ timestamp }) => timestamp >= start && timestamp < end).map(({ text }) => text);

    keeps("lists its groups by name, and those of a prefix", async () => {
      const all = await Array.fromAsync(source.listGroups({ signal }));
      expect(all.map((group) => group.name)).toEqual(Object.keys(GROUPS).sort());
      const some = await Array.fromAsync(source.listGroups({ prefix: "app/", signal }));
      expect(some.map((group) => group.name)).toEqual(["app/checkout.log", "app/orders.log"]);
    });

    keeps("gives every event once, oldest first, with its time, group and stream", async () => {
      const { events } = await collect(source, { group: MAIN });
      expect(endsOf(textsOf(events))).toEqual(endsOf(given.map(({ text }) => text)));
      expect(new Set(events.map(({ id }) => id)).size).toBe(given.length);
      const times = events.map(({ timestamp }) => timestamp ?? 0);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(times).toEqual(given.map(({ timestamp }) => timestamp));
      expect(new Set(events.map(({ group }) => group))).toEqual(new Set([MAIN]));
      expect(new Set(events.map(({ stream }) => stream))).toEqual(new Set(given.map(({ stream }) => stream)));
      for (const { message, bodyStart } of events) expect(bodyStart).toBeLessThanOrEqual(message.length);
    });

    keeps("gives exactly the events of a half-open window", async () => {
      const offset = fc.integer({ min: -1000, max: 51_000 });
      await fc.assert(
        fc.asyncProperty(offset, fc.integer({ min: 0, max: 20_000 }), async (from, length) => {
          const window = { start: START + from, end: START + from + length };
          const { events, seen } = await collect(source, { group: MAIN, window });
          const expected = givenIn(window.start, window.end);
          expect(endsOf(textsOf(events))).toEqual(endsOf(expected));
          if (seen !== undefined) expect(seen).toBe(expected.length);
        }),
        { numRuns: 25 },
      );
    });

    keeps("has the first millisecond of a window in it, and not the last", async () => {
      const window = { start: START + 250, end: START + 500 };
      const { events } = await collect(source, { group: MAIN, window });
      expect(events.map(({ timestamp }) => timestamp)).toEqual([START + 250, START + 250]);
    });

    for (const pattern of PATTERNS)
      keeps(`filters by ${pattern} as the filter does by hand`, async () => {
        const filter = compileFilter(pattern);
        const everything = await collect(source, { group: MAIN });
        const { events } = await collect(source, { group: MAIN, filter });
        expect(events).toEqual(everything.events.filter(({ message }) => filter.test(message)));
      });

    keeps("gives an event the same id at every fetch", async () => {
      const all = await collect(source, { group: MAIN });
      const idOf = new Map(all.events.map((event) => [event.message, event.id]));
      const window = { start: START + 10_000, end: START + 20_000 };
      const { events } = await collect(source, { group: MAIN, window, filter: compileFilter("ERROR") });
      expect(events.length).toBeGreaterThan(0);
      for (const event of events) expect(event.id).toBe(idOf.get(event.message));
    });

    keeps("fetches a stream by its prefix", async () => {
      const [stream = ""] = given.map((event) => event.stream);
      const { events } = await collect(source, { group: MAIN, streamPrefix: stream.slice(0, 4) });
      expect(events).toHaveLength(
        given.filter((event) => event.stream.startsWith(stream.slice(0, 4))).length,
      );
      expect((await collect(source, { group: MAIN, streamPrefix: "no-such" })).events).toEqual([]);
    });

    for (const [where, index] of PLACES)
      keeps(`gives the events around one ${where} of its stream`, async () => {
        const { events } = await collect(source, { group: MAIN });
        const event = events[index];
        if (!event) throw new Error("no such event");
        const stream = events.filter((other) => other.stream === event.stream);
        const around = await source.fetchSurrounding({ event, before: 3, after: 2, signal });
        const place = stream.indexOf(event);
        expect(around).toEqual(stream.slice(Math.max(0, place - 3), place + 3));
        expect(await source.fetchSurrounding({ event, before: 0, after: 0, signal })).toEqual([event]);
      });

    keeps("says that an event is not there", async () => {
      const { events } = await collect(source, { group: "db.log" });
      const event = { ...(events[0] as LogEvent), id: "db.log@00000000ffff", message: "never was" };
      const asked = source.fetchSurrounding({ event, before: 1, after: 1, signal });
      await expect(asked).rejects.toMatchObject({ code: "event-not-found" });
    });

    keeps("names near groups where there is no such group", async () => {
      const failure = await collect(source, { group: "app/chekout.log" }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Failure);
      expect(failure).toMatchObject({ code: "group-not-found" });
      expect(failure).toHaveProperty("message", expect.stringContaining("'app/checkout.log'"));
    });

    keeps("stops when it is told to, before and while it reads", async () => {
      const aborted = AbortSignal.abort();
      await expect(collect(source, { group: MAIN, signal: aborted })).rejects.toMatchObject({
        code: "interrupted",
      });
      const controller = new AbortController();
      const reading = async (): Promise<void> => {
        const request = { group: MAIN, window: undefined, signal: controller.signal };
        for await (const _page of source.fetch(request)) controller.abort();
      };
      await reading().catch((error: unknown) => expect(error).toMatchObject({ code: "interrupted" }));
    });

    keeps("tells the span of its data, its end exclusive, where it can", async () => {
      if (!source.dataRange) return;
      const range = await source.dataRange([MAIN], signal);
      expect(range).toEqual({ start: START, end: START + 199 * 250 + 1 });
    });

    keeps("tells how it is", async () => {
      const checks = await source.checkHealth(signal);
      expect(checks.length).toBeGreaterThan(0);
      expect(checks.every(({ ok }) => ok)).toBe(true);
    });

    if (left.size > 0) throw new Error(`There is no test: ${[...left].join("; ")}`);
  });
}
