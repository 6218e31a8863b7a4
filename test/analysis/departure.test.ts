import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findDeparture } from "../../src/analysis/departure.ts";

const series = (values: readonly number[]) => values.map((value, index) => ({ at: index * 60_000, value }));
const minute = (index: number) => index * 60_000;

describe("a series", () => {
  it("leaves its usual range with the first of several values outside, and comes back behind the last", () => {
    const values = [4, 5, 6, 5, 4, 5, 6, 4, 5, 5, 40, 42, 41, 44, 5, 6, 5, 4];
    expect(findDeparture(series(values))).toEqual({
      at: minute(10),
      value: 40,
      usual: { low: 4, high: 6 },
      backAt: minute(14),
    });
    expect(findDeparture(series(values.slice(0, 15)))).toMatchObject({ at: minute(10), backAt: undefined });
  });

  it("that falls or that was always zero departs too", () => {
    const fall = [...Array.from({ length: 10 }, (_, index) => 100 + (index % 3)), 3, 2, 1];
    expect(findDeparture(series(fall))).toMatchObject({ at: minute(10), value: 3 });
    const zeros = [...Array.from({ length: 10 }, () => 0), 1, 2];
    expect(findDeparture(series(zeros))).toMatchObject({ at: minute(10), usual: { low: 0, high: 0 } });
  });

  it("with a single blip, a steady rise or too little before does not", () => {
    const blip = [5, 6, 5, 4, 5, 6, 5, 4, 5, 90, 5, 6, 5, 4];
    const rise = Array.from({ length: 100 }, (_, index) => index);
    for (const values of [blip, rise, [1, 1, 1, 50, 50, 50], []])
      expect(findDeparture(series(values))).toBeUndefined();
  });

  it("departs at the same moment in any unit, and never while it is constant", () => {
    const values = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 60 });
    fc.assert(
      fc.property(values, fc.constantFrom(0.25, 4, 1024), (some, unit) => {
        const there = findDeparture(series(some))?.at;
        expect(findDeparture(series(some.map((value) => value * unit)))?.at).toBe(there);
        expect(findDeparture(series(some.map(() => some[0] ?? 0)))).toBeUndefined();
      }),
    );
  });
});
