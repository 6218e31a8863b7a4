import { describe, expect, it } from "vitest";
import type { CacheShare, CacheStatus } from "../../src/cache/cache.ts";
import { createZone } from "../../src/log/zone.ts";
import {
  cacheToJson,
  compareStatus,
  tellCleared,
  viewCacheShares,
  viewCacheTotals,
} from "../../src/ui/cache-view.ts";

const NOW = Date.UTC(2026, 2, 12, 3);
const HOUR = 3_600_000;
const view = {
  file: "/home/me/.logai/cache/cache.db",
  off: undefined,
  eventLife: 24 * HOUR,
  now: NOW,
  zone: createZone("UTC"),
};
const share: CacheShare = {
  source: "cloudwatch",
  group: "/ecs/checkout",
  entries: 3,
  events: 41_200,
  bytes: 1_240_000,
  span: { start: NOW - 2 * HOUR - 29_000, end: NOW - HOUR + 1 },
  oldestRead: NOW - 200 * 60_000,
};
const status: CacheStatus = {
  entries: 4,
  bytes: 1_250_000,
  maxEntries: 10_000,
  maxBytes: 500_000_000,
  oldestRead: NOW - 200 * 60_000,
  usage: { cachedEvents: 30_000, fetchedEvents: 41_200, sparedCalls: 3, madeCalls: 9 },
  shares: [share, { ...share, group: undefined, events: 0, bytes: 10_000, span: undefined, oldestRead: NOW }],
};
const nothing: CacheStatus = {
  ...status,
  entries: 0,
  bytes: 0,
  oldestRead: undefined,
  usage: { cachedEvents: 0, fetchedEvents: 0, sparedCalls: 0, madeCalls: 0 },
  shares: [],
};
const iso = (ms: number) => new Date(ms).toISOString();

describe("the status of a cache", () => {
  it("tells where it is, how full, how old, and what it was good for", () => {
    expect(viewCacheTotals(status, view)).toEqual([
      ["file", "/home/me/.logai/cache/cache.db"],
      ["state", "on; events are read anew after 1d"],
      ["entries", "4 of at most 10,000"],
      ["size", "1.3 MB of at most 500 MB"],
      ["oldest", "read 3h 20m ago, at 2026-03-11 23:40:00 UTC"],
      ["events", "30,000 of 71,200 events from the cache (42%)"],
      ["calls", "3 of 12 calls spared (25%)"],
    ]);
  });

  it("has a row a group, with the span in minutes", () => {
    expect(viewCacheShares(status, view).rows).toEqual([
      ["/ecs/checkout", "41,200", "1.2 MB", "2026-03-12 00:59 to 02:00 UTC (1h 1m)", "3h 20m ago"],
      ["(lists and results)", "", "10 kB", "", "just now"],
    ]);
  });

  it("names the source where there are several", () => {
    const shares = [share, { ...share, source: "prod.eu-central-1" }];
    const { columns, rows } = viewCacheShares({ ...status, shares }, view);
    expect(columns.map(({ title }) => title).slice(0, 2)).toEqual(["group", "source"]);
    expect(rows.map(([group, source]) => [group, source])).toEqual([
      ["/ecs/checkout", "cloudwatch"],
      ["/ecs/checkout", "prod.eu-central-1"],
    ]);
  });

  it("says so where it is empty, and why it is off", () => {
    const off = { ...view, off: "off (LOGAI_CACHE_ENABLED): everything is read anew" };
    expect(viewCacheTotals(nothing, off)).toEqual([
      ["file", view.file],
      ["state", "off (LOGAI_CACHE_ENABLED): everything is read anew"],
      ["entries", "0 of at most 10,000"],
      ["size", "0 B of at most 500 MB"],
      ["oldest", "nothing is kept"],
      ["events", "no event was asked for yet"],
      ["calls", "no call was asked for yet"],
    ]);
  });

  it("does not round what is nearly all to all, or what is little to nothing", () => {
    const told = (cachedEvents: number, fetchedEvents: number) =>
      viewCacheTotals({ ...status, usage: { ...status.usage, cachedEvents, fetchedEvents } }, view)[5]?.[1];
    expect(told(9_999, 1)).toContain("(over 99%)");
    expect(told(1, 9_999)).toContain("(under 1%)");
    expect(told(5, 0)).toContain("(100%)");
    expect(told(0, 5)).toContain("(0%)");
  });

  it("is one object of JSON, whose null is what there is not", () => {
    expect(JSON.parse(JSON.stringify(cacheToJson(status, view, iso)))).toMatchObject({
      enabled: true,
      ttlMs: 24 * HOUR,
      oldestRead: "2026-03-11T23:40:00.000Z",
      events: { cached: 30_000, fetched: 41_200, hitRate: 30_000 / 71_200 },
      calls: { spared: 3, made: 9, hitRate: 0.25 },
      shares: [
        { group: "/ecs/checkout", bytes: 1_240_000, span: { end: "2026-03-12T02:00:00.001Z" } },
        { group: null, span: null },
      ],
    });
    expect(JSON.parse(JSON.stringify(cacheToJson(nothing, view, iso)))).toMatchObject({
      oldestRead: null,
      events: { hitRate: null },
      shares: [],
    });
  });

  it("tells what was removed", () => {
    expect(tellCleared(compareStatus(4, status, nothing))).toBe("4 entries (1.3 MB, 41,200 events)");
    expect(compareStatus(1, nothing, status)).toEqual({ entries: 1, events: 0, bytes: 0 });
  });
});
