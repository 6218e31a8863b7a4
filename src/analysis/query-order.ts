import { codeAt, isDigit, isLetter } from "../log/header-characters.ts";
import { type QueryCell, readNumber } from "../log/query.ts";
import type { SortKey } from "../log/query-plan.ts";

type Row = readonly QueryCell[];

/** The order of a query's rows. */
export function compareRows(order: readonly SortKey[]): (one: Row, other: Row) => number {
  return (one, other) => {
    for (const { column, isDescending } of order) {
      const a = one[column] ?? null;
      const b = other[column] ?? null;
      if (a === null || b === null) {
        // What is missing comes last, whichever way the order goes.
        if (a !== b) return a === null ? 1 : -1;
        continue;
      }
      const difference = compareCells(a, b);
      if (difference !== 0) return isDescending ? -difference : difference;
    }
    return 0;
  };
}

/**
 * The natural order in which Logs Insights sorts: texts before numbers; in texts runs of digits by their length, then by
 * their value, so that host2 comes before host10 (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html).
 */
function compareCells(one: string | number, other: string | number): number {
  const a = typeof one === "number" ? one : readNumber(one);
  const b = typeof other === "number" ? other : readNumber(other);
  if (a !== undefined && b !== undefined) return a - b || compareTexts(String(one), String(other));
  if (a !== undefined) return 1;
  if (b !== undefined) return -1;
  return compareNaturally(String(one), String(other));
}

/** By chunks: a run of digits, a run of letters, or one other character. Only the first that differs counts. */
function compareNaturally(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const kind = kindAt(one, at - 1);
  let from = at;
  while (from > 0 && kind !== "other" && kindAt(one, from - 1) === kind) from -= 1;
  return (
    compareChunks(chunkAt(one, from), chunkAt(other, from)) ||
    compareChunks(chunkAt(one, at), chunkAt(other, at))
  );
}

function compareChunks(one: string, other: string): number {
  const areDigits = kindAt(one, 0) === "digit" && kindAt(other, 0) === "digit";
  return (areDigits ? one.length - other.length : 0) || compareTexts(one, other);
}

function chunkAt(text: string, from: number): string {
  const kind = kindAt(text, from);
  let end = from + 1;
  while (kind !== "other" && kindAt(text, end) === kind) end += 1;
  return text.slice(from, end);
}

function kindAt(text: string, at: number): "digit" | "letter" | "other" {
  const code = codeAt(text, at);
  if (isDigit(code)) return "digit";
  if (code < 128) return isLetter(code) ? "letter" : "other";
  return LETTER.test(text.charAt(at)) ? "letter" : "other";
}

const LETTER = /\p{L}/u;

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Keeps the first rows of an order, whatever the number of rows that are added. */
export interface TopRows {
  add(row: Row): void;
  /** In order. */
  rows(): readonly Row[];
  /** True where a row was let go. */
  isCut(): boolean;
}

/** @param characters most text that is kept, so that long messages do not fill the memory */
export function createTopRows(limit: number, order: readonly SortKey[], characters: number): TopRows {
  const compare = compareRows(order);
  let kept: Row[] = [];
  let size = 0;
  let isCut = false;

  function cut(): void {
    kept.sort(compare);
    let count = 0;
    size = 0;
    for (const row of kept) {
      const more = size + sizeOf(row);
      if (count === limit || (count > 0 && more > characters)) break;
      size = more;
      count += 1;
    }
    if (count < kept.length) {
      kept = kept.slice(0, count);
      isCut = true;
    }
  }

  return {
    add(row) {
      kept.push(row);
      size += sizeOf(row);
      if (kept.length >= limit * 2 + 1000 || size > characters * 2) cut();
    },
    rows() {
      cut();
      return kept;
    },
    isCut: () => isCut,
  };
}

function sizeOf(row: Row): number {
  return row.reduce((sum: number, cell) => sum + (typeof cell === "string" ? cell.length : 8), 0);
}
