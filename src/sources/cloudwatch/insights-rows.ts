import { compareRows } from "../../analysis/query-order.ts";
import type { Notice } from "../../log/ledger.ts";
import { parseLevel } from "../../log/level.ts";
import type { QueryCell } from "../../log/query.ts";
import type { SortKey } from "../../log/query-plan.ts";
import type { CompiledAggregate } from "./compile-aggregate.ts";

/** A row of GetQueryResults. */
export type ResultRow = readonly {
  readonly field?: string | undefined;
  readonly value?: string | undefined;
}[];

/** What makes a cell of a result's row, out of the row's fields by name. */
export type ReadCell = (fields: ReadonlyMap<string, string>) => QueryCell;

export interface ReadRows {
  readonly rows: readonly (readonly QueryCell[])[];
  /** False where rows are missing, which a notice tells of. */
  readonly isComplete: boolean;
  readonly notices: readonly Notice[];
}

export interface RowPlan {
  /** The cells that tell a row from others. */
  readonly keys: readonly ReadCell[];
  readonly aggregates: readonly CompiledAggregate[];
  /** Whether rows with the same keys are parts of one. */
  readonly isMerged: boolean;
  readonly order: readonly SortKey[];
  /** Rows that were asked for. */
  readonly limit: number;
  /** Rows that the engine was told to give, at most. */
  readonly engineLimit: number;
  /** The most that the engine can be told. */
  readonly mostRows: number;
}

/** @param results of each window that was queried, all of its rows */
export function readRows(results: readonly (readonly ResultRow[])[], plan: RowPlan): ReadRows {
  const { keys, aggregates, order, limit, engineLimit, mostRows } = plan;
  const rows = plan.isMerged
    ? mergeRows(results, plan)
    : results.flatMap((list) => list.map((row) => readRow(row, plan)));
  const isOneRow = keys.length === 0;
  if (isOneRow && rows.length === 0)
    rows.push(aggregates.map(({ finish, parts }) => finish(parts.map(() => null))));
  rows.sort(compareRows(order));
  const isCut = rows.length > limit;
  const isFull = engineLimit === mostRows && results.some((list) => list.length >= mostRows);
  const notices: Notice[] = [];
  if (isCut) notices.push({ kind: "truncated", text: `The result is cut to the first ${limit} rows.` });
  if (isFull) {
    const text = `Logs Insights gave the most rows that it gives, ${mostRows}: further ones may be missing.`;
    notices.push({ kind: "truncated", text });
  }
  return { rows: rows.slice(0, limit), isComplete: !isCut && !isFull, notices };
}

function readRow(row: ResultRow, { keys, aggregates }: RowPlan): QueryCell[] {
  const fields = fieldsOf(row);
  return [
    ...keys.map((read) => read(fields)),
    ...aggregates.map(({ parts, finish }) => finish(parts.map(({ alias }) => readCell(fields.get(alias))))),
  ];
}

interface Merged {
  readonly cells: readonly QueryCell[];
  /** By the part's alias. */
  readonly values: Map<string, number>;
}

function mergeRows(results: readonly (readonly ResultRow[])[], { keys, aggregates }: RowPlan): QueryCell[][] {
  const parts = aggregates.flatMap((one) => one.parts);
  const groups = new Map<string, Merged>();
  for (const row of results.flat()) {
    const fields = fieldsOf(row);
    const cells = keys.map((read) => read(fields));
    const key = JSON.stringify(cells);
    const group = groups.get(key) ?? { cells, values: new Map() };
    groups.set(key, group);
    for (const { alias, combine } of parts) {
      const value = readCell(fields.get(alias));
      const before = group.values.get(alias);
      if (value !== null) group.values.set(alias, before === undefined ? value : combine(before, value));
    }
  }
  return [...groups.values()].map(({ cells, values }) => [
    ...cells,
    ...aggregates.map((one) => one.finish(one.parts.map(({ alias }) => values.get(alias) ?? null))),
  ]);
}

/** The values of a row by their fields. */
export function fieldsOf(row: ResultRow): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const { field, value } of row)
    if (field !== undefined && value !== undefined) fields.set(field, value);
  return fields;
}

/** A number, or a time as milliseconds; null for what is neither. */
function readCell(text: string | undefined): number | null {
  if (text === undefined || text === "") return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : (readTime(text) ?? null);
}

/** `YYYY-MM-DD HH:mm:ss.SSS`, which is UTC, as milliseconds since the epoch. */
export function readTime(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?$/.test(text)) return undefined;
  const time = Date.parse(`${text.replace(" ", "T")}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** The level that the parsed fields name; what did not match is missing or empty. */
export function readLevel(parsed: readonly (string | undefined)[]): QueryCell {
  return parseLevel(parsed.find((text) => text !== undefined && text !== "") ?? "") ?? null;
}
