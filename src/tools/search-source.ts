import { Failure, messageOf } from "../failure.ts";
import { queryFiltersOf } from "../log/filter-query.ts";
import type { Notice } from "../log/ledger.ts";
import type { ListedGroup } from "../sources/directory.ts";
import type { ApproveScan, ScanEstimate } from "../sources/source.ts";
import { MOST_FETCHED_BYTES } from "./fold.ts";
import { readGroup } from "./read.ts";
import { type QueryPart, searchByQuery } from "./search-by-query.ts";
import { type Found, joinFound, type SourceSearch } from "./search-found.ts";
import type { SearchProgress } from "./search-progress.ts";
import { mapSideBySide } from "./side-by-side.ts";
import type { ToolEnvironment } from "./tool.ts";

/** What is read at once: about half a minute of calls that hand out a megabyte each, ten a second. */
const MOST_READ_AT_ONCE = 300_000_000;
/** What a group costs in such calls whatever it holds: a page, and one more where it is empty, bytes. */
const BYTES_OF_A_GROUP = 2_000_000;
/** Groups of one query. */
const MOST_GROUPS = 50;

/**
 * Searches groups of one source. What can be read within half a minute is read; the rest is searched by the source's
 * engine, where it has one, may be used, and can apply the filter exactly; else it is read where that takes minutes only.
 * @throws Failure "budget" where the scan is refused, "invalid-filter" where the engine cannot apply the filter, ...
 */
export async function searchSource(
  search: SourceSearch,
  environment: ToolEnvironment,
  progress: SearchProgress,
): Promise<Found> {
  const readAll = (groups: readonly ListedGroup[]) => readEach({ ...search, groups }, environment, progress);
  const plan = await planQueries(search, environment);
  if (!plan || plan.bytes + plan.groups * BYTES_OF_A_GROUP <= MOST_READ_AT_ONCE)
    return readAll(search.groups);
  try {
    const filters = queryFiltersOf(search.filter.pattern);
    if (!filters) throw notApplicable(search, plan);
    const { parts, approve } = plan;
    const queries = { ...search, parts, filters, approve };
    const [searched, read] = await Promise.all([
      searchByQuery(queries, environment, progress),
      readAll(plan.others),
    ]);
    return joinFound([searched, read]);
  } catch (error) {
    if (!(error instanceof Failure) || environment.signal.aborted) throw error;
    if (plan.bytes > MOST_FETCHED_BYTES) throw withHint(error);
    return tellSlow(await readAll(search.groups), error, plan);
  }
}

interface Plan {
  readonly parts: readonly QueryPart[];
  /** Those that no query can be made of: of a class that answers none, or of a size that nobody knows. */
  readonly others: readonly ListedGroup[];
  /** Of the parts. */
  readonly bytes: number;
  readonly groups: number;
  /** Asks for all parts together, once. */
  readonly approve: ApproveScan;
}

/** undefined where there is no engine, nothing may be billed, or the sizes cannot be had. */
async function planQueries(search: SourceSearch, environment: ToolEnvironment): Promise<Plan | undefined> {
  const { source, groups } = search;
  const { scans, signal } = environment;
  if (!scans || !source.capabilities.serverQueries || !source.query || !source.estimateScan) return undefined;
  const classes = Map.groupBy(groups, (group) => group.class ?? "standard");
  classes.delete("delivery");
  // Groups of different classes do not go into one query.
  const lists = [...classes.values()].flatMap(cutToQueries);
  try {
    const parts = (await mapSideBySide(lists, (list) => estimatePart(search, list, signal))).flat();
    const sized = new Set(parts.flatMap((part) => part.groups));
    const total = totalOf(parts, sized.size);
    let approved: Promise<void> | undefined;
    return {
      parts,
      others: groups.filter((group) => !sized.has(group)),
      bytes: total.bytes,
      groups: sized.size,
      approve: () => {
        approved ??= scans.approve(total);
        return approved;
      },
    };
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    return undefined;
  }
}

function cutToQueries(groups: readonly ListedGroup[]): (readonly ListedGroup[])[] {
  return Array.from({ length: Math.ceil(groups.length / MOST_GROUPS) }, (_, at) =>
    groups.slice(at * MOST_GROUPS, (at + 1) * MOST_GROUPS),
  );
}

/** One group of unknown size would make the price of all unknown: then each is asked for, and left out if need be. */
async function estimatePart(
  { source, window }: SourceSearch,
  groups: readonly ListedGroup[],
  signal: AbortSignal,
): Promise<readonly QueryPart[]> {
  const ask = async (some: readonly ListedGroup[]): Promise<QueryPart[]> => {
    const names = some.map(({ name }) => name);
    const estimate = await source.estimateScan?.(names, window, signal);
    return estimate === undefined || estimate.dollars === undefined ? [] : [{ groups: some, estimate }];
  };
  const whole = await ask(groups);
  if (whole.length > 0 || groups.length === 1) return whole;
  const each = (await mapSideBySide(groups, (group) => ask([group]))).flat();
  if (each.length === 0) return [];
  const sized = each.flatMap((part) => part.groups);
  return [{ groups: sized, estimate: totalOf(each, sized.length) }];
}

function totalOf(parts: readonly QueryPart[], groups: number): ScanEstimate {
  const sum = (pick: (estimate: ScanEstimate) => number) =>
    parts.reduce((total, { estimate }) => total + pick(estimate), 0);
  return {
    bytes: sum(({ bytes }) => bytes),
    dollars: sum(({ dollars = 0 }) => dollars),
    basis: `${groups} log groups, ${parts[0]?.estimate.basis ?? ""}`,
  };
}

async function readEach(
  { source, groups, window, filter }: SourceSearch,
  environment: ToolEnvironment,
  progress: SearchProgress,
): Promise<Found> {
  const failed: { log_group: string; error: string }[] = [];
  const telling = { ...environment, report: progress.report };
  const readings = await mapSideBySide(groups, async ({ name }) => {
    try {
      return await readGroup(source, { group: name, window, filter }, telling);
    } catch (error) {
      if (environment.signal.aborted) throw error;
      failed.push({ log_group: name, error: messageOf(error) });
      return undefined;
    } finally {
      progress.done(1);
    }
  });
  const read = readings.filter((reading) => reading !== undefined);
  return { readings: read, ledgers: read.map(({ ledger }) => ledger), failed };
}

function notApplicable({ filter }: SourceSearch, { bytes, groups }: Plan): Failure {
  return new Failure(
    "invalid-filter",
    `There is too much to read (about ${megabytes(bytes)} in ${groups} log groups), and the source's engine cannot apply the filter '${filter.pattern}' exactly.`,
    {
      hint: "Search for plain terms or phrases (ERROR -debug, ?A ?B), name fewer groups, narrow the window, or filter by fields with query_logs.",
    },
  );
}

function withHint(failure: Failure): Failure {
  if (failure.code !== "budget") return failure;
  const hint = `Name fewer log groups. ${failure.hint ?? "Or narrow the window."}`;
  return new Failure("budget", failure.message, { hint, cause: failure });
}

function tellSlow(found: Found, failure: Failure, { bytes }: Plan): Found {
  const text = `${failure.message} So all events were read, which is slow: about ${megabytes(bytes)}.`;
  const notice: Notice = { kind: "estimate", text };
  const [first, ...rest] = found.ledgers;
  if (!first) return found;
  return { ...found, ledgers: [{ ...first, notices: [notice, ...first.notices] }, ...rest] };
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6).toLocaleString("en-US")} MB`;
}
