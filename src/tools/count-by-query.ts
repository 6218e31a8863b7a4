import { LEVELS } from "../log/event.ts";
import type { Ledger } from "../log/ledger.ts";
import { columnOf, type LogQuery, type QueryResult } from "../log/query.ts";
import type { TimeRange } from "../log/time-range.ts";
import { queryGroups } from "../sources/run-query.ts";
import type { LogSource } from "../sources/source.ts";
import type { JsonObject } from "./json.ts";
import { freshness, whyEmpty } from "./read.ts";
import { isoInZone } from "./render.ts";
import type { ToolEnvironment } from "./tool.ts";

export type CountBy = "level" | "hour" | "stream" | "minute";

/** A count of a group's events by the source's own engine. */
export interface Counted {
  readonly total: number;
  readonly errors: number;
  /** By name, worst first; "none" where no level is written. */
  readonly levels: JsonObject;
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly rows: readonly JsonObject[];
  readonly ledger: Ledger;
  readonly query: string | undefined;
}

/** More than this is counted by the engine of the source, where it has one: to read it takes longer than ten seconds. */
export const MOST_READ_BYTES = 100_000_000;
/** Rows over time, at most; longer windows have longer bins. */
const MOST_BINS = 120;
const MINUTE = 60_000;
/** Lengths of bins that every engine has, ms. */
const BINS = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * MINUTE);
const MOST_ROWS = 100_000;
const COUNT = { function: "count" } as const;
const FIRST = { function: "minimum", field: "timestamp" } as const;
const LAST = { function: "maximum", field: "timestamp" } as const;

/**
 * True where the events of the group cannot be read one by one, or are so many that the source's engine is to count them:
 * that costs money, which its budget must allow, and reading costs time.
 */
export async function isForEngine(
  source: LogSource,
  group: string,
  window: TimeRange,
  { signal }: Pick<ToolEnvironment, "signal">,
): Promise<boolean> {
  if (!source.capabilities.serverQueries || !source.estimateScan) return false;
  const { isOnlyWay, bytes } = await source.estimateScan([group], window, signal);
  return isOnlyWay === true || bytes > MOST_READ_BYTES;
}

/** Counts by one query, whose levels are those that are written in the events. @throws as `queryGroups` does */
export async function countByQuery(
  source: LogSource,
  group: string,
  window: TimeRange,
  by: CountBy,
  environment: ToolEnvironment,
): Promise<Counted> {
  const { signal, scans, report } = environment;
  const binMs = binOf(by, window);
  const query: LogQuery = {
    filters: [],
    groupBy: by === "stream" ? ["level", "stream"] : ["level"],
    ...(binMs === undefined ? {} : { binMs }),
    aggregates: [COUNT, FIRST, LAST],
    limit: MOST_ROWS,
  };
  const onWait = (wait: string) => report({ group, events: 0, bytes: 0, wait });
  const approve = scans ? { approve: scans.approve } : {};
  const result = await queryGroups(source, { groups: [group], window, query, signal, onWait, ...approve });
  if (result.scan) scans?.record(result.scan);
  const rows = readRows(result);
  const total = sumOf(rows);
  return {
    total,
    errors: sumOf(rows.filter(isError)),
    levels: countLevels(rows),
    first: extreme(
      rows.map(({ first }) => first),
      Math.min,
    ),
    last: extreme(
      rows.map(({ last }) => last),
      Math.max,
    ),
    rows: countRows(rows, by, { window, binMs, zone: environment.zone }),
    ledger: await ledgerOf({ source, group, window }, result, total, environment),
    query: result.text,
  };
}

interface CountedRow {
  readonly bin: number | undefined;
  readonly level: string;
  readonly stream: string;
  readonly count: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
}

function readRows({ columns, rows }: QueryResult): CountedRow[] {
  const at = (name: string) => columns.indexOf(name);
  const [bin, level, stream] = [at("bin"), at("level"), at("stream")];
  const [count, first, last] = [at(columnOf(COUNT)), at(columnOf(FIRST)), at(columnOf(LAST))];
  const numberAt = (row: QueryResult["rows"][number], column: number) => {
    const cell = row[column];
    return typeof cell === "number" ? cell : undefined;
  };
  return rows.map((row) => ({
    bin: numberAt(row, bin),
    level: String(row[level] ?? "none"),
    stream: String(row[stream] ?? ""),
    count: numberAt(row, count) ?? 0,
    first: numberAt(row, first),
    last: numberAt(row, last),
  }));
}

function binOf(by: CountBy, { start, end }: TimeRange): number | undefined {
  if (by === "level" || by === "stream") return undefined;
  const least = by === "hour" ? 60 * MINUTE : MINUTE;
  return BINS.find((ms) => ms >= least && (end - start) / ms <= MOST_BINS - 1) ?? BINS.at(-1);
}

function isError({ level }: CountedRow): boolean {
  return level === "error" || level === "fatal";
}

function sumOf(rows: readonly CountedRow[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}

function extreme(times: readonly (number | undefined)[], pick: (a: number, b: number) => number) {
  return times.reduce(
    (best, time) => (best === undefined || time === undefined ? (best ?? time) : pick(best, time)),
    undefined,
  );
}

function countLevels(rows: readonly CountedRow[]): JsonObject {
  const counts = [...LEVELS.toReversed(), "none"].map(
    (level) => [level, sumOf(rows.filter((row) => row.level === level))] as const,
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

interface Layout {
  readonly window: TimeRange;
  readonly binMs: number | undefined;
  readonly zone: ToolEnvironment["zone"];
}

function countRows(rows: readonly CountedRow[], by: CountBy, { window, binMs, zone }: Layout): JsonObject[] {
  if (by === "level")
    return Object.entries(countLevels(rows)).map(([level, count]) => ({ level, count, errors: null }));
  if (by === "stream") {
    const streams = Map.groupBy(rows, ({ stream }) => stream);
    return [...streams]
      .map(([stream, some]) => ({ stream, count: sumOf(some), errors: sumOf(some.filter(isError)) }))
      .sort((a, b) => b.count - a.count || (a.stream < b.stream ? -1 : 1));
  }
  if (binMs === undefined) return [];
  const bins = Map.groupBy(rows, ({ bin }) => bin);
  const start = Math.floor(window.start / binMs) * binMs;
  // Bins without an event are rows too.
  return Array.from({ length: Math.ceil((window.end - start) / binMs) }, (_, index) => {
    const some = bins.get(start + index * binMs) ?? [];
    const time = isoInZone(start + index * binMs, zone);
    return { [by]: time, count: sumOf(some), errors: sumOf(some.filter(isError)) };
  });
}

async function ledgerOf(
  {
    source,
    group,
    window,
  }: { readonly source: LogSource; readonly group: string; readonly window: TimeRange },
  result: QueryResult,
  total: number,
  { signal, now }: ToolEnvironment,
): Promise<Ledger> {
  const text = "Counted by the source's own engine; levels are those that are written in the events.";
  return {
    source: source.name,
    groups: [group],
    window,
    inWindow: result.scannedEvents ?? total,
    matched: total,
    returned: 0,
    analysed: total,
    scannedBytes: result.scannedBytes,
    ...(result.scan ? { scan: result.scan } : {}),
    ...(result.link === undefined ? {} : { link: result.link }),
    ...(total > 0 ? {} : { empty: await whyEmpty(source, { group, window }, undefined, signal) }),
    notices: [
      { kind: "estimate", group, text },
      ...result.notices,
      ...freshness(source, { group, window }, now()),
    ],
  };
}
