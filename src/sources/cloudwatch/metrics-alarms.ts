import type {
  AlarmHistoryItem,
  CompositeAlarm,
  LogAlarm,
  MetricAlarm,
  MetricDataQuery,
} from "@aws-sdk/client-cloudwatch";
import { z } from "zod";
import type { Alarm, AlarmChange, AlarmLogs, AlarmState, MetricName } from "../metrics.ts";
import { readMetric } from "./metrics-client.ts";

/** An alarm of any kind, as the service answers. */
export type AnsweredAlarm = MetricAlarm | CompositeAlarm | LogAlarm;

export const STATE_VALUES = {
  ok: "OK",
  alarm: "ALARM",
  "insufficient-data": "INSUFFICIENT_DATA",
} as const satisfies Record<AlarmState, string>;

const STATES: ReadonlyMap<string, AlarmState> = new Map([
  ["OK", "ok"],
  ["ALARM", "alarm"],
  ["INSUFFICIENT_DATA", "insufficient-data"],
]);

/** Without the way to metric filters, which takes calls of its own. */
export function readAlarm(answered: AnsweredAlarm): Alarm {
  const { AlarmName = "", AlarmDescription, StateValue = "", StateReason = "" } = answered;
  return {
    name: AlarmName,
    state: STATES.get(StateValue) ?? "insufficient-data",
    reason: StateReason,
    changed: (answered.StateTransitionedTimestamp ?? answered.StateUpdatedTimestamp)?.getTime(),
    description: AlarmDescription || undefined,
    ...readWatched(answered),
  };
}

function readWatched(answered: AnsweredAlarm): Pick<Alarm, "metrics" | "condition" | "logs"> {
  if ("AlarmRule" in answered) return { metrics: [], condition: answered.AlarmRule, logs: [] };
  if ("ScheduledQueryConfiguration" in answered) return readQuery(answered);
  if ("EvaluationCriteria" in answered || "Metrics" in answered || "MetricName" in answered)
    return { metrics: metricsOf(answered), condition: conditionOf(answered), logs: [] };
  return { metrics: [], condition: undefined, logs: [] };
}

function metricsOf({ Namespace, MetricName: name, Dimensions, Metrics }: MetricAlarm): readonly MetricName[] {
  const own = name === undefined ? [] : [readMetric({ Namespace, MetricName: name, Dimensions })];
  const inner = (Metrics ?? []).flatMap(({ MetricStat }) =>
    MetricStat?.Metric ? [readMetric(MetricStat.Metric)] : [],
  );
  return [...new Map([...own, ...inner].map((metric) => [JSON.stringify(metric), metric])).values()];
}

/** `Sum of 'Errors' > 5 for 2 of 3 periods of 60 s`. */
function conditionOf(alarm: MetricAlarm): string | undefined {
  const promQl = alarm.EvaluationCriteria?.PromQLCriteria;
  if (promQl) return `PromQL ${promQl.Query ?? ""}`;
  const { ComparisonOperator, Threshold, Metrics = [] } = alarm;
  const watched = Metrics.find(({ ReturnData }) => ReturnData !== false);
  const what = watched
    ? describeQuery(watched)
    : [alarm.Statistic ?? alarm.ExtendedStatistic, alarm.MetricName].filter(Boolean).join(" of ");
  const period = alarm.Period ?? periodOf(watched, Metrics);
  const of = alarm.EvaluationPeriods ?? 1;
  const periods = `${alarm.DatapointsToAlarm ?? of} of ${of} periods`;
  const length = period === undefined ? "" : ` of ${period} s`;
  return `${what} ${describeThreshold(ComparisonOperator, Threshold)} for ${periods}${length}`;
}

function describeQuery({ Expression, MetricStat }: MetricDataQuery): string {
  return Expression ?? `${MetricStat?.Stat ?? "?"} of ${MetricStat?.Metric?.MetricName ?? "?"}`;
}

function periodOf(watched: MetricDataQuery | undefined, all: readonly MetricDataQuery[]): number | undefined {
  const periods = [watched, ...all].flatMap((query) => query?.Period ?? query?.MetricStat?.Period ?? []);
  return periods[0];
}

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ["GreaterThanOrEqualToThreshold", ">="],
  ["GreaterThanThreshold", ">"],
  ["LessThanOrEqualToThreshold", "<="],
  ["LessThanThreshold", "<"],
]);

const BANDS: ReadonlyMap<string, string> = new Map([
  ["GreaterThanUpperThreshold", "above the expected band"],
  ["LessThanLowerThreshold", "below the expected band"],
  ["LessThanLowerOrGreaterThanUpperThreshold", "outside the expected band"],
]);

function describeThreshold(operator = "", threshold?: number): string {
  const sign = COMPARISONS.get(operator);
  return sign === undefined ? (BANDS.get(operator) ?? operator) : `${sign} ${threshold ?? "?"}`;
}

function readQuery(alarm: LogAlarm): Pick<Alarm, "metrics" | "condition" | "logs"> {
  const { AlarmArn = "", ComparisonOperator, Threshold, ScheduledQueryConfiguration: scheduled } = alarm;
  const of = alarm.QueryResultsToEvaluate ?? 1;
  const threshold = describeThreshold(ComparisonOperator, Threshold);
  const what = scheduled?.AggregationExpression ?? "result";
  const query = scheduled?.QueryString ?? "";
  const [, , , , own] = AlarmArn.split(":");
  const logs = (scheduled?.LogGroupIdentifiers ?? []).map(
    (identifier): AlarmLogs => ({ group: groupOf(identifier, own), counted: { by: "query", query } }),
  );
  const results = `${alarm.QueryResultsToAlarm ?? of} of ${of} query results`;
  return { metrics: [], condition: `${what} ${threshold} for ${results}`, logs };
}

/** A log group's name, and `name@account` where it is another account's: as the source names its groups. */
function groupOf(identifier: string, ownAccount: string | undefined): string {
  const parts = /^arn:[^:]*:logs:[^:]*:(\d*):log-group:([^:]+)/.exec(identifier);
  const [, account = "", name = identifier] = parts ?? [];
  return account === "" || account === ownAccount ? name : `${name}@${account}`;
}

const historyData = z.object({
  oldState: z.object({ stateValue: z.string() }).optional(),
  newState: z.object({ stateValue: z.string(), stateReason: z.string().optional() }).optional(),
});

/** undefined for an item without a time, which the service does not give. */
export function readChange(item: AlarmHistoryItem): AlarmChange | undefined {
  const { AlarmName: alarm = "", Timestamp, HistorySummary = "", HistoryData } = item;
  if (Timestamp === undefined) return undefined;
  const data = readHistoryData(HistoryData);
  // The summary reads `Alarm updated from OK to ALARM`.
  const [, before, after] = /from (\w+) to (\w+)/.exec(HistorySummary) ?? [];
  return {
    alarm,
    at: Timestamp.getTime(),
    from: STATES.get(data?.oldState?.stateValue ?? before ?? ""),
    to: STATES.get(data?.newState?.stateValue ?? after ?? ""),
    summary: data?.newState?.stateReason || HistorySummary,
  };
}

function readHistoryData(text: string | undefined): z.infer<typeof historyData> | undefined {
  try {
    return historyData.safeParse(JSON.parse(text ?? "")).data;
  } catch {
    return undefined;
  }
}
