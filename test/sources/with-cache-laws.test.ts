import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CacheSettings } from "../../src/cache/cache.ts";
import type { LogEvent } from "../../src/log/event.ts";
import type { EventFilter } from "../../src/log/filter.ts";
import type { Notice } from "../../src/log/ledger.ts";
import type { TimeRange } from "../../src/log/time-range.ts";
import type { FetchRequest, LogSource } from "../../src/sources/source.ts";
import { CACHES, ERRORS, HOUR, isFromCache, lastHour, MINUTE, NOON, openCached } from "./cache-fixture.ts";
import { type Arrival, BYTES_AN_EVENT } from "./recorded-source.ts";

interface Step {
  readonly wait: number;
  /** What becomes of the cache before, and while the questions of the step are answered. */
  readonly clears: "before" | "meanwhile" | undefined;
  readonly asked: readonly Asked[];
}

interface Asked {
  /** Which of two programs with one cache asks. */
  readonly program: number;
  readonly group: string;
  /** Which of the windows; undefined: all of time. */
  readonly window: number | undefined;
  readonly shift: number;
  readonly filter: EventFilter | undefined;
  readonly streamPrefix: string | undefined;
  readonly order: "newest-first" | undefined;
  readonly limit: number | undefined;
  /** How many pages are taken before it ends otherwise than by itself; Infinity: all. */
  readonly pages: number;
  readonly ending: "break" | "abort" | "kill";
}

/** What goes wrong in the source, by the number of the request. */
interface Trouble {
  /** From which page on; Infinity: never. */
  readonly page: number;
  readonly kind: "fails" | "truncates";
}

const FRESH = 5 * MINUTE;
const PAGE_EVENTS = 3;
const BROKEN = new Error("broken");

const minutes = (min: number, max: number) => fc.integer({ min, max }).map((count) => NOON + count * MINUTE);
const arrival = fc.record({
  // A third of them lies in three milliseconds, which are cut by pages.
  timestamp: fc
    .oneof(
      { weight: 2, arbitrary: fc.integer({ min: -40 * 6, max: 40 * 6 }) },
      { weight: 1, arbitrary: fc.constantFrom(-120, -119, -60) },
    )
    .map((count) => NOON + count * 10_000),
  delay: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: FRESH }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 * FRESH }) },
  ),
  stream: fc.constantFrom("web-1", "web-2", "job"),
  word: fc.constantFrom("ERROR", "INFO"),
});
const window = fc
  .tuple(minutes(-40, 20), minutes(-40, 20))
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
const asked: fc.Arbitrary<Asked> = fc.record({
  program: fc.nat(1),
  group: fc.constantFrom(...Array<string>(7).fill("api"), "db"),
  window: fc.option(fc.nat(2), { nil: undefined, freq: 8 }),
  shift: fc.constantFrom(0, 0, MINUTE, 5 * MINUTE),
  filter: fc.constantFrom(ERRORS, ERRORS, undefined),
  streamPrefix: fc.constantFrom("web", "web-1", "", undefined, undefined),
  order: fc.constantFrom("newest-first" as const, undefined, undefined),
  limit: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined, freq: 3 }),
  pages: fc.oneof({ weight: 4, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary: fc.nat(4) }),
  ending: fc.constantFrom("break" as const, "abort" as const, "kill" as const),
});
const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.constantFrom(0, 1000, 20_000, 45_000, MINUTE, MINUTE + 1, 5 * MINUTE, 20 * MINUTE),
  clears: fc.constantFrom("before" as const, "meanwhile" as const, ...Array<undefined>(14).fill(undefined)),
  asked: fc.array(asked, { minLength: 1, maxLength: 3 }),
});
const trouble: fc.Arbitrary<Trouble> = fc.record({
  page: fc.oneof({ weight: 4, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary: fc.nat(4) }),
  kind: fc.constantFrom("fails" as const, "truncates" as const),
});
const settings: fc.Arbitrary<Partial<CacheSettings>> = fc.constantFrom(
  {},
  {},
  { maxEntries: 2 },
  { maxBytes: 2000 },
  { eventLife: 10 * MINUTE },
);
const story = fc.record({
  arrivals: fc.array(arrival, { minLength: 20, maxLength: 60 }),
  tellsSeen: fc.boolean(),
  endsAtLimit: fc.boolean(),
  settings,
  troubles: fc.array(trouble, { minLength: 1, maxLength: 10 }),
  windows: fc.array(window, { minLength: 3, maxLength: 3 }),
  steps: fc.array(step, { minLength: 4, maxLength: 15 }),
});

