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
const NEVER = Number.POSITIVE_INFINITY;

/** Counts per bin of time, for a range that is not known beforehand: bins get wider as it grows. */
export interface TimeBins {
  /** Counts one more in the bin of `timestamp` (ms since the epoch), on each of the given channels. */
  add(timestamp: number, channels: readonly number[]): void;
  /** Start of the first bin, ms since the epoch; undefined while nothing was counted. */
  start(): number | undefined;
  binMs(): number;
  bins(): number;
  count(bin: number, channel: number): number;
  /** The earliest time that was counted there, ms since the epoch. */
  first(bin: number, channel: number): number | undefined;
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
  /** The earliest time of each count; infinite where there is none. */
  let firsts: number[] = [];

  const bins = () => counts.length / channels;

  function put(at: number, count: number, first: number): void {
    counts[at] = (counts[at] ?? 0) + count;
    if (first < (firsts[at] ?? NEVER)) firsts[at] = first;
  }

  function widen(next: number): void {
    const factor = next / width;
    const from = origin;
    const before = { counts, firsts };
    const last = origin + bins() - 1;
    origin = Math.floor(from / factor);
    width = next;
    const length = (Math.floor(last / factor) - origin + 1) * channels;
    counts = new Array<number>(length).fill(0);
    firsts = new Array<number>(length).fill(NEVER);
    before.counts.forEach((count, cell) => {
      const bin = Math.floor((from + Math.floor(cell / channels)) / factor) - origin;
      put(bin * channels + (cell % channels), count, before.firsts[cell] ?? NEVER);
    });
  }

  /** Makes room for a bin, and returns where its counts begin. */
  function locate(timestamp: number): number {
    let index = Math.floor(timestamp / width);
    if (counts.length === 0) origin = index;
    if (index >= origin && index < origin + bins()) return (index - origin) * channels;
    while (Math.max(index, origin + bins() - 1) - Math.min(index, origin) >= maxBins) {
      widen(nextWidth(width));
      index = Math.floor(timestamp / width);
    }
    if (index < origin) {
      const missing = (origin - index) * channels;
      counts = new Array<number>(missing).fill(0).concat(counts);
      firsts = new Array<number>(missing).fill(NEVER).concat(firsts);
      origin = index;
    }
    const at = (index - origin) * channels;
    while (counts.length < at + channels) {
      counts.push(0);
      firsts.push(NEVER);
    }
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
        put(locate(start + bin * other.binMs()) + channel, count, other.first(bin, channel) ?? NEVER);
      }
    }
  }

  return {
    add(timestamp, chosen) {
      const at = locate(timestamp);
      for (const channel of chosen) put(at + channel, 1, timestamp);
    },
    start: () => (counts.length === 0 ? undefined : origin * width),
    binMs: () => width,
    bins,
    count: (bin, channel) => counts[bin * channels + channel] ?? 0,
    first(bin, channel) {
      const first = firsts[bin * channels + channel] ?? NEVER;
      return first === NEVER ? undefined : first;
    },
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
    const counts = { total: bins.count(bin, 0), warnings: bins.count(bin, 1), errors: bins.count(bin, 2) };
    const firstError = bins.first(bin, 2);
    list.push(firstError === undefined ? counts : { ...counts, firstError });
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
  const parts = Array.from({ length: binsAt(width) }, (): HistogramBin[] => []);
  histogram.bins.forEach((bin, index) => {
    parts[Math.floor((histogram.start + index * histogram.binMs) / width) - origin]?.push(bin);
  });
  return { start: origin * width, binMs: width, bins: parts.map(joinBins) };
}

/** One bin cannot always be aligned: a range may cross every boundary. */
function single(histogram: Histogram): Histogram {
  const { start, binMs, bins } = histogram;
  return { start, binMs: binMs * bins.length, bins: [joinBins(bins)] };
}

function joinBins(bins: readonly HistogramBin[]): HistogramBin {
  const joined = { total: 0, warnings: 0, errors: 0 };
  let firstError = NEVER;
  for (const bin of bins) {
    joined.total += bin.total;
    joined.warnings += bin.warnings;
    joined.errors += bin.errors;
    firstError = Math.min(firstError, bin.firstError ?? NEVER);
  }
  return firstError === NEVER ? joined : { ...joined, firstError };
}
