import { MOMENT, type Moment, readMoment } from "./times.ts";

/** A number or a time that a text claims. */
export type Claim = NumberClaim | TimeClaim;

interface Place {
  readonly raw: string;
  readonly index: number;
  /** Behind the number and its unit. */
  readonly end: number;
}

export interface NumberClaim extends Place {
  readonly kind: "number";
  readonly value: number;
  readonly decimals: number;
  /** A key of UNITS; empty where there is none. */
  readonly unit: string;
  /** What the words before it make of it. */
  readonly bound: "about" | "above" | "below" | "exact";
}

export interface TimeClaim extends Place {
  readonly kind: "time";
  readonly moment: Moment;
}

/** By what a stored number is multiplied to be shown in a unit: it may be stored in ms, in bytes, as a share. */
const UNITS: Readonly<Record<string, readonly number[]>> = {
  "": [1],
  x: [1],
  "%": [1, 100],
  us: [1, 1000, 1e6],
  ms: [1, 1000, 1e-3],
  s: [1, 1e-3, 1e-6],
  // What is told in these is read as ms: a bare 3 is no 3 hours.
  min: [1 / 60, 1 / 60_000],
  h: [1 / 3600, 1 / 3_600_000],
  d: [1 / 86_400, 1 / 86_400_000],
  k: [1, 1e-3],
  M: [1, 1e-6],
  kB: [1, 1e-3, 1 / 1024],
  MB: [1, 1e-6, 1 / 1024 ** 2],
  GB: [1, 1e-9, 1 / 1024 ** 3],
};

/** Milliseconds of the units of time. */
const DURATIONS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const UNIT_NAMES: readonly (readonly [unit: string, names: RegExp])[] = [
  ["us", /^(?:µs|us|microseconds?)$/],
  ["ms", /^(?:ms|milliseconds?)$/],
  ["s", /^(?:s|secs?|seconds?)$/],
  ["min", /^(?:m|mins?|minutes?)$/],
  ["h", /^(?:h|hrs?|hours?)$/],
  ["d", /^(?:d|days?)$/],
  ["%", /^(?:%|percent)$/],
  ["x", /^(?:x|×|times)$/],
  ["kB", /^(?:kB|KB|KiB)$/],
  ["MB", /^(?:MB|MiB)$/],
  ["GB", /^(?:GB|GiB)$/],
  ["k", /^(?:k|K|thousand)$/],
  ["M", /^(?:M|million)$/],
];

const UNIT =
  "%|×|(?:µs|us|microseconds?|ms|milliseconds?|secs?|seconds?|s|mins?|minutes?|m|hrs?|hours?|h|days?|d|percent|x|times|kB|KB|KiB|MB|MiB|GB|GiB|k|K|thousand|M|million)(?![\\p{L}\\d_])";
/** `41`, `1,234.5`; not the beginning of a name, a version, an address or a path. */
const NUMBER = `(?:\\d{1,3}(?:,\\d{3}){1,8}|\\d{1,30})(?:\\.\\d{1,20})?`;
const NO_NAME = "(?![\\p{L}\\d_]|[.:@][\\p{L}\\d]|[/-](?!\\d{1,30}(?![\\p{L}\\d_./:@-]))[\\p{L}\\d])";
const NAME = "[\\p{L}\\d_](?:[\\p{L}\\d_.:/@-]{0,199}[\\p{L}\\d_])?";

/** Every alternative begins at the start of a word, and repeats boundedly: linear. */
const TOKEN = new RegExp(
  `(?<![\\p{L}\\d_])(?:(?<moment>${MOMENT})(?![\\p{L}\\d_])|(?<number>${NUMBER})(?:[ -]?(?<unit>${UNIT})|${NO_NAME})|${NAME})`,
  "giu",
);

const BEFORE: readonly (readonly [NumberClaim["bound"], RegExp])[] = [
  ["about", /(?:[~≈]|\b(?:about|around|roughly|approximately|approx\.|nearly|almost|circa|some))\s?$/i],
  ["above", /(?:[>≥]|>=|\b(?:over|more than|above|at least|exceed(?:s|ed|ing)?))\s?$/i],
  ["below", /(?:[<≤]|<=|\b(?:under|less than|fewer than|below|at most|up to|within))\s?$/i],
];

/** All numbers and times of a text; names that hold digits (`sku-1539`, `v2.3.1`, `10.0.0.7`) are none. */
export function findClaims(text: string): Claim[] {
  const claims: Claim[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const { moment, number, unit } = match.groups ?? {};
    const { index } = match;
    const place = { index, end: index + match[0].length };
    if (moment) {
      const read = readMoment(moment);
      if (read) claims.push({ kind: "time", raw: moment, ...place, moment: read });
    } else if (number) {
      if (CONFIDENCE.test(text.slice(Math.max(0, index - 32), index))) continue;
      const claim: NumberClaim = {
        kind: "number",
        raw: number,
        ...place,
        value: Number(number.replaceAll(",", "")),
        decimals: number.split(".")[1]?.length ?? 0,
        unit: unitOf(unit),
        bound: boundOf(text.slice(Math.max(0, index - 16), index)),
      };
      const before = claims.at(-1);
      const whole = before && joinDuration(before, claim, text);
      if (whole) claims[claims.length - 1] = whole;
      else claims.push(claim);
    }
  }
  return claims;
}

/** How sure the answer is of itself; no log can tell. */
const CONFIDENCE = /\bconfiden(?:ce|t)\b[^.\n\d]{0,16}$/i;

