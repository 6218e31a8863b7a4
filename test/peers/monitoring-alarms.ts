import { z } from "zod";
import type { Paging } from "./cloudwatch-tokens.ts";
import { ServiceError } from "./cloudwatch-wire.ts";
import {
  type AlarmKind,
  kindOf,
  type MetricKey,
  type MonitoringStore,
  type NewAlarm,
  type NewAlarmChange,
  type Threshold,
} from "./monitoring-store.ts";
import { invalidRequest, parseRequest, takePage } from "./monitoring-wire.ts";

/** What an operation works with. */
export interface Monitoring {
  readonly store: MonitoringStore;
  readonly region: string;
  readonly account: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly paging: Paging;
}

const kinds = z.array(z.enum(["CompositeAlarm", "MetricAlarm", "LogAlarm"]));
const token = z.string().min(1).max(1024).optional();
const maxRecords = z.number().int().min(1).max(100).optional();
/** Seconds since the epoch, as AWS JSON writes a timestamp. */
export const seconds = z.number();
const LARGEST_PAGE = 100;
const DEFAULT_PAGE = 50;

const describeAlarmsInput = z.object({
  AlarmNames: z.array(z.string().min(1).max(255)).max(100).optional(),
  AlarmNamePrefix: z.string().min(1).max(255).optional(),
  AlarmTypes: kinds.optional(),
  StateValue: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]).optional(),
  MaxRecords: maxRecords,
  NextToken: token,
});

/** Without AlarmTypes the answer holds metric alarms only. */
export function describeAlarms(monitoring: Monitoring, input: unknown): object {
  const { MaxRecords, NextToken, ...request } = parseRequest(describeAlarmsInput, input);
  const { AlarmNames, AlarmNamePrefix = "", AlarmTypes = ["MetricAlarm"], StateValue } = request;
  if (AlarmNames !== undefined && AlarmNamePrefix !== "")
    throw invalidRequest("AlarmNames and AlarmNamePrefix are mutually exclusive.");
  const asked = AlarmTypes.flatMap((kind) => monitoring.store.alarms(kind)).filter(
    ({ name, state = "OK" }) =>
      name.startsWith(AlarmNamePrefix) &&
      (AlarmNames === undefined || AlarmNames.includes(name)) &&
      (StateValue === undefined || state === StateValue),
  );
  const size = sizeOfPage(monitoring, MaxRecords);
  const { page, next } = takePage(asked, ["alarms", request], { size, token: NextToken });
  const of = (kind: AlarmKind) =>
    page.filter((alarm) => kindOf(alarm) === kind).map((alarm) => renderAlarm(alarm, monitoring));
  return {
    MetricAlarms: of("MetricAlarm"),
    CompositeAlarms: of("CompositeAlarm"),
    LogAlarms: of("LogAlarm"),
    ...next,
  };
}

function sizeOfPage({ paging }: Monitoring, asked = DEFAULT_PAGE): number {
  return Math.min(asked, paging.maxItems ?? LARGEST_PAGE, LARGEST_PAGE);
}

function renderAlarm(alarm: NewAlarm, { region, account }: Monitoring): object {
  const { name, state = "OK", changed, description } = alarm;
  const times =
    changed === undefined
      ? {}
      : { StateUpdatedTimestamp: changed / 1000, StateTransitionedTimestamp: changed / 1000 };
  return {
    AlarmName: name,
    AlarmArn: `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`,
    ...(description === undefined ? {} : { AlarmDescription: description }),
    ActionsEnabled: true,
    StateValue: state,
    StateReason: alarm.reason ?? "Unchecked: Initial alarm creation",
    ...times,
    ...renderWatched(alarm, account),
  };
}

function renderWatched({ watches }: NewAlarm, account: string): object {
  if ("rule" in watches) return { AlarmRule: watches.rule };
  if ("query" in watches)
    return {
      ScheduledQueryConfiguration: {
        QueryString: watches.query,
        LogGroupIdentifiers: watches.groups,
        ScheduledQueryRoleARN: `arn:aws:iam::${account}:role/log-alarms`,
        ScheduleConfiguration: { ScheduleExpression: "rate(5 minutes)", StartTimeOffset: 300 },
        AggregationExpression: watches.aggregation,
      },
      QueryResultsToEvaluate: watches.evaluate ?? 1,
      QueryResultsToAlarm: watches.breach ?? 1,
      ...renderThreshold(watches),
    };
  const common = {
    EvaluationPeriods: watches.evaluate ?? 1,
    ...(watches.breach === undefined ? {} : { DatapointsToAlarm: watches.breach }),
    ...renderThreshold(watches),
  };
  const { period = 60 } = watches;
  if ("expression" in watches) {
    const metrics = Object.entries(watches.metrics).map(([id, { statistic, ...metric }]) => ({
      Id: id,
      MetricStat: { Metric: renderMetric(metric), Period: period, Stat: statistic },
      ReturnData: false,
    }));
    return {
      ...common,
      Metrics: [{ Id: "e1", Expression: watches.expression, ReturnData: true }, ...metrics],
    };
  }
  const { Namespace, MetricName, Dimensions } = renderMetric(watches.metric);
  const { statistic = "Average" } = watches;
  const stat = statistic.startsWith("p") ? { ExtendedStatistic: statistic } : { Statistic: statistic };
  return { ...common, Namespace, MetricName, Dimensions, ...stat, Period: period };
}

