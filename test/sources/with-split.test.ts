import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileFilter } from "../../src/log/filter-match.ts";
import { addUpRefusals, refusedNotice } from "../../src/log/refusals.ts";
import type { FetchRequest, LogSource } from "../../src/sources/source.ts";
import { withSplit } from "../../src/sources/with-split.ts";
import { T } from "../peers/cloudwatch-client.ts";
import { readAll, startPaced } from "./cloudwatch-paced.ts";
import { createPagedSource, createVirtualClock, type PagedOptions } from "./paged-source.ts";
import {
  bursts,
  collect,
  createRandom,
  DAY,
  EVENT_BYTES,
  filter,
  HOUR,
  logs,
  measure,
  RUNS,
  requestFor,
  setUp,
  setUpPlain,
  spread,
  together,
} from "./split-logs.ts";

describe("what a split fetch gives", () => {
  const kinds: readonly (readonly [string, Partial<PagedOptions>, Partial<FetchRequest>])[] = [
    ["all events", {}, {}],
    ["a filter of the service", { tellsSeen: false, matches: (index) => index % 3 !== 0 }, { filter }],
    ["a filter that the source applies", { matches: (index) => index % 3 !== 0 }, { filter }],
    ["rare matches", { tellsSeen: false, matches: (index) => index % 40 === 0 }, { filter }],
  ];

  it.each(kinds)("is what the source gives for the whole window: %s", async (_, more, part) => {
    let mostOpened = 0;
    await fc.assert(
      fc.asyncProperty(logs, async (given) => {
        const { clock, inner, request, source } = setUp(given, more);
        const plain = await clock.run(collect(setUpPlain(given, more, clock), { ...request, ...part }));
        expect(await clock.run(collect(source, { ...request, ...part }))).toEqual(plain);
        mostOpened = Math.max(mostOpened, inner.tally.opened);
        expect(inner.tally.mostBusy).toBeLessThanOrEqual(given.split.concurrency);
        expect(inner.tally).toMatchObject({ busy: 0, closed: inner.tally.opened });
      }),
      RUNS,
    );
    expect(mostOpened).toBeGreaterThan(8);
  });

  it("is that too where bursts are found late and fill the buffer", async () => {
    await fc.assert(
      fc.asyncProperty(bursts, async (given) => {
        const { clock, request, source } = setUp(given);
        const ids = (source: LogSource) => clock.run(collect(source, request));
        expect(await ids(source)).toEqual(await ids(setUpPlain(given, {}, clock)));
      }),
      { numRuns: 150 },
    );
  });

  it("has each notice once, those of single parts too", async () => {
    const noticesOf: PagedOptions["noticesOf"] = ({ start }) => [
      { kind: "zone-assumed", text: "Times are read as UTC.", group: "g" },
      ...(start > DAY / 2 ? [{ kind: "sampled", text: "The second half is sampled." } as const] : []),
    ];
    const { notices, opened } = await measure({ times: spread(20_000, 0, DAY), pageEvents: 200, noticesOf });
    expect(opened).toBeGreaterThan(8);
    expect(notices.map(({ kind }) => kind)).toEqual(["zone-assumed", "sampled"]);
  });

  it("has every part's refusals, which are added up", async () => {
    const noticesOf: PagedOptions["noticesOf"] = () => [refusedNotice("Paged", 1)];
    const { notices, calls } = await measure({ times: spread(20_000, 0, DAY), pageEvents: 200, noticesOf });
    expect(addUpRefusals(notices)).toEqual([refusedNotice("Paged", calls)]);
  });
});