function requestOf({ group, filter, streamPrefix, order, limit, ...rest }: Asked, windows: TimeRange[]) {
  const { start, end } = windows[rest.window ?? 0] ?? lastHour(NOON);
  return {
    group,
    window: rest.window === undefined ? undefined : { start: start + rest.shift, end: end + rest.shift },
    ...(filter ? { filter } : {}),
    ...(streamPrefix === undefined ? {} : { streamPrefix }),
    ...(order ? { order } : {}),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** The same source, that fails, or from some page on lacks every other event and says so. */
function withTroubles(source: LogSource, troubles: readonly Trouble[]): LogSource {
  let count = 0;
  return {
    ...source,
    async *fetch(request) {
      const { page: first, kind } = troubles[count % troubles.length] ?? { page: Infinity };
      count += 1;
      let number = 0;
      for await (const page of source.fetch(request)) {
        const isTroubled = number >= first;
        number += 1;
        if (isTroubled && kind === "fails") throw BROKEN;
        if (!isTroubled) yield page;
        else {
          const events = page.events.filter((_, index) => index % 2 === 1);
          const notices = [{ kind: "truncated" as const, text: "Some are missing." }];
          yield { ...page, events, notices, seen: undefined, scannedBytes: events.length * BYTES_AN_EVENT };
        }
      }
    },
  };
}

/** What a reader has that goes on to the limit, or ends after some pages: who is killed does not even say so. */
async function take(source: LogSource, request: Omit<FetchRequest, "signal">, { pages, ending }: Asked) {
  const { limit = Infinity } = request;
  const controller = new AbortController();
  const { signal } = controller;
  const events: LogEvent[] = [];
  const notices: Notice[] = [];
  let seen: number | undefined = 0;
  let scanned = 0;
  let isWhole = true;
  const reading = source.fetch({ ...request, signal })[Symbol.asyncIterator]();
  try {
    for (let taken = 0; ; taken += 1) {
      const { done, value: page } = await reading.next();
      if (done) break;
      events.push(...page.events);
      notices.push(...(page.notices ?? []));
      scanned += page.scannedBytes;
      seen = seen === undefined || page.seen === undefined ? undefined : seen + page.seen;
      isWhole = taken < pages && events.length < limit;
      if (isWhole) continue;
      if (taken >= pages && ending === "kill") break;
      if (taken >= pages && ending === "abort") controller.abort(new Error("stop"));
      else await reading.return?.();
    }
  } catch (error) {
    isWhole = false;
    if (!signal.aborted && error !== BROKEN) throw error;
  }
  return { events, notices, seen, scanned, isWhole };
}

describe.each(CACHES)("whatever is asked, in whatever order, of a cache %s", (_name, openStore) => {
  /**
   * The law: what is given is what the source has at that time, in its order, each event once, and lacks of it at most
   * events that arrived within the last minute or later than the ingestion delay after their time. Bytes are those that
   * the source read. What is not whole makes nothing else less whole.
   */
  it("gives what the source alone would give, but for what came late or just now", async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ arrivals: given, troubles, windows, steps, ...rest }) => {
        const { tellsSeen, endsAtLimit } = rest;
        const arrivals: Arrival[] = given.map(({ timestamp, delay, stream, word }, index) => ({
          id: String(index).padStart(3, "0"),
          timestamp,
          arrived: timestamp + delay,
          stream,
          message: `${word} n=${index}`,
        }));
        const arrivedAt = new Map(arrivals.map((one) => [one.id, one]));
        const { inner, open, find, clock, cache, warnings } = openCached({
          openStore,
          arrivals,
          tellsSeen,
          endsAtLimit,
          pageEvents: PAGE_EVENTS,
          settings: { eventLife: HOUR, ...rest.settings },
          options: { ingestionDelay: FRESH },
          beforePage: (_request, page) => (page % 2 === 0 ? setImmediate() : undefined),
        });
        const source = withTroubles(inner, troubles);
        const programs = [open(source), open(source)];

        const check = async (one: Asked): Promise<void> => {
          const request = requestOf(one, windows);
          const at = clock.at;
          const program = programs[one.program] ?? source;
          const { events, notices, seen, scanned, isWhole } = await take(program, request, one);
          const mayLack = ({ id }: LogEvent): boolean => {
            const { timestamp = 0, arrived = 0 } = arrivedAt.get(id) ?? {};
            return arrived > at - MINUTE || arrived > timestamp + FRESH;
          };
          const ids = new Set(events.map(({ id }) => id));
          const there = find(request, at);
          expect(events).toEqual(there.filter(({ id }) => ids.has(id)));
          expect(events.length).toBeLessThan((one.limit ?? Infinity) + PAGE_EVENTS);

          const known = notices.filter(isFromCache);
          expect(known.length).toBeLessThanOrEqual(1);
          const [count = 0] = known.map(({ cached }) => cached?.events ?? 0);
          if (isWhole) expect(scanned).toBe((events.length - count) * BYTES_AN_EVENT);

          if (notices.some(({ kind }) => kind === "truncated")) return;
          const last = there.findIndex(({ id }) => id === events.at(-1)?.id);
          const due = isWhole ? there : there.slice(0, last + 1);
          for (const event of due) if (!ids.has(event.id)) expect(event).toSatisfy(mayLack);
          if (!isWhole || seen === undefined) return;
          const { filter: _filter, ...unfiltered } = request;
          const inWindow = find(unfiltered, at);
          expect(seen).toBeLessThanOrEqual(inWindow.length);
          expect(seen).toBeGreaterThanOrEqual(inWindow.filter((event) => !mayLack(event)).length);
        };

        for (const { wait, clears, asked: questions } of steps) {
          clock.at += wait;
          if (clears === "before") cache.clear();
          const answers = Promise.all(questions.map(check));
          if (clears === "meanwhile") {
            await setImmediate();
            cache.clear("api");
          }
          await answers;
        }
        expect(warnings).toEqual([]);
        cache.close();
      }),
      { numRuns: 200 },
    );
  });
});