function renderThreshold({ threshold, comparison = "GreaterThanThreshold" }: Threshold): object {
  return { ComparisonOperator: comparison, ...(threshold === undefined ? {} : { Threshold: threshold }) };
}

export function renderMetric({ namespace, name, dimensions = {} }: MetricKey) {
  return {
    Namespace: namespace,
    MetricName: name,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
  };
}

const describeHistoryInput = z.object({
  AlarmName: z.string().min(1).max(255).optional(),
  AlarmTypes: kinds.optional(),
  HistoryItemType: z
    .enum(["ConfigurationUpdate", "StateUpdate", "Action", "AlarmContributorStateUpdate"])
    .optional(),
  StartDate: seconds.optional(),
  EndDate: seconds.optional(),
  MaxRecords: maxRecords,
  NextToken: token,
  ScanBy: z.enum(["TimestampDescending", "TimestampAscending"]).optional(),
});

/** Newest first; "the histories for either all metric alarms or all composite alarms", says the service's model. */
export function describeAlarmHistory(monitoring: Monitoring, input: unknown): object {
  const { MaxRecords, NextToken, ...request } = parseRequest(describeHistoryInput, input);
  const { AlarmName, AlarmTypes = ["MetricAlarm"], HistoryItemType, StartDate, EndDate, ScanBy } = request;
  if (AlarmTypes.length > 1) throw invalidRequest("Only one alarm type may be given.");
  const sign = ScanBy === "TimestampAscending" ? 1 : -1;
  const asked = monitoring.store
    .history()
    .filter(
      ({ alarm, at, kind = "MetricAlarm", type = "StateUpdate" }) =>
        AlarmTypes.includes(kind) &&
        (AlarmName === undefined || alarm === AlarmName) &&
        (HistoryItemType === undefined || type === HistoryItemType) &&
        (StartDate === undefined || at >= StartDate * 1000) &&
        (EndDate === undefined || at <= EndDate * 1000),
    )
    .toSorted((one, other) => sign * (one.at - other.at));
  const size = sizeOfPage(monitoring, MaxRecords);
  const { page, next } = takePage(asked, ["history", request], { size, token: NextToken });
  return { AlarmHistoryItems: page.map(renderChange), ...next };
}

function renderChange(change: NewAlarmChange): object {
  const { alarm, at, from, to, kind = "MetricAlarm", type = "StateUpdate", reason = "" } = change;
  const data = {
    version: "1.0",
    oldState: { stateValue: from, stateReason: "" },
    newState: { stateValue: to, stateReason: reason },
  };
  return {
    AlarmName: alarm,
    AlarmType: kind,
    Timestamp: at / 1000,
    HistoryItemType: type,
    HistorySummary: type === "StateUpdate" ? `Alarm updated from ${from} to ${to}` : `${type} of ${alarm}`,
    HistoryData: change.data ?? JSON.stringify(data),
  };
}

const dimension = z.object({ Name: z.string().min(1), Value: z.string().min(1) });

export const metricInput = z.object({
  Namespace: z.string().min(1).max(255),
  MetricName: z.string().min(1).max(255),
  Dimensions: z.array(dimension).max(30).optional(),
});

const describeForMetricInput = metricInput.extend({
  Statistic: z.enum(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]).optional(),
  ExtendedStatistic: z.string().optional(),
  Period: z.number().int().min(1).optional(),
});

/** Those over this metric alone, with exactly these dimensions. */
export function describeAlarmsForMetric(monitoring: Monitoring, input: unknown): object {
  const request = parseRequest(describeForMetricInput, input);
  if (request.Statistic !== undefined && request.ExtendedStatistic !== undefined)
    throw new ServiceError(
      "InvalidParameterCombinationException",
      "Statistic and ExtendedStatistic are mutually exclusive.",
    );
  const statistic = request.Statistic ?? request.ExtendedStatistic;
  const alarms = monitoring.store.alarms("MetricAlarm").filter(({ watches }) => {
    if (!("metric" in watches)) return false;
    return (
      sameMetric(watches.metric, keyOfInput(request)) &&
      (statistic === undefined || (watches.statistic ?? "Average") === statistic) &&
      (request.Period === undefined || (watches.period ?? 60) === request.Period)
    );
  });
  return { MetricAlarms: alarms.map((alarm) => renderAlarm(alarm, monitoring)) };
}

export function keyOfInput({
  Namespace,
  MetricName,
  Dimensions = [],
}: z.infer<typeof metricInput>): MetricKey {
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  return { namespace: Namespace, name: MetricName, dimensions };
}

function sameMetric(one: MetricKey, other: MetricKey): boolean {
  const sorted = ({ dimensions = {} }: MetricKey) => Object.entries(dimensions).sort();
  return (
    one.namespace === other.namespace &&
    one.name === other.name &&
    JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
  );
}
