import { LEVELS } from "../log/event.ts";
import type { Ledger } from "../log/ledger.ts";
import type { QueryResult } from "../log/query.ts";
import type { TimeRange } from "../log/time-range.ts";
import { countEvents, type EventCount, errorsOf, spanOfCounts, totalOf } from "../sources/count-events.ts";
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
  const { counts, result } = await countEvents(source, {
    groups: [group],
    window,
    field: by === "stream" ? by : undefined,
    binMs,
    signal,
    onWait: (wait) => report({ group, events: 0, bytes: 0, wait }),
    ...(scans ? { approve: scans.approve } : {}),
  });
  if (result.scan) scans?.record(result.scan);
  const total = totalOf(counts);
  return {
    total,
    errors: errorsOf(counts),
    levels: countLevels(counts),
    ...spanOfCounts(counts),
    rows: countRows(counts, by, { window, binMs, zone: environment.zone }),
    ledger: await ledgerOf({ source, group, window }, result, total, environment),
    query: result.text,
  };
}

function binOf(by: CountBy, { start, end }: TimeRange): number | undefined {
  if (by === "level" || by === "stream") return undefined;
  const least = by === "hour" ? 60 * MINUTE : MINUTE;
  return BINS.find((ms) => ms >= least && (end - start) / ms <= MOST_BINS - 1) ?? BINS.at(-1);
}

function countLevels(counts: readonly EventCount[]): JsonObject {
  const levels = Map.groupBy(counts, ({ level }) => level);
  const inOrder = [...LEVELS.toReversed(), "none"].filter((level) => levels.has(level));
  return Object.fromEntries(inOrder.map((level) => [level, totalOf(levels.get(level) ?? [])]));
}

interface Layout {
  readonly window: TimeRange;
  readonly binMs: number | undefined;
  readonly zone: ToolEnvironment["zone"];
}

function countRows(
  counts: readonly EventCount[],
  by: CountBy,
  { window, binMs, zone }: Layout,
): JsonObject[] {
  if (by === "level")
    return Object.entries(countLevels(counts)).map(([level, count]) => ({ level, count, errors: null }));
  if (by === "stream") {
    return [...Map.groupBy(counts, ({ value = "" }) => value)]
      .map(([stream, some]) => ({ stream, count: totalOf(some), errors: errorsOf(some) }))
      .sort((a, b) => b.count - a.count || (a.stream < b.stream ? -1 : 1));
  }
  if (binMs === undefined) return [];
  const bins = Map.groupBy(counts, ({ bin }) => bin);
  const start = Math.floor(window.start / binMs) * binMs;
  // Bins without an event are rows too.
  return Array.from({ length: Math.ceil((window.end - start) / binMs) }, (_, index) => {
    const some = bins.get(start + index * binMs) ?? [];
    return { [by]: isoInZone(start + index * binMs, zone), count: totalOf(some), errors: errorsOf(some) };
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
