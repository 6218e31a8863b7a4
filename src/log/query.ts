import type { Level } from "./event.ts";
import type { BilledScan, Notice } from "./ledger.ts";
import { parseLevel } from "./level.ts";

/**
 * A typed question to events: filters, then either groups with aggregates or the events themselves. A source with an
 * engine compiles it to its own language; elsewhere analysis/run-query.ts computes it. What it means is decided here, and
 * held by test/contracts/query.ts:
 *
 * - **Fields** are `message`, `timestamp`, `stream`, `group`, `level` (see writtenLevel), or a member of a message that is
 *   a JSON object, by its path: `error.code`, `items[0].id` or `items.0.id`. `$.` before a path says that a member is
 *   meant: `$.message`. A path that ends at null, an object or a list finds nothing: the field is missing.
 * - **Missing**: an event without the field passes no filter but `not-exists`; it is counted in no aggregate of the field;
 *   grouped by it, such events are one group, whose cell is null. An empty text is not missing.
 * - **Booleans** are the numbers 1 and 0, as in Logs Insights; the values `true` and `false` of a filter find these too.
 * - **Numbers**: a text counts as a number where all of it is a decimal number (`readNumber`): `12` and `1e3`, never `12ms`.
 *   A filter's value that is a number, or is written as one is (`500`, not `007`), is compared as a number with a field
 *   that has one. `less` and the like need one, and pass no field that has none. Everything else is text, compared
 *   character by character; `contains` is case-sensitive.
 * - **Aggregates** are over numbers, but for `count` (events with the field) and `count-distinct` (its texts). Of no number at all
 *   sum and counts are 0, the others null. A percentile is the smallest number with that share at or below it, or one within
 *   2 % of it. `minimum` and `maximum` of `timestamp` are times.
 * - **Bins** begin at multiples of their length since the epoch (UTC). Without groups and bins, aggregates give one row,
 *   also of no event.
 * - **Order**: by `sort`, then by the other columns from left to right, ascending (analysis/query-order.ts). Without `sort`:
 *   bins ascending; groups by their first aggregate, descending; events newest first. `limit` cuts after that.
 */
export interface LogQuery {
  /** All must hold. */
  readonly filters: readonly QueryFilter[];
  /** Fields to group by; rows then are groups. */
  readonly groupBy: readonly string[];
  /** Groups by time too: the length of a bin, ms; bins begin at multiples of it since the epoch (UTC). */
  readonly binMs?: number;
  /** Empty together with `groupBy` and `binMs`: the rows are the events. */
  readonly aggregates: readonly QueryAggregate[];
  readonly sort?: QuerySort;
  /** Rows, at most; 1 to 100,000. */
  readonly limit: number;
}

export const QUERY_OPERATORS = [
  "equals",
  "not-equals",
  "contains",
  "not-contains",
  "less",
  "at-most",
  "greater",
  "at-least",
  "exists",
  "not-exists",
] as const;
export type QueryOperator = (typeof QUERY_OPERATORS)[number];

export interface QueryFilter {
  readonly field: string;
  readonly operator: QueryOperator;
  /**
   * None for `exists` and `not-exists`, one for `less` and the like; several mean any of them (`equals`, `contains`) or none
   * of them (`not-…`).
   */
  readonly values: readonly (string | number)[];
}

export const QUERY_FUNCTIONS = [
  "count",
  "count-distinct",
  "sum",
  "average",
  "minimum",
  "maximum",
  "p50",
  "p90",
  "p95",
  "p99",
] as const;
export type QueryFunction = (typeof QUERY_FUNCTIONS)[number];

export interface QueryAggregate {
  readonly function: QueryFunction;
  /** Absent for `count`, which then counts events; the others need it. */
  readonly field?: string;
}

export interface QuerySort {
  /** A column of the result: a field, `bin`, or an aggregate as `columnOf` names it. */
  readonly by: string;
  readonly order: "ascending" | "descending";
}

export type QueryCell = string | number | null;

export interface QueryResult {
  /** In this order: `bin`, the fields grouped by, the aggregates; or EVENT_COLUMNS. */
  readonly columns: readonly string[];
  /**
   * Times (`bin`, `timestamp`, the least and most of it) are milliseconds since the epoch; aggregates are numbers; fields
   * grouped by are texts.
   */
  readonly rows: readonly (readonly QueryCell[])[];
  /** Events that passed the filters, before any grouping; undefined where the engine does not say. */
  readonly matched: number | undefined;
  readonly scannedEvents: number | undefined;
  readonly scannedBytes: number;
  /** What the engine is billed by, where it is. */
  readonly scan?: BilledScan;
  /** False where rows are missing: the limit was reached, or the engine stopped early; a notice says which. */
  readonly isComplete: boolean;
  /** What the engine was given, in its own language, for the reader; absent where LogAI computed it. */
  readonly text?: string;
  /** Where a person can see the same in the vendor's console. */
  readonly link?: string;
  readonly notices: readonly Notice[];
}

/** The name of an aggregate's column: `count`, `p95(duration)`. */
export function columnOf({ function: name, field }: QueryAggregate): string {
  return field === undefined ? name : `${name}(${field})`;
}

/** The columns of a query for events. */
const EVENT_COLUMNS = ["timestamp", "group", "stream", "message"] as const;

/** True where the rows are the events themselves. */
export function isOfEvents({ groupBy, binMs, aggregates }: LogQuery): boolean {
  return groupBy.length === 0 && binMs === undefined && aggregates.length === 0;
}

/** The names of a result's columns. */
export function columnsOf(query: LogQuery): readonly string[] {
  if (isOfEvents(query)) return EVENT_COLUMNS;
  const bin = query.binMs === undefined ? [] : ["bin"];
  return [...bin, ...query.groupBy, ...query.aggregates.map(columnOf)];
}

/**
 * What a query calls the level of an event: the word behind a key such as `level` or `severity`, the number behind such a
 * key of JSON (pino: 10 to 60), else the first upper-case word that names a level. One regular expression, so that every
 * engine finds the same; read it with `writtenLevel`.
 */
export const WRITTEN_LEVEL =
  /(?:level|severity|lvl|levelname|loglevel)(?:"?\s*[=:]\s*"?(?<keyed>[A-Za-z]+)|"\s*:\s*(?<number>[1-6]0)\b)|\b(?<word>TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL|PANIC)\b/;

/** The level that stands in a message; undefined where none does, or a word that names none. */
export function writtenLevel(message: string): Level | undefined {
  const { keyed, number, word } = WRITTEN_LEVEL.exec(message)?.groups ?? {};
  return parseLevel(keyed ?? number ?? word ?? "");
}

const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

/** The number that a text is as a whole; undefined for everything else, `12ms`, `0x1f` and `Infinity` included. */
export function readNumber(text: string): number | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