describe("the calls of a split fetch", () => {
  it("are one for a window of one page, however few events it has", async () => {
    expect(await measure({ times: [5, 1e6, 3e6, 4e7, 8e7], pageEvents: 5000 })).toMatchObject({ calls: 1 });
    expect(await measure({ times: [], pageEvents: 5000 })).toMatchObject({ calls: 1, ids: [] });
  });

  it.each([0, 40])("are one where notices stand before and behind a page of %d events", async (count) => {
    const clock = createVirtualClock();
    const inner = createPagedSource({ times: spread(count, 0, HOUR), clock, pageSize: () => 100 });
    const told = (text: string) => ({
      ...{ events: [], seen: 0, scannedBytes: 0 },
      notices: [{ kind: "beyond-retention", text } as const],
    });
    const withNotices: LogSource = {
      ...inner,
      async *fetch(request) {
        yield told("Gone.");
        yield* inner.fetch(request);
        yield told("Not all.");
      },
    };
    const { ids, notices } = await clock.run(collect(withSplit(withNotices), requestFor()));
    expect(ids).toHaveLength(count);
    expect(notices.map(({ text }) => text)).toEqual(["Gone.", "Not all."]);
    expect(inner.tally.calls).toBe(1);
  });

  it("are one for who takes one page only", async () => {
    const clock = createVirtualClock();
    const inner = createPagedSource({ times: spread(10_000, 0, DAY), clock, pageSize: () => 100 });
    const first = async () => {
      for await (const page of withSplit(inner).fetch(requestFor())) {
        await clock.sleep(1000, new AbortController().signal);
        return page.events.length;
      }
      return 0;
    };
    expect(await clock.run(first())).toBe(100);
    expect(inner.tally).toMatchObject({ calls: 1, opened: 1, closed: 1 });
  });

  it.each([
    ["evenly spread", 1_000_000, Float64Array.from({ length: 1_000_000 }, (_, at) => Math.floor(at * 86.4))],
    ["spread by chance", 1_000_000, spread(1_000_000, 0, DAY)],
    ["at the end of ten years", 1_000_000, spread(1_000_000, 3649 * DAY, 3650 * DAY)],
  ])("are at most a tenth more than pages where events are %s", async (_, count, times) => {
    const request = requestFor({ window: { start: 0, end: Math.ceil(times.at(-1) ?? 0) + 1 } });
    const { calls, ids, mostBusy } = await measure({ times, pageEvents: 5000 }, { request });
    expect(ids).toHaveLength(count);
    expect(calls).toBeLessThanOrEqual(220);
    expect(mostBusy).toBe(8);
  });

  it.each([0.02, 0.3, 0.5, 0.77, 0.95])("are few more where most events are in a burst at %f", async (at) => {
    const burst = spread(180_000, at * DAY, (at + 0.01) * DAY);
    const times = together(spread(20_000, 0, DAY), burst);
    const { calls, rounds } = await measure({ times, pageEvents: 1000 });
    expect(calls).toBeLessThanOrEqual(230);
    expect(rounds).toBeLessThanOrEqual(40);
  });

  it("are not many where events end early", async () => {
    const request = requestFor({ window: { start: 0, end: 3650 * DAY } });
    const { calls } = await measure({ times: spread(200_000, 0, DAY), pageEvents: 1000 }, { request });
    expect(calls).toBeLessThanOrEqual(240);
  });

  it.each([
    ["a few at a time where answers are quick", 10, 4],
    ["as many as the rate is worth where they take time", 400, 11],
    ["no more than may be where they take long", 5000, 16],
  ])("are %s", async (_, latency, most) => {
    const split = { concurrency: 16, callsPerSecond: 25 };
    const options = { times: spread(200_000, 0, DAY), pageEvents: 1000, latency: () => latency };
    const { mostBusy, ids } = await measure(options, { split });
    expect(ids).toHaveLength(200_000);
    expect(mostBusy).toBe(most);
  });

  it("are one after the other within one millisecond, and no more than its pages", async () => {
    const times = Float64Array.from({ length: 20_000 }, () => HOUR);
    expect(await measure({ times, pageEvents: 1000 })).toMatchObject({ calls: 20, mostBusy: 1 });
  });
});

