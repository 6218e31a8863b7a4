import type { MetricDataQuery, MetricDataResult } from "@aws-sdk/client-cloudwatch";
import type { TimeRange } from "../../log/time-range.ts";
import type { Connection } from "./client.ts";
import type { CloudWatchGroup } from "./groups.ts";
import { choosePeriod } from "./metrics-data.ts";

/** A group and the span that its bytes are wanted of. */
export interface IncomingSpan {
  readonly group: Pick<CloudWatchGroup, "name" | "bareName" | "account" | "isLinked">;
  readonly span: TimeRange;
}

interface IncomingOptions {
  /** ms since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Metrics that one request may ask for, and pages after which an answer is given up. */
const MOST_QUERIES = 500;
const MOST_PAGES = 20;
/** How long metrics are kept, ms: 455 days, and a day off for two clocks that differ. */
const KEPT = 454 * 86_400_000;

/**
 * The uncompressed bytes that came into each group during its span, by the metric IncomingBytes of AWS/Logs, in one
 * request for all of them (which AWS bills by the group, $0.01 a thousand). Periods at the ends count whole, so that
 * it is never less. Groups that have no data in the span, or too old a span, are not in the answer.
 * @throws Failure "access-denied" | "source-unavailable" | "rate-limited" | "credentials" | "interrupted"
 */
export async function readIncomingBytes(
  connection: Pick<Connection, "send" | "monitoring">,
  spans: readonly IncomingSpan[],
  { now, signal }: IncomingOptions,
): Promise<ReadonlyMap<string, number>> {
  const asked = spans.filter(({ span }) => span.start > now - KEPT).slice(0, MOST_QUERIES);
  if (asked.length === 0) return new Map();
  const whole = {
    start: Math.min(...asked.map(({ span }) => span.start)),
    end: Math.max(...asked.map(({ span }) => span.end)),
  };
  const periodMs = choosePeriod(whole, now) * 1000;
  const aligned = {
    StartTime: new Date(Math.floor(whole.start / periodMs) * periodMs),
    EndTime: new Date(Math.ceil(whole.end / periodMs) * periodMs),
    ScanBy: "TimestampAscending" as const,
    MetricDataQueries: asked.map(({ group }, at) => queryOf(group, at, periodMs / 1000)),
  };
  const results = await readResults(connection, aligned, signal);
  const found = new Map<string, number>();
  for (const [at, { group, span }] of asked.entries()) {
    const bytes = sumOf(
      results.filter(({ Id }) => Id === idOf(at)),
      span,
      periodMs,
    );
    if (bytes !== undefined) found.set(group.name, bytes);
  }
  return found;
}

function idOf(at: number): string {
  return `group${at}`;
}

function queryOf({ bareName, account, isLinked }: IncomingSpan["group"], at: number, period: number) {
  const query: MetricDataQuery = {
    Id: idOf(at),
    MetricStat: {
      Metric: {
        Namespace: "AWS/Logs",
        MetricName: "IncomingBytes",
        Dimensions: [{ Name: "LogGroupName", Value: bareName }],
      },
      Period: period,
      Stat: "Sum",
    },
  };
  return isLinked && account !== undefined ? { ...query, AccountId: account } : query;
}

type Aligned = Pick<
  ConstructorParameters<typeof import("@aws-sdk/client-cloudwatch").GetMetricDataCommand>[0],
  "StartTime" | "EndTime" | "ScanBy" | "MetricDataQueries"
>;

async function readResults(
  { send, monitoring }: Pick<Connection, "send" | "monitoring">,
  wanted: Aligned,
  signal: AbortSignal,
): Promise<readonly MetricDataResult[]> {
  const [client, { GetMetricDataCommand }] = await Promise.all([
    monitoring(),
    import("@aws-sdk/client-cloudwatch"),
  ]);
  const results: MetricDataResult[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const command = new GetMetricDataCommand({ ...wanted, NextToken: token });
    const page = await send({
      operation: "GetMetricData",
      run: (abortSignal) => client.send(command, { abortSignal }),
      signal,
    });
    results.push(...(page.MetricDataResults ?? []));
    token = page.NextToken;
    if (token === undefined) return results;
  }
  return [];
}

/** undefined where there is no point in the span, or not all of them: the last page tells that. */
function sumOf(
  results: readonly MetricDataResult[],
  { start, end }: TimeRange,
  periodMs: number,
): number | undefined {
  if (results.at(-1)?.StatusCode !== "Complete") return undefined;
  const inside = results.flatMap(({ Timestamps = [], Values = [] }) =>
    Timestamps.flatMap((time, at) => {
      const from = time.getTime();
      return from + periodMs > start && from < end ? [Values[at] ?? 0] : [];
    }),
  );
  return inside.length === 0 ? undefined : inside.reduce((sum, value) => sum + value, 0);
}
