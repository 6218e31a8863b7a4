import { Failure } from "../../failure.ts";
import type { BilledScan, Notice } from "../../log/ledger.ts";
import { columnsOf, type QueryResult } from "../../log/query.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { Zone } from "../../log/zone.ts";
import { noticesOf } from "../group-notices.ts";
import type { ConsoleLinks, QueryRequest, ScanEstimate } from "../source.ts";
import type { Sleep } from "../token-bucket.ts";
import type { Connection } from "./client.ts";
import { compileQuery } from "./compile-query.ts";
import type { CloudWatchGroup } from "./groups.ts";
import { costOfScan } from "./prices.ts";
import { type InsightsAnswer, runInsights } from "./run-insights.ts";

export interface QueryOptions {
  readonly connection: Connection;
  readonly links: ConsoleLinks;
  readonly estimate: (request: QueryRequest) => Promise<ScanEstimate>;
  readonly zone: Zone;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly sleep?: Sleep;
}

/** Groups of one query: StartQuery's limit. */
const MOST_GROUPS = 50;
/** How often a window may be cut in half where a query of all of it did not come to its end. */
const MOST_CUTS = 4;
const SECOND = 1000;

/**
 * A typed query run by Logs Insights. The estimate is put to `approve` first.
 * @throws Failure "invalid-query" | "budget" | whatever a call can fail with
 */
export async function queryInsights(
  found: readonly CloudWatchGroup[],
  request: QueryRequest,
  options: QueryOptions,
): Promise<QueryResult> {
  const groups = queryable(found);
  const { window, query, approve } = request;
  const names = new Map(groups.map((group) => [logOf(group), group.name]));
  const compile = (part: TimeRange, isSplit: boolean) =>
    compileQuery(query, {
      window: part,
      isSplit,
      discoversFields: groups.every((group) => group.class === "standard"),
      groupName: (log) => names.get(log) ?? log.replace(/^\d{12}:/, ""),
    });
  const whole = compile(window, false);
  if (!approve) throw unapproved();
  const estimates: ScanEstimate[] = [];
  const allow = async (part: TimeRange): Promise<void> => {
    const estimate = await options.estimate({ ...request, window: part });
    await approve(estimate);
    estimates.push(estimate);
  };
  await allow(window);

  let bytes = 0;
  const run = async (part: TimeRange, isSplit: boolean): Promise<InsightsAnswer> => {
    const { text, limit, blame } = isSplit ? compile(part, true) : whole;
    const answer = await runInsights(
      options.connection,
      { groups, text, limit, blame, ...secondsOf(part) },
      {
        ...request,
        ...(options.sleep ? { sleep: options.sleep } : {}),
      },
    );
    // A query that did not come to its end is billed all the same.
    bytes += answer.statistics.bytesScanned ?? 0;
    return answer;
  };
  const answers = await runInParts(run, window, whole.isSplittable ? allow : undefined);
  const reader = answers.length > 1 ? compile(window, true) : whole;
  const read = reader.read(answers.map(({ rows }) => rows));
  const sum = (pick: (answer: InsightsAnswer) => number | undefined) =>
    answers.reduce((total, answer) => total + (pick(answer) ?? 0), 0);
  const isWhole = answers.every((answer) => answer.isWhole);
  return {
    columns: columnsOf(query),
    rows: read.rows,
    matched: sum(({ statistics }) => statistics.recordsMatched),
    scannedEvents: sum(({ statistics }) => statistics.recordsScanned),
    scannedBytes: bytes,
    scan: billed(addUp(estimates), bytes, options.connection.region),
    isComplete: read.isComplete && isWhole,
    text: whole.text,
    ...linkOf(options.links, groups, window, whole.text),
    notices: [
      ...reader.notices,
      ...read.notices,
      ...partial(
        isWhole,
        sum(({ statistics }) => statistics.estimatedRecordsSkipped),
      ),
      ...(answers.length > 1 ? [cutNotice(answers.length)] : []),
      ...groups.flatMap((group) => noticesOf(group, window, options.now(), options.zone)),
    ],
  };
}