describe("the time of a split fetch", () => {
  it("is a fifth at most where nothing but the service's answers takes time", async () => {
    const { rounds } = await measure({ times: spread(200_000, 0, DAY), pageEvents: 1000 });
    expect(rounds).toBeLessThanOrEqual(40);
  });

  it("is a fraction too where the service searches and finds next to nothing", async () => {
    const times = spread(200_000, 0, DAY);
    const matches = (index: number) => index % 20_000 === 7;
    const result = await measure(
      { times, pageEvents: 1000, tellsSeen: false, matches },
      { request: requestFor({ filter }) },
    );
    expect(result.ids).toHaveLength(10);
    expect(result.rounds).toBeLessThanOrEqual(50);
  });

  it("does not suffer from what waits for a burst that was found late", async () => {
    const split = { bufferBytes: 32 * 200 * EVENT_BYTES };
    const found: number[] = [];
    for (const at of [0.1, 0.2, 0.35, 0.5, 0.6, 0.7]) {
      const times = together(spread(20_000, 0, DAY), spread(180_000, at * DAY, (at + 0.01) * DAY));
      const { calls, rounds } = await measure({ times, pageEvents: 200 }, { split });
      expect(calls).toBeLessThanOrEqual(1150);
      found.push(rounds);
    }
    expect(Math.max(...found)).toBeLessThanOrEqual(240);
  });
});

describe("the memory of a split fetch", () => {
  it.each([1, 10, 32])("is bounded by the buffer of %d pages and two", async (pages) => {
    const clock = createVirtualClock();
    // Ever denser, so that every part has more than was expected of it; answers take any time.
    const random = createRandom(pages);
    const times = spread(100_000, 0, 1e9, random).map((at) => Math.floor(Math.sqrt(at / 1e9) * DAY));
    const latency = () => 10 + 500 * random() ** 2;
    const inner = createPagedSource({ times, clock, pageSize: () => 500, latency });
    const source = withSplit(inner, { bufferBytes: pages * 500 * EVENT_BYTES });
    let handedOn = 0;
    let most = 0;
    const read = async () => {
      for await (const { events } of source.fetch(requestFor())) {
        handedOn += events.length;
        most = Math.max(most, inner.tally.given - handedOn);
        // Every now and then the reader is busy for long.
        if (handedOn % 7 === 0) await clock.sleep(5000, new AbortController().signal);
      }
    };
    await clock.run(read());
    expect(handedOn).toBe(100_000);
    // A few events are read twice, where a part was cut.
    expect(most / 500).toBeLessThanOrEqual(pages + 2.5);
  });

  it("does not let it run far ahead over nothing while the reader is busy", async () => {
    const clock = createVirtualClock();
    const bursts = Array.from({ length: 300 }, (_, day) => spread(400, day * DAY, day * DAY + 1000));
    const inner = createPagedSource({ times: together(...bursts), clock, pageSize: () => 100 });
    const signal = new AbortController().signal;
    let pages = 0;
    const read = async () => {
      for await (const _ of withSplit(inner).fetch(requestFor({ window: { start: 0, end: 300 * DAY } }))) {
        pages += 1;
        if (pages === 3) await clock.sleep(HOUR, signal);
        if (pages === 3) return;
      }
    };
    await clock.run(read());
    expect(inner.tally.opened).toBeLessThanOrEqual(8 * 4 + 8);
  });
});

it("reads CloudWatch in parts, and keeps its notice of where the window begins", async () => {
  const { peer, open } = await startPaced();
  try {
    const group = "/split/shop";
    peer.addGroup({ name: group, creationTime: T });
    const times = [...spread(4000, T, T + DAY)];
    peer.addEvents(
      group,
      "web",
      times.map((timestamp, index) => ({ timestamp, message: `request ${index}` })),
    );
    peer.setFaults({ paging: { maxEvents: 50, emptyPages: 1, repeatTokenEvery: 3 } });
    const window = { start: T - 10 * DAY, end: T + DAY };
    const plain = await readAll(open(), { group, window });
    const split = await readAll(withSplit(open()), { group, window });
    expect(split.events).toEqual(plain.events);
    expect(split.notices).toEqual(plain.notices);
    expect(split.notices.map(({ kind }) => kind)).toEqual(["beyond-retention"]);
    const filtered = { group, window, filter: compileFilter("request -7") };
    expect(await readAll(withSplit(open()), filtered)).toMatchObject({
      events: (await readAll(open(), filtered)).events,
    });
  } finally {
    await peer.close();
  }
});
