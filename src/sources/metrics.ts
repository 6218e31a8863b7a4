import type { TimeRange } from "../log/time-range.ts";

export type AlarmState = "ok" | "alarm" | "insufficient-data";

/** A metric by its full name. */
export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** An alarm, with the way back to the logs that feed it. */
export interface Alarm {
  readonly name: string;
  readonly state: AlarmState;
  /** Why it is in its state, in the words of the service. */
  readonly reason: string;
  /** ms since the epoch. */
  readonly changed: number | undefined;
  readonly description: string | undefined;
  /** Several for an expression over metrics; none for an alarm over other alarms, or over a query. */
  readonly metrics: readonly MetricName[];
  /** `Average > 5 for 3 of 3 periods of 60 s`; of an alarm over other alarms its rule. */
  readonly condition: string | undefined;
  /** What is counted to get there: empty where the alarm is not over logs, and where that could not be found out. */
  readonly logs: readonly AlarmLogs[];
}

/** Log events that an alarm is about. */
export interface AlarmLogs {
  /** By the name that the source gives it. */
  readonly group: string;
  readonly counted:
    | { readonly by: "filter"; readonly pattern: string; readonly metric: MetricName["name"] }
    /** In the language of the source's engine. */
    | { readonly by: "query"; readonly query: string };
}

export interface AlarmChange {
  readonly alarm: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly from: AlarmState | undefined;
  readonly to: AlarmState | undefined;
  readonly summary: string;
}

export const METRIC_STATISTICS = [
  "average",
  "sum",
  "minimum",
  "maximum",
  "count",
  "p50",
  "p90",
  "p95",
  "p99",
] as const;
export type MetricStatistic = (typeof METRIC_STATISTICS)[number];

export interface MetricSeries {
  readonly metric: MetricName;
  readonly statistic: MetricStatistic;
  /** Length of a period, ms. */
  readonly periodMs: number;
  /** In the order of time; `at` is the start of the period, ms since the epoch. Periods without data are absent. */
  readonly points: readonly { readonly at: number; readonly value: number }[];
  /** False where the service said that data is missing. */
  readonly isComplete: boolean;
}

export interface AlarmList {
  readonly alarms: readonly Alarm[];
  /** True where the limit left some out. */
  readonly hasMore: boolean;
  /** What could not be found out about them, a sentence each. */
  readonly remarks: readonly string[];
}

/** Alarms and metrics of a source that has them. */
export interface LogMetrics {
  /**
   * Those of a state, or all; of names that start with the prefix. At most `limit`, those in alarm before others.
   * @throws Failure "access-denied" | "source-unavailable" | "rate-limited" | "credentials"; the other methods too
   */
  listAlarms(request: {
    readonly state?: AlarmState;
    readonly prefix?: string;
    readonly limit: number;
    readonly signal: AbortSignal;
  }): Promise<AlarmList>;

  /** Changes of state in a window, newest first, at most `limit`. */
  alarmHistory(request: {
    readonly window: TimeRange;
    readonly alarm?: string;
    readonly limit: number;
    readonly signal: AbortSignal;
  }): Promise<readonly AlarmChange[]>;

  /**
   * A few hundred points at most, from the start of the period that the window begins in.
   * @param request.periodMs the shortest that is wanted; longer where the age of the data or the window asks for it
   */
  getMetric(request: {
    readonly metric: MetricName;
    readonly statistic: MetricStatistic;
    readonly window: TimeRange;
    readonly periodMs?: number;
    readonly signal: AbortSignal;
  }): Promise<MetricSeries>;

  /**
   * What may have been meant by a metric without data: the same name with other dimensions, else other names of the
   * namespace, else the name in other namespaces; at most `limit`.
   */
  nearMetrics(request: {
    readonly metric: MetricName;
    readonly limit: number;
    readonly signal: AbortSignal;
  }): Promise<readonly MetricName[]>;
}
