import type { ParameterSummary } from "./summary.ts";
import { WILDCARD } from "./tokens.ts";

const MAX_DISTINCT = 100;
const MAX_VALUE_LENGTH = 80;
const TOP = 5;
/** After so many times that all values were discarded for new ones the values are taken for ids. */
const MAX_ROUNDS = 3;

/** Counts the values of one place in a template: exactly up to 100 distinct ones, the commonest ones beyond. */
export interface ParameterCounts {
  add(value: string, count?: number): void;
  /** False once the values are taken for ids: more of them change nothing. */
  isOpen(): boolean;
  /** @param around the word that the other's values stood in, where all of it now is the value */
  merge(other: ParameterCounts, around?: string): void;
  entries(): Iterable<readonly [string, number]>;
  isCapped(): boolean;
  /** Counts are exact while `distinctCapped` is false, and lower bounds after that (Misra and Gries). */
  summarize(): ParameterSummary;
}

export function createParameterCounts(): ParameterCounts {
  /** Boxed, so that one more of a known value is one look-up. */
  const counts = new Map<string, { count: number }>();
  let capped = false;
  let rounds = 0;

  function add(value: string, count = 1): void {
    if (rounds >= MAX_ROUNDS) return;
    const known = counts.get(value);
    if (known) known.count += count;
    else if (counts.size < MAX_DISTINCT) counts.set(shorten(value), { count });
    else decrement();
  }

  /** Makes room: every count loses one, and values that are left with none go. */
  function decrement(): void {
    capped = true;
    for (const [value, known] of counts) {
      if (known.count > 1) known.count--;
      else counts.delete(value);
    }
    if (counts.size === 0) rounds++;
  }

  const entries = () => counts.entries().map(([value, { count }]) => [value, count] as const);

  return {
    add,
    isOpen: () => rounds < MAX_ROUNDS,
    merge(other, around) {
      capped ||= other.isCapped();
      for (const [value, count] of other.entries()) {
        add(around === undefined ? value : around.replace(WILDCARD, () => value), count);
      }
    },
    entries,
    isCapped: () => capped,
    summarize() {
      const top = [...entries()].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, TOP);
      return {
        distinct: capped ? MAX_DISTINCT : counts.size,
        distinctCapped: capped,
        top: top.map(([value, count]) => ({ value, count })),
      };
    },
  };
}

/** A copy, so that a short value does not keep the whole line in memory that it was cut from. */
function shorten(value: string): string {
  if (value.length < 13) return value;
  const short = value.length > MAX_VALUE_LENGTH ? `${value.slice(0, MAX_VALUE_LENGTH)}…` : value;
  return Buffer.from(short, "utf16le").toString("utf16le");
}
