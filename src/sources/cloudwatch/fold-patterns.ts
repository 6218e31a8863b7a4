import { Failure } from "../../failure.ts";
import type { BilledScan, Notice } from "../../log/ledger.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { Zone } from "../../log/zone.ts";
import { noticesOf } from "../group-notices.ts";
import type {
  ConsoleLinks,
  Pattern,
  PatternComparison,
  PatternRequest,
  PatternResult,
  ScanEstimate,
} from "../source.ts";
import type { Sleep } from "../token-bucket.ts";
import type { Connection } from "./client.ts";
import { compileDiff, compilePatterns, type DiffModifier, diffModifierOf } from "./compile-patterns.ts";
import type { CloudWatchGroup, Groups } from "./groups.ts";
import { type PatternRow, readPatternRows } from "./pattern-rows.ts";
import { billed, linkOf, partial, queryable, secondsOf, unapproved } from "./query.ts";
import { type InsightsAnswer, runInsights } from "./run-insights.ts";

export interface PatternOptions {
  readonly connection: Connection;
  readonly groups: Pick<Groups, "findAll">;
  readonly links: ConsoleLinks;
  readonly estimate: (
    names: readonly string[],
    window: TimeRange,
    signal: AbortSignal,
  ) => Promise<ScanEstimate>;
  readonly zone: Zone;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly sleep?: Sleep;
}

type ComparisonRequest = PatternRequest & { readonly baseline: TimeRange };

export interface PatternEngine {
  fold(request: PatternRequest): Promise<PatternResult>;
  compare(request: ComparisonRequest): Promise<PatternComparison>;
}

/** Patterns of one query: a page of results. */
const MOST_PATTERNS = 10_000;

/** One window to be folded, with what its scan was estimated at. */
interface Fold {
  readonly groups: readonly CloudWatchGroup[];
  readonly request: PatternRequest;
  readonly estimate: ScanEstimate;
}

/**
 * Patterns by Logs Insights' own commands `pattern` and `diff`, which are billed as every query. Two windows are compared
 * by `diff` where it can mean them, and else by the patterns of each. An engine whose `diff` gives nothing that can be read
 * is not asked for it again.
 */
export function createPatternEngine(options: PatternOptions): PatternEngine {
  let hasDiff = true;

  /** undefined where the engine's answer cannot be read, with what it was billed by. */
  const tryDiff = async (fold: Fold, baseline: TimeRange, modifier: DiffModifier): Promise<Tried> => {
    try {
      return await compareByDiff(fold, baseline, modifier, options);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "invalid-query") throw error;
      return {};
    }
  };
  return {
    async fold(request) {
      compilePatterns(request, request.window);
      const groups = foldable(await options.groups.findAll(request.groups, request.signal));
      const estimate = await options.estimate(request.groups, request.window, request.signal);
      await approve(request, estimate);
      return foldWindow({ groups, request, estimate }, options);
    },

    async compare(request) {
      const { window, baseline, signal } = request;
      compilePatterns(request, window);
      const groups = foldable(await options.groups.findAll(request.groups, signal));
      const [estimate, before] = await Promise.all(
        [window, baseline].map((part) => options.estimate(request.groups, part, signal)),
      );
      if (!estimate || !before) throw unapproved();
      const both = sumOf(estimate, before);
      await approve(request, both);
      const modifier = hasDiff ? diffModifierOf(window, baseline) : undefined;
      const tried =
        modifier === undefined ? {} : await tryDiff({ groups, request, estimate: both }, baseline, modifier);
      if (tried.compared) return tried.compared;
      if (modifier !== undefined) hasDiff = false;
      if (tried.scan) await approve(request, both);
      const current = await foldWindow({ groups, request, estimate }, options);
      const earlier = { ...request, window: baseline };
      const rest = await foldWindow({ groups, request: earlier, estimate: before }, options);
      const scan = addScans(current.scan, tried.scan);
      const scannedBytes = current.scannedBytes + (tried.scan?.bytes ?? 0);
      const notices = [...current.notices, JOINED];
      return { current: { ...current, ...scan, scannedBytes, notices }, baseline: rest };
    },
  };
}

interface Tried {
  readonly compared?: PatternComparison;
  readonly scan?: BilledScan;
}

async function approve({ approve: ask }: PatternRequest, estimate: ScanEstimate): Promise<void> {
  if (!ask) throw unapproved();
  await ask(estimate);
}

function foldable(found: readonly CloudWatchGroup[]): readonly CloudWatchGroup[] {
  const groups = queryable(found);
  const other = groups.find((group) => group.class !== "standard");
  if (!other) return groups;
  throw new Failure(
    "unreadable",
    `Log group '${other.name}' is of the ${other.class} class, in which Logs Insights finds no patterns.`,
    { hint: "Ask for counts by query, or for its events." },
  );
}

