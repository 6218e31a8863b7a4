import { describe, expect, it } from "vitest";
import type { Cache, CacheSettings } from "../../src/cache/cache.ts";
import { HOUR, KEY, MINUTE, makeChunk, makeEvent, makeNoise, NOON, OWNER } from "../cache/cache-events.ts";
import { layOut, NO_USAGE, type OpenCache, openAtNoon, SETTINGS } from "../cache/clocked-cache.ts";

/** How every cache keeps its limits, holds results, tells what it has and forgets it. */
export function describeUpkeep(name: string, openCache: OpenCache): void {
  const open = (settings?: Partial<CacheSettings>) => openAtNoon(openCache, settings);

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
      cache.recordUse(OWNER, used, NO_USAGE);
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
      await cache.keep(KEY, makeChunk(0, 10, 1, { readAt: clock.now }));
      clock.now -= HOUR;
      await cache.keep(KEY, makeChunk(20, 30, 1, { readAt: clock.now }));
      expect(cache.status().shares).toMatchObject([{ group: KEY.group, entries: 1 }]);
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
      cache.keepResult(OWNER, "groups", "/aws/shop", [], NOON);
      cache.keepResult(OWNER, "groups", JSON.stringify({ prefix: "/aws" }), [], NOON);
    }

    it("tells what is kept of each group", async () => {
      const { cache } = open();
      expect(cache.status()).toEqual({
        ...{ entries: 0, bytes: 0, maxEntries: SETTINGS.maxEntries, maxBytes: SETTINGS.maxBytes },
        ...{ oldestRead: undefined, usage: NO_USAGE, shares: [] },
      });
      await fill(cache);
      const { entries, bytes, oldestRead, shares } = cache.status();
      expect({ entries, oldestRead }).toEqual({ entries: 7, oldestRead: NOON - 7 });
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
      expect(find("cloudwatch", undefined)).toMatchObject({ entries: 3, events: 0, span: undefined });
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
      cache.recordUse(OWNER, [], { ...NO_USAGE, madeCalls: 1 });
      expect(cache.clear("/aws/shop")).toBe(5);
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
      cache.recordUse(OWNER, [], { ...NO_USAGE, madeCalls: 1 });
      expect(cache.clear()).toBe(7);
      expect(cache.status()).toMatchObject({ entries: 0, bytes: 0, usage: NO_USAGE, shares: [] });
      expect(await Promise.all(known.map(cache.read))).toEqual([undefined]);
      await cache.keep(KEY, makeChunk(100, 200, 10));
      expect(layOut(cache.plan(KEY, { start: 100, end: 200 }))).toBe("100 known 200");
    });
  });
}
