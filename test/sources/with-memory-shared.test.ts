import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { LogEvent } from "../../src/log/event.ts";
import type { LogQuery } from "../../src/log/query.ts";
import { mergeGroups } from "../../src/sources/merge-groups.ts";
import type { LogSource } from "../../src/sources/source.ts";
import { withMemory } from "../../src/sources/with-memory.ts";
import { collect, describeSource } from "../contracts/source.ts";
import { createFolder } from "./local-files.ts";
import { group, HOUR, lastHour, MINUTE, NOON, openMemory } from "./memory-fixture.ts";

describeSource("local with a memory", async (groups) => {
  const folder = await createFolder();
  for (const [name, events] of Object.entries(groups)) {
    const lines = events.map(({ timestamp, text }) => `${new Date(timestamp).toISOString()} ${text}\n`);
    await folder.write(name, lines.join(""));
  }
  return { source: withMemory(folder.source()), close: () => folder[Symbol.asyncDispose]() };
});

it("drops what was used longest ago, where there is too much", async () => {
  const { source, asked } = openMemory({ bytes: 30_000 });
  const read = (name: string) => collect(source, { group: name, window: lastHour(NOON) });
  for (const name of ["a", "b", "a", "c"]) await read(name);
  expect(asked()).toHaveLength(3);
  await read("a");
  await read("c");
  expect(asked()).toEqual([]);
  await read("b");
  expect(asked()).toHaveLength(1);
});

it("keeps no event twice, where a longer window has the shorter ones", async () => {
  const { source, asked } = openMemory({ bytes: 100_000 });
  await collect(source, { group: "db", window: lastHour(NOON) });
  const long = { start: NOON - 3 * HOUR, end: NOON };
  for (const window of [lastHour(NOON - 2 * HOUR), lastHour(NOON), long])
    await collect(source, { group, window });
  await collect(source, { group: "other", window: long });
  asked();
  await collect(source, { group: "db", window: lastHour(NOON) });
  expect(asked()).toEqual([]);
});

it("keeps the window that was asked for, where it were too large with what was known before", async () => {
  const { source, asked } = openMemory({ bytes: 34_000 });
  const window = { start: NOON - 75 * MINUTE, end: NOON - 10 * MINUTE };
  await collect(source, { group, window: lastHour(NOON - 70 * MINUTE) });
  await collect(source, { group, window });
  await collect(source, { group: "db", window });
  asked();
  await collect(source, { group, window });
  expect(asked()).toEqual([]);
});

it("holds no more of a long reading than half of the bound", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: unknown = runInNewContext("gc");
  if (typeof collectGarbage !== "function") throw new Error("no gc");
  const held: WeakRef<LogEvent>[] = [];
  const { inner } = openMemory();
  const long: LogSource = {
    ...inner,
    async *fetch() {
      for (let index = 0; index < 1000; index += 1) {
        const { events } = await collect(inner, { group, window: { start: NOON - HOUR, end: NOON } });
        held.push(...events.map((event) => new WeakRef(event)));
        yield { events, seen: events.length, scannedBytes: 0 };
      }
    },
  };
  const source = withMemory(long, { bytes: 100_000, now: () => NOON });
  let most = 0;
  let pages = 0;
  for await (const _page of source.fetch({
    group,
    window: undefined,
    signal: new AbortController().signal,
  })) {
    pages += 1;
    if (pages % 100 > 0 && pages !== 3) continue;
    await setImmediate();
    collectGarbage();
    const alive = held.filter((ref) => ref.deref() !== undefined).length;
    if (pages === 3) expect(alive).toBeGreaterThanOrEqual(3 * 60);
    most = Math.max(most, alive);
    await setImmediate();
  }
  expect(most).toBeLessThan(1000);
});

