/** Relative error of a bucket; with three digits of a quantile that stays below 2 %. */
const ACCURACY = 0.014;
const GAMMA = (1 + ACCURACY) / (1 - ACCURACY);
const LOG_GAMMA = Math.log(GAMMA);
/** Magnitudes below and above these count as these; so a sketch holds at most about 5,000 buckets. */
const SMALLEST = 1e-9;
const LARGEST = 1e21;

/** Quantiles of a stream of numbers in bounded memory, each within 2 % of the true one (as DDSketch). */
export interface QuantileSketch {
  add(value: number): void;
  merge(other: QuantileSketch): void;
  count(): number;
  /** The value below which the share `q` (0 to 1) of the numbers lies; NaN of an empty sketch. */
  quantile(q: number): number;
  /** The share (0 to 1) of numbers above a limit, which is exact to the width of a bucket. */
  shareAbove(limit: number): number;
  /** Ascending by value. */
  buckets(): readonly Readonly<Bucket>[];
}

interface Bucket {
  readonly index: number;
  /** The value in it while there is but one, so that few distinct values are exact; else its middle. */
  value: number;
  isMixed: boolean;
  count: number;
}

/** Values of a bucket lie within 2 % of this, which has three significant digits. */
function valueOfBucket(index: number): number {
  if (index === 0) return 0;
  const value = (2 * GAMMA ** (Math.abs(index) - OFFSET)) / (GAMMA + 1);
  return Number((index > 0 ? value : -value).toPrecision(3));
}

/** Shifts the indices of positive values above zero. */
const OFFSET = Math.ceil(-Math.log(SMALLEST) / LOG_GAMMA) + 2;

function bucketOf(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude < SMALLEST) return 0;
  const index = Math.ceil(Math.log(Math.min(magnitude, LARGEST)) / LOG_GAMMA) + OFFSET;
  return value > 0 ? index : -index;
}

export function createQuantileSketch(): QuantileSketch {
  const buckets = new Map<number, Bucket>();
  let total = 0;

  const sorted = () => [...buckets.values()].sort((a, b) => a.index - b.index);

  function note(index: number, value: number, count: number, isMixed: boolean): void {
    const bucket = buckets.get(index);
    if (!bucket) {
      buckets.set(index, { index, value, count, isMixed });
      return;
    }
    bucket.count += count;
    if (bucket.isMixed || (!isMixed && bucket.value === value)) return;
    bucket.isMixed = true;
    bucket.value = valueOfBucket(index);
  }

  return {
    add(value) {
      note(bucketOf(value), value, 1, false);
      total++;
    },
    merge(other) {
      for (const { index, value, count, isMixed } of other.buckets()) note(index, value, count, isMixed);
      total += other.count();
    },
    count: () => total,
    quantile(q) {
      const rank = Math.max(1, Math.ceil(q * total));
      let seen = 0;
      for (const { value, count } of sorted()) {
        seen += count;
        if (seen >= rank) return value;
      }
      return Number.NaN;
    },
    shareAbove(limit) {
      let above = 0;
      for (const { value, count } of buckets.values()) if (value > limit) above += count;
      return total === 0 ? 0 : above / total;
    },
    buckets: sorted,
  };
}
