import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import type { LogEvent } from "../../src/log/event.ts";
import { compileFilter } from "../../src/log/filter-match.ts";
import { followByPolling, type Polled, type PollingOptions } from "../../src/sources/follow-by-polling.ts";
import { createSeenEvents } from "../../src/sources/seen-events.ts";
import type { FetchRequest, FollowRequest } from "../../src/sources/source.ts";
import { createTicks, type Follower, startFollower, type Ticks } from "./follower.ts";

const T = Date.UTC(2026, 2, 1, 12);
const LATENESS = 300_000;

let now: number;
let follower: Follower | undefined;
let ticks: Ticks;
afterEach(() => follower?.stop());

/** A source in memory, which finds an event from a time on that may be long after its own. */
function createShelf(options: { newestFirst?: boolean; pageSize?: number } = {}) {
  const { newestFirst = false, pageSize = 3 } = options;
  const kept: { readonly event: LogEvent; readonly from: number }[] = [];
  const requests: FetchRequest[] = [];
  const failures: (Failure | undefined)[] = [];
  const source: Polled = {
    capabilities: { newestFirst, ingestionDelay: LATENESS },
    async *fetch(request) {
      requests.push(request);
      const { group, window, filter, order } = request;
      const failure = failures.shift();
      if (failure) throw failure;
      const found = kept
        .filter(
          ({ event, from }) => event.group === group && from <= now && (filter?.test(event.message) ?? true),
        )
        .map(({ event }) => event)
        .filter(({ timestamp: at }) => !window || at === undefined || (at >= window.start && at < window.end))
        .sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
      if (order === "newest-first") found.reverse();
      for (let at = 0; at < found.length; at += pageSize)
        yield { events: found.slice(at, at + pageSize), seen: undefined, scannedBytes: 0 };
    },
  };
  const put = (message: string, time: number | "none" = now, group = "a", from = now) => {
    const id = `${kept.length}`;
    const timestamp = time === "none" ? undefined : time;
    const event = {
      id,
      group,
      stream: "s",
      timestamp,
      message,
      bodyStart: 0,
      level: undefined,
      levelInferred: false,
    };
    kept.push({ event, from });
  };
  return { source, put, requests, failures };
}

async function start(
  { source }: { source: Polled },
  request: Partial<FollowRequest> = {},
  options: Partial<PollingOptions> = {},
): Promise<Follower> {
  ticks = createTicks((ms) => {
    now += ms;
  });
  const { sleep } = ticks;
  const started = startFollower((signal) =>
    followByPolling(
      source,
      { groups: ["a"], since: T - 600_000, signal, ...request },
      { now: () => now, sleep, ...options },
    ),
  );
  follower = started;
  await ticks.asleep();
  return started;
}

