import { describe, expect, it } from "vitest";
import type { LogQuery } from "../../src/log/query.ts";
import { createDirectory } from "../../src/sources/directory.ts";
import type { LogGroup, LogSource, PatternRequest, PatternResult } from "../../src/sources/source.ts";
import {
  CACHES,
  ERRORS,
  group,
  lastHour,
  MINUTE,
  NOON,
  type OpenOptions,
  OWNER,
  openCached,
} from "./cache-fixture.ts";

const { signal } = new AbortController();

describe.each(CACHES)("with a cache %s", (_name, openStore) => {
  const open = (options: OpenOptions = {}) => openCached({ openStore, ...options });

  describe("queries", () => {
    const query: LogQuery = { filters: [], groupBy: [], aggregates: [{ function: "count" }], limit: 100 };
    const request = { groups: [group], window: lastHour(NOON), query, signal };

    it("are run and billed once within five minutes, and say so", async () => {
      const { source, queries, clock } = open();
      const first = await source.query?.(request);
      expect(first).toMatchObject({ scannedBytes: 1000, notices: [] });
      clock.at += 5 * MINUTE;
      const text = "The result of the query comes from the cache, read at 2025-11-20 12:00:00 UTC (5m ago).";
      const again = await source.query?.(request);
      const notices = [{ kind: "from-cache", text }];
      expect(again).toEqual({ ...first, scannedBytes: 0, scan: undefined, notices });
      expect(again).not.toHaveProperty("scan");
      expect(first).toHaveProperty("scan");
      expect(queries).toHaveLength(1);
      clock.at += 1;
      expect(await source.query?.(request)).toMatchObject({ rows: [[2]] });
    });

    it("say nothing of what this very run has just asked, and are billed once all the same", async () => {
      const { source, open: openOther } = open({ options: { quiet: MINUTE } });
      await source.query?.(request);
      expect(await source.query?.(request)).toMatchObject({ rows: [[1]], scannedBytes: 0, notices: [] });
      expect(await source.query?.(request)).not.toHaveProperty("scan");
      expect(await openOther().query?.(request)).toMatchObject({ notices: [{ kind: "from-cache" }] });
    });

    it("are run where anything of them differs", async () => {
      const { source, queries, reader } = open();
      await source.query?.(request);
      await source.query?.({ ...request, groups: ["db"] });
      await source.query?.({ ...request, window: lastHour(NOON - 1) });
      await source.query?.({ ...request, query: { ...query, limit: 99 } });
      reader.identity = { account: "other", region: "eu-central-1" };
      await source.query?.(request);
      expect(queries).toHaveLength(5);
    });

    it("are the same whoever waits for them, approves or stops them", async () => {
      const { source, queries } = open();
      await source.query?.({ ...request, approve: async () => {}, onWait: () => {} });
      await source.query?.({ ...request, signal: new AbortController().signal });
      expect(queries).toHaveLength(1);
    });

    it("are run again where the engine stopped early", async () => {
      const { source, queries } = open();
      const partial = { ...request, query: { ...query, limit: 1000 } };
      await source.query?.(partial);
      await source.query?.(partial);
      expect(queries).toHaveLength(2);
    });

    it("are run again where what was kept is no result", async () => {
      const { source, queries, cache } = open();
      const key = JSON.stringify(["query", request.groups, request.window, query]);
      cache.keepResult(OWNER, "statistics", key, { columns: "count", rows: 7 }, NOON);
      expect(await source.query?.(request)).toMatchObject({ rows: [[1]] });
      expect(queries).toHaveLength(1);
    });

    it("are run once by two at a time, where the first is not stopped", async () => {
      const { source, queries } = open();
      await Promise.all([source.query?.(request), source.query?.(request)]);
      expect(queries).toHaveLength(1);
      const controller = new AbortController();
      const other = { ...request, groups: ["db"] };
      const stopped = source.query?.({ ...other, signal: controller.signal });
      const going = source.query?.(other);
      controller.abort(new Error("stop"));
      await expect(stopped).rejects.toThrow();
      expect(await going).toMatchObject({ notices: [] });
    });

    it("are none where the source has none", () => {
      const { inner, open: openOther } = open();
      const { query: _query, ...without } = inner;
      expect(openOther(without)).not.toHaveProperty("query");
    });
  });

  describe("patterns", () => {
    const request = { groups: [group], window: lastHour(NOON), filter: ERRORS, signal };
    const baseline = lastHour(NOON - 60 * MINUTE);

    function withPatterns(inner: LogSource, notices: PatternResult["notices"] = []) {
      const asked: PatternRequest[] = [];
      const fold = async (one: PatternRequest): Promise<PatternResult> => {
        asked.push(one);
        const sample = { text: "ERROR n=<*>", count: 20, share: 1, samples: ["ERROR n=3"] };
        const unknown = { level: undefined, levelFrom: undefined, first: undefined, last: undefined };
        return {
          patterns: [{ ...sample, ...unknown }],
          matched: 20,
          scannedBytes: 1000,
          scan: { estimatedBytes: 2000, bytes: 1000, estimatedDollars: undefined, dollars: 0.01 },
          text: "pattern @message",
          notices,
        };
      };
      const source: LogSource = {
        ...inner,
        foldPatterns: fold,
        comparePatterns: async (one) => ({ current: await fold(one), baseline: await fold(one) }),
      };
      return { source, asked };
    }

    it("are folded and compared once within five minutes", async () => {
      const { inner, open: openOther } = open();
      const { source: folding, asked } = withPatterns(inner);
      const source = openOther(folding);
      const first = await source.foldPatterns?.(request);
      const { scan: _, ...free } = first ?? { scan: undefined };
      const again = await source.foldPatterns?.(request);
      expect(again).toEqual({
        ...free,
        scannedBytes: 0,
        notices: [expect.objectContaining({ kind: "from-cache" })],
      });
      const compared = await source.comparePatterns?.({ ...request, baseline });
      expect(compared?.current).toHaveProperty("scan");
      const known = await source.comparePatterns?.({ ...request, baseline });
      expect(known?.current.notices).toMatchObject([{ kind: "from-cache" }]);
      expect(known?.baseline.notices).toEqual([]);
      expect([known?.current.scannedBytes, known?.baseline.scannedBytes]).toEqual([0, 0]);
      expect(asked).toHaveLength(3);
      const { filter: __, ...unfiltered } = request;
      await source.foldPatterns?.(unfiltered);
      await source.comparePatterns?.({ ...request, baseline: lastHour(NOON - 120 * MINUTE) });
      expect(asked).toHaveLength(6);
    });

    it("are folded again where the engine stopped early", async () => {
      const { inner, open: openOther } = open();
      const { source: folding, asked } = withPatterns(inner, [{ kind: "truncated", text: "Gave up." }]);
      const source = openOther(folding);
      await source.foldPatterns?.(request);
      await source.foldPatterns?.(request);
      expect(asked).toHaveLength(2);
    });
  });

  describe("listings of groups", () => {
    const groupOf = (name: string): LogGroup => ({
      ...{ name, storedBytes: 10, retentionDays: undefined, oldestEvent: undefined },
      ...{ newestEvent: undefined, streams: undefined },
    });
    const namesOf = async (source: LogSource, options: { prefix?: string; isFresh?: boolean } = {}) =>
      (await Array.fromAsync(source.listGroups({ signal, ...options }))).map(({ name }) => name);

    it("are made once in a quarter of an hour, whatever the prefix, and say how old they are", async () => {
      const groups = ["api", "app/a", "app/b"].map(groupOf);
      const { source, listings, clock } = open({ groups });
      expect(await namesOf(source, { prefix: "app/" })).toEqual(["app/a", "app/b"]);
      clock.at += 15 * MINUTE;
      expect(await namesOf(source)).toEqual(["api", "app/a", "app/b"]);
      const [first] = await Array.fromAsync(source.listGroups({ signal }));
      expect(first).toEqual({ ...groupOf("api"), listedAt: NOON });
      expect(listings).toHaveLength(1);
      clock.at += 1;
      await namesOf(source);
      expect(listings).toHaveLength(2);
    });

    it("are made anew for who wants a fresh one, but not from second to second", async () => {
      const { source, listings, clock } = open({ groups: [groupOf("api")] });
      await namesOf(source, { isFresh: true });
      clock.at += 4_000;
      await namesOf(source, { isFresh: true });
      expect(listings).toHaveLength(1);
      clock.at += 2_000;
      await namesOf(source, { isFresh: true });
      expect(listings).toMatchObject([{}, { isFresh: true }]);
      await namesOf(source);
      expect(listings).toHaveLength(2);
    });

    it("are not fresh where another has made them, however short a time ago", async () => {
      const { source, open: openOther, listings } = open({ groups: [groupOf("api")] });
      await namesOf(source);
      await namesOf(openOther(), { isFresh: true });
      expect(listings).toHaveLength(2);
    });

    it("are made anew before a group is said not to be there", async () => {
      const groups = [groupOf("api")];
      const { source, open: openOther, listings, clock } = open({ groups });
      await namesOf(source);
      groups.push(groupOf("fresh"));
      clock.at += MINUTE;
      const directory = createDirectory([openOther()]);
      expect((await directory.locate("api", signal)).group).toBe("api");
      expect(listings).toHaveLength(1);
      expect((await directory.locate("fresh", signal)).group).toBe("fresh");
      expect((await directory.list(signal)).map(({ name }) => name)).toEqual(["api", "fresh"]);
      await expect(directory.locate("nothing", signal)).rejects.toMatchObject({ code: "group-not-found" });
      expect(listings).toHaveLength(2);
    });

    it("of no group at all are not kept", async () => {
      const { source, listings } = open({ groups: [] });
      await namesOf(source);
      await namesOf(source);
      expect(listings).toHaveLength(2);
    });

    it("that are damaged are made anew", async () => {
      const { source, listings, cache } = open({ groups: [groupOf("api")] });
      cache.keepResult(OWNER, "groups", "", [{ name: 7 }], NOON);
      expect(await namesOf(source)).toEqual(["api"]);
      expect(listings).toHaveLength(1);
    });
  });
});
