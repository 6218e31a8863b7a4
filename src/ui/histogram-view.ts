import { rebin } from "../analysis/histogram.ts";
import type { Histogram, HistogramBin } from "../analysis/summary.ts";
import { formatDuration } from "../log/time-duration.ts";
import { formatWindow } from "../log/time-input.ts";
import type { Zone } from "../log/zone.ts";
import type { Style } from "./style.ts";
import { joinText, type Styled, styled } from "./styled.ts";
import { formatCount, pad } from "./text-layout.ts";
import { wrapText } from "./wrap-text.ts";

export interface HistogramViewOptions {
  readonly columns: number;
  readonly zone: Zone;
  readonly style: Style;
  /** False draws with ASCII only. */
  readonly unicode: boolean;
  /** Most rows (of bars) that are drawn; neighbouring bins are joined beyond that. 24 unless told. */
  readonly maxRows?: number;
}

interface Signs {
  readonly error: string;
  readonly warning: string;
  readonly other: string;
  /** Heights, lowest first. */
  readonly steps: readonly string[];
}

const UNICODE: Signs = { error: "█", warning: "▒", other: "░", steps: [..."▁▂▃▄▅▆▇█"] };
const ASCII: Signs = { error: "#", warning: "+", other: ".", steps: [..."._-=+*%#"] };

const MAX_ROWS = 24;
const MIN_BAR = 8;
const GAP = 2;
const LABEL = 8;
const DAY = 86_400_000;

/**
 * One row per bin: time, a bar in which errors, warnings and the rest are drawn with signs of their own, and the
 * counts. A kind that occurs takes at least one cell, so a single error among millions is seen.
 */
export function drawBars(histogram: Histogram, options: HistogramViewOptions): readonly Styled[] {
  const { columns, zone, style } = options;
  const joined = rebin(histogram, options.maxRows ?? MAX_ROWS);
  const signs = options.unicode ? UNICODE : ASCII;
  const times = timeLabels(joined, zone);
  const timeWidth = times[0]?.length ?? 0;
  const full = joined.bins.map(describeCounts);
  const isNarrow = columns - timeWidth - widest(full) - 2 * GAP < MIN_BAR;
  const counts = isNarrow ? joined.bins.map((bin) => formatCount(bin.total)) : full;
  const room = Math.max(columns - timeWidth - widest(counts) - 2 * GAP, MIN_BAR);
  const peak = Math.max(1, ...joined.bins.map((bin) => bin.total));
  const gap = " ".repeat(GAP);
  const rows = joined.bins.map((bin, at) => {
    const bar = pad(drawBar(bin, peak, room, signs, style), room);
    return joinText([style.dim(times[at] ?? ""), bar, counts[at] ?? ""], gap);
  });
  return [...rows, ...describe(joined, "row", options), legend(joined, signs, style)];
}

/** A few lines: the heights of all events and, where there are any, of errors; each with its peak, then the times. */
export function drawSparkline(histogram: Histogram, options: HistogramViewOptions): readonly Styled[] {
  const { columns, style } = options;
  const peakRoom = 2 + "peak 999,999,999".length;
  const joined = rebin(histogram, Math.max(columns - LABEL - peakRoom, MIN_BAR));
  const signs = options.unicode ? UNICODE : ASCII;
  const line = (label: string, values: readonly number[], paint: Style["error"]) => {
    const peak = Math.max(...values);
    return styled`${pad(label, LABEL)}${paint(heights(values, peak, signs))}  peak ${formatCount(peak)}`;
  };
  const errors = joined.bins.map((bin) => bin.errors);
  return [
    line(
      "events",
      joined.bins.map((bin) => bin.total),
      (text) => styled`${text}`,
    ),
    ...(errors.some((count) => count > 0) ? [line("errors", errors, style.error)] : []),
    ...describe(joined, "column", options),
  ];
}

