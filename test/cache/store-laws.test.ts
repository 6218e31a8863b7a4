import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Cache, CacheSettings, EventKey, Part } from "../../src/cache/cache.ts";
import { CACHE_SPEC } from "../../src/cache/schema.ts";
import { createStore } from "../../src/cache/store.ts";
import { openDatabase } from "../../src/database.ts";
import type { LogEvent } from "../../src/log/event.ts";
import { contains, type TimeRange } from "../../src/log/time-range.ts";
import { HOUR, KEY, MINUTE, makeEvent, NOON } from "./cache-events.ts";
import { createStoreModel, holdsAllOf, type Reading, type StoreModel } from "./store-model.ts";

type Step =
  | { readonly kind: "keep"; readonly asked: readonly Asked[] }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "use"; readonly store: number; readonly key: EventKey; readonly window: TimeRange }
  | { readonly kind: "clear"; readonly store: number; readonly group: string | undefined }
  | { readonly kind: "reopen"; readonly store: number };

/** A chunk to be kept, by one of the stores. */
interface Asked {
  readonly store: number;
  readonly key: EventKey;
  readonly span: TimeRange;
  /** How many events there are at each ms, again and again. */
  readonly counts: readonly number[];
  readonly age: number;
  readonly isSettled: boolean;
  /** UTF-16 units of each message. */
  readonly length: number;
}

/** One test: stores on one file, and what they may and must know. */
interface Run {
  readonly stores: Cache[];
  readonly open: () => Cache;
  readonly model: StoreModel;
  readonly settings: CacheSettings;
  readonly clock: { now: number };
  readings: number;
}

const LIVES = { eventLife: 24 * HOUR, tailLife: MINUTE };
const ROOMY = { maxEntries: 1000, maxBytes: 100e6 };
const FEW = { maxEntries: 5, maxBytes: 100e6 };
const SMALL = { maxEntries: 1000, maxBytes: 8000 };

const PLAIN = { ...KEY, group: "a" };
const key = fc.oneof(
  { weight: 3, arbitrary: fc.constant(PLAIN) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{
        source: fc.constant(KEY.source),
        account: fc.constant(KEY.account),
        region: fc.constant(KEY.region),
      },
      group: fc.constantFrom("a", "a", "a", "b"),
      filter: fc.constantFrom(undefined, undefined, "ERROR"),
      streamPrefix: fc.constantFrom("", "", "we", "web"),
    }),
  },
);
/** Often the same borders, or those beside them. */
const span = fc
  .tuple(fc.constantFrom(0, 5, 10, 10, 11, 20, 20, 30, 40), fc.constantFrom(1, 5, 9, 10, 10, 20, 30))
  .map(([start, length]) => ({ start, end: start + length }));
