import { describe, expect, it } from "vitest";
import type { Notice } from "../../src/log/ledger.ts";
import type { FetchRequest, LogSource } from "../../src/sources/source.ts";
import { collect } from "../contracts/source.ts";
import {
  CACHES,
  ERRORS,
  everyMinute,
  group,
  HOUR,
  isFromCache,
  knownOf,
  lastHour,
  MINUTE,
  NOON,
  type OpenOptions,
  openCached,
} from "./cache-fixture.ts";
import { BYTES_AN_EVENT } from "./recorded-source.ts";

describe.each(CACHES)("a cache %s", (_name, openStore) => {
  const open = (options: OpenOptions = {}) => openCached({ openStore, ...options });

  describe("that has read a window to its end", () => {
    it("does not fetch it again, and says so", async () => {
      const { source, asked, clock } = open();
      const request = { group, window: lastHour(NOON) };
      const first = await collect(source, request);
      expect(first.notices).toEqual([]);
      expect(asked()).toHaveLength(1);
      clock.at += 10_000;
      const again = await collect(source, request);
      expect(asked()).toEqual([]);
      expect(again.events).toEqual(first.events);
      expect(again.seen).toBe(60);
      expect(again.scannedBytes).toBe(0);
      const text = "60 events come from the cache, read at 2025-11-20 12:00:00 UTC (10s ago).";
      const cached = { events: 60, readFrom: NOON, readTo: NOON, toldAt: clock.at, zone: "UTC" };
      expect(again.notices).toEqual([{ kind: "from-cache", group, text, cached }]);
    });

    it("answers narrower windows, filters, prefixes of streams and the newest first", async () => {
      const arrivals = [...everyMinute(NOON - HOUR, NOON), ...everyMinute(NOON - HOUR, NOON, "job-1")];
      const { source, inner, asked } = open({ arrivals });
      await collect(source, { group, window: lastHour(NOON) });
      const window = { start: NOON - 40 * MINUTE, end: NOON - 20 * MINUTE };
      const requests: Omit<FetchRequest, "signal">[] = [
        { group, window },
        { group, window, filter: ERRORS },
        { group, window, streamPrefix: "job" },
        { group, window, order: "newest-first", filter: ERRORS, streamPrefix: "web-" },
        { group, window, order: "newest-first", limit: 7 },
      ];
      asked();
      for (const request of requests) {
        const { limit } = request;
        const cached = await collect(source, request);
        expect(asked()).toEqual([]);
        const { events, seen } = await collect(inner, request);
        expect(cached.events).toEqual(events.slice(0, limit));
        if (limit === undefined) expect(cached).toMatchObject({ seen, scannedBytes: 0 });
        asked();
      }
    });

    it("answers nothing of another group, filter, stream, reader, place or all of time", async () => {
      const { source, asked, reader } = open();
      const request = { group, window: lastHour(NOON), filter: ERRORS, streamPrefix: "web" };
      await collect(source, request);
      asked();
      await collect(source, { ...request, group: "db" });
      await collect(source, { group, window: lastHour(NOON), streamPrefix: "web" });
      await collect(source, { group, window: lastHour(NOON), filter: ERRORS });
      await collect(source, { group, window: undefined, filter: ERRORS, streamPrefix: "web" });
      expect(asked()).toHaveLength(4);
      reader.identity = { account: "999999999999", region: "eu-central-1" };
      await collect(source, request);
      reader.identity = { account: "123456789012", region: "eu-central-1@localhost:4566" };
      await collect(source, request);
      expect(asked()).toHaveLength(2);
      reader.identity = { account: "123456789012", region: "eu-central-1" };
      await collect(source, request);
      expect(asked()).toEqual([]);
    });

    it("knows the time in which events may still arrive for a minute only", async () => {
      const { source, asked, clock } = open();
      await collect(source, { group, window: lastHour(NOON) });
      clock.at += MINUTE;
      await collect(source, { group, window: lastHour(NOON) });
      expect(asked()).toHaveLength(1);
      clock.at += 1;
      await collect(source, { group, window: lastHour(NOON) });
      expect(asked()).toEqual([{ start: NOON - 5 * MINUTE, end: NOON }]);
    });

    it("does not say of how many the source filtered, where that did not", async () => {
      const { source } = open({ tellsSeen: false });
      await collect(source, { group, window: lastHour(NOON), filter: ERRORS });
      const window = { start: NOON - 30 * MINUTE, end: NOON };
      expect(await collect(source, { group, window, filter: ERRORS })).toMatchObject({ seen: undefined });
    });

    it("is nothing, where nothing was there", async () => {
      const { source, asked } = open({ arrivals: [] });
      await collect(source, { group, window: lastHour(NOON) });
      asked();
      const { events, notices } = await collect(source, { group, window: lastHour(NOON) });
      expect([events, asked()]).toEqual([[], []]);
      expect(notices.map(({ text }) => text)).toEqual([
        "That there is no such event comes from the cache, read at 2025-11-20 12:00:00 UTC (0s ago).",
      ]);
    });

    it("comes page by page, whatever its size", async () => {
      const arrivals = Array.from({ length: 9000 }, (_, index) => {
        const id = String(index).padStart(5, "0");
        return { id, timestamp: NOON - HOUR + index, arrived: 0, stream: "web", message: `n=${index}` };
      });
      const { source } = open({ arrivals, pageEvents: 10_000 });
      const { signal } = new AbortController();
      const first = await collect(source, { group, window: lastHour(NOON) });
      const pages = await Array.fromAsync(source.fetch({ group, window: lastHour(NOON), signal }));
      expect(Math.max(...pages.map(({ events }) => events.length))).toBe(2000);
      expect(pages.flatMap(({ events }) => events)).toEqual(first.events);
      expect(pages.map(({ seen }) => seen)).toEqual([2000, 2000, 2000, 2000, 1000, 0, 0]);
    });

    it("can be interrupted between pages", async () => {
      const arrivals = Array.from({ length: 5000 }, (_, index) => {
        const id = String(index).padStart(5, "0");
        return { id, timestamp: NOON - HOUR + index, arrived: 0, stream: "web", message: `n=${index}` };
      });
      const { source } = open({ arrivals, pageEvents: 10_000 });
      await collect(source, { group, window: lastHour(NOON) });
      const controller = new AbortController();
      const reading = async () => {
        for await (const _page of source.fetch({
          group,
          window: lastHour(NOON),
          signal: controller.signal,
        }))
          controller.abort();
      };
      await expect(reading()).rejects.toMatchObject({ code: "interrupted" });
    });

    it("gives it to another that has the same cache", async () => {
      const { source, open: openOther, asked } = open();
      await collect(source, { group, window: lastHour(NOON) });
      asked();
      const { events } = await collect(openOther(), { group, window: lastHour(NOON) });
      expect([events.length, asked()]).toEqual([60, []]);
    });

    it("says nothing of what this very run has just read", async () => {
      const { source, open: openOther, clock } = open({ options: { quiet: 10 * MINUTE } });
      const window = { start: NOON - HOUR, end: NOON - 10 * MINUTE };
      const noticesOf = async (one: LogSource) => (await collect(one, { group, window })).notices.length;
      expect(await noticesOf(source)).toBe(0);
      expect(await noticesOf(source)).toBe(0);
      expect(await noticesOf(openOther())).toBe(1);
      clock.at += 10 * MINUTE;
      expect(await noticesOf(source)).toBe(1);
    });
  });

  describe("of a window that moved on", () => {
    it("costs one small fetch: what may still have changed, and what is new", async () => {
      const { source, inner, asked, clock } = open();
      await collect(source, { group, window: lastHour(NOON) });
      asked();
      clock.at = NOON + 5 * MINUTE;
      const window = lastHour(clock.at);
      const moved = await collect(source, { group, window });
      expect(asked()).toEqual([{ start: NOON - 5 * MINUTE, end: NOON + 5 * MINUTE }]);
      expect(moved.events).toEqual((await collect(inner, { group, window })).events);
      expect(moved.seen).toBe(60);
      expect(moved.scannedBytes).toBe(10 * BYTES_AN_EVENT);
      expect(moved.notices.map(({ text }) => text)).toEqual([
        "50 of 60 events come from the cache, read at 2025-11-20 12:00:00 UTC (5m ago).",
      ]);
    });

    it("knows it then as one, with what was known before", async () => {
      const { source, asked, clock } = open();
      await collect(source, { group, window: lastHour(NOON) });
      clock.at = NOON + 5 * MINUTE;
      await collect(source, { group, window: lastHour(clock.at) });
      asked();
      const window = { start: NOON - HOUR, end: clock.at };
      const { events, notices } = await collect(source, { group, window });
      expect(asked()).toEqual([]);
      expect(events).toHaveLength(65);
      expect(notices.map(({ text }) => text)).toEqual([
        "65 events come from the cache, read between 2025-11-20 12:00:00 UTC and 2025-11-20 12:05:00 UTC (up to 5m ago).",
      ]);
    });

    it("costs two fetches where it grew at both ends", async () => {
      const { source, inner, asked } = open();
      const known = { start: NOON - 100 * MINUTE, end: NOON - 50 * MINUTE };
      await collect(source, { group, window: known });
      asked();
      const request = { group, window: { start: NOON - 120 * MINUTE, end: NOON }, filter: ERRORS };
      const grown = await collect(source, request);
      expect(asked()).toEqual([
        { start: NOON - 120 * MINUTE, end: NOON - 100 * MINUTE },
        { start: NOON - 50 * MINUTE, end: NOON },
      ]);
      const { events, seen } = await collect(inner, request);
      expect(grown).toMatchObject({ events, seen, scannedBytes: 23 * BYTES_AN_EVENT });
    });

    it("fetches the gaps from the newest on, where these are wanted first", async () => {
      const { source, inner, asked } = open();
      await collect(source, { group, window: { start: NOON - 50 * MINUTE, end: NOON - 20 * MINUTE } });
      asked();
      const request = { group, window: lastHour(NOON), order: "newest-first" as const };
      const { events } = await collect(source, request);
      expect(asked()).toEqual([
        { start: NOON - 20 * MINUTE, end: NOON },
        { start: NOON - HOUR, end: NOON - 50 * MINUTE },
      ]);
      expect(events).toEqual((await collect(inner, request)).events);
    });

    it("takes no more than is wanted", async () => {
      const { source, inner, asked } = open();
      await collect(source, { group, window: { start: NOON - 50 * MINUTE, end: NOON - 10 * MINUTE } });
      asked();
      const request = { group, window: lastHour(NOON), limit: 14 };
      const { events, notices } = await collect(source, request);
      expect(asked()).toEqual([{ start: NOON - HOUR, end: NOON - 50 * MINUTE }]);
      expect(events).toEqual((await collect(inner, request)).events.slice(0, 14));
      expect(notices.map(({ text }) => text)).toEqual([
        "4 of 14 events come from the cache, read at 2025-11-20 12:00:00 UTC (0s ago).",
      ]);
    });

    it("shows events that came late within the time that they may take", async () => {
      const late = {
        id: "late",
        timestamp: NOON - 4 * MINUTE,
        arrived: NOON + 30_000,
        stream: "web-1",
        message: "late",
      };
      const { source, asked, clock } = open({ arrivals: [...everyMinute(NOON - HOUR, NOON), late] });
      const request = { group, window: lastHour(NOON) };
      const ids = async () => (await collect(source, request)).events.map(({ id }) => id);
      await ids();
      clock.at = NOON + MINUTE;
      expect(await ids()).not.toContain("late");
      clock.at += 1;
      expect(await ids()).toContain("late");
      expect(asked()).toEqual([request.window, { start: NOON - 5 * MINUTE, end: NOON }]);
    });

    it("does not take a tail for newer than it was read", async () => {
      const late = {
        id: "late",
        timestamp: NOON - 1,
        arrived: NOON + 10_000,
        stream: "web-1",
        message: "late",
      };
      const { source, clock } = open({ arrivals: [...everyMinute(NOON - HOUR, NOON), late] });
      const ids = async (end: number) =>
        (await collect(source, { group, window: { start: NOON - HOUR, end } })).events.map(({ id }) => id);
      await ids(NOON);
      clock.at += 50_000;
      expect(await ids(NOON + 50_000)).not.toContain("late");
      clock.at += 10_001;
      expect(await ids(NOON + 50_000)).toContain("late");
    });

    it("goes by the delay of the source, where that tells one", async () => {
      const { source, asked, clock } = open({ ingestionDelay: 20 * MINUTE });
      await collect(source, { group, window: lastHour(NOON) });
      clock.at += MINUTE + 1;
      await collect(source, { group, window: lastHour(NOON) });
      expect(asked().at(-1)).toEqual({ start: NOON - 20 * MINUTE, end: NOON });
    });
  });

  describe("of a reading that did not come to its end", () => {
    const window = lastHour(NOON);
    const failure = new Error("broken");
    const leftFrom = (minutes: number) => [{ start: window.start + minutes * MINUTE, end: NOON }];
    const leftUntil = (minutes: number) => [{ start: window.start, end: NOON - minutes * MINUTE + 1 }];

    it.each<[string, (source: LogSource) => Promise<unknown>, OpenOptions, object[]]>([
      [
        "broken off",
        async (source) => {
          for await (const { events } of source.fetch({
            group,
            window,
            signal: new AbortController().signal,
          }))
            if (events.some(({ timestamp }) => timestamp === window.start + 7 * MINUTE)) break;
        },
        {},
        leftFrom(8),
      ],
      [
        "that failed",
        (source) => collect(source, { group, window }),
        {
          beforePage: (_request, page) => {
            if (page === 2) throw failure;
          },
        },
        leftFrom(5),
      ],
      [
        "that was aborted",
        async (source) => {
          const controller = new AbortController();
          for await (const _page of source.fetch({ group, window, signal: controller.signal }))
            controller.abort();
        },
        {},
        leftFrom(2),
      ],
      ["that had its fill", (source) => collect(source, { group, window, limit: 60 }), {}, leftFrom(59)],
      [
        "that had its fill, newest first",
        (source) => collect(source, { group, window, limit: 9, order: "newest-first" }),
        {},
        leftUntil(9),
      ],
    ])("keeps what came before the last event that came: one %s", async (_name, read, options, gaps) => {
      const { source, inner, asked } = open(options);
      await read(source).catch(() => {});
      asked();
      const isBroken = options.beforePage !== undefined;
      const { events } = await collect(source, { group, window }).catch(() => ({ events: [] }));
      expect(asked()).toEqual(gaps);
      if (!isBroken) expect(events).toEqual((await collect(inner, { group, window })).events);
    });

    it("keeps nothing of one that lacks something", async () => {
      const { source, asked } = open({ noticesOf: () => [{ kind: "sampled", text: "Some." }] });
      await collect(source, { group, window });
      asked();
      const { notices } = await collect(source, { group, window });
      expect(asked()).toEqual([window]);
      expect(notices.some(isFromCache)).toBe(false);
    });

    it("keeps all of one that ended before its limit", async () => {
      const { source, asked } = open();
      await collect(source, { group, window, limit: 61 });
      await collect(source, { group, window });
      expect(asked()).toHaveLength(1);
    });

    it("keeps nothing of events without a time, which come in every window", async () => {
      const untimed = { id: "a", timestamp: undefined, arrived: 0, stream: "web-1", message: "a" };
      const { source, asked } = open({ arrivals: [...everyMinute(NOON - HOUR, NOON), untimed] });
      await collect(source, { group, window });
      const { events } = await collect(source, { group, window: { start: NOON - HOUR, end: NOON - 1 } });
      expect(asked()).toHaveLength(2);
      expect(events.filter(({ timestamp }) => timestamp === undefined)).toHaveLength(1);
    });

    it("keeps of a long one chunk by chunk, so that all but the last survives whatever ends it", async () => {
      const arrivals = Array.from({ length: 400 }, (_, index) => ({
        ...{ id: String(index).padStart(3, "0"), timestamp: NOON - HOUR + index * 1000, arrived: 0 },
        ...{ stream: "web", message: `${index} ${"x".repeat(10_000)}` },
      }));
      const { source, cache } = open({ arrivals, pageEvents: 10 });
      const { signal } = new AbortController();
      const reading = source.fetch({ group, window, signal })[Symbol.asyncIterator]();
      for (let page = 0; page < 25; page += 1) await reading.next();
      // It is neither ended nor thrown into: as of a program that was killed.
      await expect.poll(() => knownOf(cache, window).length).toBeGreaterThanOrEqual(2);
      const known = knownOf(cache, window);
      const ends = known.map(({ span }) => span.end);
      expect(known[0]?.span.start).toBe(window.start);
      expect(Math.max(...ends)).toBeGreaterThan(window.start + 100_000);
      expect(Math.max(...ends)).toBeLessThanOrEqual(window.start + 249_000);
      for (const chunk of known) {
        const events = await cache.read(chunk);
        expect(events?.length).toBe((chunk.span.end - chunk.span.start) / 1000);
        expect(chunk.calls).toBeCloseTo((events?.length ?? 0) / 10);
      }
      await reading.return?.();
    });
  });

  describe("of a group of which there is something to say", () => {
    const window = { start: NOON - 3 * HOUR, end: NOON - 30 * MINUTE };
    const described = {
      ...{ name: group, storedBytes: undefined, retentionDays: undefined },
      ...{ oldestEvent: undefined, newestEvent: undefined, streams: undefined },
      ...{ created: NOON - HOUR, isMasked: true },
    };
    const gone: Notice = { kind: "beyond-retention", group, text: "Gone." };
    const masked: Notice = { kind: "masked", group, text: "Masked." };
    const kindsOf = (notices: readonly Notice[]) => notices.map(({ kind }) => kind);

    it("says it once, whatever came from where", async () => {
      const { source, listings, clock } = open({
        groups: [described],
        noticesAt: ({ window: part }, page) =>
          page > 0 ? [] : part?.start === window.start ? [gone, masked] : [masked],
      });
      const middle = { start: NOON - 2 * HOUR, end: NOON - HOUR };
      expect(kindsOf((await collect(source, { group, window: middle })).notices)).toEqual(["masked"]);
      const around = await collect(source, { group, window });
      expect(kindsOf(around.notices)).toEqual(["beyond-retention", "masked", "from-cache"]);
      expect(listings).toEqual([]);
      const old = { ...window, start: NOON - 30 * HOUR };
      const all = await collect(source, { group, window: { ...old, start: window.start } });
      expect(kindsOf(all.notices)).toEqual(["masked", "from-cache"]);
      expect(listings).toMatchObject([{ prefix: group }]);
      await collect(source, { group, window: middle });
      expect(listings).toHaveLength(1);
      clock.at += 16 * MINUTE;
      await collect(source, { group, window: middle });
      expect(listings).toHaveLength(2);
    });

    it("says when the group was made, of a window from the cache", async () => {
      const { source } = open({ groups: [{ ...described, created: NOON - HOUR + 24 * HOUR }] });
      await collect(source, { group, window });
      const { notices } = await collect(source, { group, window });
      expect(notices.map(({ text }) => text)).toEqual([
        "The group was made at 2025-11-21 11:00:00 UTC; the window begins earlier.",
        "A data protection policy masks values in these events; they are read as they are masked (****).",
        expect.stringContaining("come from the cache"),
      ]);
    });

    it("asks for nothing where the listing has it", async () => {
      const { source, listings } = open({ groups: [described] });
      await collect(source, { group, window });
      await Array.fromAsync(source.listGroups({ signal: new AbortController().signal }));
      expect(listings).toHaveLength(1);
      expect(kindsOf((await collect(source, { group, window })).notices)).toContain("masked");
      expect(listings).toHaveLength(1);
    });
  });

  it("counts what it spared, and what it did not", async () => {
    const { source, cache } = open();
    const settled = { start: NOON - 2 * HOUR, end: NOON - HOUR };
    await collect(source, { group, window: settled });
    expect(cache.status().usage).toMatchObject({ cachedEvents: 0, fetchedEvents: 60, madeCalls: 20 });
    await collect(source, { group, window: { ...settled, end: NOON - 30 * MINUTE } });
    const { sparedCalls, ...usage } = cache.status().usage;
    expect(usage).toEqual({ cachedEvents: 60, fetchedEvents: 90, madeCalls: 30 });
    expect(sparedCalls).toBeCloseTo(20);
  });

  it("goes on without itself, where nobody knows who reads", async () => {
    const { source, asked, reader, cache } = open();
    reader.identity = undefined;
    await collect(source, { group, window: lastHour(NOON) });
    const { events, notices } = await collect(source, { group, window: lastHour(NOON) });
    expect([events.length, notices, asked().length]).toEqual([60, [], 2]);
    expect(cache.status().entries).toBe(0);
  });

  it("is none of a source that cannot tell who reads", () => {
    const { inner, open: openOther } = open();
    const { identify: _, ...anonymous } = inner;
    expect(openOther(anonymous)).toBe(anonymous);
  });
});
