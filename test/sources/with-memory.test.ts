import { describe, expect, it } from "vitest";
import type { Notice } from "../../src/log/ledger.ts";
import type { FetchRequest, LogSource } from "../../src/sources/source.ts";
import { collect } from "../contracts/source.ts";
import {
  ERRORS,
  everyMinute,
  group,
  HOUR,
  isFromMemory,
  lastHour,
  MINUTE,
  NOON,
  type OpenOptions,
  openMemory,
} from "./memory-fixture.ts";
import { BYTES_AN_EVENT } from "./recorded-source.ts";

describe("what was read to its end", () => {
  it("is not fetched again, and says so", async () => {
    const { source, asked, clock } = openMemory();
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
    const text = "60 events were already read at 2025-11-20 12:00:00 UTC and taken from memory.";
    expect(again.notices).toEqual([{ kind: "from-memory", group, text }]);
  });

  it("answers narrower windows, filters, prefixes of streams and the newest first", async () => {
    const arrivals = [...everyMinute(NOON - HOUR, NOON), ...everyMinute(NOON - HOUR, NOON, "job-1")];
    const { source, inner, asked } = openMemory({ arrivals });
    await collect(source, { group, window: lastHour(NOON) });
    const window = { start: NOON - 40 * MINUTE, end: NOON - 20 * MINUTE };
    const requests: Omit<FetchRequest, "signal">[] = [
      { group, window },
      { group, window, filter: ERRORS },
      { group, window, streamPrefix: "job" },
      { group, window, order: "newest-first", filter: ERRORS, streamPrefix: "web-" },
    ];
    asked();
    for (const request of requests) {
      const fromMemory = await collect(source, request);
      expect(asked()).toEqual([]);
      const { events, seen } = await collect(inner, request);
      expect(fromMemory).toMatchObject({ events, seen, scannedBytes: 0 });
      asked();
    }
  });

  it("answers nothing of another group, filter, stream or all of time", async () => {
    const { source, asked } = openMemory();
    await collect(source, { group, window: lastHour(NOON), filter: ERRORS, streamPrefix: "web" });
    asked();
    await collect(source, { group: "db", window: lastHour(NOON), filter: ERRORS, streamPrefix: "web" });
    await collect(source, { group, window: lastHour(NOON), streamPrefix: "web" });
    await collect(source, { group, window: lastHour(NOON), filter: ERRORS });
    await collect(source, { group, window: undefined, filter: ERRORS, streamPrefix: "web" });
    expect(asked()).toHaveLength(4);
  });

  it("is all of time for a minute only", async () => {
    const { source, asked, clock } = openMemory();
    await collect(source, { group, window: undefined });
    clock.at += MINUTE;
    expect((await collect(source, { group, window: undefined, filter: ERRORS })).notices).toHaveLength(1);
    expect(asked()).toHaveLength(1);
    clock.at += 1;
    await collect(source, { group, window: undefined });
    expect(asked()).toHaveLength(1);
  });

  it("does not say what a filtering source did not, of a part", async () => {
    const { source } = openMemory({ tellsSeen: false });
    await collect(source, { group, window: lastHour(NOON), filter: ERRORS });
    const window = { start: NOON - 30 * MINUTE, end: NOON };
    expect(await collect(source, { group, window, filter: ERRORS })).toMatchObject({ seen: undefined });
  });

  it("is nothing, where nothing was there", async () => {
    const { source, asked } = openMemory({ arrivals: [] });
    await collect(source, { group, window: lastHour(NOON) });
    asked();
    const { events, notices } = await collect(source, { group, window: lastHour(NOON) });
    expect([events, asked()]).toEqual([[], []]);
    expect(notices.map(({ text }) => text)).toEqual([
      "That there is no such event was already read at 2025-11-20 12:00:00 UTC and taken from memory.",
    ]);
  });

  it("comes page by page, whatever its size", async () => {
    const arrivals = Array.from({ length: 9000 }, (_, index) => {
      const id = String(index).padStart(5, "0");
      return { id, timestamp: NOON - HOUR + index, arrived: 0, stream: "web", message: `n=${index}` };
    });
    const { source } = openMemory({ arrivals, pageEvents: 10_000 });
    const { signal } = new AbortController();
    const first = await collect(source, { group, window: lastHour(NOON) });
    const pages = await Array.fromAsync(source.fetch({ group, window: lastHour(NOON), signal }));
    expect(Math.max(...pages.map(({ events }) => events.length))).toBe(2000);
    expect(pages.flatMap(({ events }) => events)).toEqual(first.events);
    expect(pages.map(({ seen }) => seen)).toEqual([2000, 2000, 2000, 2000, 1000]);
  });
});

