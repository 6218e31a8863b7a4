import fc from "fast-check";
import { expect, it } from "vitest";
import { describeScan, formatDollars } from "../../src/sources/scan-cost.ts";

it.each([
  [12.4e9, 0.062, "about 12.4 GB, $0.06"],
  [12e9, 0.06, "about 12 GB, $0.06"],
  [999, 0.000005, "about 999 B, under $0.01"],
  [999_499, 0, "about 999 kB, free"],
  [999_500, 0, "about 1 MB, free"],
  [1234, undefined, "about 1.23 kB, price not known"],
  [250e12, 1250, "about 250 TB, $1,250.00"],
  [0, 0, "about 0 B, free"],
])("%d bytes for %s dollars are %s", (bytes, dollars, text) => {
  expect(describeScan({ bytes, dollars })).toBe(text);
});

it("tells every price to the cent, and none but nothing as free", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 1e6, noNaN: true }), (dollars) => {
      const told = Number(formatDollars(dollars).replaceAll(/[$,]/g, ""));
      expect(Math.abs(told - dollars)).toBeLessThanOrEqual(0.005 + 1e-9 * dollars);
    }),
  );
  fc.assert(
    fc.property(fc.double({ min: Number.MIN_VALUE, max: 0.00999, noNaN: true }), (dollars) => {
      expect(formatDollars(dollars)).toBe("under $0.01");
    }),
  );
});
