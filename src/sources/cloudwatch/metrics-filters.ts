import type { DescribeMetricFiltersCommandInput, MetricFilter } from "@aws-sdk/client-cloudwatch-logs";
import { Failure } from "../../failure.ts";
import type { AlarmLogs, MetricName } from "../metrics.ts";
import { type Monitoring, readPages } from "./metrics-client.ts";

/** Which log events a metric is counted from. */
export interface MetricLogs {
  logsOf(metric: MetricName): readonly AlarmLogs[];
  /** Why that is not known, where it could not be found out. */
  readonly remarks: readonly string[];
}

/** From how many metrics on all filters of the account are listed, 50 a call, in place of a call for each metric. */
const FEW_METRICS = 4;
/** Filters that are listed at most: 20 calls, at 5 a second. */
const MOST_FILTERS = 1000;

/**
 * The metric filters behind these metrics. That they cannot be had (most often a missing permission) is a remark and
 * no failure: the alarms are worth telling without them.
 */
export async function findMetricFilters(
  monitoring: Monitoring,
  metrics: readonly MetricName[],
  signal: AbortSignal,
): Promise<MetricLogs> {
  // Metrics of AWS's own services are never counted by a metric filter: the prefix is reserved.
  const own = metrics.filter(({ namespace }) => !namespace.startsWith("AWS/"));
  const distinct = [...new Map(own.map((metric) => [keyOf(metric), metric])).values()];
  const logs = new Map<string, AlarmLogs[]>();
  try {
    const filters = await listFilters(monitoring, distinct, signal);
    for (const filter of filters) addFilter(logs, filter);
    return { logsOf: (metric) => logs.get(keyOf(metric)) ?? [], remarks: [] };
  } catch (error) {
    if (!(error instanceof Failure) || error.code === "interrupted") throw error;
    const remark = `Which log groups feed the alarms is not known: ${error.message}`;
    return { logsOf: () => [], remarks: [remark] };
  }
}

async function listFilters(
  monitoring: Monitoring,
  metrics: readonly MetricName[],
  signal: AbortSignal,
): Promise<readonly MetricFilter[]> {
  const askEach = async () => {
    const lists = metrics.map(({ namespace, name }) =>
      describeFilters(monitoring, { metricNamespace: namespace, metricName: name }, signal),
    );
    return (await Promise.all(lists)).flatMap(({ items }) => items);
  };
  if (metrics.length <= FEW_METRICS) return askEach();
  const all = await describeFilters(monitoring, {}, signal);
  return all.hasMore ? askEach() : all.items;
}

function describeFilters(
  { send, logs, commands }: Monitoring,
  wanted: DescribeMetricFiltersCommandInput,
  signal: AbortSignal,
) {
  return readPages<MetricFilter>(MOST_FILTERS, async ({ token }) => {
    const command = new commands.DescribeMetricFiltersCommand({ ...wanted, nextToken: token });
    const page = await send({
      operation: "DescribeMetricFilters",
      run: (abortSignal) => logs.send(command, { abortSignal }),
      signal,
    });
    return { items: page.metricFilters ?? [], token: page.nextToken };
  });
}

function addFilter(logs: Map<string, AlarmLogs[]>, filter: MetricFilter): void {
  const { logGroupName: group, filterPattern: pattern = "", metricTransformations = [] } = filter;
  if (group === undefined) return;
  for (const { metricNamespace: namespace = "", metricName: name = "" } of metricTransformations) {
    const key = keyOf({ namespace, name });
    const counted = { by: "filter", pattern, metric: name } as const;
    logs.set(key, [...(logs.get(key) ?? []), { group, counted }]);
  }
}

/** A filter's metric has the dimensions that its events give it: they tell nothing about the filter. */
function keyOf({ namespace, name }: Pick<MetricName, "namespace" | "name">): string {
  return JSON.stringify([namespace, name]);
}
