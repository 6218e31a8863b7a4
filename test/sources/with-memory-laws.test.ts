import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogEvent } from "../../src/log/event.ts";
import type { EventFilter } from "../../src/log/filter.ts";
import type { Notice } from "../../src/log/ledger.ts";
import type { TimeRange } from "../../src/log/time-range.ts";
import type { FetchRequest, LogSource } from "../../src/sources/source.ts";
import { ERRORS, isFromMemory, lastHour, MINUTE, NOON, openMemory } from "./memory-fixture.ts";
import { type Arrival, BYTES_AN_EVENT } from "./recorded-source.ts";

interface Step {
  readonly wait: number;
  readonly asked: readonly Asked[];
}

interface Asked {
  readonly group: string;
  /** Which of the windows; undefined: all of time. */
  readonly window: number | undefined;
  readonly shift: number;
  readonly filter: EventFilter | undefined;
  readonly streamPrefix: string | undefined;
  readonly order: "newest-first" | undefined;
  readonly limit: number | undefined;
  /** How many pages are taken before it is broken off or aborted; Infinity: all. */
  readonly pages: number;
  readonly ending: "break" | "abort";
}

describe("whatever is asked, in whatever order", () => {
  const FRESH = 5 * MINUTE;
  const minutes = (min: number, max: number) =>
    fc.integer({ min, max }).map((count) => NOON + count * MINUTE);
  const arrival = fc.record({
    timestamp: fc.integer({ min: -40 * 6, max: 40 * 6 }).map((count) => NOON + count * 10_000),
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
    group: fc.constantFrom("api", "api", "api", "db"),
    window: fc.option(fc.nat(2), { nil: undefined, freq: 8 }),
    shift: fc.constantFrom(0, 0, MINUTE, 5 * MINUTE),
    filter: fc.constantFrom(ERRORS, ERRORS, undefined),
    streamPrefix: fc.constantFrom("web", "web-1", "", undefined, undefined),
    order: fc.constantFrom("newest-first" as const, undefined, undefined, undefined, undefined),
    limit: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined, freq: 5 }),
    pages: fc.oneof({ weight: 5, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary: fc.nat(4) }),
    ending: fc.constantFrom("break" as const, "abort" as const),
  });
  const step: fc.Arbitrary<Step> = fc.record({
    wait: fc.constantFrom(0, 1000, 20_000, 45_000, MINUTE, 5 * MINUTE),
    asked: fc.array(asked, { minLength: 1, maxLength: 3 }),
  });
  const story = fc.record({
    arrivals: fc.array(arrival, { maxLength: 60 }),
    untimed: fc.boolean(),
    tellsSeen: fc.boolean(),
    bytes: fc.constantFrom(1_000_000, 1_000_000, 12_000, 3000),
    windows: fc.array(window, { minLength: 3, maxLength: 3 }),
    steps: fc.array(step, { minLength: 1, maxLength: 15 }),
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

  /** What a reader has that goes on to the limit, or breaks off or aborts after some pages. */
  async function take(source: LogSource, request: Omit<FetchRequest, "signal">, { pages, ending }: Asked) {
    const { limit = Infinity } = request;
    const { signal, abort } = abortable();
    const events: LogEvent[] = [];
    const notices: Notice[] = [];
    let seen: number | undefined = 0;
    let scanned = 0;
    let isWhole = true;
    let taken = 0;
    try {
      for await (const page of source.fetch({ ...request, signal })) {
        events.push(...page.events);
        notices.push(...(page.notices ?? []));
        scanned += page.scannedBytes;
        seen = seen === undefined || page.seen === undefined ? undefined : seen + page.seen;
        taken += 1;
        isWhole = taken <= pages && events.length < limit;
        if (taken > pages && ending === "abort") abort();
        else if (!isWhole) break;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return { events, notices, seen, scanned, isWhole };
  }

  function abortable() {
    const controller = new AbortController();
    return { signal: controller.signal, abort: () => controller.abort(new Error("stop")) };
  }

  /**
   * The law: what is given is what the source has at that time, in its order, and lacks of it at most events that
   * arrived within the last minute or later than `freshMs` after their time. Bytes are those that the source read.
   */
  it("gives what the source alone would give, but for what came late or just now", async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ arrivals: given, untimed, tellsSeen, bytes, windows, steps }) => {
        const arrivals: Arrival[] = given.map(({ timestamp, delay, stream, word }, index) => ({
          id: String(index).padStart(3, "0"),
          timestamp: untimed && index % 10 === 0 ? undefined : timestamp,
          arrived: untimed && index % 10 === 0 ? 0 : timestamp + delay,
          stream,
          message: `${word} n=${index}`,
        }));
        const arrivedAt = new Map(arrivals.map((one) => [one.id, one]));
        const { source, find, clock } = openMemory({
          arrivals,
          bytes,
          freshMs: FRESH,
          tellsSeen,
          beforePage: (_request, page) => (page % 2 === 0 ? setImmediate() : undefined),
        });

        const check = async (one: Asked): Promise<void> => {
          const request = requestOf(one, windows);
          const at = clock.at;
          const { events, notices, seen, scanned, isWhole } = await take(source, request, one);
          const mayLack = ({ id }: LogEvent): boolean => {
            const { timestamp, arrived = 0 } = arrivedAt.get(id) ?? {};
            return arrived > at - MINUTE || (timestamp !== undefined && arrived > timestamp + FRESH);
          };
          const ids = new Set(events.map(({ id }) => id));
          const there = find(request, at);
          const has = there.filter(({ id }) => ids.has(id));
          expect(events).toEqual(has);
          const last = there.findIndex(({ id }) => id === events.at(-1)?.id);
          const due = isWhole ? there : there.slice(0, last + 1);
          for (const event of due) if (!ids.has(event.id)) expect(event).toSatisfy(mayLack);

          const fromMemory = notices.filter(isFromMemory);
          expect(fromMemory.length).toBeLessThanOrEqual(1);
          const [count = 0] = fromMemory.map(({ text }) => Number.parseInt(text, 10) || 0);
          if (isWhole) expect(scanned).toBe((events.length - count) * BYTES_AN_EVENT);
          if (!isWhole || seen === undefined) return;
          const { filter: _filter, ...unfiltered } = request;
          const inWindow = find(unfiltered, at);
          expect(seen).toBeLessThanOrEqual(inWindow.length);
          expect(seen).toBeGreaterThanOrEqual(inWindow.filter((event) => !mayLack(event)).length);
        };

        for (const { wait, asked } of steps) {
          clock.at += wait;
          await Promise.all(asked.map(check));
        }
      }),
      { numRuns: 300 },
    );
  });
});