describe("two that ask the same at a time", () => {
  const window = lastHour(NOON);
  const { signal } = new AbortController();
  const read = (source: LogSource, other = signal) => collect(source, { group, window, signal: other });

  it("read it once", async () => {
    const { source, asked } = openMemory();
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => read(source)));
    expect(asked()).toHaveLength(1);
    expect(second?.events).toEqual(first?.events);
    expect([first, second, third].map((one) => one?.notices.length)).toEqual([0, 1, 1]);
  });

  it("do not wait for each other where they are merged", async () => {
    const { source } = openMemory();
    async function* events() {
      for await (const page of source.fetch({ group, window, signal })) yield page.events;
    }
    const merged = await Array.fromAsync(mergeGroups([events(), events()]));
    expect(merged.flat()).toHaveLength(120);
  });

  it("do not wait for one that breaks off", async () => {
    const { source, asked } = openMemory();
    const breaking = async () => {
      for await (const { events } of source.fetch({ group, window, signal }))
        if (events.length > 0) return events;
      return [];
    };
    const [some, all] = await Promise.all([breaking(), read(source)]);
    expect([some.length, all.events.length, asked().length]).toEqual([3, 60, 2]);
    expect(all.notices).toEqual([]);
  });

  it("do not wait for one that turns out to be too large", async () => {
    const pages: number[] = [];
    const { source, requests } = openMemory({
      bytes: 8000,
      async beforePage(_request, page) {
        pages.push(page);
        await setImmediate();
      },
    });
    const [first, second] = await Promise.all([read(source), read(source)]);
    expect(second).toEqual(first);
    expect(requests).toHaveLength(2);
    expect(pages.indexOf(0, 1)).toBeLessThan(pages.indexOf(19));
  });

  it("are not stopped by an abort or a failure of the other", async () => {
    const controller = new AbortController();
    const { source } = openMemory({
      beforePage(request, page) {
        if (request.signal === controller.signal && page === 3) controller.abort(new Error("stop"));
      },
    });
    const [first, second] = await Promise.allSettled([read(source, controller.signal), read(source)]);
    expect(first).toMatchObject({ status: "rejected", reason: { message: "stop" } });
    expect(second).toMatchObject({ status: "fulfilled", value: { seen: 60, notices: [] } });
  });

  it("can be stopped while they wait, and the other goes on", async () => {
    const controller = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const { source, asked } = openMemory({
      beforePage: (_request, page) => (page === 1 ? promise : undefined),
    });
    const first = read(source);
    const second = read(source, controller.signal);
    await setImmediate();
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: "interrupted" });
    resolve();
    expect((await first).events).toHaveLength(60);
    expect(asked()).toHaveLength(1);
  });
});

describe("queries", () => {
  const { signal } = new AbortController();
  const query: LogQuery = { filters: [], groupBy: [], aggregates: [{ function: "count" }], limit: 100 };
  const request = { groups: [group], window: lastHour(NOON), query, signal };

  it("are run and billed once within five minutes, and say so", async () => {
    const { source, queries, clock } = openMemory();
    const first = await source.query?.(request);
    expect(first).toMatchObject({ scannedBytes: 1000, notices: [] });
    clock.at += 5 * MINUTE;
    const text = "The query was already run at 2025-11-20 12:00:00 UTC and its result taken from memory.";
    const again = await source.query?.(request);
    const notices = [{ kind: "from-memory", text }];
    expect(again).toEqual({ ...first, scannedBytes: 0, scan: undefined, notices });
    expect(first).toHaveProperty("scan");
    expect(queries).toHaveLength(1);
    clock.at += 1;
    expect(await source.query?.(request)).toMatchObject({ rows: [[2]] });
  });

  it("are run where anything of them differs", async () => {
    const { source, queries } = openMemory();
    await source.query?.(request);
    await source.query?.({ ...request, groups: ["db"] });
    await source.query?.({ ...request, window: lastHour(NOON - 1) });
    await source.query?.({ ...request, query: { ...query, limit: 99 } });
    expect(queries).toHaveLength(4);
  });

  it("are run again where the engine stopped early", async () => {
    const { source, queries } = openMemory();
    const partial = { ...request, query: { ...query, limit: 1000 } };
    await source.query?.(partial);
    await source.query?.(partial);
    expect(queries).toHaveLength(2);
  });

  it("are run once by two at a time, where the first is not stopped", async () => {
    const { source, queries } = openMemory();
    await Promise.all([source.query?.(request), source.query?.(request)]);
    expect(queries).toHaveLength(1);
    const controller = new AbortController();
    const other = { ...request, groups: ["db"] };
    const stopped = source.query?.({ ...other, signal: controller.signal });
    const going = source.query?.(other);
    controller.abort(new Error("stop"));
    await expect(stopped).rejects.toThrow("stop");
    expect(await going).toMatchObject({ rows: [[3]], notices: [] });
  });

  it("are none where the source has none", () => {
    const { query: _query, ...without } = openMemory().inner;
    expect(withMemory(without).query).toBeUndefined();
  });
});
