import type { MetricDataQuery, MetricDataResult } from "@aws-sdk/client-cloudwatch";
import { Failure } from "../../failure.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { LogMetrics, MetricName, MetricSeries, MetricStatistic } from "../metrics.ts";
import { type Monitoring, readPages } from "./metrics-client.ts";

const DAY_MS = 86_400_000;
/**
 * From this age on (ms) data is there in multiples of a period (s) only: the notes on Period in the service's model.
 * Some hours earlier here, so that two clocks that differ do not cost the answer.
 */
const KEPT: readonly (readonly [age: number, seconds: number])[] = [
  [63 * DAY_MS - DAY_MS / 4, 3600],
  [15 * DAY_MS - DAY_MS / 4, 300],
];
const SHORTEST = 60;
/** Lengths of periods that people think in, s. */
const LENGTHS = [60, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400] as const;
const MOST_POINTS = 300;

/** Seconds: the shortest period that has data as old as the window, is wanted, and needs no more than 300 points. */
export function choosePeriod(window: TimeRange, now: number, wantedMs = 0): number {
  const age = now - window.start;
  const step = KEPT.find(([from]) => age >= from)?.[1] ?? SHORTEST;
  const least = Math.max(step, wantedMs / 1000, (window.end - window.start) / 1000 / MOST_POINTS);
  const length = LENGTHS.find((seconds) => seconds >= least && seconds % step === 0);
  return length ?? Math.ceil(least / 86_400) * 86_400;
}

type MetricRequest = Parameters<LogMetrics["getMetric"]>[0];

/** @throws Failure "access-denied" where the metric is of an account that may not be looked into */
export async function getMetricData(
  monitoring: Monitoring,
  request: MetricRequest,
  now: number,
): Promise<MetricSeries> {
  const { metric, statistic, window, periodMs, signal } = request;
  const period = choosePeriod(window, now, periodMs);
  const align = (at: number, round: (value: number) => number) =>
    new Date(round(at / (period * 1000)) * period * 1000);
  const range = {
    StartTime: align(window.start, Math.floor),
    EndTime: align(window.end, Math.ceil),
    ScanBy: "TimestampAscending",
  } as const;
  const query = queryOf(metric, statistic, period);
  const results = await readResults(monitoring, { ...range, MetricDataQueries: [query] }, signal);
  // Pages before the last are partial by nature: only the last one tells whether data is missing.
  const status = results.items.at(-1)?.StatusCode;
  if (status === "Forbidden") throw forbidden(metric);
  return {
    metric,
    statistic,
    periodMs: period * 1000,
    points: pointsOf(results.items),
    isComplete: status === "Complete" && !results.hasMore,
  };
}

/** More pages than these few hundred points can ever fill. */
const MOST_RESULTS = 50;

function readResults(
  { send, client, sdk }: Monitoring,
  wanted: ConstructorParameters<Monitoring["sdk"]["GetMetricDataCommand"]>[0],
  signal: AbortSignal,
) {
  return readPages<MetricDataResult>(MOST_RESULTS, async ({ token }) => {
    const command = new sdk.GetMetricDataCommand({ ...wanted, NextToken: token });
    const page = await send({
      operation: "GetMetricData",
      run: (abortSignal) => client.send(command, { abortSignal }),
      signal,
    });
    return { items: page.MetricDataResults ?? [], token: page.NextToken };
  });
}

const STATISTICS: Readonly<Record<MetricStatistic, string>> = {
  average: "Average",
  sum: "Sum",
  minimum: "Minimum",
  maximum: "Maximum",
  count: "SampleCount",
  p50: "p50",
  p90: "p90",
  p95: "p95",
  p99: "p99",
};

function queryOf(
  { namespace, name, dimensions }: MetricName,
  statistic: MetricStatistic,
  period: number,
): MetricDataQuery {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return {
    Id: "metric",
    MetricStat: {
      Metric: { Namespace: namespace, MetricName: name, Dimensions },
      Period: period,
      Stat: STATISTICS[statistic],
    },
  };
}

/** In the order of time, each period once. */
function pointsOf(results: readonly MetricDataResult[]): MetricSeries["points"] {
  const values = new Map<number, number>();
  for (const { Timestamps = [], Values = [] } of results)
    for (const [index, time] of Timestamps.entries()) {
      const value = Values[index];
      if (value !== undefined) values.set(time.getTime(), value);
    }
  return [...values].map(([at, value]) => ({ at, value })).sort((one, other) => one.at - other.at);
}

function forbidden({ namespace, name }: MetricName): Failure {
  return new Failure("access-denied", `Access denied to the metric ${namespace} ${name}.`, {
    hint: "Allow cloudwatch:GetMetricData to this identity, in the account that owns the metric.",
  });
}
