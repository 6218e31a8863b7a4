import { createFieldCounts } from "../analysis/field-counts.ts";
import type { Histogram, HistogramBin } from "../analysis/summary.ts";
import { isError, LEVELS, type LogEvent } from "../log/event.ts";
import { formatInstant } from "../log/time-input.ts";
import type { Zone } from "../log/zone.ts";

export interface Row {
  readonly key: string;
  readonly count: number;
  readonly errors?: number;
}

/** Counts events by one thing; the rows are in the order in which they are read. */
export interface Counter {
  add(event: LogEvent): void;
  rows(): readonly Row[];
  /** What the rows do not tell, for the reader. */
  remarks(): readonly string[];
  /** The rows over time, gaps included, where that is what is counted by. */
  histogram?(): Histogram | undefined;
}

const UNITS: Readonly<Record<string, number>> = { hour: 3_600_000, minute: 60_000 };
/** Distinct minutes or streams that are told apart. */
const MOST_ROWS = 100_000;
/** Longest histogram, bins. */
const MOST_BINS = 2_000;

/** @param by `level`, `hour`, `minute`, `stream`, or the name of a field */
export function createCounter(by: string, zone: Zone): Counter {
  const unit = lengthOfUnit(by);
  if (unit !== undefined) return countByTime(unit, zone);
  if (by === "level") return countByLevel();
  return by === "stream" ? countByStream() : countByField(by);
}

/** ms of `hour` and `minute`; undefined for what is not counted over time. */
export function lengthOfUnit(by: string): number | undefined {
  return Object.hasOwn(UNITS, by) ? UNITS[by] : undefined;
}

function countByLevel(): Counter {
  const counts = new Map<string, number>();
  let inferred = 0;
  return {
    add({ level = "none", levelInferred }) {
      counts.set(level, (counts.get(level) ?? 0) + 1);
      if (levelInferred) inferred += 1;
    },
    rows: () =>
      [...LEVELS.toReversed(), "none"].flatMap((key) => {
        const count = counts.get(key);
        return count === undefined ? [] : [{ key, count }];
      }),
    remarks: () =>
      inferred > 0
        ? [`${inferred} of the levels are not written in the line but concluded from its words`]
        : [],
  };
}

function countByStream(): Counter {
  const counts = new Map<string, number>();
  let others = 0;
  return {
    add({ stream }) {
      const known = counts.get(stream);
      if (known === undefined && counts.size >= MOST_ROWS) others += 1;
      else counts.set(stream, (known ?? 0) + 1);
    },
    rows: () => [...counts].map(([key, count]) => ({ key, count })).sort((a, b) => b.count - a.count),
    remarks: () => (others > 0 ? [`${others} events are of further streams`] : []),
  };
}

function countByField(field: string): Counter {
  const counts = createFieldCounts(field);
  return { add: (event) => counts.add(event), rows: () => counts.rows(), remarks: () => [] };
}

/** Bins begin at full hours or minutes of the zone's clock. */
function countByTime(unit: number, zone: Zone): Counter {
  const bins = new Map<number, { total: number; warnings: number; errors: number }>();
  let untimed = 0;
  let others = 0;
  const startOf = (ms: number) => {
    const offset = zone.offsetAt(ms);
    return Math.floor((ms + offset) / unit) * unit - offset;
  };
  return {
    add(event) {
      if (event.timestamp === undefined) {
        untimed += 1;
        return;
      }
      const start = startOf(event.timestamp);
      const bin = bins.get(start) ?? { total: 0, warnings: 0, errors: 0 };
      if (bin.total === 0 && bins.size >= MOST_ROWS) {
        others += 1;
        return;
      }
      bin.total += 1;
      if (isError(event)) bin.errors += 1;
      else if (event.level === "warn") bin.warnings += 1;
      bins.set(start, bin);
    },
    rows: () =>
      sortByStart(bins).map(([start, { total, errors }]) => ({
        key: formatInstant(start, zone),
        count: total,
        errors,
      })),
    remarks: () => [
      ...(untimed > 0 ? [`${untimed} events without a time are in no row`] : []),
      ...(others > 0 ? [`${others} events are at further times, in no row`] : []),
    ],
    histogram: () => fillGaps(sortByStart(bins), unit),
  };
}

function sortByStart<Bin>(bins: ReadonlyMap<number, Bin>): (readonly [number, Bin])[] {
  return [...bins].sort(([a], [b]) => a - b);
}

/** Undefined where there are too many bins to look at, or none. */
function fillGaps(bins: readonly (readonly [number, HistogramBin])[], binMs: number): Histogram | undefined {
  const start = bins[0]?.[0];
  const last = bins.at(-1)?.[0];
  if (start === undefined || last === undefined || (last - start) / binMs >= MOST_BINS) return undefined;
  const filled = Array.from({ length: Math.floor((last - start) / binMs) + 1 }, () => EMPTY_BIN);
  for (const [at, bin] of bins) filled[Math.floor((at - start) / binMs)] = bin;
  return { start, binMs, bins: filled };
}

const EMPTY_BIN: HistogramBin = { total: 0, warnings: 0, errors: 0 };