const store = fc.nat(1);
const asked: fc.Arbitrary<Asked> = fc.record({
  ...{ store, key, span },
  counts: fc.array(fc.constantFrom(0, 0, 1, 1, 2), { minLength: 1, maxLength: 7 }),
  age: fc.constantFrom(0, 0, 0, 30_000, 2 * HOUR, 7 * HOUR, 25 * HOUR, -5 * MINUTE),
  isSettled: fc.constantFrom(true, true, false),
  length: fc.constantFrom(5, 5, 5, 60_000),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("keep" as const),
      asked: fc.array(asked, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(
        1000,
        MINUTE,
        MINUTE + 1,
        MINUTE + 1,
        MINUTE + 1,
        HOUR,
        7 * HOUR,
        17 * HOUR,
        25 * HOUR,
        -2 * MINUTE,
        -HOUR,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("use" as const), store, key, window: span }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("clear" as const),
      store,
      group: fc.constantFrom("a", "b", undefined),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen" as const), store }) },
);

describe("two stores on one file, whatever is kept, cleared and waited for", () => {
  it.each([
    ["with room for all", ROOMY, 40],
    ["with room for few entries", FEW, 25],
    ["with room for few bytes", SMALL, 25],
  ] as const)("tell what was kept, and nothing else: %s", async (_, limits, numRuns) => {
    const folder = mkdtempSync(join(tmpdir(), "logai-store-"));
    const run = startRun(join(folder, "cache.db"), limits);
    const steps = fc.array(step, { minLength: 1, maxLength: 14 });
    try {
      await fc.assert(
        fc.asyncProperty(steps, (given) => runStory(run, given)),
        { numRuns },
      );
    } finally {
      for (const cache of run.stores) cache.close();
      rmSync(folder, { recursive: true });
    }
  });
});

function startRun(path: string, limits: typeof ROOMY): Run {
  const clock = { now: NOON };
  const onWarning = (text: string) => expect.unreachable(text);
  const settings = { ...LIVES, ...limits, now: () => clock.now, onWarning };
  const open = () => createStore(openDatabase(path, CACHE_SPEC), settings);
  return { stores: [open(), open()], open, model: createStoreModel(settings), settings, clock, readings: 0 };
}

async function runStory(run: Run, steps: readonly Step[]): Promise<void> {
  run.clock.now = NOON;
  await takeStep(run, { kind: "clear", store: 0, group: undefined });
  for (const one of steps) {
    await takeStep(run, one);
    await checkAll(run, storeOf(run, run.readings % 2));
  }
}

async function takeStep(run: Run, step: Step): Promise<void> {
  const { clock, model, stores } = run;
  switch (step.kind) {
    case "wait":
      clock.now += step.ms;
      return;
    case "use": {
      const chunks = storeOf(run, step.store)
        .plan(step.key, step.window)
        .flatMap(({ chunk }) => chunk ?? []);
      const usage = { cachedEvents: 1, fetchedEvents: 0, sparedCalls: 1, madeCalls: 0 };
      storeOf(run, step.store).recordUse(step.key, chunks, usage);
      return;
    }
    case "clear":
      storeOf(run, step.store).clear(step.group);
      model.clear(step.group);
      return;
    case "reopen":
      storeOf(run, step.store).close();
      stores[step.store] = run.open();
      return;
    case "keep":
      await keepAtOnce(run, step.asked);
  }
}

async function keepAtOnce(run: Run, asked: readonly Asked[]): Promise<void> {
  const { model, settings, clock } = run;
  const readings = asked.map((one) => makeReading(run, one));
  await Promise.all(readings.map((one, index) => storeOf(run, asked[index]?.store ?? 0).keep(one.key, one)));
  model.keep(readings, clock.now);
  if (settings.maxEntries !== ROOMY.maxEntries || settings.maxBytes !== ROOMY.maxBytes) model.doubt();
  const { entries, bytes } = storeOf(run, 0).status();
  expect(entries).toBeLessThanOrEqual(settings.maxEntries);
  expect(bytes).toBeLessThanOrEqual(settings.maxBytes);
}

function makeReading(run: Run, { key, span, counts, age, isSettled, length }: Asked): Reading {
  run.readings += 1;
  const message = `${run.readings} `.padEnd(length, "x");
  const events = Array.from({ length: span.end - span.start }, (_, index) => span.start + index).flatMap(
    (at) =>
      Array.from({ length: counts[at % counts.length] ?? 0 }, (_, place) =>
        makeEvent(at, { id: `${at}-${place}`, group: key.group, message }),
      ),
  );
  return { key, span, events, readAt: run.clock.now - age, isSettled, calls: 1 };
}

function storeOf({ stores }: Run, index: number): Cache {
  return stores[index] ?? expect.unreachable();
}

const WANTED: readonly EventKey[] = [
  PLAIN,
  { ...KEY, group: "a", filter: "ERROR", streamPrefix: "web" },
  { ...KEY, group: "a", streamPrefix: "web-1" },
  { ...KEY, group: "b", filter: "ERROR" },
];

async function checkAll(run: Run, cache: Cache): Promise<void> {
  for (const wanted of WANTED) await checkWindow(run, cache, wanted, { start: -1, end: 90 });
  for (const wanted of WANTED.slice(0, 1)) await checkWindow(run, cache, wanted, { start: 13, end: 31 });
}

async function checkWindow(run: Run, cache: Cache, wanted: EventKey, window: TimeRange): Promise<void> {
  const { clock, settings } = run;
  const parts = cache.plan(wanted, window);
  const borders = [window.start, ...parts.map((part) => part.window.end)];
  expect(parts.map((part) => part.window.start)).toEqual(borders.slice(0, -1));
  expect(borders.at(-1)).toBe(window.end);
  for (const part of parts) {
    expect(await findWrong(run, cache, wanted, part)).toEqual([]);
    if (!part.chunk) continue;
    expect(holdsAllOf(part.chunk.key, wanted)).toBe(true);
    expect(clock.now - part.chunk.readFrom).toBeLessThanOrEqual(settings.eventLife);
    expect(part.chunk.readFrom).toBeLessThanOrEqual(clock.now + MINUTE);
  }
}

/** The instants of a part that are not known and should be, or are known by events that nobody gave. */
async function findWrong(
  { model, clock }: Run,
  cache: Cache,
  wanted: EventKey,
  { window, chunk }: Part,
): Promise<readonly number[]> {
  const instants = Array.from({ length: window.end - window.start }, (_, index) => window.start + index);
  if (!chunk) return instants.filter((at) => model.mustKnow(wanted, at, clock.now));
  const events = await cache.read(chunk);
  expect(events).toHaveLength(chunk.events);
  expect(events?.every(({ timestamp = Number.NaN }) => contains(chunk.span, timestamp))).toBe(true);
  return instants.filter((at) => {
    const told = tellEvents(events ?? [], at);
    return !model
      .readingsAt(chunk.key, at)
      .filter(({ readAt }) => readAt >= chunk.readFrom && readAt <= chunk.readTo)
      .some((reading) => tellEvents(reading.events, at) === told);
  });
}

/** Which events there are at an instant, in their order, and by which reading. */
function tellEvents(events: readonly LogEvent[], at: number): string {
  const there = events.filter(({ timestamp }) => timestamp === at);
  return there.map(({ id, message }) => `${id} ${message.length} ${message.slice(0, 4)}`).join();
}
