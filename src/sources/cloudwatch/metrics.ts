import type {
  DescribeAlarmHistoryCommandInput,
  DescribeAlarmsCommandInput,
  ListMetricsCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { contains } from "../../log/time-range.ts";
import type { AlarmChange, AlarmState, LogMetrics, MetricName } from "../metrics.ts";
import { suggestNames } from "../near-names.ts";
import { type AnsweredAlarm, readAlarm, readChange, STATE_VALUES } from "./metrics-alarms.ts";
import {
  type MetricsConnection,
  type Monitoring,
  openMonitoring,
  readMetric,
  readPages,
  unlessRefused,
} from "./metrics-client.ts";
import { getMetricData } from "./metrics-data.ts";
import { findMetricFilters } from "./metrics-filters.ts";

export interface CloudWatchMetricsOptions {
  readonly connect: () => Promise<MetricsConnection>;
  /** ms since the epoch. */
  readonly now: () => number;
}

const ALARM_TYPES = ["MetricAlarm", "CompositeAlarm", "LogAlarm"] as const;
type AlarmType = (typeof ALARM_TYPES)[number];
/** Those in alarm first: a limit must not hide them. */
const STATES: readonly AlarmState[] = ["alarm", "insufficient-data", "ok"];
/** The largest page of alarms and of their history, in the service's model. */
const LARGEST_PAGE = 100;
/** Metrics that are looked at to find those that may have been meant. */
const METRICS_LOOKED_AT = 500;

/** Alarms and metrics of the account and region, over CloudWatch. Nothing is loaded before the first call. */
export function createCloudWatchMetrics({ connect, now }: CloudWatchMetricsOptions): LogMetrics {
  let opened: Promise<Monitoring> | undefined;
  const open = () => {
    opened ??= openMonitoring(connect).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    async listAlarms({ state, prefix, limit, signal }) {
      const monitoring = await open();
      const answered: AnsweredAlarm[] = [];
      let hasMore = false;
      for (const one of state ? [state] : STATES) {
        // A page of one where there is no room left: it tells whether there are more.
        const room = Math.max(1, limit - answered.length);
        const wanted = { StateValue: STATE_VALUES[one], ...(prefix ? { AlarmNamePrefix: prefix } : {}) };
        const found = await describeAlarms(monitoring, wanted, room, signal);
        answered.push(...found.items);
        hasMore = found.hasMore || answered.length > limit;
        if (hasMore) break;
      }
      const alarms = answered.slice(0, limit).map(readAlarm);
      const metrics = alarms.flatMap((alarm) => alarm.metrics);
      const { logsOf, remarks } = await findMetricFilters(monitoring, metrics, signal);
      const withLogs = alarms.map((alarm) => ({
        ...alarm,
        logs: [...alarm.logs, ...alarm.metrics.flatMap(logsOf)],
      }));
      return { alarms: withLogs, hasMore, remarks };
    },

    async alarmHistory(request) {
      const monitoring = await open();
      const { window, limit } = request;
      const histories = await Promise.all(
        ALARM_TYPES.map((type) => describeHistory(monitoring, type, request)),
      );
      return histories
        .flat()
        .filter(({ at }) => contains(window, at))
        .sort((one, other) => other.at - one.at)
        .slice(0, limit);
    },

    getMetric: async (request) => getMetricData(await open(), request, now()),

    async nearMetrics({ metric: { namespace, name }, limit, signal }) {
      const monitoring = await open();
      const list = (wanted: ListMetricsCommandInput) => listMetrics(monitoring, wanted, signal);
      const same = await list({ Namespace: namespace, MetricName: name });
      if (same.length > 0) return same.slice(0, limit);
      const neighbours = await list({ Namespace: namespace });
      if (neighbours.length > 0) return nearestByName(name, neighbours, limit);
      return (await list({ MetricName: name })).slice(0, limit);
    },
  };
}

/** One metric for each name, those first that sound like the one that is wanted. */
async function nearestByName(
  wanted: string,
  metrics: readonly MetricName[],
  limit: number,
): Promise<readonly MetricName[]> {
  const byName = new Map(metrics.map((metric) => [metric.name, metric]));
  const near = await suggestNames(wanted, [...byName.keys()], limit);
  const names = new Set([...near, ...byName.keys()]);
  return [...names].slice(0, limit).flatMap((name) => byName.get(name) ?? []);
}

/**
 * Alarms of all kinds; of fewer where the service does not know the newest kind, or does not show composite alarms,
 * which takes a permission "scoped to *".
 */
async function describeAlarms(
  monitoring: Monitoring,
  wanted: DescribeAlarmsCommandInput,
  limit: number,
  signal: AbortSignal,
) {
  const choices: readonly (readonly AlarmType[])[] = [ALARM_TYPES, ["MetricAlarm", "CompositeAlarm"]];
  for (const types of choices) {
    const ofTypes = { ...wanted, AlarmTypes: [...types] };
    const found = await unlessRefused(describePages(monitoring, ofTypes, limit, signal));
    if (found) return found;
  }
  return describePages(monitoring, wanted, limit, signal);
}

function describePages(
  { send, client, sdk }: Monitoring,
  wanted: DescribeAlarmsCommandInput,
  limit: number,
  signal: AbortSignal,
) {
  return readPages<AnsweredAlarm>(limit, async ({ token, room }) => {
    const size = Math.min(LARGEST_PAGE, room);
    const command = new sdk.DescribeAlarmsCommand({ ...wanted, MaxRecords: size, NextToken: token });
    const page = await send({
      operation: "DescribeAlarms",
      run: (abortSignal) => client.send(command, { abortSignal }),
      signal,
    });
    const { CompositeAlarms = [], MetricAlarms = [], LogAlarms = [] } = page;
    return { items: [...CompositeAlarms, ...MetricAlarms, ...LogAlarms], token: page.NextToken };
  });
}

/** The service tells "either" the metric alarms' history "or" that of another kind: each is asked for by itself. */
async function describeHistory(
  monitoring: Monitoring,
  type: AlarmType,
  { window, alarm, limit, signal }: Parameters<LogMetrics["alarmHistory"]>[0],
): Promise<readonly AlarmChange[]> {
  const wanted: DescribeAlarmHistoryCommandInput = {
    AlarmTypes: [type],
    HistoryItemType: "StateUpdate",
    StartDate: new Date(window.start),
    EndDate: new Date(window.end),
    ScanBy: "TimestampDescending",
    ...(alarm === undefined ? {} : { AlarmName: alarm }),
  };
  const pages = historyPages(monitoring, wanted, limit, signal);
  const { items } = type === "MetricAlarm" ? await pages : ((await unlessRefused(pages)) ?? { items: [] });
  return items;
}

function historyPages(
  { send, client, sdk }: Monitoring,
  wanted: DescribeAlarmHistoryCommandInput,
  limit: number,
  signal: AbortSignal,
) {
  return readPages<AlarmChange>(limit, async ({ token, room }) => {
    const size = Math.min(LARGEST_PAGE, room);
    const command = new sdk.DescribeAlarmHistoryCommand({ ...wanted, MaxRecords: size, NextToken: token });
    const page = await send({
      operation: "DescribeAlarmHistory",
      run: (abortSignal) => client.send(command, { abortSignal }),
      signal,
    });
    const items = (page.AlarmHistoryItems ?? []).flatMap((item) => readChange(item) ?? []);
    return { items, token: page.NextToken };
  });
}

/** The first few hundred that fit; metrics without data for two weeks are not listed by the service. */
async function listMetrics(
  { send, client, sdk }: Monitoring,
  wanted: ListMetricsCommandInput,
  signal: AbortSignal,
): Promise<readonly MetricName[]> {
  const { items } = await readPages<MetricName>(METRICS_LOOKED_AT, async ({ token }) => {
    const command = new sdk.ListMetricsCommand({ ...wanted, NextToken: token });
    const page = await send({
      operation: "ListMetrics",
      run: (abortSignal) => client.send(command, { abortSignal }),
      signal,
    });
    return { items: (page.Metrics ?? []).map(readMetric), token: page.NextToken };
  });
  return items;
}
