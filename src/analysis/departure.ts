/** A value at a moment, ms since the epoch. */
export interface Measurement {
  readonly at: number;
  readonly value: number;
}

/** When a series left the range that it had kept to, and came back. */
export interface Departure {
  readonly at: number;
  readonly value: number;
  /** Between these lay nine in ten of the values before. */
  readonly usual: { readonly low: number; readonly high: number };
  /** The first moment from which the values are as before again; undefined where they are not. */
  readonly backAt: number | undefined;
}

/** Values that must be known before anything can be called usual. */
const LEAST_BEFORE = 8;
/** A departure is no blip: of so many values from it on, most are outside. */
const LOOK_AHEAD = 3;
const MOST_OF_THEM = 2;
/** How far from the usual range a value must be, as a share of the range's width, and of its middle. */
const WIDTHS = 1;
const SHARE_OF_MIDDLE = 0.1;

/**
 * The first moment at which a series plainly leaves its usual range: at least 8 values before it, it lies outside
 * by the width of their range (5th to 95th percentile) and by a tenth of their median, and so does one of the two
 * values after it. undefined where nothing is plain.
 */
export function findDeparture(series: readonly Measurement[]): Departure | undefined {
  for (let index = LEAST_BEFORE; index <= series.length - MOST_OF_THEM; index += 1) {
    const range = usualRange(series.slice(0, index));
    const first = series[index];
    if (!first || !range.isOutside(first)) continue;
    const next = series.slice(index, index + LOOK_AHEAD);
    if (next.filter(range.isOutside).length < MOST_OF_THEM) continue;
    const { low, high } = range;
    return { ...first, usual: { low, high }, backAt: findReturn(series.slice(index), range.isOutside) };
  }
  return undefined;
}

function usualRange(before: readonly Measurement[]) {
  const sorted = before.map(({ value }) => value).sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [low, middle, high] = [at(0.05), at(0.5), at(0.95)];
  const margin = Math.max(WIDTHS * (high - low), SHARE_OF_MIDDLE * Math.abs(middle));
  const isOutside = ({ value }: Measurement) => value > high + margin || value < low - margin;
  return { low, high, isOutside };
}

/** Behind the last value outside; a series that ends right after it has not been seen to come back. */
function findReturn(
  from: readonly Measurement[],
  isOutside: (one: Measurement) => boolean,
): number | undefined {
  const last = from.findLastIndex(isOutside);
  return from.length - last > LOOK_AHEAD ? from[last + 1]?.at : undefined;
}
