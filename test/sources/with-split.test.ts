import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import { compileFilter } from "../../src/log/filter-match.ts";
import type { Notice } from "../../src/log/ledger.ts";
import type { FetchRequest, LogSource } from "../../src/sources/source.ts";
import { type SplitOptions, withSplit } from "../../src/sources/with-split.ts";
import {
  createPagedSource,
  createVirtualClock,
  type PagedOptions,
  type VirtualClock,
} from "./paged-source.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LATENCY = 100;
/** Bytes of an event of the paged source, as the wrapper counts them. */
const EVENT_BYTES = 20 + 128;
const filter = compileFilter("x");

const requestFor = (more: Partial<FetchRequest> = {}): FetchRequest => ({
  group: "g",
  window: { start: 0, end: DAY },
  signal: new AbortController().signal,
  ...more,
});

/** All that a fetch gives, as one. */
async function collect(source: LogSource, request: FetchRequest) {
  const ids: string[] = [];
  const notices: Notice[] = [];
  let seen: number | undefined = 0;
  for await (const page of source.fetch(request)) {
    for (const { id } of page.events) ids.push(id);
    seen = seen === undefined || page.seen === undefined ? undefined : seen + page.seen;
    notices.push(...(page.notices ?? []));
  }
  return { ids, seen, notices };
}

/** A fetch by the wrapper, counted. */
async function measure(
  options: Omit<PagedOptions, "clock" | "pageSize"> & { readonly pageEvents: number },
  { request = requestFor(), split = {} }: { request?: FetchRequest; split?: SplitOptions } = {},
) {
  const clock = createVirtualClock();
  const inner = createPagedSource({
    latency: () => LATENCY,
    ...options,
    clock,
    pageSize: () => options.pageEvents,
  });
  const result = await clock.run(collect(withSplit(inner, split), request));
  return { ...result, ...inner.tally, rounds: clock.now() / LATENCY };
}

/** Numbers in [0, 1), the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

function spread(count: number, start: number, end: number, random = createRandom(count)): Float64Array {
  return Float64Array.from({ length: count }, () => Math.floor(start + random() * (end - start))).sort();
}

const together = (...parts: readonly Float64Array[]) =>
  Float64Array.from(parts.flatMap((part) => [...part])).sort();

const cycle = <T>(items: readonly T[], fallback: T) => {
  let next = 0;
  return () => items[next++ % items.length] ?? fallback;
};

/** Events anywhere, many of them at one time, in pages cut anywhere. */
const logs = fc.record({
  times: fc
    .array(
      fc.record({
        at: fc.integer({ min: 0, max: 400 }),
        count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 })),
      }),
      { maxLength: 120 },
    )
    .map((items) =>
      items.flatMap(({ at, count }) => Array<number>(count).fill(at)).toSorted((a, b) => a - b),
    ),
  sizes: fc
    .array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 })
    .filter((sizes) => sizes.some((size) => size > 0)),
  latencies: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 7 }),
  start: fc.integer({ min: 0, max: 200 }),
  length: fc.integer({ min: 1, max: 1000 }),
  split: fc.record({
    concurrency: fc.integer({ min: 1, max: 9 }),
    targetPages: fc.integer({ min: 1, max: 6 }),
    bufferBytes: fc.constantFrom(1, 3 * EVENT_BYTES, 40 * EVENT_BYTES, 1e9),
  }),
});
type Logs = typeof logs extends fc.Arbitrary<infer T> ? T : never;

const RUNS = { numRuns: 300 };

function setUp(given: Logs, more: Partial<PagedOptions> = {}) {
  const clock = createVirtualClock();
  const inner = createPagedSource({
    times: given.times,
    clock,
    pageSize: cycle(given.sizes, 1),
    latency: cycle(given.latencies, 1),
    ...more,
  });
  const controller = new AbortController();
  const window = { start: given.start, end: given.start + given.length };
  const request = requestFor({ window, signal: controller.signal });
  return { clock, inner, controller, request, source: withSplit(inner, given.split) };
}

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

  function setUpPlain({ times, sizes }: Logs, more: Partial<PagedOptions>, clock: VirtualClock): LogSource {
    return createPagedSource({ times, clock, pageSize: cycle(sizes, 1), ...more });
  }

  it("has each notice once, those of single parts too", async () => {
    const noticesOf: PagedOptions["noticesOf"] = ({ start }) => [
      { kind: "zone-assumed", text: "Times are read as UTC.", group: "g" },
      ...(start > DAY / 2 ? [{ kind: "sampled", text: "The second half is sampled." } as const] : []),
    ];
    const { notices, opened } = await measure({ times: spread(20_000, 0, DAY), pageEvents: 200, noticesOf });
    expect(opened).toBeGreaterThan(8);
    expect(notices.map(({ kind }) => kind)).toEqual(["zone-assumed", "sampled"]);
  });
});

describe("the calls of a split fetch", () => {
  it("are one for a window of one page, however few events it has", async () => {
    expect(await measure({ times: [5, 1e6, 3e6, 4e7, 8e7], pageEvents: 5000 })).toMatchObject({ calls: 1 });
    expect(await measure({ times: [], pageEvents: 5000 })).toMatchObject({ calls: 1, ids: [] });
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
    const times = together(spread(50_000, 0, DAY), spread(450_000, 0.5 * DAY, 0.51 * DAY));
    const split = { bufferBytes: 32 * 1000 * EVENT_BYTES };
    const { calls, rounds } = await measure({ times, pageEvents: 1000 }, { split });
    expect(rounds).toBeLessThanOrEqual(125);
    expect(calls).toBeLessThanOrEqual(575);
  });
});

