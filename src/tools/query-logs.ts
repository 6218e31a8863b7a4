import { z } from "zod";
import { Failure } from "../failure.ts";
import type { Ledger, Notice } from "../log/ledger.ts";
import {
  columnOf,
  type LogQuery,
  QUERY_FUNCTIONS,
  QUERY_OPERATORS,
  type QueryAggregate,
  type QueryCell,
  type QueryFilter,
  type QueryResult,
} from "../log/query.ts";
import { parseDuration } from "../log/time-duration.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { Zone } from "../log/zone.ts";
import { queryGroups } from "../sources/run-query.ts";
import type { LogSource } from "../sources/source.ts";
import { endTime, parseToolWindow, startTime } from "./arguments.ts";
import { estimateTokens, fitTokens } from "./budget.ts";
import type { JsonObject } from "./json.ts";
import { freshness, whyEmpty } from "./read.ts";
import { cutText, isoInZone, renderLedger } from "./render.ts";
import { renderSpan } from "./render-span.ts";
import type { LogTool, ToolEnvironment } from "./tool.ts";

const value = z.union([z.string(), z.number(), z.boolean()]);
const field = z.string();

const input = z.object({
  log_groups: z.array(z.string()).min(1).max(50),
  start_time: startTime,
  end_time: endTime,
  filters: z
    .array(
      z.object({
        field,
        operator: z.enum(QUERY_OPERATORS),
        value: z.union([value, z.array(value)]).optional(),
      }),
    )
    .describe("All must hold; a list of values means any of them")
    .default([]),
  group_by: z.array(field).default([]),
  bin: z.string().describe("Also by time: 5m, 1h").optional(),
  aggregates: z
    .array(z.object({ function: z.enum(QUERY_FUNCTIONS), field: field.optional() }))
    .describe("Default: count of events")
    .default([]),
  sort: z
    .object({
      by: z.string().describe("A column: a field, bin, count, p95(duration)"),
      order: z.enum(["ascending", "descending"]),
    })
    .optional(),
  limit: z.number().int().min(1).max(1000).default(100),
});

type Input = z.infer<typeof input>;

/** Rows that are shown, as far as there is room. */
const ROWS = [1000, 500, 300, 200, 100, 50, 25, 10, 5, 2, 1] as const;
const FRAME_TOKENS = 60;
const SIGNIFICANT_DIGITS = 6;

export const queryLogs: LogTool<Input> = {
  name: "query_logs",
  description:
    "Filter, count and aggregate the events of log groups by field and time. Fields: message, level, stream, group, or a path into JSON messages (http.status; $.message for a member of such a name). Without group_by, bin and aggregates the rows are events, newest first.",
  input,
  async run(args, environment, ref) {
    const { source, groups } = await locateGroups(args.log_groups, environment);
    const window = parseToolWindow(args, environment);
    const query = readQuery(args);
    const { signal, report, scans } = environment;
    const onWait = (wait: string) => report({ group: groups.join(", "), events: 0, bytes: 0, wait });
    const approve = scans ? { approve: scans.approve } : {};
    const request = { groups, window, query, signal, onWait, ...approve };
    const result = await queryGroups(source, request, { report });
    if (result.scan) scans?.record(result.scan);
    const ledger = await ledgerOf({ source, groups, window, query }, result, environment);
    const missing = query.groupBy.length + query.aggregates.length === 0 ? [] : missingColumns(result);
    const frame = {
      context_id: ref,
      ledger: renderLedger(ledger, environment.zone),
      ...(result.text === undefined ? {} : { query: cutText(result.text) }),
      columns: result.columns,
      ...(missing.length > 0 ? { no_event_has: missing } : {}),
      ...(result.matched === 0 ? await renderSpan(source, groups[0] ?? "", environment) : {}),
    };
    const room = environment.resultTokens - estimateTokens(frame) - FRAME_TOKENS;
    const shown = fitTokens(room, ROWS, (most) => renderRows(result, most, environment.zone));
    const left = result.rows.length - shown.length;
    const data = {
      ...frame,
      ...(left > 0 ? { truncated: `showing the first ${shown.length} of ${result.rows.length} rows` } : {}),
      rows: shown,
    };
    const rows = `${result.rows.length} row${result.rows.length === 1 ? "" : "s"}`;
    return {
      data,
      summary: `${ledger.matched} matched, ${rows}`,
      ledger: { ...ledger, returned: shown.length },
    };
  },
};

