import { describe, expect, it } from "vitest";
import type { Cache, CacheSettings, EventKey, Part } from "../../src/cache/cache.ts";
import type { LogEvent } from "../../src/log/event.ts";
import type { TimeRange } from "../../src/log/time-range.ts";
import { HOUR, KEY, MINUTE, makeChunk, makeEvent, makeNoise, NOON, OWNER } from "../cache/cache-events.ts";

/** Opens an empty cache; what it holds is gone with the test. */
type OpenCache = (settings: CacheSettings) => Cache;

interface Opened {
  readonly cache: Cache;
  readonly clock: { now: number };
}

const SETTINGS = { maxBytes: 100e6, maxEntries: 1000, eventLife: 24 * HOUR, tailLife: MINUTE };
const NOTHING = { cachedEvents: 0, fetchedEvents: 0, sparedCalls: 0, madeCalls: 0 };

/** What every cache does, whatever it is kept in. */
export function describeCache(name: string, openCache: OpenCache): void {
  function open(settings: Partial<CacheSettings> = {}): Opened {
    const clock = { now: NOON };
    return {
      cache: openCache({ ...SETTINGS, now: () => clock.now, onWarning: expect.unreachable, ...settings }),
      clock,
    };
  }

  describe(`${name}, as a cache of events`, () => {
    it("knows nothing at first, and has no part of an empty window", () => {
      const { cache } = open();
      expect(cache.plan(KEY, { start: 0, end: 9 })).toEqual([{ window: { start: 0, end: 9 } }]);
      expect(cache.plan(KEY, { start: 9, end: 9 })).toEqual([]);
      expect(cache.plan(KEY, { start: 9, end: 0 })).toEqual([]);
    });

    it("gives events as they were", async () => {
      const { cache } = open();
      const events = [
        makeEvent(5, { id: "a", message: "", bodyStart: 0, level: undefined }),
        makeEvent(5, {
          id: "b",
          message: "zwei\nZeilen \u{1f600} \u0000",
          stream: "ünï",
          levelInferred: true,
        }),
        makeEvent(7, { id: "a/2" }),
      ];
      await cache.keep(KEY, { ...makeChunk(0, 10, 1), events });
      const { chunk } = only(cache.plan(KEY, { start: 0, end: 10 }));
      expect(chunk && (await cache.read(chunk))).toEqual(events);
      expect(chunk).toMatchObject({ span: { start: 0, end: 10 }, key: KEY, events: 3, calls: 1 });
      expect(chunk).toMatchObject({ readFrom: NOON, readTo: NOON });
    });

    it("tiles a window with what is known and what is not", async () => {
      const { cache } = open();
      await keepApart(cache, [10, 20], [30, 40]);
      expect(layOut(cache.plan(KEY, { start: 0, end: 50 }))).toBe("0 gap 10 known 20 gap 30 known 40 gap 50");
      expect(layOut(cache.plan(KEY, { start: 15, end: 35 }))).toBe("15 known 20 gap 30 known 35");
      expect(layOut(cache.plan(KEY, { start: 20, end: 30 }))).toBe("20 gap 30");
      expect(layOut(cache.plan(KEY, { start: 19, end: 20 }))).toBe("19 known 20");
      expect(layOut(cache.plan(KEY, { start: 9, end: 10 }))).toBe("9 gap 10");
      expect(layOut(cache.plan(KEY, { start: 40, end: 41 }))).toBe("40 gap 41");
    });

    it("knows that there was no event", async () => {
      const { cache } = open();
      await cache.keep(KEY, { ...makeChunk(0, 10, 1), events: [] });
      expect(await readAll(cache, KEY, { start: 0, end: 10 })).toEqual([]);
      expect(cache.status().shares).toMatchObject([{ group: KEY.group, events: 0, entries: 1 }]);
      expect(cache.status().shares[0]?.span).toBeUndefined();
    });

    it("holds times of any size", async () => {
      const { cache } = open();
      const ends = { start: -(2 ** 53), end: 2 ** 53 };
      const events = [makeEvent(1 - 2 ** 53, { id: "first" }), makeEvent(2 ** 53 - 1, { id: "last" })];
      await cache.keep(KEY, { ...makeChunk(0, 1, 1), span: ends, events });
      expect(await readAll(cache, KEY, ends)).toEqual(events);
      expect(await readAll(cache, KEY, { start: 2 ** 53 - 1, end: 2 ** 53 })).toEqual([events[1]]);
    });

    it("holds nothing of a span without an end, or of none", async () => {
      const { cache } = open();
      for (const [start, end] of [
        [0, Infinity],
        [-Infinity, 0],
        [5, 5],
        [6, 5],
        [0, Number.NaN],
      ] as const)
        await cache.keep(KEY, { ...makeChunk(0, 1, 1), span: { start, end }, events: [] });
      expect(cache.status().entries).toBe(0);
    });

    it.each<Partial<EventKey>>([
      { source: "other" },
      { account: "210987654321" },
      { region: "eu-west-1" },
      { group: "/aws/shop2" },
      { group: "/aws/SHOP" },
    ])("does not answer for %j", async (other) => {
      const { cache } = open();
      await cache.keep(KEY, makeChunk(0, 10, 1));
      expect(layOut(cache.plan({ ...KEY, ...other }, { start: 0, end: 10 }))).toBe("0 gap 10");
    });

    it.each<readonly [string, Partial<EventKey>, Partial<EventKey>, boolean]>([
      ["all events for a filter", {}, { filter: "ERROR" }, true],
      ["a filter not for all events", { filter: "ERROR" }, {}, false],
      ["a filter not for another", { filter: "ERROR" }, { filter: "error" }, false],
      ["an empty filter not for none", { filter: "" }, {}, false],
      ["all streams for a prefix", {}, { streamPrefix: "web" }, true],
      ["a prefix for a longer one", { streamPrefix: "we" }, { streamPrefix: "web" }, true],
      ["a prefix not for a shorter one", { streamPrefix: "web" }, { streamPrefix: "we" }, false],
      ["a prefix not for another case", { streamPrefix: "WE" }, { streamPrefix: "web" }, false],
      ["a shorter prefix with the filter", { filter: "a" }, { filter: "a", streamPrefix: "w" }, true],
      ["a shorter prefix with another", { filter: "b" }, { filter: "a", streamPrefix: "w" }, false],
      ["all of it for all that is narrower", {}, { filter: "a", streamPrefix: "w" }, true],
    ])("takes %s", async (_, kept, wanted, isKnown) => {
      const { cache } = open();
      await cache.keep({ ...KEY, ...kept }, makeChunk(0, 10, 1));
      const part = only(cache.plan({ ...KEY, ...wanted }, { start: 0, end: 10 }));
      expect(part.chunk?.key).toEqual(isKnown ? { ...KEY, ...kept } : undefined);
    });

    it("takes the key itself, then the narrower", async () => {
      const { cache } = open();
      const filtered = { ...KEY, filter: "ERROR" };
      const wanted = { ...filtered, streamPrefix: "web" };
      await cache.keep(KEY, makeChunk(0, 100, 10));
      await cache.keep(filtered, makeChunk(20, 60, 10));
      await cache.keep(wanted, makeChunk(0, 30, 10));
      const parts = cache.plan(wanted, { start: 0, end: 100 });
      expect(parts.map(({ window, chunk }) => [window.start, window.end, chunk?.key])).toEqual([
        [0, 30, wanted],
        [30, 60, filtered],
        [60, 100, KEY],
      ]);
    });

    it("keeps two keys apart that text cannot tell apart", async () => {
      const { cache } = open();
      await cache.keep({ ...KEY, filter: "\ud800" }, makeChunk(0, 10, 1));
      for (const filter of ["\ud801", "\ufffd"])
        expect(layOut(cache.plan({ ...KEY, filter }, { start: 0, end: 10 }))).toBe("0 gap 10");
    });

    it("forgets settled events after their life, and others after a minute", async () => {
      const { cache, clock } = open();
      await cache.keep(KEY, makeChunk(0, 10, 1));
      await cache.keep(KEY, makeChunk(10, 20, 1, { isSettled: false }));
      const whole = { start: 0, end: 20 };
      clock.now = NOON + MINUTE;
      expect(layOut(cache.plan(KEY, whole))).toBe("0 known 10 known 20");
      clock.now += 1;
      expect(layOut(cache.plan(KEY, whole))).toBe("0 known 10 gap 20");
      clock.now = NOON + 24 * HOUR;
      expect(layOut(cache.plan(KEY, whole))).toBe("0 known 10 gap 20");
      clock.now += 1;
      expect(layOut(cache.plan(KEY, whole))).toBe("0 gap 20");
    });

    it("keeps events for good where they have no end", async () => {
      const { cache, clock } = open({ eventLife: Infinity });
      await cache.keep(KEY, makeChunk(0, 10, 1));
      clock.now += 1e12;
      await cache.keep(KEY, makeChunk(20, 30, 1, { readAt: clock.now }));
      expect(layOut(cache.plan(KEY, { start: 0, end: 30 }))).toBe("0 known 10 gap 20 known 30");
    });

    it("does not trust what was read in the future", async () => {
      const { cache, clock } = open();
      await cache.keep(KEY, makeChunk(0, 10, 1));
      clock.now = NOON - MINUTE;
      expect(layOut(cache.plan(KEY, { start: 0, end: 10 }))).toBe("0 known 10");
      clock.now -= 1;
      expect(layOut(cache.plan(KEY, { start: 0, end: 10 }))).toBe("0 gap 10");
      await cache.keep(KEY, makeChunk(5, 15, 1, { readAt: clock.now }));
      expect(layOut(cache.plan(KEY, { start: 0, end: 15 }))).toBe("0 gap 5 known 15");
    });

    it("leaves what is known as it is, and fills what it leaves open", async () => {
      const { cache, clock } = open();
      await cache.keep(KEY, { ...makeChunk(10, 20, 1), events: [makeEvent(12, { id: "first" })] });
      clock.now += 5;
      const again = makeChunk(0, 30, 1, { readAt: clock.now, calls: 6 });
      await cache.keep(KEY, again);
      const ids = (await readAll(cache, KEY, again.span))?.map(({ id }) => id);
      const outside = again.events.filter(({ timestamp = 0 }) => timestamp < 10 || timestamp >= 20);
      expect(ids?.filter((id) => id !== "first")).toEqual(outside.map(({ id }) => id));
      expect(ids?.indexOf("first")).toBe(10);
    });

    it("replaces what is too old", async () => {
      const { cache, clock } = open();
      await cache.keep(KEY, { ...makeChunk(10, 20, 1), events: [makeEvent(12, { id: "old" })] });
      clock.now += 25 * HOUR;
      const again = makeChunk(15, 30, 1, { readAt: clock.now });
      await cache.keep(KEY, again);
      expect(layOut(cache.plan(KEY, { start: 0, end: 30 }))).toBe("0 gap 15 known 30");
      expect(await readAll(cache, KEY, again.span)).toEqual(again.events);
    });

    it("keeps each event once, the first of those with its id, and none from outside of the span", async () => {
      const { cache } = open();
      const first = makeEvent(3, { id: "a", message: "first" });
      const events = [makeEvent(10), first, makeEvent(4, { id: "a", message: "again" }), makeEvent(9)];
      await cache.keep(KEY, { ...makeChunk(0, 10, 1), events });
      expect(await readAll(cache, KEY, { start: 0, end: 10 })).toEqual([first, makeEvent(9)]);
    });

    it("makes one of small neighbours, and reads them under what they were", async () => {
      const { cache } = open();
      const steps = Array.from({ length: 20 }, (_, index) => index * 10);
      await cache.keep(KEY, makeChunk(0, 10, 1));
      await cache.keep(KEY, makeChunk(190, 200, 1));
      const before = cache.plan(KEY, { start: 0, end: 200 });
      for (const start of steps.slice(1, 19).reverse())
        await cache.keep(KEY, makeChunk(start, start + 10, 1));
      expect(cache.status().entries).toBe(1);
      const { chunk } = only(cache.plan(KEY, { start: 0, end: 200 }));
      expect(chunk).toMatchObject({ events: 200, calls: 20 });
      expect(chunk && (await cache.read(chunk))).toEqual(makeChunk(0, 200, 1).events);
      expect(await Promise.all(before.flatMap((part) => part.chunk ?? []).map(cache.read))).toEqual([
        makeChunk(0, 10, 1).events,
        makeChunk(190, 200, 1).events,
      ]);
    });

    it("makes no one of what is large, not settled, or read at quite other times", async () => {
      const { cache, clock } = open();
      const large = [makeEvent(1, { message: "x".repeat(700_000) })];
      await cache.keep(KEY, { ...makeChunk(0, 10, 1), events: large });
      await cache.keep(KEY, {
        ...makeChunk(10, 20, 1),
        events: [makeEvent(11, { message: "y".repeat(700_000) })],
      });
      await cache.keep(KEY, makeChunk(20, 30, 1, { isSettled: false }));
      await cache.keep(KEY, makeChunk(30, 40, 1));
      expect(cache.status().entries).toBe(4);
      clock.now += 20 * HOUR;
      await cache.keep(KEY, makeChunk(40, 50, 1, { readAt: clock.now }));
      const parts = cache.plan(KEY, { start: 0, end: 50 });
      expect(layOut(parts)).toBe("0 known 10 known 20 gap 30 known 40 known 50");
    });

    it("tells of a merged chunk from when to when it was read", async () => {
      const { cache, clock } = open();
      await cache.keep(KEY, makeChunk(0, 10, 1));
      clock.now += HOUR;
      await cache.keep(KEY, makeChunk(10, 20, 1, { readAt: clock.now - 5 }));
      const { chunk } = only(cache.plan(KEY, { start: 0, end: 20 }));
      expect(chunk).toMatchObject({ readFrom: NOON, readTo: NOON + HOUR - 5 });
    });

    it("keeps chunks that come at once", async () => {
      const { cache } = open();
      const starts = Array.from({ length: 12 }, (_, index) => ((index * 5) % 12) * 10);
      await Promise.all(starts.map((start) => cache.keep(KEY, makeChunk(start, start + 15, 1))));
      expect(await readAll(cache, KEY, { start: 0, end: 125 })).toEqual(makeChunk(0, 125, 1).events);
    });

    it("does not keep a chunk of more text than anyone wants in memory", async () => {
      const { cache } = open();
      const message = "x".repeat(1 << 20);
      const events = Array.from({ length: 65 }, (_, index) => makeEvent(index, { message }));
      await cache.keep(KEY, { ...makeChunk(0, 100, 1), events });
      expect(cache.status().entries).toBe(0);
    });
  });

  describe(`${name}, within its limits`, () => {
    const SPAN = 10;

    async function keepMany(cache: Cache, count: number, make = makeChunk): Promise<void> {
      for (let index = 0; index < count; index += 1)
        await cache.keep(KEY, make(index * 2 * SPAN, index * 2 * SPAN + SPAN, 1));
    }

    it("drops entries that were not used for longest, down to nine tenths", async () => {
      const { cache, clock } = open({ maxEntries: 20 });
      await keepMany(cache, 20);
      clock.now += HOUR;
      const used = cache.plan(KEY, { start: 0, end: SPAN }).flatMap(({ chunk }) => chunk ?? []);
      cache.recordUse(OWNER, used, NOTHING);
      await cache.keep(KEY, makeChunk(-2 * SPAN, -SPAN, 1));
      expect(cache.status().entries).toBe(18);
      const starts = cache
        .plan(KEY, { start: -100, end: 1000 })
        .flatMap(({ chunk }) => chunk?.span.start ?? []);
      const left = Array.from({ length: 16 }, (_, index) => (index + 4) * 2 * SPAN);
      expect(starts).toEqual([-20, 0, ...left]);
    });

    it("drops what is too old before that", async () => {
      const { cache, clock } = open({ maxEntries: 10 });
      await cache.keep(KEY, makeChunk(-100, -90, 1));
      for (const start of [1000, 1020, 1040])
        await cache.keep(KEY, makeChunk(start, start + 10, 1, { isSettled: false }));
      clock.now += 2 * MINUTE;
      await keepMany(cache, 7);
      expect(cache.status().entries).toBe(9);
      expect(layOut(cache.plan(KEY, { start: -100, end: -90 }))).toBe("-100 known -90");
    });

    it("takes no more bytes than it may", async () => {
      const maxBytes = 300_000;
      const { cache } = open({ maxBytes });
      for (let index = 0; index < 40; index += 1) {
        const events = [makeEvent(index * 20, { message: makeNoise(20_000, index) })];
        await cache.keep(KEY, { ...makeChunk(index * 20, index * 20 + 10, 1), events });
        expect(cache.status().bytes).toBeLessThanOrEqual(maxBytes);
      }
      expect(cache.status().bytes).toBeGreaterThan(maxBytes * 0.8);
    });

    it("does not drop all for one", async () => {
      const { cache } = open({ maxBytes: 300_000 });
      await cache.keep(KEY, makeChunk(0, 10, 1));
      const events = [makeEvent(25, { message: makeNoise(400_000, 1) })];
      await cache.keep(KEY, { ...makeChunk(20, 30, 1), events });
      expect(layOut(cache.plan(KEY, { start: 0, end: 30 }))).toBe("0 known 10 gap 30");
    });

    it("counts results as entries", async () => {
      const { cache, clock } = open({ maxEntries: 10 });
      cache.keepResult(OWNER, "other", "first", 1, NOON);
      clock.now += 1;
      await keepMany(cache, 10);
      expect(cache.status().entries).toBe(9);
      expect(cache.findResult(OWNER, "other", "first")).toBeUndefined();
      for (let index = 0; index < 30; index += 1) cache.keepResult(OWNER, "other", `${index}`, index, NOON);
      expect(cache.status().entries).toBeLessThanOrEqual(10);
      expect(cache.findResult(OWNER, "other", "29")).toEqual({ value: 29, readAt: NOON });
    });

    it("sweeps out what is too old when something is kept", async () => {
      const { cache, clock } = open();
      await cache.keep(KEY, makeChunk(0, 10, 1));
      cache.keepResult(OWNER, "statistics", "a", 1, NOON);
      clock.now += 25 * HOUR;
      expect(cache.status().entries).toBe(2);
      cache.keepResult(OWNER, "groups", "b", 1, clock.now);
      expect(cache.status().shares).toMatchObject([{ source: OWNER.source, group: undefined, entries: 1 }]);
    });
  });

  describe(`${name}, as a cache of results`, () => {
    it.each([
      ["groups", 15],
      ["statistics", 5],
      ["other", 60],
    ] as const)("gives %s for %i minutes", (kind, minutes) => {
      const { cache, clock } = open();
      const value = { a: [1, null, "ü"], b: { c: true } };
      cache.keepResult(OWNER, kind, "key", value, NOON);
      clock.now = NOON + minutes * MINUTE;
      expect(cache.findResult(OWNER, kind, "key")).toEqual({ value, readAt: NOON });
      clock.now += 1;
      expect(cache.findResult(OWNER, kind, "key")).toBeUndefined();
      clock.now = NOON - MINUTE - 1;
      expect(cache.findResult(OWNER, kind, "key")).toBeUndefined();
    });

    it("gives it to its owner only, as its kind, by its whole key", () => {
      const { cache } = open();
      cache.keepResult(OWNER, "other", "key", 1, NOON);
      expect(cache.findResult({ ...OWNER, source: "x" }, "other", "key")).toBeUndefined();
      expect(cache.findResult({ ...OWNER, account: "x" }, "other", "key")).toBeUndefined();
      expect(cache.findResult({ ...OWNER, region: "x" }, "other", "key")).toBeUndefined();
      expect(cache.findResult(OWNER, "groups", "key")).toBeUndefined();
      expect(cache.findResult(OWNER, "other", "KEY")).toBeUndefined();
      expect(cache.findResult(OWNER, "other", "key ")).toBeUndefined();
    });

    it("keeps the newest", () => {
      const { cache } = open();
      cache.keepResult(OWNER, "other", "key", "new", NOON);
      cache.keepResult(OWNER, "other", "key", "old", NOON - 1);
      expect(cache.findResult(OWNER, "other", "key")?.value).toBe("new");
      cache.keepResult(OWNER, "other", "key", "newer", NOON + 1);
      expect(cache.findResult(OWNER, "other", "key")?.value).toBe("newer");
      expect(cache.status().entries).toBe(1);
    });

    it("keeps nothing that is too large, or no JSON", () => {
      const { cache } = open();
      cache.keepResult(OWNER, "other", "large", "x".repeat(8 << 20), NOON);
      cache.keepResult(OWNER, "other", "none", undefined, NOON);
      cache.keepResult(OWNER, "other", "old", 1, NOON - 2 * HOUR);
      expect(cache.status().entries).toBe(0);
      const most = "x".repeat((8 << 20) - 2);
      cache.keepResult(OWNER, "other", "most", most, NOON);
      expect(cache.findResult(OWNER, "other", "most")?.value).toBe(most);
    });
  });

  describe(`${name}, as it tells and forgets`, () => {
    async function fill(cache: Cache): Promise<void> {
      const other = { ...KEY, group: "/aws/mail" };
      await cache.keep(KEY, makeChunk(100, 200, 10));
      await cache.keep({ ...KEY, filter: "ERROR" }, makeChunk(300, 400, 10));
      await cache.keep({ ...other, source: "second" }, makeChunk(0, 10, 5));
      await cache.keep({ ...KEY, source: "second" }, makeChunk(0, 10, 5, { readAt: NOON - 7 }));
      cache.keepResult(OWNER, "statistics", JSON.stringify(["/aws/shop", 1]), 1, NOON);
      cache.keepResult(OWNER, "groups", JSON.stringify({ prefix: "/aws" }), [], NOON);
    }

    it("tells what is kept of each group", async () => {
      const { cache } = open();
      expect(cache.status()).toEqual({
        ...{ entries: 0, bytes: 0, maxEntries: SETTINGS.maxEntries, maxBytes: SETTINGS.maxBytes },
        ...{ oldestRead: undefined, usage: NOTHING, shares: [] },
      });
      await fill(cache);
      const { entries, bytes, oldestRead, shares } = cache.status();
      expect({ entries, oldestRead }).toEqual({ entries: 6, oldestRead: NOON - 7 });
      expect(bytes).toBe(shares.reduce((sum, share) => sum + share.bytes, 0));
      expect(shares.map((share) => share.bytes)).toEqual(
        shares.map((share) => share.bytes).sort((a, b) => b - a),
      );
      expect(shares).toHaveLength(4);
      const find = (source: string, group: string | undefined) =>
        shares.find((share) => share.source === source && share.group === group);
      expect(find("cloudwatch", "/aws/shop")).toMatchObject({
        ...{ entries: 2, events: 20, span: { start: 100, end: 390 }, oldestRead: NOON },
      });
      expect(find("second", "/aws/shop")).toMatchObject({ entries: 1, events: 2, oldestRead: NOON - 7 });
      expect(find("cloudwatch", undefined)).toMatchObject({ entries: 2, events: 0, span: undefined });
    });

    it("counts what it spared", async () => {
      const { cache } = open();
      const usage = { cachedEvents: 10, fetchedEvents: 2, sparedCalls: 1.5, madeCalls: 3 };
      cache.recordUse(OWNER, [], usage);
      cache.recordUse(OWNER, [], usage);
      expect(cache.status().usage).toEqual({
        ...{ cachedEvents: 20, fetchedEvents: 4, sparedCalls: 3, madeCalls: 6 },
      });
    });

    it("forgets a group in every source, and what names it", async () => {
      const { cache } = open();
      await fill(cache);
      cache.recordUse(OWNER, [], { ...NOTHING, madeCalls: 1 });
      expect(cache.clear("/aws/shop")).toBe(4);
      expect(
        cache
          .status()
          .shares.map(({ group }) => group)
          .sort(),
      ).toEqual(["/aws/mail", undefined]);
      expect(layOut(cache.plan(KEY, { start: 100, end: 200 }))).toBe("100 gap 200");
      expect(cache.status().usage.madeCalls).toBe(1);
      expect(cache.clear("/aws")).toBe(1);
      expect(cache.clear("/aws")).toBe(0);
    });

    it("forgets everything", async () => {
      const { cache } = open();
      await fill(cache);
      const known = cache.plan(KEY, { start: 100, end: 200 }).flatMap(({ chunk }) => chunk ?? []);
      cache.recordUse(OWNER, [], { ...NOTHING, madeCalls: 1 });
      expect(cache.clear()).toBe(6);
      expect(cache.status()).toMatchObject({ entries: 0, bytes: 0, usage: NOTHING, shares: [] });
      expect(await Promise.all(known.map(cache.read))).toEqual([undefined]);
      await cache.keep(KEY, makeChunk(100, 200, 10));
      expect(layOut(cache.plan(KEY, { start: 100, end: 200 }))).toBe("100 known 200");
    });
  });
}

/** Chunks that do not adjoin. */
async function keepApart(cache: Cache, ...spans: readonly (readonly [number, number])[]): Promise<void> {
  for (const [start, end] of spans) await cache.keep(KEY, makeChunk(start, end, 1));
}

function only(parts: readonly Part[]): Part {
  expect(parts).toHaveLength(1);
  return parts[0] ?? expect.unreachable();
}

function layOut(parts: readonly Part[]): string {
  const places = parts.map(({ window, chunk }) => `${window.start} ${chunk ? "known" : "gap"} `);
  return places.join("") + (parts.at(-1)?.window.end ?? "");
}

/** The events of a window that is known as a whole; undefined where it is not. */
export async function readAll(
  cache: Cache,
  key: EventKey,
  window: TimeRange,
): Promise<readonly LogEvent[] | undefined> {
  const all: LogEvent[] = [];
  for (const { window: part, chunk } of cache.plan(key, window)) {
    const events = chunk && (await cache.read(chunk));
    if (!events) return undefined;
    all.push(...events.filter(({ timestamp = NaN }) => timestamp >= part.start && timestamp < part.end));
  }
  return all;
}
