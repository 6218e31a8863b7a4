import type { Notice } from "./ledger.ts";

/**
 * A typed question to events: filters, then either groups with aggregates or the events themselves. A source with an
 * engine compiles it to its own language; elsewhere analysis/run-query.ts computes it, with the same result.
 *
 * Fields are `message`, `timestamp`, `stream`, `group`, `level` (see WRITTEN_LEVEL), or a member of a message that is
 * JSON, by its dotted path (`error.code`); an event without the field passes no filter but `not-exists`.
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
  /** Absent for `exists` and `not-exists`; several values mean any of them (`equals`, `contains`) or none of them (`not-…`). */
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
  /** In this order: `bin`, the fields grouped by, the aggregates; or `timestamp`, `group`, `stream`, `message` of events. */
  readonly columns: readonly string[];
  /** Times (`bin`, `timestamp`) are milliseconds since the epoch; aggregates are numbers. */
  readonly rows: readonly (readonly QueryCell[])[];
  /** Events that passed the filters, before any grouping; undefined where the engine does not say. */
  readonly matched: number | undefined;
  readonly scannedEvents: number | undefined;
  readonly scannedBytes: number;
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

/**
 * What a query calls the level of an event: the word behind a key such as `level` or `severity`, else the first
 * upper-case word that names a level. One regular expression, so that every engine finds the same.
 */
export const WRITTEN_LEVEL =
  /(?:level|severity|lvl|levelname|loglevel)"?\s*[=:]\s*"?(?<keyed>[A-Za-z]+)|\b(?<word>TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL|PANIC)\b/;