async function locateGroups(
  names: readonly string[],
  { directory, signal }: ToolEnvironment,
): Promise<{ readonly source: LogSource; readonly groups: readonly string[] }> {
  const located = await Promise.all(names.map((name) => directory.locate(name, signal)));
  const sources = new Set(located.map(({ source }) => source));
  const [source] = sources;
  if (!source || sources.size > 1) {
    const list = [...sources].map((one) => one.name).join(", ");
    throw new Failure("invalid-query", `The log groups are of several sources: ${list}.`, {
      hint: "Ask about each source by a call of its own.",
    });
  }
  return { source, groups: [...new Set(located.map(({ group }) => group))] };
}

function readQuery({ filters, group_by, bin, aggregates, sort, limit }: Input): LogQuery {
  const isGrouped = group_by.length > 0 || bin !== undefined;
  return {
    filters: filters.map((filter) => ({
      field: filter.field,
      operator: filter.operator,
      values: filter.value === undefined ? [] : [filter.value].flat().map(readValue),
    })),
    groupBy: group_by,
    ...(bin === undefined ? {} : { binMs: readBin(bin) }),
    aggregates:
      isGrouped && aggregates.length === 0 ? [{ function: "count" }] : aggregates.map(readAggregate),
    ...(sort ? { sort } : {}),
    limit,
  };
}

function readValue(given: string | number | boolean): string | number {
  return typeof given === "boolean" ? String(given) : given;
}

function readAggregate({ function: name, field: of }: Input["aggregates"][number]): QueryAggregate {
  return { function: name, ...(of === undefined ? {} : { field: of }) };
}

function readBin(bin: string): number {
  const ms = parseDuration(bin);
  if (ms !== undefined && ms >= 1 && Number.isInteger(ms)) return ms;
  throw new Failure("invalid-query", `Cannot read '${bin}' as the length of a bin.`, {
    hint: "Write 30s, 5m, 1h or 1d.",
  });
}

interface Asked {
  readonly source: LogSource;
  readonly groups: readonly string[];
  readonly window: TimeRange;
  readonly query: LogQuery;
}

async function ledgerOf(
  { source, groups, window, query }: Asked,
  result: QueryResult,
  { signal, now }: ToolEnvironment,
): Promise<Ledger> {
  const matched = result.matched ?? result.rows.length;
  const [group = ""] = groups;
  const isEmpty = matched === 0;
  const seen = result.scannedEvents;
  // An engine of its own tells what it looked at; the rest is cheap to find out only where reading is.
  const empty =
    seen !== undefined && seen > 0
      ? "filter-matches-nothing"
      : source.capabilities.serverQueries
        ? "no-events-in-window"
        : undefined;
  const notices: Notice[] = [...result.notices, ...freshness(source, { group, window }, now())];
  return {
    source: source.name,
    groups,
    window,
    ...(query.filters.length === 0 ? {} : { filter: query.filters.map(describeFilter).join(" and ") }),
    ...(seen === undefined ? {} : { inWindow: seen }),
    matched,
    returned: result.rows.length,
    analysed: matched,
    scannedBytes: result.scannedBytes,
    ...(result.scan ? { scan: result.scan } : {}),
    ...(result.link === undefined ? {} : { link: result.link }),
    ...(isEmpty ? { empty: empty ?? (await whyEmpty(source, { group, window }, seen, signal)) } : {}),
    notices,
  };
}

function describeFilter({ field: name, operator, values }: QueryFilter): string {
  const list = values.map((one) => (typeof one === "number" ? String(one) : `'${one}'`)).join(" or ");
  return `${name} ${operator}${list === "" ? "" : ` ${list}`}`;
}

/** Columns in which no row has anything: a field that was misspelt, or that these logs do not have. */
function missingColumns({ columns, rows }: QueryResult): readonly string[] {
  return rows.length === 0 ? [] : columns.filter((_, at) => rows.every((row) => row[at] === null));
}

/** Rows name their cells: so the sanitiser sees what a value is, and a claim that cites them can be checked. */
function renderRows({ columns, rows }: QueryResult, most: number, zone: Zone): JsonObject[] {
  return rows
    .slice(0, most)
    .map((row) =>
      Object.fromEntries(columns.map((column, at) => [column, renderCell(column, row[at] ?? null, zone)])),
    );
}

const TIMES = new Set([
  "bin",
  "timestamp",
  columnOf({ function: "minimum", field: "timestamp" }),
  columnOf({ function: "maximum", field: "timestamp" }),
]);

function renderCell(column: string, cell: QueryCell, zone: Zone): QueryCell {
  if (typeof cell === "string") return cutText(cell);
  if (cell === null) return null;
  if (TIMES.has(column)) return isoInZone(cell, zone);
  return Number.isInteger(cell) ? cell : Number(cell.toPrecision(SIGNIFICANT_DIGITS));
}
