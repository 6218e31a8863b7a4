import { nextWidth } from "../analysis/histogram.ts";
import { findErrorOnset } from "../analysis/onset.ts";
import type { Histogram, Onset } from "../analysis/summary.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../log/time-duration.ts";
import { spanOf, type TimeRange } from "../log/time-range.ts";
import type { Zone } from "../log/zone.ts";
import type { SessionReading } from "../sessions/session.ts";
import { overlap, spanOfHistogram } from "./choose-readings.ts";
import { dayOf, wallTime } from "./clock.ts";

/** Counts of a stretch of time that lies within the axis. */
export interface Bar extends TimeRange {
  readonly errors: number;
  readonly warnings: number;
  readonly others: number;
}

/** One group over the time that all charts of a question share. */
export interface Chart {
  readonly source: string;
  readonly group: string;
  /** Not all of the group's events, where there is one. */
  readonly filter: string | undefined;
  readonly bars: readonly Bar[];
  /** What of the axis was read. */
  readonly read: TimeRange;
  readonly events: number;
  readonly errors: number;
  readonly warnings: number;
  /** When errors begin or rise, where that is on the axis. */
  readonly onset: Onset | undefined;
}

export interface Timeline {
  readonly axis: TimeRange;
  readonly binMs: number;
  /** In the order in which errors began; then those with most errors. */
  readonly charts: readonly Chart[];
  /** Groups that were left out for want of room. */
  readonly left: readonly string[];
}

interface Timed {
  readonly reading: SessionReading;
  readonly histogram: Histogram;
}

/** Most bars of a chart. */
const MAX_BARS = 240;

/**
 * What happened when, in the groups that a question read; undefined where nothing has a time.
 * @param window the question's
 * @param most charts that there is room for
 */
export function layOutTimeline(
  readings: readonly SessionReading[],
  window: TimeRange,
  most: number,
): Timeline | undefined {
  const chosen = readings.flatMap((reading): Timed[] => {
    const { histogram } = reading.digest;
    return histogram ? [{ reading, histogram }] : [];
  });
  const axis = axisOf(chosen, window);
  if (!axis) return undefined;
  const binMs = commonWidth(chosen, axis);
  const charts = chosen
    .map((timed) => chartOf(timed, axis, binMs))
    .filter((chart) => chart !== undefined)
    .sort(byOnset);
  return {
    axis,
    binMs,
    charts: charts.slice(0, most),
    left: charts.slice(most).map(({ group }) => group),
  };
}

/** The question's window, or what was read of it where that is less; the data's own span where they do not meet. */
function axisOf(chosen: readonly Timed[], window: TimeRange): TimeRange | undefined {
  const data = chosen.map(({ histogram }) => spanOfHistogram(histogram));
  const span = data.reduce<TimeRange | undefined>((all, one) => spanOf(all, one), undefined);
  if (!span) return undefined;
  if (overlap(span, window) <= 0) return span;
  const read = chosen
    .map(({ reading }) => reading.request.window ?? window)
    .reduce<TimeRange | undefined>((all, one) => spanOf(all, one), undefined);
  return (read && intersect(read, window)) ?? window;
}

/** The finest width that all histograms have or can be joined to, and that leaves few enough bars. */
function commonWidth(chosen: readonly Timed[], axis: TimeRange): number {
  let width = Math.max(SECOND, ...chosen.map(({ histogram }) => histogram.binMs));
  while ((axis.end - axis.start) / width > MAX_BARS) width = nextWidth(width);
  return width;
}

function chartOf({ reading, histogram }: Timed, axis: TimeRange, binMs: number): Chart | undefined {
  const { group, filter, window } = reading.request;
  const bars = barsOf(histogram, axis, binMs);
  const read = intersect(window ?? axis, axis);
  if (!read) return undefined;
  const sum = (pick: (bar: Bar) => number) => bars.reduce((total, bar) => total + pick(bar), 0);
  const onset = findErrorOnset(reading.digest);
  return {
    source: reading.source,
    group,
    filter,
    bars,
    read,
    events: sum(({ errors, warnings, others }) => errors + warnings + others),
    errors: sum(({ errors }) => errors),
    warnings: sum(({ warnings }) => warnings),
    onset: onset && onset.at >= axis.start && onset.at < axis.end ? onset : undefined,
  };
}

/** Those that hold something; the first and the last are cut to the axis. */
function barsOf(histogram: Histogram, axis: TimeRange, binMs: number): Bar[] {
  const joined = new Map<number, { errors: number; warnings: number; others: number }>();
  histogram.bins.forEach(({ total, errors, warnings }, index) => {
    const start = Math.floor((histogram.start + index * histogram.binMs) / binMs) * binMs;
    const sums = joined.get(start) ?? { errors: 0, warnings: 0, others: 0 };
    sums.errors += errors;
    sums.warnings += warnings;
    sums.others += Math.max(0, total - errors - warnings);
    joined.set(start, sums);
  });
  return [...joined].flatMap(([start, sums]) => {
    const place = intersect({ start, end: start + binMs }, axis);
    return place && sums.errors + sums.warnings + sums.others > 0 ? [{ ...place, ...sums }] : [];
  });
}

function byOnset(a: Chart, b: Chart): number {
  const onset = (chart: Chart) => chart.onset?.at ?? Number.MAX_SAFE_INTEGER;
  return onset(a) - onset(b) || b.errors - a.errors || (a.group < b.group ? -1 : 1);
}

function intersect(a: TimeRange, b: TimeRange): TimeRange | undefined {
  return overlap(a, b) > 0 ? { start: Math.max(a.start, b.start), end: Math.min(a.end, b.end) } : undefined;
}

export interface Tick {
  /** ms since the epoch. */
  readonly at: number;
  readonly label: string;
}

const STEPS = [
  ...[1, 5, 10, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((count) => count * DAY),
];
const MAX_TICKS = 6;
const MAX_LONG_TICKS = 3;

/** Round times of the zone on the axis, as few as a narrow screen has room for; with the day where there are several. */
export function ticksOf(axis: TimeRange, zone: Zone): readonly Tick[] {
  const length = axis.end - axis.start;
  const isLong = dayOf(axis.start, zone) !== dayOf(axis.end - 1, zone);
  const most = isLong ? MAX_LONG_TICKS : MAX_TICKS;
  const step = STEPS.find((one) => length / one <= most) ?? Math.ceil(length / most / DAY) * DAY;
  const offset = zone.offsetAt(axis.start);
  const ticks: Tick[] = [];
  for (let at = Math.ceil((axis.start + offset) / step) * step - offset; at <= axis.end; at += step)
    ticks.push({ at, label: labelOf(at, step, isLong, zone) });
  return ticks;
}

function labelOf(at: number, step: number, isLong: boolean, zone: Zone): string {
  const wall = wallTime(at, zone);
  const time = step % MINUTE === 0 ? wall.slice(11, 16) : wall.slice(11, 19);
  if (!isLong) return time;
  return step % DAY === 0 ? wall.slice(5, 10) : `${wall.slice(5, 10)} ${time}`;
}
