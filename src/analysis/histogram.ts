import type { Histogram, HistogramBin } from "./summary.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Widths that bins may have, ms. Each divides the next, so a bin never has to be split. */
const WIDTHS = [
  SECOND,
  5 * SECOND,
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
];

const DEFAULT_MAX_BINS = 720;

/** Counts per bin of time, for a range that is not known beforehand: bins get wider as it grows. */
export interface TimeBins {
  /** Counts one more in the bin of `timestamp` (ms since the epoch), on each of the given channels. */
  add(timestamp: number, channels: readonly number[]): void;
  /** Start of the first bin, ms since the epoch; undefined while nothing was counted. */
  start(): number | undefined;
  binMs(): number;
  bins(): number;
  count(bin: number, channel: number): number;
  /** Adds the counts of another, which has the same number of channels. */
  merge(other: TimeBins): void;
}

/**
 * @param channels how many counts each bin has
 * @param maxBins most bins that are kept; beyond that neighbours are joined
 */
export function createTimeBins(channels = 1, maxBins = DEFAULT_MAX_BINS): TimeBins {
  let width: number = SECOND;
  /** Index of the first bin, in bins of `width` since the epoch. */
  let origin = 0;
  let counts: number[] = [];

  const bins = () => counts.length / channels;

  function widen(next: number): void {
    const factor = next / width;
    const moved = Math.floor(origin / factor);
    const joined = new Array<number>(
      (Math.floor((origin + bins() - 1) / factor) - moved + 1) * channels,
    ).fill(0);
    for (let bin = 0; bin < bins(); bin++) {
      const target = Math.floor((origin + bin) / factor) - moved;
      for (let channel = 0; channel < channels; channel++) {
        const at = target * channels + channel;
        joined[at] = (joined[at] ?? 0) + (counts[bin * channels + channel] ?? 0);
      }
    }
    counts = joined;
    origin = moved;
    width = next;
  }

  /** Makes room for a bin, and returns where its counts begin. */
  function locate(timestamp: number): number {
    if (counts.length === 0) {
      origin = Math.floor(timestamp / width);
      counts = new Array<number>(channels).fill(0);
      return 0;
    }
    let index = Math.floor(timestamp / width);
    if (index >= origin && index < origin + bins()) return (index - origin) * channels;
    while (Math.max(index, origin + bins() - 1) - Math.min(index, origin) >= maxBins) {
      widen(nextWidth(width));
      index = Math.floor(timestamp / width);
    }
    if (index < origin) {
      counts = new Array<number>((origin - index) * channels).fill(0).concat(counts);
      origin = index;
    }
    const at = (index - origin) * channels;
    while (counts.length < at + channels) counts.push(0);
    return at;
  }

  function merge(other: TimeBins): void {
    const start = other.start();
    if (start === undefined) return;
    if (counts.length > 0) while (width < other.binMs()) widen(nextWidth(width));
    else width = other.binMs();
    for (let bin = 0; bin < other.bins(); bin++) {
      for (let channel = 0; channel < channels; channel++) {
        const count = other.count(bin, channel);
        if (count === 0) continue;
        const at = locate(start + bin * other.binMs()) + channel;
        counts[at] = (counts[at] ?? 0) + count;
      }
    }
  }

  return {
    add(timestamp, chosen) {
      const at = locate(timestamp);
      for (const channel of chosen) counts[at + channel] = (counts[at + channel] ?? 0) + 1;
    },
    start: () => (counts.length === 0 ? undefined : origin * width),
    binMs: () => width,
    bins,
    count: (bin, channel) => counts[bin * channels + channel] ?? 0,
    merge,
  };
}

/** The next wider bins, ms: 5 s after 1 s, and so on up to days, of which each is twice the one before. */
export function nextWidth(width: number): number {
  return WIDTHS.find((candidate) => candidate > width) ?? width * 2;
}

/** The histogram of bins whose channels are total, warnings, errors. */
export function toHistogram(bins: TimeBins): Histogram | undefined {
  const start = bins.start();
  if (start === undefined) return undefined;
  const list: HistogramBin[] = [];
  for (let bin = 0; bin < bins.bins(); bin++) {
    list.push({ total: bins.count(bin, 0), warnings: bins.count(bin, 1), errors: bins.count(bin, 2) });
  }
  return { start, binMs: bins.binMs(), bins: list };
}

/** Counts of one channel in the bins of a histogram that spans at least the same time in bins no finer. */
export function alignTo(histogram: Histogram, bins: TimeBins): readonly number[] {
  const counts = new Array<number>(histogram.bins.length).fill(0);
  const start = bins.start();
  if (start === undefined) return counts;
  for (let bin = 0; bin < bins.bins(); bin++) {
    const at = Math.floor((start + bin * bins.binMs() - histogram.start) / histogram.binMs);
    counts[at] = (counts[at] ?? 0) + bins.count(bin, 0);
  }
  return counts;
}

/** The same counts in at most `maxBins` bins, which stay aligned to the clock. */
export function rebin(histogram: Histogram, maxBins: number): Histogram {
  const end = histogram.start + histogram.bins.length * histogram.binMs;
  let width = histogram.binMs;
  const binsAt = (ms: number) => Math.floor((end - 1) / ms) - Math.floor(histogram.start / ms) + 1;
  if (maxBins <= 1) return single(histogram);
  while (binsAt(width) > maxBins) width = nextWidth(width);
  if (width === histogram.binMs) return histogram;
  const origin = Math.floor(histogram.start / width);
  const bins = Array.from({ length: binsAt(width) }, () => ({ total: 0, warnings: 0, errors: 0 }));
  histogram.bins.forEach((bin, index) => {
    const target = bins[Math.floor((histogram.start + index * histogram.binMs) / width) - origin];
    if (target) addBin(target, bin);
  });
  return { start: origin * width, binMs: width, bins };
}

/** One bin cannot always be aligned: a range may cross every boundary. */
function single(histogram: Histogram): Histogram {
  const sum = { total: 0, warnings: 0, errors: 0 };
  for (const bin of histogram.bins) addBin(sum, bin);
  return { start: histogram.start, binMs: histogram.binMs * histogram.bins.length, bins: [sum] };
}

function addBin(target: { total: number; warnings: number; errors: number }, bin: HistogramBin): void {
  target.total += bin.total;
  target.warnings += bin.warnings;
  target.errors += bin.errors;
}