describe("a window that moved on", () => {
  it("costs one small fetch: what may still have changed, and what is new", async () => {
    const { source, inner, asked, clock } = openMemory();
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
      "50 events were already read at 2025-11-20 12:00:00 UTC and taken from memory.",
    ]);
  });

  it("is then known as one, with what was known before", async () => {
    const { source, asked, clock } = openMemory();
    await collect(source, { group, window: lastHour(NOON) });
    clock.at = NOON + 5 * MINUTE;
    await collect(source, { group, window: lastHour(clock.at) });
    asked();
    const { events, notices } = await collect(source, {
      group,
      window: { start: NOON - HOUR, end: clock.at },
    });
    expect(asked()).toEqual([]);
    expect(events).toHaveLength(65);
    expect(notices.map(({ text }) => text)).toEqual([
      "65 events were already read between 2025-11-20 12:00:00 UTC and 2025-11-20 12:05:00 UTC and taken from memory.",
    ]);
  });

  it("costs two fetches where it grew at both ends", async () => {
    const { source, inner, asked } = openMemory();
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

  it("takes no more than is wanted", async () => {
    const { source, inner, asked } = openMemory();
    await collect(source, { group, window: { start: NOON - 50 * MINUTE, end: NOON - 10 * MINUTE } });
    asked();
    const request = { group, window: lastHour(NOON), limit: 14 };
    const { events, notices } = await collect(source, request);
    expect(asked()).toEqual([{ start: NOON - HOUR, end: NOON - 50 * MINUTE }]);
    expect(events).toEqual((await collect(inner, request)).events.slice(0, 14));
    expect(notices.map(({ text }) => text)).toEqual([
      "4 events were already read at 2025-11-20 12:00:00 UTC and taken from memory.",
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
    const { source, asked, clock } = openMemory({ arrivals: [...everyMinute(NOON - HOUR, NOON), late] });
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
    const { source, clock } = openMemory({ arrivals: [...everyMinute(NOON - HOUR, NOON), late] });
    const ids = async (end: number) =>
      (await collect(source, { group, window: { start: NOON - HOUR, end } })).events.map(({ id }) => id);
    await ids(NOON);
    clock.at += 50_000;
    expect(await ids(NOON + 50_000)).not.toContain("late");
    clock.at += 10_001;
    expect(await ids(NOON + 50_000)).toContain("late");
  });
});

describe("a reading that is not kept", () => {
  const window = lastHour(NOON);
  const failure = new Error("broken");

  it.each<[string, (source: LogSource) => Promise<unknown>, OpenOptions]>([
    [
      "one that was broken off",
      async (source) => {
        for await (const _page of source.fetch({ group, window, signal: new AbortController().signal }))
          break;
      },
      {},
    ],
    [
      "one that failed",
      (source) => collect(source, { group, window }),
      {
        beforePage: (_request, page) => {
          if (page === 2) throw failure;
        },
      },
    ],
    [
      "one that was aborted",
      async (source) => {
        const controller = new AbortController();
        for await (const _page of source.fetch({ group, window, signal: controller.signal }))
          controller.abort();
      },
      {},
    ],
    ["the newest first", (source) => collect(source, { group, window, order: "newest-first" }), {}],
    ["one that had its fill", (source) => collect(source, { group, window, limit: 60 }), {}],
    [
      "one that lacks something",
      (source) => collect(source, { group, window }),
      { noticesOf: () => [{ kind: "sampled", text: "Some." }] },
    ],
    ["one larger than half of the bound", (source) => collect(source, { group, window }), { bytes: 20_000 }],
  ])("is %s", async (_name, read, options) => {
    const { source, asked } = openMemory(options);
    await read(source).catch(() => {});
    asked();
    const notices = await collect(source, { group, window }).then(
      (all) => all.notices,
      () => [],
    );
    expect(asked()).toEqual([window]);
    expect(notices.some(isFromMemory)).toBe(false);
  });

  it("is kept for all that, where it ended before its limit", async () => {
    const { source, asked } = openMemory();
    await collect(source, { group, window, limit: 61 });
    await collect(source, { group, window });
    expect(asked()).toHaveLength(1);
  });
});

it("repeats notices, which are about all of a reading, for the same window alone", async () => {
  const notice: Notice = { kind: "beyond-retention", group, text: "Gone." };
  const { source, asked, clock } = openMemory({ noticesOf: () => [notice] });
  const window = lastHour(NOON);
  await collect(source, { group, window });
  const again = await collect(source, { group, window });
  expect(again.notices).toMatchObject([notice, { kind: "from-memory" }]);
  expect(asked()).toHaveLength(1);
  await collect(source, { group, window: { ...window, start: window.start + 1 } });
  expect(asked()).toHaveLength(1);
  clock.at += 2 * MINUTE;
  await collect(source, { group, window });
  expect(asked()).toEqual([{ start: NOON - 5 * MINUTE, end: NOON }]);
});

it("keeps a window with notices beside what it was continued from", async () => {
  const notice: Notice = { kind: "beyond-retention", group, text: "Gone." };
  const start = NOON - 3 * HOUR;
  const { source, asked } = openMemory({
    noticesOf: ({ window }) => (window && window.start <= start ? [notice] : []),
  });
  const window = { start, end: NOON - 30 * MINUTE };
  await collect(source, { group, window: lastHour(NOON) });
  await collect(source, { group, window });
  asked();
  const again = await collect(source, { group, window });
  expect(again.notices).toMatchObject([notice, { kind: "from-memory" }]);
  expect((await collect(source, { group, window: lastHour(NOON) })).notices).toHaveLength(1);
  expect(asked()).toEqual([]);
});

it("does not know how many events all that it knows was filtered from, where that was read in parts", async () => {
  const { source, asked } = openMemory();
  const read = (from: number, to: number) =>
    collect(source, {
      group,
      window: { start: NOON - from * MINUTE, end: NOON - to * MINUTE },
      filter: ERRORS,
    });
  await read(60, 30);
  expect(await read(60, 30)).toMatchObject({ seen: 30 });
  await read(40, 10);
  asked();
  const { events, seen } = await read(60, 10);
  expect([events.length, seen, asked()]).toEqual([17, undefined, []]);
});

it("takes events without time as they were for a minute only, and all of them every time", async () => {
  const untimed = (id: string, arrived: number) => ({
    ...{ id, arrived, timestamp: undefined, stream: "web-1", message: id },
  });
  const arrivals = [...everyMinute(NOON - HOUR, NOON), untimed("a", 0), untimed("b", NOON + 1)];
  const { source, inner, asked, clock } = openMemory({ arrivals });
  const window = { start: NOON - HOUR, end: NOON - 30 * MINUTE };
  await collect(source, { group, window });
  const narrow = { group, window: { ...window, end: NOON - 50 * MINUTE } };
  const known = await collect(source, narrow);
  expect(asked()).toHaveLength(1);
  expect(known.events).toEqual((await collect(inner, narrow)).events);
  asked();
  await collect(source, { group, window: lastHour(NOON) });
  expect(asked()).toEqual([lastHour(NOON)]);
  clock.at += MINUTE + 1;
  expect((await collect(source, narrow)).events.map(({ id }) => id)).toContain("b");
});
