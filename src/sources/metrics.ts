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
  /** undefined for a composite alarm or one over an expression. */
  readonly metric: MetricName | undefined;
  /** `Average > 5 for 3 of 3 periods of 60 s`. */
  readonly condition: string | undefined;
  /** Where the metric is counted from logs: the groups and what is counted in them. */
  readonly logGroups: readonly { readonly group: string; readonly filterPattern: string }[];
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

/** Alarms and metrics of a source that has them. */
export interface LogMetrics {
  /** Those of a state, or all; of names that start with the prefix; at most `limit`, and whether there are more. */
  listAlarms(request: {
    readonly state?: AlarmState;
    readonly prefix?: string;
    readonly limit: number;
    readonly signal: AbortSignal;
  }): Promise<{ readonly alarms: readonly Alarm[]; readonly hasMore: boolean }>;

  /** Changes of state in a window, newest first, at most `limit`. */
  alarmHistory(request: {
    readonly window: TimeRange;
    readonly alarm?: string;
    readonly limit: number;
    readonly signal: AbortSignal;
  }): Promise<readonly AlarmChange[]>;

  /** @param request.periodMs a hint: as the age of the data and the length of the window allow */
  getMetric(request: {
    readonly metric: MetricName;
    readonly statistic: MetricStatistic;
    readonly window: TimeRange;
    readonly periodMs?: number;
    readonly signal: AbortSignal;
  }): Promise<MetricSeries>;
}
