import { Failure, messageOf } from "../failure.ts";
import type { Ledger, Notice } from "../log/ledger.ts";
import type { QueryFilter, QueryResult } from "../log/query.ts";
import { countEvents, type EventCount, totalOf } from "../sources/count-events.ts";
import type { ListedGroup } from "../sources/directory.ts";
import type { ApproveScan, ScanEstimate } from "../sources/source.ts";
import type { Reading } from "./evidence.ts";
import { addScans } from "./join-ledgers.ts";
import { freshness } from "./read.ts";
import type { Found, SourceSearch } from "./search-found.ts";
import { readHits } from "./search-hits.ts";
import type { SearchProgress } from "./search-progress.ts";
import { mapSideBySide } from "./side-by-side.ts";
import type { ToolEnvironment } from "./tool.ts";

/** Groups of one query, and what it is expected to scan. */
export interface QueryPart {
  readonly groups: readonly ListedGroup[];
  readonly estimate: ScanEstimate;
}

export interface QuerySearch extends SourceSearch {
  readonly parts: readonly QueryPart[];
  /** What the filter is to the engine. */
  readonly filters: readonly QueryFilter[];
  /** Asks for all parts together, once. */
  readonly approve: ApproveScan;
}

interface CountedPart {
  readonly part: QueryPart;
  readonly counts: readonly EventCount[];
  readonly result: QueryResult;
}

interface FailedPart {
  readonly part: QueryPart;
  readonly error: Failure;
}

/**
 * Searches groups by queries of the source's engine: what matched is counted there, and of the groups with most of it the
 * newest is read. A query that fails is told with its groups.
 * @throws Failure "budget" where the scan is refused; where all of the queries fail, what the first failed with
 */
export async function searchByQuery(
  search: QuerySearch,
  environment: ToolEnvironment,
  progress: SearchProgress,
): Promise<Found> {
  let isApproved = false;
  const approve: ApproveScan = async (estimate) => {
    await search.approve(estimate);
    isApproved = true;
  };
  const asked = { ...search, approve };
  const tried = await mapSideBySide(search.parts, (part) => tryPart(asked, part, environment, progress));
  const failures = tried.filter((one) => "error" in one);
  const counted = tried.filter((one) => "counts" in one);
  const [failure] = failures;
  if (failure && counted.length === 0) throw failure.error;
  if (isApproved) giveBack(counted, environment);
  const counts = Map.groupBy(
    counted.flatMap((one) => one.counts),
    ({ value = "" }) => value,
  );
  const readings = await readHits(search, counts, { ...environment, report: progress.report });
  const ledgers = counted.map((one) => ledgerOf(search, one, readings));
  return {
    readings,
    ledgers: ledgers.map((ledger, at) =>
      at > 0 ? ledger : { ...ledger, notices: [...tell(search, readings, environment), ...ledger.notices] },
    ),
    failed: failures.flatMap(({ part, error }) =>
      part.groups.map(({ name }) => ({ log_group: name, error: messageOf(error) })),
    ),
  };
}

async function tryPart(
  search: QuerySearch,
  part: QueryPart,
  environment: ToolEnvironment,
  progress: SearchProgress,
): Promise<CountedPart | FailedPart> {
  try {
    const counted = await countPart(search, part, environment, progress);
    progress.done(part.groups.length);
    return counted;
  } catch (error) {
    const isAll = environment.signal.aborted || !(error instanceof Failure) || error.code === "budget";
    if (isAll) throw error;
    progress.done(part.groups.length);
    return { part, error };
  }
}

async function countPart(
  { source, window, filters, approve }: QuerySearch,
  part: QueryPart,
  { signal, scans }: ToolEnvironment,
  { report }: SearchProgress,
): Promise<CountedPart> {
  const groups = part.groups.map(({ name }) => name);
  const [group = ""] = groups;
  const { counts, result } = await countEvents(source, {
    ...{ groups, window, filters, field: "group", signal, approve },
    onWait: (wait) => report({ group, events: 0, bytes: 0, wait }),
  });
  if (result.scan) scans?.record(result.scan);
  return { part, counts, result };
}

/** What came from the cache was approved with the rest, and costs nothing. */
function giveBack(counted: readonly CountedPart[], { scans }: ToolEnvironment): void {
  for (const { part, result } of counted) {
    const { bytes, dollars } = part.estimate;
    if (!result.scan)
      scans?.record({ estimatedBytes: bytes, bytes: 0, estimatedDollars: dollars, dollars: 0 });
  }
}

function ledgerOf(
  { source, window, filter }: SourceSearch,
  { part, counts, result }: CountedPart,
  readings: readonly Reading[],
): Ledger {
  const groups = part.groups.map(({ name }) => name);
  const read = readings.filter(({ request }) => groups.includes(request.group)).map(({ ledger }) => ledger);
  const matched = totalOf(counts);
  const seen = result.scannedEvents;
  const sum = (pick: (ledger: Ledger) => number) => read.reduce((total, one) => total + pick(one), 0);
  return {
    source: source.name,
    groups,
    window,
    filter: filter.pattern,
    ...(seen === undefined ? {} : { inWindow: seen }),
    matched,
    returned: 0,
    analysed: sum(({ analysed }) => analysed),
    scannedBytes: result.scannedBytes + sum(({ scannedBytes }) => scannedBytes),
    ...addScans([result, ...read].flatMap(({ scan }) => scan ?? [])),
    ...(result.link === undefined ? {} : { link: result.link }),
    ...(matched > 0 ? {} : { empty: seen ? "filter-matches-nothing" : "no-events-in-window" }),
    notices: [...result.notices, ...read.flatMap(({ notices }) => notices)],
  };
}

function tell(
  { source, parts, window }: QuerySearch,
  readings: readonly Reading[],
  { now }: ToolEnvironment,
): Notice[] {
  const groups = parts.reduce((sum, part) => sum + part.groups.length, 0);
  const queries = parts.length === 1 ? "a query" : `${parts.length} queries`;
  const counted = `Reading ${nameCount(groups)} would take long: the source's engine searched in ${queries}. Counts, first and last times are those of all matches; levels are those that are written in the events; a term is found in the middle of words too.`;
  const cut = readings.filter(({ templatesFrom }) => templatesFrom !== undefined);
  const unread = cut.filter(({ templatesFrom }) => templatesFrom === 0).length;
  const none = unread === 0 ? "" : `, of ${unread} of them none`;
  const part = `Of ${nameCount(cut.length)} with matches only the newest were read${none}: templates and lines are of these.`;
  return [
    { kind: "estimate", text: counted },
    ...(cut.length === 0 ? [] : [{ kind: "truncated" as const, text: part }]),
    ...freshness(source, { group: "", window }, now()).map(({ kind, text }) => ({ kind, text })),
  ];
}

function nameCount(groups: number): string {
  return `${groups} log ${groups === 1 ? "group" : "groups"}`;
}
