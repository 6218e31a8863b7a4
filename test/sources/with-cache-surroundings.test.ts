import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogEvent } from "../../src/log/event.ts";
import type { LogSource } from "../../src/sources/source.ts";
import { everyMinute, group, HOUR, lastHour, MINUTE, NOON, openCached } from "./cache-fixture.ts";
import type { Arrival } from "./recorded-source.ts";

const { signal } = new AbortController();

/** The recorded source, which then can tell what is around an event, and how often it had to. */
function openAround(arrivals: Arrival[]) {
  const cached = openCached({ arrivals });
  const asked: LogEvent[] = [];
  const inner: LogSource = {
    ...cached.inner,
    async fetchSurrounding({ event, before, after }) {
      asked.push(event);
      const all = cached
        .find({ group, window: undefined }, cached.clock.at)
        .filter(({ stream }) => stream === event.stream);
      const at = all.findIndex(({ id }) => id === event.id);
      return all.slice(Math.max(0, at - before), at + after + 1);
    },
  };
  return { ...cached, inner, source: cached.open(inner), asked };
}

async function readAll(source: LogSource, window: { start: number; end: number }): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  for await (const page of source.fetch({ group, window, signal })) events.push(...page.events);
  return events;
}

describe("what is around an event", () => {
  it("comes from the cache where all of it is known", async () => {
    const { source, asked } = openAround(everyMinute(NOON - 3 * HOUR, NOON));
    const events = await readAll(source, lastHour(NOON - HOUR));
    const event = events[30];
    if (!event) throw new Error("no event");
    const around = await source.fetchSurrounding({ event, before: 5, after: 5, signal });
    expect(around).toEqual(events.slice(25, 36));
    expect(asked).toEqual([]);
  });

  it("is asked for where a neighbour may lie in a gap", async () => {
    const { source, asked } = openAround(everyMinute(NOON - 3 * HOUR, NOON));
    const events = await readAll(source, lastHour(NOON - HOUR));
    const [event] = events;
    if (!event) throw new Error("no event");
    const around = await source.fetchSurrounding({ event, before: 1, after: 1, signal });
    expect(around.map(({ timestamp = 0 }) => timestamp - NOON)).toEqual([
      -2 * HOUR - MINUTE,
      -2 * HOUR,
      -2 * HOUR + MINUTE,
    ]);
    expect(asked).toEqual([event]);
  });

  it("is always what the source itself would tell", async () => {
    const minute = fc.integer({ min: 10, max: 170 }).map((count) => NOON - count * MINUTE);
    const window = fc.tuple(minute, minute).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
    const arrival = fc.record({
      timestamp: minute,
      stream: fc.constantFrom("web-1", "web-2", "web-10"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { minLength: 1, maxLength: 60 }),
        fc.array(window, { maxLength: 6 }),
        fc.array(fc.record({ at: fc.nat(), before: fc.nat(6), after: fc.nat(6) }), { maxLength: 8 }),
        async (given, windows, wanted) => {
          const arrivals = given.map(
            (one, index): Arrival => ({
              ...one,
              id: String(index).padStart(3, "0"),
              arrived: one.timestamp,
              message: `n=${index}`,
            }),
          );
          const { source, inner, find, clock } = openAround(arrivals);
          for (const one of windows) await readAll(source, one);
          const all = find({ group, window: undefined }, clock.at);
          for (const { at, before, after } of wanted) {
            const event = all[at % all.length];
            if (!event) continue;
            const request = { event, before, after, signal };
            expect(await source.fetchSurrounding(request)).toEqual(await inner.fetchSurrounding(request));
          }
        },
      ),
    );
  });
});
