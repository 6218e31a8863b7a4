/** A number or a time of day that a text claims. */
export interface Claim {
  readonly kind: "number" | "time";
  readonly raw: string;
  readonly index: number;
  /** NaN for a time. */
  readonly value: number;
  /** The unit written behind the number; empty where there is none. */
  readonly unit: string;
}

/**
 * References, dates with times, clock times, words that hold digits, numbers: in this order, so that the digits of
 * one are not read as another. The alternatives start differently and repeat boundedly: linear.
 */
const TOKEN =
  /\[[eq]\d+[^\]]{0,80}\]|(?<date>\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?)|(?<clock>\b\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\b)|(?<word>[A-Za-z_][\w.:/-]{0,200}\d[\w.:/-]{0,200}|\d+[A-Za-z_-][\w.:/-]{0,200})|(?<number>-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)/g;

/** `45ms`, `2.3s` and `12k` are numbers with a unit; other words that hold digits are names. */
const WITH_UNIT = /^(\d+(?:\.\d+)?)(ms|s|m|min|h|d|%|k|kB|MB|GB|B)$/;

const UNIT_BEHIND = /^ ?(%|percent|ms|seconds?|s|minutes|min)(?![a-z])/;

export function findNumbers(text: string): Claim[] {
  const claims: Claim[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const { date, clock, word, number } = match.groups ?? {};
    const index = match.index;
    const unit = word ? WITH_UNIT.exec(word) : null;
    if (date) claims.push({ kind: "time", raw: date, index, value: Number.NaN, unit: "" });
    else if (clock) claims.push({ kind: "time", raw: clock, index, value: Number.NaN, unit: "" });
    else if (unit?.[1])
      claims.push({ kind: "number", raw: unit[1], index, value: Number(unit[1]), unit: unit[2] ?? "" });
    else if (number && !isListMarker(text, index, number)) {
      const unit = UNIT_BEHIND.exec(text.slice(index + number.length, index + number.length + 10))?.[1] ?? "";
      claims.push({ kind: "number", raw: number, index, value: Number(number.replaceAll(",", "")), unit });
    }
  }
  return claims;
}

function isListMarker(text: string, index: number, number: string): boolean {
  return (
    /^\s*$/.test(text.slice(text.lastIndexOf("\n", index) + 1, index)) &&
    /^[.)]\s/.test(text.slice(index + number.length, index + number.length + 2))
  );
}

/** By what a stored number is multiplied to be shown in a unit; without one it is shown as it is. */
const SCALES: Readonly<Record<string, readonly number[]>> = {
  "%": [1, 100],
  percent: [1, 100],
  s: [1, 1 / 1000],
  second: [1, 1 / 1000],
  seconds: [1, 1 / 1000],
  m: [1, 1 / 60, 1 / 60_000],
  min: [1, 1 / 60, 1 / 60_000],
  minutes: [1, 1 / 60, 1 / 60_000],
  ms: [1, 1000],
};

/** True where one of the numbers, in the claim's unit and rounded as the claim is, is the claimed one. */
export function gives(numbers: readonly number[], { value, raw, unit }: Claim): boolean {
  const decimals = raw.split(".")[1]?.length ?? 0;
  const scales = SCALES[unit] ?? [1];
  const rounds = decimals > 0 || scales.length > 1;
  const tolerance = rounds ? 0.5 * 10 ** -decimals + 1e-9 : 0;
  return numbers.some((number) => scales.some((scale) => Math.abs(number * scale - value) <= tolerance));
}

/** True where a text holds the date or clock time, to the precision that was claimed. */
export function mentionsTime(text: string, claimed: string): boolean {
  const wanted = claimed.replace(" ", "T");
  if (text.includes(claimed) || text.includes(wanted)) return true;
  return /^\d:/.test(claimed) && text.includes(`0${claimed}`);
}
