export type AlarmStateValue = "OK" | "ALARM" | "INSUFFICIENT_DATA";
export type AlarmKind = "MetricAlarm" | "CompositeAlarm" | "LogAlarm";

export interface MetricKey {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions?: Readonly<Record<string, string>>;
}

export interface NewAlarm {
  readonly name: string;
  /** "OK" where left out. */
  readonly state?: AlarmStateValue;
  readonly reason?: string;
  readonly description?: string;
  /** Milliseconds since the epoch: when the state changed; never where left out. */
  readonly changed?: number;
  /** What it watches: a metric, an expression over metrics, other alarms, or a query over log groups. */
  readonly watches:
    | ({ readonly metric: MetricKey; readonly statistic?: string; readonly period?: number } & Threshold)
    | ({
        readonly expression: string;
        /** By id, as the expression names them. */
        readonly metrics: Readonly<Record<string, MetricKey & { readonly statistic: string }>>;
        readonly period?: number;
      } & Threshold)
    | { readonly rule: string }
    | ({
        readonly query: string;
        readonly groups: readonly string[];
        readonly aggregation: string;
      } & Threshold);
}

export interface Threshold {
  readonly threshold?: number;
  readonly comparison?: string;
  /** How many results are looked at, and how many must breach; 1 of 1 where left out. */
  readonly evaluate?: number;
  readonly breach?: number;
}

export interface NewAlarmChange {
  readonly alarm: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly from: AlarmStateValue;
  readonly to: AlarmStateValue;
  readonly reason?: string;
  /** "MetricAlarm" where left out: the history outlives the alarm. */
  readonly kind?: AlarmKind;
  /** "StateUpdate" where left out. */
  readonly type?: "StateUpdate" | "ConfigurationUpdate" | "Action";
  /** Instead of what the service would have written. */
  readonly data?: string;
}

export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly value: number;
}

/** How the service answers for a metric at the end of its data. */
export type DataStatus = "Complete" | "PartialData" | "InternalError" | "Forbidden";

export interface StoredMetric extends Required<MetricKey> {
  readonly samples: Sample[];
  readonly status: DataStatus;
}

export interface MetricFilterOfGroup {
  readonly group: string;
  /** Of the filter; the metric's where left out. */
  readonly name?: string;
  readonly pattern: string;
  readonly metric: MetricKey;
}

/** What a test puts beside the logs. */
export interface MonitoringSetup {
  addAlarm(alarm: NewAlarm): void;
  addAlarmHistory(changes: Iterable<NewAlarmChange>): void;
  /** Adds to the samples that the metric has. */
  putMetric(metric: MetricKey & { readonly status?: DataStatus }, samples: Iterable<Sample>): void;
  addMetricFilter(filter: MetricFilterOfGroup): void;
}

export interface MonitoringStore extends MonitoringSetup {
  /** In ASCII order of the names. */
  alarms(kind: AlarmKind): readonly NewAlarm[];
  history(): readonly NewAlarmChange[];
  /** In ASCII order of namespace and name. */
  metrics(): readonly StoredMetric[];
  find(metric: MetricKey): StoredMetric | undefined;
  filters(): readonly MetricFilterOfGroup[];
}

export function createMonitoringStore(): MonitoringStore {
  const alarms = new Map<string, NewAlarm>();
  const history: NewAlarmChange[] = [];
  const metrics = new Map<string, StoredMetric>();
  const filters: MetricFilterOfGroup[] = [];
  return {
    addAlarm: (alarm) => {
      alarms.set(alarm.name, alarm);
    },
    addAlarmHistory: (changes) => {
      for (const change of changes) history.push(change);
    },
    putMetric: ({ status = "Complete", ...metric }, samples) => {
      const key = keyOf(metric);
      const known = metrics.get(key)?.samples ?? [];
      metrics.set(key, { dimensions: {}, ...metric, samples: [...known, ...samples], status });
    },
    addMetricFilter: (filter) => {
      filters.push(filter);
    },
    alarms: (kind) =>
      [...alarms.values()]
        .filter((alarm) => kindOf(alarm) === kind)
        .sort((one, other) => compareTexts(one.name, other.name)),
    history: () => history,
    metrics: () => [...metrics.entries()].sort(([a], [b]) => compareTexts(a, b)).map(([, metric]) => metric),
    find: (metric) => metrics.get(keyOf(metric)),
    filters: () =>
      filters.toSorted((a, b) => compareTexts(a.group, b.group) || compareTexts(nameOf(a), nameOf(b))),
  };
}

export function kindOf({ watches }: NewAlarm): AlarmKind {
  if ("rule" in watches) return "CompositeAlarm";
  return "query" in watches ? "LogAlarm" : "MetricAlarm";
}

export function nameOf({ name, metric }: MetricFilterOfGroup): string {
  return name ?? metric.name;
}

/** A metric is its namespace, its name and all of its dimensions: with other dimensions it is another. */
function keyOf({ namespace, name, dimensions = {} }: MetricKey): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => compareTexts(a, b))]);
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