async function foldWindow(fold: Fold, options: PatternOptions): Promise<PatternResult> {
  const { request, estimate } = fold;
  const text = compilePatterns(request, request.window);
  const answer = await run(fold, text, options);
  const rows = readPatternRows(answer.rows, request.window);
  const { recordsMatched = 0, bytesScanned = 0 } = answer.statistics;
  return {
    ...resultOf(rows, Math.ceil(recordsMatched)),
    scannedBytes: bytesScanned,
    scan: billed(estimate, bytesScanned, options.connection.region),
    text,
    ...linkOf(options.links, fold.groups, request.window, text),
    notices: [...describe(rows, answer), ...retention(fold.groups, request.window, options)],
  };
}

async function compareByDiff(
  fold: Fold,
  baseline: TimeRange,
  modifier: DiffModifier,
  options: PatternOptions,
): Promise<Tried> {
  const { request, estimate, groups } = fold;
  const { window } = request;
  const text = compileDiff(request, modifier);
  const answer = await run(fold, text, options);
  const rows = readPatternRows(answer.rows, window);
  const { bytesScanned = 0 } = answer.statistics;
  const scan = billed(estimate, bytesScanned, options.connection.region);
  if (rows.some(({ difference }) => difference === undefined)) return { scan };
  const before = rows.map((row) => ({
    ...row,
    count: Math.max(0, row.count - (row.difference ?? 0)),
    ...{ first: undefined, last: undefined, samples: [] },
  }));
  const current = {
    ...resultOf(rows, 0),
    scannedBytes: bytesScanned,
    scan,
    text,
    ...linkOf(options.links, groups, window, text),
    notices: [...describe(rows, answer), BY_DIFF, ...retention(groups, window, options)],
  };
  const notices = retention(groups, baseline, options);
  return {
    compared: { current, baseline: { ...resultOf(before, 0), scannedBytes: 0, text, notices } },
    scan,
  };
}

function run({ groups, request }: Fold, text: string, options: PatternOptions): Promise<InsightsAnswer> {
  const { window, signal, onWait } = request;
  const query = { groups, text, limit: MOST_PATTERNS, blame: () => "the patterns", ...secondsOf(window) };
  const sleep = options.sleep ? { sleep: options.sleep } : {};
  return runInsights(options.connection, query, { signal, onWait, ...sleep });
}

/** @param atLeast events that matched, as the service counted them: it may find no pattern for some */
function resultOf(rows: readonly PatternRow[], atLeast: number): Pick<PatternResult, "patterns" | "matched"> {
  const kept = rows.filter(({ count }) => count > 0);
  const matched = Math.max(
    atLeast,
    kept.reduce((sum, { count }) => sum + count, 0),
  );
  const patterns = kept
    .map(({ difference: _, ...pattern }): Pattern => ({ ...pattern, share: pattern.count / matched }))
    .sort((a, b) => b.count - a.count);
  return { patterns, matched };
}

function describe(
  rows: readonly PatternRow[],
  { rows: given, isWhole, statistics }: InsightsAnswer,
): Notice[] {
  const labelled = rows.filter(({ levelFrom }) => levelFrom === "service").length;
  const label = labelled > 0 ? `; of ${labelled} without one it is the service's severity label` : "";
  const text = `Templates and counts are those of Logs Insights' pattern command; levels are those that stand in the patterns${label}.`;
  return [
    { kind: "estimate", text },
    ...partial(isWhole, statistics.estimatedRecordsSkipped ?? 0),
    ...(given.length < MOST_PATTERNS ? [] : [CUT]),
  ];
}

function retention(
  groups: readonly CloudWatchGroup[],
  window: TimeRange,
  { now, zone }: PatternOptions,
): readonly Notice[] {
  return groups.flatMap((group) => noticesOf(group, window, now(), zone));
}

function sumOf(one: ScanEstimate, other: ScanEstimate): ScanEstimate {
  const dollars =
    one.dollars === undefined || other.dollars === undefined ? undefined : one.dollars + other.dollars;
  return { bytes: one.bytes + other.bytes, dollars, basis: `two windows, ${one.basis}` };
}

function addScans(one: BilledScan | undefined, other: BilledScan | undefined): { scan?: BilledScan } {
  if (!one || !other) return one ? { scan: one } : {};
  const add = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined ? undefined : a + b;
  return {
    scan: {
      estimatedBytes: one.estimatedBytes + other.estimatedBytes,
      bytes: one.bytes + other.bytes,
      estimatedDollars: add(one.estimatedDollars, other.estimatedDollars),
      dollars: add(one.dollars, other.dollars),
    },
  };
}

const CUT: Notice = {
  kind: "truncated",
  text: `Logs Insights gave the ${MOST_PATTERNS.toLocaleString("en-US")} patterns that it was asked for: rarer ones may be missing.`,
};
const BY_DIFF: Notice = {
  kind: "estimate",
  text: "The two windows were compared by Logs Insights' diff command, to the second.",
};
const JOINED: Notice = {
  kind: "estimate",
  text: "The patterns of the two windows come from two queries and were joined by their texts: one that was cut differently looks new.",
};