function drawBar(bin: HistogramBin, peak: number, room: number, signs: Signs, style: Style): Styled {
  const rest = Math.max(bin.total - bin.errors - bin.warnings, 0);
  const cells = shareCells([bin.errors, bin.warnings, rest], bin.total, peak, room);
  return joinText([
    style.error(signs.error.repeat(cells[0] ?? 0)),
    style.warn(signs.warning.repeat(cells[1] ?? 0)),
    signs.other.repeat(cells[2] ?? 0),
  ]);
}

/** Cells of a bar by kind: in proportion, at least one for each kind that occurs, at most `room` together. */
function shareCells(counts: readonly number[], total: number, peak: number, room: number): readonly number[] {
  const length = Math.max(Math.round((total / peak) * room), counts.filter((count) => count > 0).length);
  const cells = counts.map((count) => (count > 0 ? Math.max(1, Math.round((count / total) * length)) : 0));
  const change = Math.sign(length - cells.reduce((sum, cell) => sum + cell, 0));
  for (let sum = cells.reduce((a, b) => a + b, 0); sum !== length; sum += change) {
    const largest = cells.indexOf(Math.max(...cells));
    cells[largest] = (cells[largest] ?? 0) + change;
  }
  return cells;
}

function heights(values: readonly number[], peak: number, signs: Signs): string {
  const top = signs.steps.length;
  return values
    .map((value) => (value === 0 ? " " : (signs.steps[Math.ceil((value / peak) * top) - 1] ?? "")))
    .join("");
}

function describeCounts(bin: HistogramBin): string {
  const details = [
    ...(bin.errors > 0 ? [`${formatCount(bin.errors)} err`] : []),
    ...(bin.warnings > 0 ? [`${formatCount(bin.warnings)} warn`] : []),
  ];
  return `${formatCount(bin.total)}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
}

/** The bins' starts: with the date where they span more than one day, with seconds where bins are that short. */
function timeLabels(histogram: Histogram, zone: Zone): readonly string[] {
  const last = histogram.start + histogram.binMs * (histogram.bins.length - 1);
  const days = dayOf(histogram.start, zone) !== dayOf(last, zone);
  return histogram.bins.map((_, at) => {
    const wall = wallOf(histogram.start + at * histogram.binMs, zone);
    const time = histogram.binMs % 60_000 === 0 ? wall.slice(11, 16) : wall.slice(11, 19);
    if (!days) return time;
    return histogram.binMs % DAY === 0 && time === "00:00"
      ? wall.slice(0, 10)
      : `${wall.slice(5, 10)} ${time}`;
  });
}

/** From when to when (absolute, with the zone) and how wide a bin is. */
function describe(histogram: Histogram, per: string, options: HistogramViewOptions): readonly Styled[] {
  const end = histogram.start + histogram.binMs * histogram.bins.length;
  const window = formatWindow({ start: histogram.start, end }, options.zone);
  const text = `${window}, ${formatDuration(histogram.binMs)} per ${per}`;
  return wrapText(options.style.dim(text), options.columns);
}

function legend(histogram: Histogram, signs: Signs, style: Style): Styled {
  const has = (count: (bin: HistogramBin) => number) => histogram.bins.some((bin) => count(bin) > 0);
  const parts = [
    ...(has((bin) => bin.errors) ? [styled`${style.error(signs.error)} error or fatal`] : []),
    ...(has((bin) => bin.warnings) ? [styled`${style.warn(signs.warning)} warn`] : []),
    styled`${signs.other} other`,
  ];
  return joinText(parts, "  ");
}

function widest(labels: readonly string[]): number {
  return labels.reduce((width, label) => Math.max(width, label.length), 0);
}

function wallOf(epochMs: number, zone: Zone): string {
  return new Date(epochMs + zone.offsetAt(epochMs)).toISOString();
}

function dayOf(epochMs: number, zone: Zone): string {
  return wallOf(epochMs, zone).slice(0, 10);
}
