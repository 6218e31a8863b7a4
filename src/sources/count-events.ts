import { columnOf, type QueryFilter, type QueryResult } from "../log/query.ts";
import { queryGroups } from "./run-query.ts";
import type { LogSource, QueryRequest } from "./source.ts";

/** Events of groups, counted by level and by what else was asked for. */
export interface EventCount {
  /** The bin's start, ms since the epoch; undefined where no bins were asked for. */
  readonly bin: number | undefined;
  /** As it is written in the events; "none" where it is not. */
  readonly level: string;
  /** What the field holds; undefined where none was asked for, or an event has none. */
  readonly value: string | undefined;
  readonly count: number;
  /** Of their events, ms since the epoch. */
  readonly first: number | undefined;
  readonly last: number | undefined;
}

export interface CountRequest extends Omit<QueryRequest, "query"> {
  /** All must hold. */
  readonly filters?: readonly QueryFilter[];
  /** A field to count by, as queries name it: `stream`, `group`, `$.user`. */
  readonly field?: string | undefined;
  readonly binMs?: number | undefined;
}

const MOST_ROWS = 100_000;
const COUNT = { function: "count" } as const;
const FIRST = { function: "minimum", field: "timestamp" } as const;
const LAST = { function: "maximum", field: "timestamp" } as const;

/** Counts by one query. @throws as `queryGroups` does */
export async function countEvents(
  source: LogSource,
  { filters = [], field, binMs, ...request }: CountRequest,
): Promise<{ readonly counts: readonly EventCount[]; readonly result: QueryResult }> {
  const query = {
    filters,
    groupBy: field === undefined || field === "level" ? ["level"] : ["level", field],
    ...(binMs === undefined ? {} : { binMs }),
    aggregates: [COUNT, FIRST, LAST],
    limit: MOST_ROWS,
  };
  const result = await queryGroups(source, { ...request, query });
  return { counts: readCounts(result, field), result };
}

function readCounts({ columns, rows }: QueryResult, field: string | undefined): EventCount[] {
  const cellOf = (row: QueryResult["rows"][number], column: string) => row[columns.indexOf(column)] ?? null;
  const numberOf = (row: QueryResult["rows"][number], column: string) => {
    const cell = cellOf(row, column);
    return typeof cell === "number" ? cell : undefined;
  };
  return rows.map((row) => {
    const value = field === undefined ? null : cellOf(row, field);
    return {
      bin: numberOf(row, "bin"),
      level: String(cellOf(row, "level") ?? "none"),
      value: value === null ? undefined : String(value),
      count: numberOf(row, columnOf(COUNT)) ?? 0,
      first: numberOf(row, columnOf(FIRST)),
      last: numberOf(row, columnOf(LAST)),
    };
  });
}

export function totalOf(counts: readonly EventCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

/** How many of them are errors. */
export function errorsOf(counts: readonly EventCount[]): number {
  return totalOf(counts.filter(({ level }) => level === "error" || level === "fatal"));
}

/** When the first and the last of them were, ms since the epoch. */
export function spanOfCounts(counts: readonly EventCount[]) {
  const firsts = counts.flatMap(({ first }) => first ?? []);
  const lasts = counts.flatMap(({ last }) => last ?? []);
  return {
    first: firsts.length > 0 ? firsts.reduce((a, b) => Math.min(a, b)) : undefined,
    last: lasts.length > 0 ? lasts.reduce((a, b) => Math.max(a, b)) : undefined,
  };
}
