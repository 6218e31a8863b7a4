import fc from "fast-check";
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

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const LATENCY = 100;
/** Bytes of an event of the paged source, as the wrapper counts them. */
export const EVENT_BYTES = 20 + 128;
export const filter = compileFilter("x");

export const requestFor = (more: Partial<FetchRequest> = {}): FetchRequest => ({
  group: "g",
  window: { start: 0, end: DAY },
  signal: new AbortController().signal,
  ...more,
});

/** All that a fetch gives, as one. */
export async function collect(source: LogSource, request: FetchRequest) {
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
export async function measure(
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
  const result = await clock.run(collect(withSplit(inner, { clock: clock.now, ...split }), request));
  return { ...result, ...inner.tally, rounds: clock.now() / LATENCY };
}

/** Numbers in [0, 1), the same for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

export function spread(
  count: number,
  start: number,
  end: number,
  random = createRandom(count),
): Float64Array {
  return Float64Array.from({ length: count }, () => Math.floor(start + random() * (end - start))).sort();
}

export const together = (...parts: readonly Float64Array[]) =>
  Float64Array.from(parts.flatMap((part) => [...part])).sort();

const cycle = <T>(items: readonly T[], fallback: T) => {
  let next = 0;
  return () => items[next++ % items.length] ?? fallback;
};

/** Events anywhere, many of them at one time, in pages cut anywhere. */
export const logs = fc.record({
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
export type Logs = typeof logs extends fc.Arbitrary<infer T> ? T : never;

/** A little everywhere and much in few places, the first of them late, with room for few pages. */
export const bursts: fc.Arbitrary<Logs> = fc
  .record({
    seed: fc.nat(),
    background: fc.integer({ min: 100, max: 400 }),
    places: fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 3 }),
    latencies: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 7 }),
    bufferPages: fc.integer({ min: 2, max: 30 }),
  })
  .map(({ seed, background, places, latencies, bufferPages }) => {
    const random = createRandom(seed);
    const parts = places.map((at) => spread(600, at, at + 150, random));
    return {
      times: [...together(spread(background, 0, 40_000, random), ...parts)],
      sizes: [8],
      latencies,
      start: 0,
      length: 40_200,
      split: { concurrency: 8, targetPages: 6, bufferBytes: bufferPages * 8 * EVENT_BYTES },
    };
  });

export const RUNS = { numRuns: 300 };

export function setUp(given: Logs, more: Partial<PagedOptions> = {}) {
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

/** The source itself, with its pages cut in the same way. */
export function setUpPlain(
  { times, sizes }: Logs,
  more: Partial<PagedOptions>,
  clock: VirtualClock,
): LogSource {
  return createPagedSource({ times, clock, pageSize: cycle(sizes, 1), ...more });
}
