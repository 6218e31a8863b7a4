import fc from "fast-check";
import { expect, test } from "vitest";
import { createQuantileSketch } from "../../src/analysis/sketch.ts";

const number = fc.oneof(
  fc.double({ min: 1e-6, max: 1e12, noNaN: true }),
  fc.double({ min: -1e6, max: -1e-6, noNaN: true }),
  fc.integer({ min: 0, max: 100 }),
);

function sketchOf(values: readonly number[]) {
  const sketch = createQuantileSketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

test("a quantile is within 2 % of the exact one", () => {
  fc.assert(
    fc.property(
      fc.array(number, { minLength: 1, maxLength: 300 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, q) => {
        const exact = values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(q * values.length) - 1)] ?? 0;
        expect(Math.abs(sketchOf(values).quantile(q) - exact)).toBeLessThanOrEqual(Math.abs(exact) * 0.0201);
      },
    ),
  );
});

test("a merged sketch is that of all numbers", () => {
  fc.assert(
    fc.property(fc.array(number), fc.array(number), (one, other) => {
      const merged = sketchOf(one);
      merged.merge(sketchOf(other));
      const all = sketchOf([...one, ...other]);
      expect(merged.buckets()).toEqual(all.buckets());
      expect(merged.count()).toBe(all.count());
    }),
  );
});

test("the share above a limit counts what is clearly above", () => {
  expect(sketchOf([0.5, 0.5, 0.5, 2000, 2100]).shareAbove(1000)).toBe(0.4);
  expect(sketchOf([]).shareAbove(1)).toBe(0);
  expect(sketchOf([]).quantile(0.5)).toBeNaN();
});

test("a number that is alone in its neighbourhood is exact", () => {
  const sketch = sketchOf([5970.5, 6000, 6000, 6000, 17, 100_000]);
  expect([0.1, 0.5, 1].map((q) => sketch.quantile(q))).toEqual([17, expect.closeTo(6000, -2), 100_000]);
  expect(sketchOf([6000, 6000]).quantile(0.5)).toBe(6000);
});

test("extreme numbers stay bounded", () => {
  const sketch = sketchOf([1e-300, 1e300, -1e300, 0]);
  expect(sketch.buckets()).toHaveLength(3);
  expect(sketch.quantile(0.5)).toBe(0);
});
