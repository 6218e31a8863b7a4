import fc from "fast-check";
import { expect, test } from "vitest";
import { alignTo, createTimeBins, rebin, toHistogram } from "../../src/analysis/histogram.ts";
import type { Histogram } from "../../src/analysis/summary.ts";

const START = Date.UTC(2026, 0, 2, 10);
const DAY = 86_400_000;
const WIDTHS = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400].map((s) => s * 1000);

const time = fc.oneof(
  fc.integer({ min: START, max: START + 600_000 }),
  fc.integer({ min: START - 30 * DAY, max: START + 30 * DAY }),
  fc.integer({ min: 0, max: START + 5000 * DAY }),
);
const channels = fc.constantFrom<readonly number[]>([0], [0, 1], [0, 2]);
const marks = fc.array(fc.tuple(time, channels), { minLength: 1, maxLength: 100 });

function binsOf(list: readonly (readonly [number, readonly number[]])[], maxBins = 50) {
  const bins = createTimeBins(3, maxBins);
  for (const [at, chosen] of list) bins.add(at, chosen);
  return bins;
}

function histogramOf(list: readonly (readonly [number, readonly number[]])[]): Histogram {
  const histogram = toHistogram(binsOf(list));
  if (!histogram) throw new Error("no histogram");
  return histogram;
}

function totals({ bins }: Histogram) {
  const sum = (pick: (bin: Histogram["bins"][number]) => number) =>
    bins.reduce((all, bin) => all + pick(bin), 0);
  return [sum(({ total }) => total), sum(({ warnings }) => warnings), sum(({ errors }) => errors)];
}

const expected = (list: readonly (readonly [number, readonly number[]])[]) =>
  [0, 1, 2].map((channel) => list.filter(([, chosen]) => chosen.includes(channel)).length);

test("whatever the range, totals stay and bins are few, equal and aligned to the clock", () => {
  fc.assert(
    fc.property(marks, (list) => {
      const histogram = histogramOf(list);
      expect(totals(histogram)).toEqual(expected(list));
      expect(histogram.bins.length).toBeLessThanOrEqual(50);
      expect(histogram.start % histogram.binMs).toBe(0);
      expect(WIDTHS.includes(histogram.binMs) || histogram.binMs % DAY === 0).toBe(true);
      const times = list.map(([at]) => at);
      expect(histogram.start).toBeLessThanOrEqual(Math.min(...times));
      expect(histogram.start + histogram.bins.length * histogram.binMs).toBeGreaterThan(Math.max(...times));
    }),
  );
});

test("the first error of each bin is known, however bins are joined", () => {
  fc.assert(
    fc.property(marks, fc.integer({ min: 1, max: 60 }), (list, maxBins) => {
      const { start, binMs, bins } = rebin(histogramOf(list), maxBins);
      bins.forEach(({ errors, firstError }, index) => {
        const from = start + index * binMs;
        const times = list
          .filter(([at, chosen]) => chosen.includes(2) && at >= from && at < from + binMs)
          .map(([at]) => at);
        expect(times.length).toBe(errors);
        expect(firstError).toBe(times.length === 0 ? undefined : Math.min(...times));
      });
    }),
  );
});

test("the order of events does not matter", () => {
  fc.assert(
    fc.property(marks, (list) => {
      expect(histogramOf(list.toReversed())).toEqual(histogramOf(list));
    }),
  );
});

test("rebinning keeps totals and obeys the limit", () => {
  fc.assert(
    fc.property(marks, fc.integer({ min: 1, max: 60 }), (list, maxBins) => {
      const coarse = rebin(histogramOf(list), maxBins);
      expect(totals(coarse)).toEqual(expected(list));
      expect(coarse.bins.length).toBeLessThanOrEqual(maxBins);
    }),
  );
});

test("merged bins are those of all events", () => {
  fc.assert(
    fc.property(marks, marks, (one, other) => {
      const merged = binsOf(one);
      merged.merge(binsOf(other));
      expect(totals(toHistogram(merged) ?? { start: 0, binMs: 1, bins: [] })).toEqual(
        expected([...one, ...other]),
      );
    }),
  );
});

test("counts of a part align with the whole", () => {
  fc.assert(
    fc.property(marks, fc.nat(99), (list, size) => {
      const histogram = histogramOf(list);
      const part = list.slice(0, size + 1);
      const counts = alignTo(histogram, binsOf(part));
      expect(counts.length).toBe(histogram.bins.length);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(part.length);
      counts.forEach((count, bin) => {
        expect(count).toBeLessThanOrEqual(histogram.bins[bin]?.total ?? 0);
      });
    }),
  );
});

test("a minute is shown by seconds, an hour by five", () => {
  const every = (count: number, ms: number) =>
    Array.from({ length: count }, (_, i) => [START + i * ms, [0]] as const);
  const of = (list: readonly (readonly [number, readonly number[]])[]) => toHistogram(binsOf(list, 720));
  expect(of(every(60, 1000))).toMatchObject({ start: START, binMs: 1000 });
  expect(of(every(60, 60_000))).toMatchObject({ start: START, binMs: 5000 });
  expect(of([])).toBeUndefined();
});