describe("the memory of a split fetch", () => {
  it.each([1, 10, 32])("is bounded by the buffer of %d pages and two", async (pages) => {
    const clock = createVirtualClock();
    const inner = createPagedSource({ times: spread(100_000, 0, DAY), clock, pageSize: () => 500 });
    const source = withSplit(inner, { bufferBytes: pages * 500 * EVENT_BYTES });
    let handedOn = 0;
    let most = 0;
    const read = async () => {
      for await (const { events } of source.fetch(requestFor())) {
        most = Math.max(most, inner.tally.given - handedOn);
        handedOn += events.length;
        // Every now and then the reader is busy for long.
        if (handedOn % 7 === 0) await clock.sleep(5000, new AbortController().signal);
      }
    };
    await clock.run(read());
    expect(handedOn).toBe(100_000);
    expect(most / 500).toBeLessThanOrEqual(pages + 2);
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

describe("a split fetch that is ended", () => {
  it("by its reader stops all parts", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.nat({ max: 20 }), async (given, pages) => {
        const { clock, inner, request, source } = setUp(given);
        let left = pages;
        const read = async () => {
          for await (const _ of source.fetch(request)) if (left-- === 0) break;
        };
        await clock.run(read());
        expect(inner.tally).toMatchObject({ busy: 0, closed: inner.tally.opened });
      }),
      RUNS,
    );
  });

  it("by its signal says so, once all parts have ended", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.nat({ max: 60 }), async (given, after) => {
        const { clock, inner, request, controller, source } = setUp(given);
        const result = clock.run(collect(source, request)).catch((error: unknown) => error);
        void clock.sleep(after, new AbortController().signal).then(() => controller.abort());
        const ended = await result;
        expect(inner.tally).toMatchObject({ busy: 0, closed: inner.tally.opened });
        if (ended instanceof Failure) expect(ended.code).toBe("interrupted");
        else if (ended instanceof Error) expect(ended.name).toBe("AbortError");
      }),
      RUNS,
    );
  });

  it("is never taken for complete when the source ends without a word at the signal", async () => {
    const controller = new AbortController();
    const inner = createPagedSource({ times: [], clock: createVirtualClock(), pageSize: () => 1 });
    const silent: LogSource = {
      ...inner,
      async *fetch({ signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        yield* [];
      },
    };
    const result = collect(withSplit(silent), requestFor({ signal: controller.signal }));
    controller.abort();
    await expect(result).rejects.toMatchObject({ code: "interrupted" });
  });

  it("by an error of any part throws that, once all parts have ended", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.nat({ max: 40 }), async (given, calls) => {
        let left = calls;
        const broken = new Failure("access-denied", "No.");
        const { clock, inner, request, source } = setUp(given, {
          fault: () => {
            if (left-- <= 0) throw broken;
          },
        });
        const result = await clock.run(collect(source, request)).catch((error: unknown) => error);
        if (left < 0) expect(result).toBe(broken);
        expect(inner.tally).toMatchObject({ busy: 0, closed: inner.tally.opened });
      }),
      RUNS,
    );
  });

  it("by an error does not wait for what comes before it", async () => {
    const clock = createVirtualClock();
    let calls = 0;
    const inner = createPagedSource({
      times: spread(20_000, 0, DAY),
      clock,
      pageSize: () => 100,
      // The first part behind the first pages hangs.
      latency: () => (++calls === 3 ? HOUR : LATENCY),
      fault: ({ start }) => {
        if (start > DAY / 10) throw new Failure("access-denied", "No.");
      },
    });
    await expect(clock.run(collect(withSplit(inner), requestFor()))).rejects.toThrow("No.");
    expect(clock.now()).toBeLessThan(HOUR / 10);
    expect(inner.tally.aborted).toBeGreaterThan(1);
  });
});

describe("what is not split", () => {
  const passed = async (request: FetchRequest, options?: SplitOptions) => {
    const requests: FetchRequest[] = [];
    const inner = createPagedSource({ times: [], clock: createVirtualClock(), pageSize: () => 1 });
    const source: LogSource = {
      ...inner,
      async *fetch(received) {
        requests.push(received);
        yield { events: [], seen: 0, scannedBytes: 0 };
      },
    };
    await collect(withSplit(source, options), request);
    return requests;
  };

  it.each<[string, Partial<FetchRequest>]>([
    ["with a limit", { limit: 10 }],
    ["newest first", { order: "newest-first" }],
    ["without a window", { window: undefined }],
    ["of an instant", { window: { start: 5, end: 6 } }],
    ["without an end", { window: { start: 5, end: Number.POSITIVE_INFINITY } }],
  ])("a request %s goes to the source as it is", async (_, part) => {
    const request = requestFor(part);
    const [only, ...more] = await passed(request, { wholeRange: async () => undefined });
    expect(only).toBe(request);
    expect(more).toEqual([]);
  });

  it("a request without a window takes the one that is known of the group", async () => {
    const window = { start: 10, end: 90 };
    const wholeRange = async (group: string) => (group === "g" ? window : undefined);
    const [request] = await passed(requestFor({ window: undefined }), { wholeRange });
    expect(request?.window).toEqual(window);
  });

  it("hands on everything else of the request and of the source", async () => {
    const onWait = () => {};
    const [request] = await passed(requestFor({ filter, streamPrefix: "web", onWait }));
    expect(request).toMatchObject({ group: "g", filter, streamPrefix: "web", onWait });
    const inner = createPagedSource({ times: [], clock: createVirtualClock(), pageSize: () => 1 });
    const { fetch: _, ...rest } = withSplit(inner);
    expect(inner).toMatchObject(rest);
  });
});