/**
 * A window whose query the service gave up is asked in halves, where their answers make exactly the whole one and what
 * that scans anew is allowed; else the part that was answered has to do, and is marked.
 */
async function runInParts(
  run: (part: TimeRange, isSplit: boolean) => Promise<InsightsAnswer>,
  window: TimeRange,
  allow: ((part: TimeRange) => Promise<void>) | undefined,
): Promise<readonly InsightsAnswer[]> {
  const ask = async (part: TimeRange, cuts: number): Promise<readonly InsightsAnswer[]> => {
    const answer = await run(part, cuts > 0);
    const middle = Math.floor((part.start + part.end) / 2 / SECOND) * SECOND;
    const canCut = cuts < MOST_CUTS && middle > part.start && middle < part.end;
    if (answer.isWhole || !canCut || !allow || !(await isAllowed(allow(part)))) return [answer];
    return [
      ...(await ask({ start: part.start, end: middle }, cuts + 1)),
      ...(await ask({ start: middle, end: part.end }, cuts + 1)),
    ];
  };
  return ask(window, 0);
}

async function isAllowed(asked: Promise<void>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === "budget") return false;
    throw error;
  }
}

/** What was expected of all that was scanned; its price is known where that of each is. */
function addUp(estimates: readonly ScanEstimate[]): Pick<ScanEstimate, "bytes" | "dollars"> {
  const dollars = estimates.flatMap((one) => one.dollars ?? []);
  return {
    bytes: estimates.reduce((sum, one) => sum + one.bytes, 0),
    dollars: dollars.length < estimates.length ? undefined : dollars.reduce((sum, one) => sum + one, 0),
  };
}

/** @throws Failure where a group cannot be queried, or there are too many */
export function queryable(groups: readonly CloudWatchGroup[]): readonly CloudWatchGroup[] {
  const delivery = groups.find((group) => group.class === "delivery");
  if (delivery)
    throw new Failure(
      "unreadable",
      `Log group '${delivery.name}' is of the delivery class, which cannot be queried.`,
      {
        hint: "Look where it delivers to: S3 or Firehose.",
      },
    );
  if (groups.length > MOST_GROUPS)
    throw new Failure("invalid-query", `A query takes ${MOST_GROUPS} log groups, not ${groups.length}.`, {
      hint: "Query them in several calls.",
    });
  return groups;
}

/** As `@log` calls it. */
function logOf({ account, bareName }: CloudWatchGroup): string {
  return account === undefined ? bareName : `${account}:${bareName}`;
}

/** StartQuery's seconds, both inclusive, around a half-open window; the text itself keeps to its milliseconds. */
export function secondsOf({ start, end }: TimeRange) {
  return {
    startTime: Math.floor(Math.max(0, start) / SECOND),
    endTime: Math.ceil(Math.max(0, end - 1) / SECOND),
  };
}

export function billed(
  { bytes: estimatedBytes, dollars: estimatedDollars }: Pick<ScanEstimate, "bytes" | "dollars">,
  bytes: number,
  region: string,
): BilledScan {
  return { estimatedBytes, estimatedDollars, bytes, dollars: costOfScan(bytes, region) };
}

export function linkOf(
  links: ConsoleLinks,
  groups: readonly CloudWatchGroup[],
  window: TimeRange,
  text: string,
) {
  const link = links.query({ groups: groups.map(({ name }) => name), window, text });
  return link === undefined ? {} : { link };
}

export function partial(isWhole: boolean, skipped: number): Notice[] {
  const notices: Notice[] = [];
  if (!isWhole)
    notices.push({
      kind: "truncated",
      text: "Logs Insights gave the query up after its time limit: counts and rows are of a part of the events.",
    });
  if (skipped > 0)
    notices.push({
      kind: "estimate",
      text: `Logs Insights left out about ${skipped.toLocaleString("en-US")} events that its indexes say cannot match.`,
    });
  return notices;
}

function cutNotice(parts: number): Notice {
  return {
    kind: "estimate",
    text: `The query was run over ${parts} windows, whose results were put together exactly.`,
  };
}

export function unapproved(): Failure {
  return new Failure(
    "budget",
    "A query of Logs Insights is billed by what it scans, and no budget was given for it.",
  );
}
