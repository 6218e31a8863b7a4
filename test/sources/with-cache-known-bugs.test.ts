import { describe, expect, it } from "vitest";
import type { FetchRequest, LogSource } from "../../src/sources/source.ts";
import { collect } from "../contracts/source.ts";
import {
  CACHES,
  ERRORS,
  everyMinute,
  group,
  HOUR,
  knownOf,
  lastHour,
  MINUTE,
  NOON,
  type OpenOptions,
  openCached,
} from "./cache-fixture.ts";
import { BYTES_AN_EVENT } from "./recorded-source.ts";

/** What caches of other programs over spans of time got wrong: each by where it was told of. */
describe.each(CACHES)("a cache %s", (_name, openStore) => {
  const open = (options: OpenOptions = {}) => openCached({ openStore, ...options });
  const SETTLED = NOON - 2 * HOUR;
  const hour = { start: SETTLED, end: SETTLED + HOUR };
  const partOf = (from: number, to: number) => ({
    start: SETTLED + from * MINUTE,
    end: SETTLED + to * MINUTE,
  });
  const read = (source: LogSource, request: Partial<FetchRequest>) =>
    collect(source, { group, window: hour, ...request });

  /** Every other minute of an hour is known, each by a call of its own. */
  async function withTinyExtents() {
    const opened = open();
    for (let minute = 1; minute < 60; minute += 2)
      await read(opened.source, { window: partOf(minute, minute + 1), limit: 2 });
    opened.asked();
    return opened;
  }

  it("makes of many tiny extents one call (cortex #3648)", async () => {
    const { source, inner, asked } = await withTinyExtents();
    const { events, notices } = await read(source, {});
    expect(asked()).toEqual([partOf(0, 59)]);
    expect(notices.map(({ cached }) => cached?.events)).toEqual([1]);
    expect(events).toEqual((await read(inner, {})).events);
    asked();
    const again = await read(source, {});
    expect([again.events, asked()]).toEqual([events, []]);
  });

  it("fetches nothing anew that took more than the call that it spares (trickster #131)", async () => {
    const { source, asked } = open();
    await read(source, { window: partOf(10, 14) });
    await read(source, { window: partOf(40, 43) });
    asked();
    const { scannedBytes } = await read(source, {});
    expect(asked()).toEqual([partOf(0, 10), partOf(14, 60)]);
    expect(scannedBytes).toBe(56 * BYTES_AN_EVENT);
  });

  it("still answers a small request from a small extent (cortex #3653, #3818)", async () => {
    const { source, asked } = await withTinyExtents();
    const minute = partOf(7, 8);
    expect((await read(source, { window: minute })).events).toHaveLength(1);
    expect(
      (await read(source, { window: { start: minute.start, end: minute.start + 1 } })).events,
    ).toHaveLength(1);
    const nothing = { start: minute.start, end: minute.start };
    expect((await read(source, { window: nothing })).events).toEqual([]);
    expect(asked()).toEqual([nothing]);
  });

  it("does not grow with what is asked again and again, nor drops what it had (cortex #3968)", async () => {
    const { source, cache } = await withTinyExtents();
    await read(source, { limit: 25 });
    await read(source, {});
    const { entries, bytes } = cache.status();
    const known = knownOf(cache, hour).length;
    for (let times = 0; times < 5; times += 1) {
      await read(source, {});
      await read(source, { window: partOf(20, 40), order: "newest-first" });
    }
    expect(cache.status()).toMatchObject({ entries, bytes });
    expect(knownOf(cache, hour)).toHaveLength(known);
    expect(known).toBeGreaterThan(0);
  });

  it("gives and fetches nothing outside of the window (loki #7925)", async () => {
    const { source, asked } = open();
    await read(source, { window: partOf(0, 30) });
    asked();
    const window = partOf(10, 50);
    const { events } = await read(source, { window });
    expect(asked()).toEqual([partOf(30, 50)]);
    expect(events).toHaveLength(40);
    const times = events.map(({ timestamp = 0 }) => timestamp);
    expect([Math.min(...times), Math.max(...times)]).toEqual([window.start, window.end - MINUTE]);
  });

  it("is not misled by an extent that is not in the window, whatever the limit (loki #9757)", async () => {
    const { source, inner, asked } = open();
    await read(source, { window: partOf(0, 10), limit: 5 });
    await read(source, { window: partOf(50, 60), limit: 5, order: "newest-first" });
    asked();
    const window = partOf(20, 40);
    for (const order of ["newest-first", "oldest-first"] as const) {
      const { events } = await read(source, { window, limit: 5, order });
      expect(events.slice(0, 5)).toEqual((await read(inner, { window, order })).events.slice(0, 5));
      expect(events.length).toBeGreaterThanOrEqual(5);
    }
  });

  it("asks with the limit and the order of the request, not of the one that found nothing (loki #11657)", async () => {
    const { source, requests } = open({ arrivals: everyMinute(SETTLED + 30 * MINUTE, SETTLED + HOUR) });
    const empty = await read(source, { window: partOf(0, 30), limit: 3 });
    expect(empty.events).toEqual([]);
    requests.length = 0;
    const { events } = await read(source, { limit: 7, order: "newest-first" });
    expect(requests).toMatchObject([{ window: partOf(30, 60), limit: 7, order: "newest-first" }]);
    expect(events[0]?.timestamp).toBe(SETTLED + 59 * MINUTE);
    const { events: all } = await read(source, {});
    expect(all).toHaveLength(30);
  });

  it("does not take a limit of nothing for a window with nothing in it (loki, the limit in the key)", async () => {
    const { source } = open({ endsAtLimit: true });
    expect((await read(source, { limit: 0 })).events).toEqual([]);
    expect((await read(source, {})).events).toHaveLength(60);
  });

  it("does not take a part for the whole (thanos #7882)", async () => {
    const { source, inner, asked } = open({
      noticesAt: ({ limit }, page) =>
        limit === undefined && page === 3 ? [{ kind: "truncated", text: "Cut." }] : [],
    });
    await read(source, {});
    asked();
    await read(source, { limit: 100 });
    expect(asked()).toEqual([hour]);
    expect((await read(source, {})).events).toEqual((await read(inner, {})).events);
  });

  it("has no gap for good where the source failed once (thanos #5075)", async () => {
    let isDown = true;
    const { source, inner } = open({
      beforePage: (_request, page) => {
        if (isDown && page === 4) throw new Error("down");
      },
    });
    await expect(read(source, {})).rejects.toThrow("down");
    await expect(read(source, { order: "newest-first" })).rejects.toThrow("down");
    isDown = false;
    expect((await read(source, {})).events).toEqual((await read(inner, {})).events);
  });

  it("keeps apart whatever the answer depends on (cortex #7562)", async () => {
    const { source, inner, open: openOther, reader, asked } = open();
    await read(source, { filter: ERRORS, streamPrefix: "web" });
    asked();
    await read(source, { filter: ERRORS });
    await read(source, { group: "other" });
    await read(openOther({ ...inner, name: "other" }), { filter: ERRORS, streamPrefix: "web" });
    reader.identity = { account: "210987654321", region: "eu-central-1" };
    await read(source, { filter: ERRORS, streamPrefix: "web" });
    reader.identity = { account: "123456789012", region: "eu-west-1" };
    await read(source, { filter: ERRORS, streamPrefix: "web" });
    expect(asked()).toHaveLength(5);
  });

  it("fetches nothing of what lies between two gaps (trickster #131)", async () => {
    const { source, asked } = open();
    await read(source, { window: partOf(10, 20) });
    await read(source, { window: partOf(40, 50) });
    asked();
    const { scannedBytes } = await read(source, {});
    expect(asked()).toEqual([partOf(0, 10), partOf(20, 40), partOf(50, 60)]);
    expect(scannedBytes).toBe(40 * BYTES_AN_EVENT);
  });

  it("shows what arrived after all delay once what it knows is too old (by design, everywhere)", async () => {
    const late = {
      id: "late",
      timestamp: SETTLED + 1,
      arrived: NOON + HOUR,
      stream: "web-1",
      message: "late",
    };
    const { source, clock } = open({ arrivals: [...everyMinute(SETTLED, SETTLED + HOUR), late] });
    const ids = async () => (await read(source, {})).events.map(({ id }) => id);
    await ids();
    clock.at += 24 * HOUR;
    expect(await ids()).not.toContain("late");
    clock.at += 1;
    expect(await ids()).toContain("late");
  });

  it("is asked about the very last moments, and about none, without harm", async () => {
    const { source, inner, clock } = open();
    for (const window of [lastHour(clock.at), { start: clock.at, end: clock.at + HOUR }])
      for (const order of ["newest-first", "oldest-first"] as const)
        expect((await read(source, { window, order })).events).toEqual(
          (await read(inner, { window, order })).events,
        );
  });
});
