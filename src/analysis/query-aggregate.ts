import { createHash } from "node:crypto";
import type { QueryFunction } from "../log/query.ts";
import { type FieldValue, numberOf } from "./query-fields.ts";
import { createQuantileSketch } from "./sketch.ts";

/** One aggregate of one group, over the values of a field; undefined where an event has none. */
export interface Accumulator {
  add(value: FieldValue): void;
  result(): number | null;
}

/** Distinct values that a query may still keep, all groups together. */
export interface DistinctBudget {
  left: number;
  /** True where a value was no longer kept, so that counts are too low. */
  isSpent: boolean;
}

const QUANTILES: Readonly<Partial<Record<QueryFunction, number>>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
};

export function quantileOf(name: QueryFunction): number | undefined {
  return QUANTILES[name];
}

export function createAccumulator(name: QueryFunction, budget: DistinctBudget): Accumulator {
  const quantile = quantileOf(name);
  if (quantile !== undefined) return createQuantile(quantile);
  switch (name) {
    case "count":
      return createCount();
    case "count-distinct":
      return createDistinct(budget);
    case "average":
      return createAverage();
    case "minimum":
      return createFold(null, Math.min);
    case "maximum":
      return createFold(null, Math.max);
    default:
      return createFold(0, (sum, value) => sum + value);
  }
}

function createCount(): Accumulator {
  let count = 0;
  return {
    add(value) {
      if (value !== undefined) count += 1;
    },
    result: () => count,
  };
}

/** @param start the result of no number at all; the first number itself where that is null */
function createFold(start: number | null, fold: (so: number, value: number) => number): Accumulator {
  let result = start;
  return {
    add(value) {
      const number = numberOf(value);
      if (number !== undefined) result = result === null ? number : fold(result, number);
    },
    result: () => result,
  };
}

function createAverage(): Accumulator {
  let sum = 0;
  let count = 0;
  return {
    add(value) {
      const number = numberOf(value);
      if (number === undefined) return;
      sum += number;
      count += 1;
    },
    result: () => (count === 0 ? null : sum / count),
  };
}

function createQuantile(quantile: number): Accumulator {
  const sketch = createQuantileSketch();
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  return {
    add(value) {
      const number = numberOf(value);
      if (number === undefined) return;
      sketch.add(number);
      least = Math.min(least, number);
      most = Math.max(most, number);
    },
    result: () => (sketch.count() === 0 ? null : Math.min(most, Math.max(least, sketch.quantile(quantile)))),
  };
}

/** Texts beyond this length are kept as a digest. */
const LONGEST_KEPT = 64;

function createDistinct(budget: DistinctBudget): Accumulator {
  const values = new Set<string>();
  return {
    add(value) {
      if (value === undefined) return;
      const text = String(value);
      const key = text.length > LONGEST_KEPT ? createHash("sha256").update(text).digest("base64") : text;
      if (values.has(key)) return;
      if (budget.left === 0) {
        budget.isSpent = true;
        return;
      }
      budget.left -= 1;
      values.add(key);
    },
    result: () => values.size,
  };
}
