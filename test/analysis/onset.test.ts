import { expect, test } from "vitest";
import { createDigest } from "../../src/analysis/digest.ts";
import { findErrorOnset, findOnset, findTemplateOnset } from "../../src/analysis/onset.ts";
import type { LogEvent } from "../../src/log/event.ts";
import { event } from "./events.ts";

const START = Date.UTC(2026, 0, 2, 10);
const MINUTE = 60_000;

/** A repeatable sequence of numbers in [0, 1). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

function poisson(mean: number, random: () => number): number {
  let count = 0;
  for (let product = random(); product > Math.exp(-mean); product *= random()) count++;
  return count;
}

function onsetMinute(rate: (minute: number) => number, minutes: number, seed?: number): number | undefined {
  const random = createRandom(seed ?? 1);
  const counts = Array.from({ length: minutes }, (_, minute) =>
    seed === undefined ? rate(minute) : poisson(rate(minute), random),
  );
  const onset = findOnset({ start: START, binMs: MINUTE, counts });
  return onset && (onset.at - START) / MINUTE;
}

test.each([0.05, 0.5, 3, 50])("constant noise of %d a minute has no onset", (rate) => {
  for (let seed = 1; seed <= 40; seed++) expect(onsetMinute(() => rate, 180, seed)).toBeUndefined();
});

test.each([
  [0, 1],
  [0, 20],
  [0.2, 3],
  [5, 30],
])("a step from %d to %d a minute is found where it is", (before, after) => {
  for (let seed = 1; seed <= 40; seed++) {
    const found = onsetMinute((minute) => (minute < 100 ? before : after), 180, seed) ?? Number.NaN;
    expect(Math.abs(found - 100)).toBeLessThanOrEqual(after < 5 ? 6 : 2);
  }
});

test("a ramp begins at its foot, not at its middle", () => {
  const found = onsetMinute((minute) => Math.max(0, minute - 60) * 2, 180);
  expect(found).toBe(61);
});

test("a burst that ends again has its onset at its start", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const found = onsetMinute((minute) => (minute >= 30 && minute < 40 ? 12 : 0.1), 180, seed) ?? Number.NaN;
    expect(Math.abs(found - 30)).toBeLessThanOrEqual(1);
  }
});

test("what recurs regularly from the beginning on has no onset", () => {
  expect(onsetMinute((minute) => (minute % 20 === 19 ? 1 : 0), 240)).toBeUndefined();
  expect(onsetMinute((minute) => (minute % 20 === 19 ? 25 : 0), 240)).toBeUndefined();
});

test("what recurs regularly from some moment on starts there", () => {
  expect(onsetMinute((minute) => (minute >= 120 && minute % 10 === 0 ? 25 : 0), 240)).toBe(120);
});

test("a single small blip is no onset, and does not hide the real one", () => {
  const blip = (minute: number) => (minute === 20 ? 4 : 0);
  expect(onsetMinute(blip, 120)).toBeUndefined();
  expect(onsetMinute((minute) => (minute >= 90 ? 5 : blip(minute)), 120)).toBe(90);
});

test("trouble from the first moment on has no onset", () => {
  expect(onsetMinute(() => 7, 60)).toBeUndefined();
  expect(onsetMinute(() => 7, 1)).toBeUndefined();
});

test("series longer than the search is fine for are still located to the bin", () => {
  expect(onsetMinute((minute) => (minute >= 401 ? 9 : 0), 700)).toBe(401);
});

function summarize(events: readonly LogEvent[]) {
  const digest = createDigest();
  for (const each of events) digest.add(each);
  return digest.summarize();
}

test("the onset of errors is the time of the first of them, to the millisecond", () => {
  const calm = Array.from({ length: 3600 }, (_, i) =>
    event({ message: `served ${i}`, level: "info", timestamp: START + i * 1000 }),
  );
  const errors = Array.from({ length: 200 }, (_, i) =>
    event({ message: `timeout ${i}`, level: "error", timestamp: START + 2_400_123 + i * 5000 }),
  );
  const summary = summarize([...calm, ...errors]);
  expect(findErrorOnset(summary)).toMatchObject({ at: START + 2_400_123, rateBefore: 0, isNew: true });
  expect(findErrorOnset(summarize(calm))).toBeUndefined();
});

test("an onset above noise is told to the millisecond too", () => {
  const noise = Array.from({ length: 48 }, (_, i) =>
    event({ message: `hiccup ${i}`, level: "error", timestamp: START + i * 1_800_000 + 77 }),
  );
  const flood = Array.from({ length: 600 }, (_, i) =>
    event({ message: `timeout ${i}`, level: "error", timestamp: START + 60_123_456 + i * 2000 }),
  );
  const summary = summarize([...noise, ...flood].sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0)));
  expect(findErrorOnset(summary)).toMatchObject({ at: START + 60_123_456, isNew: false });
});

test("a rare template is new where it was absent before", () => {
  const calm = Array.from({ length: 3600 }, (_, i) =>
    event({ message: "served", timestamp: START + i * 1000 }),
  );
  const late = event({ message: "pool exhausted", timestamp: START + 3_000_500 });
  const summary = summarize([...calm, late]);
  const onsets = summary.templates.map((template) => findTemplateOnset(summary, template));
  expect(onsets).toEqual([undefined, expect.objectContaining({ at: START + 3_000_500, isNew: true })]);
});