describe("following by polling", () => {
  it.each([true, false])(
    "gives the newest events, then what is new, each once (newest first: %s)",
    async (newestFirst) => {
      now = T;
      const shelf = createShelf({ newestFirst });
      for (let index = 0; index < 9; index += 1) shelf.put(`old ${index}`, T - 10_000 + index);
      shelf.put("older", T - 700_000);
      const { texts, modes } = await start(shelf, { newest: 2 });
      expect(texts()).toEqual(["old 7", "old 8"]);
      expect(modes).toEqual(["polling"]);
      await ticks.tick(3);
      shelf.put("new 2", now + 2);
      shelf.put("new 1", now + 1);
      await ticks.tick(20);
      expect(texts()).toEqual(["old 7", "old 8", "new 1", "new 2"]);
    },
  );

  it("gives all since a time where no number is told", async () => {
    now = T;
    const shelf = createShelf();
    for (let index = 0; index < 9; index += 1) shelf.put(`${index}`, T - 10_000 + index);
    shelf.put("older", T - 700_000);
    const { texts } = await start(shelf);
    expect(texts()).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
  });

  it("gives the events of several groups in the order of time, filtered", async () => {
    now = T;
    const shelf = createShelf();
    const { texts } = await start(shelf, { groups: ["a", "b"], filter: compileFilter("ERROR"), newest: 0 });
    shelf.put("ERROR 3", T + 3, "a");
    shelf.put("INFO", T + 3, "a");
    shelf.put("ERROR 1", T + 1, "b");
    shelf.put("ERROR 2", T + 2, "a");
    await ticks.tick();
    expect(texts()).toEqual(["ERROR 1", "ERROR 2", "ERROR 3"]);
    expect(shelf.requests.at(-1)).toMatchObject({ group: "b", filter: { pattern: "ERROR" } });
  });

  it("goes on over trouble that passes, tells it once, and misses nothing", async () => {
    now = T;
    const shelf = createShelf();
    const { texts, told } = await start(shelf, { newest: 0 });
    const limited = new Failure("rate-limited", "Rate limited.");
    shelf.failures.push(limited, limited, new Failure("source-unavailable", "The connection broke."));
    shelf.put("during", T + 1);
    await ticks.tick(3);
    expect(texts()).toEqual([]);
    expect(told()).toBe("a cannot be read at present (Rate limited); it is tried on.");
    now += 1_000_000;
    await ticks.tick();
    expect(texts()).toEqual(["during"]);
    expect(told()).toContain("a can be read again; nothing was left out.");
  });

  it("leaves out a group that cannot be read, and fails where none is left", async () => {
    now = T;
    const shelf = createShelf();
    const denied = new Failure("access-denied", "Access denied for a.");
    shelf.failures.push(denied);
    const started = await start(shelf, { groups: ["a", "b"], newest: 0 });
    expect(started.told("unreadable")).toBe("a is not followed: Access denied for a.");
    shelf.put("one", T + 1, "a");
    shelf.put("two", T + 1, "b");
    await ticks.tick();
    expect(started.texts()).toEqual(["two"]);
    shelf.failures.push(denied);
    void ticks.tick();
    expect(await started.ended).toBe(denied);
  });

  it("looks back a little each time, and as far as events may be late now and then", async () => {
    now = T;
    const shelf = createShelf();
    await start(shelf, { newest: 0 });
    shelf.requests.length = 0;
    await ticks.tick(30);
    const reach = shelf.requests.map(({ window }, index) => T + (index + 1) * 2000 - (window?.start ?? 0));
    expect(new Set(reach)).toEqual(new Set([17_000, LATENESS]));
    expect(reach.filter((ms) => ms === LATENESS)).toHaveLength(2);
  });

  it("gives every event once, within half a minute of when it can be found, and never one from before", async () => {
    const arrival = fc.record({
      at: fc.integer({ min: 0, max: 120_000 }),
      lag: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: LATENESS - 40_000 })),
      group: fc.constantFrom("a", "b"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { maxLength: 40 }),
        fc.boolean(),
        // All of them since the beginning of the follow.
        fc.array(fc.integer({ min: 0, max: 599_999 }), { maxLength: 20 }),
        async (arrivals, newestFirst, before) => {
          now = T;
          const shelf = createShelf({ newestFirst });
          for (const age of before) shelf.put(`before ${age}`, T - 1 - age, "a", 0);
          for (const [index, { at, lag, group }] of arrivals.entries())
            shelf.put(`${index}`, T + at, group, T + at + lag);
          const { texts, stop } = await start(shelf, { groups: ["a", "b"], newest: 3 });
          const first = texts().filter((text) => text.startsWith("before"));
          expect(first).toHaveLength(Math.min(3, before.length));
          await ticks.tick(250);
          const after = texts().filter((text) => !text.startsWith("before"));
          expect(after.map(Number).sort((a, b) => a - b)).toEqual([...arrivals.keys()]);
          expect(texts()).toHaveLength(first.length + arrivals.length);
          await stop();
        },
      ),
      { numRuns: 50 },
    );
  });

  it("keeps few ids, and still gives nothing twice", async () => {
    now = T;
    const shelf = createShelf({ pageSize: 100 });
    const { texts } = await start(shelf, { newest: 0 }, { mostIds: 10 });
    for (let round = 0; round < 5; round += 1) {
      for (let index = 0; index < 100; index += 1) shelf.put(`${round}/${index}`, now + index);
      await ticks.tick();
    }
    await ticks.tick(20);
    expect(texts()).toHaveLength(500);
    expect(new Set(texts()).size).toBe(500);
  });

  it("gives events without a time once, until they are too many", async () => {
    now = T;
    const shelf = createShelf();
    const { texts, told } = await start(shelf, { newest: 0 }, { mostIds: 3 });
    for (const text of ["a", "b", "c", "d"]) {
      shelf.put(text, "none");
      await ticks.tick(2);
    }
    expect(texts()).toEqual(["a", "b", "c"]);
    expect(told("truncated")).toBe("a: too many events have no time; more of those are not shown.");
  });
});

describe("events that were met", () => {
  it("are never met twice, whatever is forgotten", () => {
    const event = fc.record({ id: fc.integer({ min: 0, max: 60 }), time: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (events, most) => {
        const seen = createSeenEvents(most);
        const met = events
          .map(({ id, time }) => ({ id: `${id}/${time}`, timestamp: time }) as LogEvent)
          .filter(seen.isNew)
          .map(({ id }) => id);
        expect(new Set(met).size).toBe(met.length);
      }),
    );
  });
});