/** `3h 9m`, `1 hour and 5 minutes` as one duration in its smaller unit; undefined where these are two claims. */
function joinDuration(large: Claim, small: NumberClaim, text: string): NumberClaim | undefined {
  if (large.kind !== "number" || large.decimals > 0) return undefined;
  const scale = (DURATIONS[large.unit] ?? 0) / (DURATIONS[small.unit] ?? Number.NaN);
  if (!(scale > small.value) || !/^(?: |, | and |, and )$/.test(text.slice(large.end, small.index)))
    return undefined;
  return {
    ...small,
    raw: text.slice(large.index, small.index) + small.raw,
    index: large.index,
    value: large.value * scale + small.value,
    bound: large.bound,
  };
}

function unitOf(name: string | undefined): string {
  if (name === undefined) return "";
  const find = (written: string) => UNIT_NAMES.find(([, names]) => names.test(written))?.[0];
  return find(name) ?? find(name.toLowerCase()) ?? "";
}

function boundOf(before: string): NumberClaim["bound"] {
  return BEFORE.find(([, words]) => words.test(before))?.[0] ?? "exact";
}

/** The numbers and times that a stored text tells; digits that are part of a name count where they stand alone. */
export function readText(text: string): { numbers: number[]; moments: Moment[] } {
  const moments: Moment[] = [];
  const rest = text.replaceAll(STORED_MOMENT, (raw) => {
    const moment = readMoment(raw);
    if (moment) moments.push(moment);
    return " ";
  });
  const numbers = [...rest.matchAll(STORED_NUMBER)].flatMap(({ 0: raw, groups }) => {
    const number = Number(raw.replaceAll(",", ""));
    const unit = unitOf(groups?.unit);
    return unit === "min" || unit === "h" || unit === "d" ? [number, toMs(number, unit)] : [number];
  });
  return { numbers, moments };
}

/** A number in a unit of time as ms; as it is where the unit is none. */
export function toMs(number: number, unit: string): number {
  return number * (DURATIONS[unit] ?? 1);
}

const STORED_MOMENT = new RegExp(`(?<![\\p{L}\\d_])(?:${MOMENT})(?![\\p{L}\\d_])`, "giu");
const STORED_NUMBER = new RegExp(
  `(?<![\\p{L}\\d.])(?:${NUMBER})(?= ?(?<unit>${UNIT})|[^\\p{L}\\d]|$)|(?<=\\d\\.)\\d{1,30}(?![\\p{L}\\d])`,
  "gu",
);

/** True where one of the numbers (ascending), in the claim's unit and rounded as the claim is, is the claimed one. */
export function gives(numbers: readonly number[], claim: NumberClaim): boolean {
  const scales = UNITS[claim.unit] ?? [1];
  const reach = reachOf(claim);
  return scales.some((scale) => {
    const most = (claim.value + reach) / scale;
    for (let at = firstFrom(numbers, (claim.value - reach) / scale); at < numbers.length; at += 1) {
      const number = numbers[at] ?? Number.NaN;
      if (!(number <= most)) return false;
      if (isClose(number * scale, scale === 1, claim)) return true;
    }
    return false;
  });
}

/** Nothing that is further away from the claimed value can give it. */
function reachOf({ value, decimals, bound }: NumberClaim): number {
  const rounding = 10 ** -decimals + 1e-6 * value;
  return bound === "exact" ? rounding : rounding + value * BEYOND;
}

/** Index of the first number (ascending) that is not less. */
function firstFrom(numbers: readonly number[], least: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How far a number may be from what `about` says, and beyond what `more than` says: its share. */
const VAGUE = 0.05;
const BEYOND = 0.25;
/** What is shown in another unit may be rounded, but not to something else: its share. */
const ROUNDED = 0.1;

function isClose(number: number, unscaled: boolean, { value, decimals, bound }: NumberClaim): boolean {
  if (bound === "above" && number >= value && number <= value * (1 + BEYOND)) return true;
  if (bound === "below" && number <= value && number >= value * (1 - BEYOND)) return true;
  if (bound === "about" && Math.abs(number - value) <= value * VAGUE) return true;
  // A whole number is exact; what is shown in another unit, or with decimals, was rounded.
  const rounding = 0.5 * 10 ** -decimals;
  const tolerance = unscaled
    ? Number.isInteger(number)
      ? 0
      : rounding
    : Math.min(rounding, number * ROUNDED);
  return Math.abs(number - value) <= tolerance + 1e-9 * Math.max(1, value);
}

/** True where the claim is the time between two of the instants (ms), cut or rounded as it is told. */
export function givesDuration(instants: readonly number[], claim: NumberClaim): boolean {
  const unit = DURATIONS[claim.unit];
  if (unit === undefined) return false;
  const step = 10 ** -claim.decimals * (claim.bound === "exact" ? 1 : 1 + claim.value * VAGUE);
  return instants.some((from) =>
    instants.some((to) => to > from && Math.abs((to - from) / unit - claim.value) < step),
  );
}

/**
 * True where the claim follows from numbers next to it: a share, a factor, a sum or a difference of two of them, the sum
 * of all, or the share of one in one of the totals.
 */
export function follows(claim: NumberClaim, others: readonly number[], totals: readonly number[]): boolean {
  const isIt = (result: number) => isClose(result, false, claim);
  if (claim.unit === "%" && others.some((a) => totals.some((total) => isIt((100 * a) / total)))) return true;
  if (others.length > 2 && others.reduce((sum, one) => sum + one, 0) === claim.value) return true;
  const results = (a: number, b: number): number[] => {
    if (claim.unit === "%") return [(100 * a) / b, (100 * Math.abs(a - b)) / b];
    return claim.unit === "x" ? [a / b] : [a + b, a - b];
  };
  return others.some((a, at) => others.some((b, other) => at !== other && results(a, b).some(isIt)));
}
