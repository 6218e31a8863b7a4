import { describe, expect, it } from "vitest";
import type { Cache, CacheSettings, EventKey, Part } from "../../src/cache/cache.ts";
import { HOUR, KEY, MINUTE, makeChunk, makeEvent, NOON } from "../cache/cache-events.ts";
import { layOut, type OpenCache, openAtNoon, readAll } from "../cache/clocked-cache.ts";
import { describeUpkeep } from "./cache-upkeep.ts";

/** What every cache does, whatever it is kept in. */
export function describeCache(name: string, openCache: OpenCache): void {
  const open = (settings?: Partial<CacheSettings>) => openAtNoon(openCache, settings);

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

    it("replaces a tail that is too old, beside what is known for longer", async () => {
      const { cache, clock } = open();
      await cache.keep(KEY, makeChunk(0, 10, 1));
      await cache.keep(KEY, makeChunk(10, 20, 1, { isSettled: false }));
      clock.now += MINUTE + 1;
      await cache.keep(KEY, makeChunk(10, 30, 1, { readAt: clock.now, isSettled: false }));
      expect(layOut(cache.plan(KEY, { start: 0, end: 40 }))).toBe("0 known 10 known 30 gap 40");
      expect(cache.status().entries).toBe(2);
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

  describeUpkeep(name, openCache);
}

/** Chunks that do not adjoin. */
async function keepApart(cache: Cache, ...spans: readonly (readonly [number, number])[]): Promise<void> {
  for (const [start, end] of spans) await cache.keep(KEY, makeChunk(start, end, 1));
}

function only(parts: readonly Part[]): Part {
  expect(parts).toHaveLength(1);
  return parts[0] ?? expect.unreachable();
}
