import { z } from "zod";
import { keyOfInput, type Monitoring, metricInput, renderMetric, seconds } from "./monitoring-alarms.ts";
import type { Sample, StoredMetric } from "./monitoring-store.ts";
import { invalidRequest, parseRequest, takePage } from "./monitoring-wire.ts";

const statistic = z.string().regex(/^(SampleCount|Average|Sum|Minimum|Maximum|p\d{1,2}(\.\d{1,10})?|p100)$/);

const dataQuery = z.object({
  Id: z.string().regex(/^[a-z]\w{0,254}$/),
  MetricStat: z.object({ Metric: metricInput, Period: z.number().int().min(1), Stat: statistic }).optional(),
  Expression: z.string().min(1).optional(),
  ReturnData: z.boolean().optional(),
});

const getDataInput = z.object({
  MetricDataQueries: z.array(dataQuery).min(1).max(500),
  StartTime: seconds,
  EndTime: seconds,
  NextToken: z.string().min(1).optional(),
  ScanBy: z.enum(["TimestampDescending", "TimestampAscending"]).optional(),
  MaxDatapoints: z.number().int().min(1).optional(),
});

const MOST_POINTS = 100_800;
const DAY_MS = 86_400_000;
/** From this age on (ms) data is there in multiples of a period (s) only: the notes on Period in the service's model. */
const KEPT: readonly (readonly [age: number, seconds: number])[] = [
  [63 * DAY_MS, 3600],
  [15 * DAY_MS, 300],
  [3 * 3_600_000, 60],
  [0, 1],
];
const SHORT_PERIODS: ReadonlySet<number> = new Set([1, 5, 10, 20, 30]);

interface Point extends Sample {
  readonly id: string;
}

/** Metrics only: no expressions. A point stands at the start of its period; periods without samples have none. */
export function getMetricData(monitoring: Monitoring, input: unknown): object {
  const { NextToken, ...request } = parseRequest(getDataInput, input);
  const { MetricDataQueries: queries, StartTime, EndTime } = request;
  if (EndTime <= StartTime) throw invalidRequest("The parameter StartTime must be less than EndTime.");
  const sign = request.ScanBy === "TimestampAscending" ? 1 : -1;
  const window = { start: StartTime * 1000, end: EndTime * 1000 };
  const points = queries.flatMap((query) =>
    pointsOf(monitoring, query, window).sort((one, other) => sign * (one.at - other.at)),
  );
  const size = Math.min(request.MaxDatapoints ?? MOST_POINTS, monitoring.paging.maxEvents ?? MOST_POINTS);
  const { page, next } = takePage(points, ["data", request], { size, token: NextToken });
  const results = queries.map((query) => {
    const own = page.filter(({ id }) => id === query.Id);
    const metric = query.MetricStat && monitoring.store.find(keyOfInput(query.MetricStat.Metric));
    const last = metric?.status ?? "Complete";
    return {
      Id: query.Id,
      Label: query.MetricStat?.Metric.MetricName,
      Timestamps: own.map(({ at }) => at / 1000),
      Values: own.map(({ value }) => value),
      // What is on a later page is partial data too.
      StatusCode: next.NextToken === undefined ? last : "PartialData",
    };
  });
  return { MetricDataResults: results, Messages: [], ...next };
}

function pointsOf(
  { store, clock }: Monitoring,
  { Id, MetricStat, Expression }: z.infer<typeof dataQuery>,
  window: { readonly start: number; readonly end: number },
): Point[] {
  if (!MetricStat || Expression !== undefined)
    throw invalidRequest("The peer knows metrics, and no expressions.");
  const { Period, Stat, Metric } = MetricStat;
  if (Period % 60 !== 0 && !SHORT_PERIODS.has(Period))
    throw invalidRequest(`The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60, not ${Period}.`);
  const metric = store.find(keyOfInput(Metric));
  const [, step] = KEPT.find(([age]) => clock() - window.start >= age) ?? [0, 1];
  if (!metric || metric.status === "Forbidden" || Period % step !== 0) return [];
  const start = Math.floor(window.start / (step * 1000)) * step * 1000;
  const bins = binSamples(metric, Period * 1000, { start, end: window.end });
  return [...bins].map(([at, values]) => ({ id: Id, at, value: compute(values, Stat) }));
}

/** The values by the start of their period. */
function binSamples(
  { samples }: StoredMetric,
  periodMs: number,
  { start, end }: { readonly start: number; readonly end: number },
): Map<number, number[]> {
  const bins = new Map<number, number[]>();
  for (const { at, value } of samples) {
    const bin = Math.floor(at / periodMs) * periodMs;
    if (bin >= start && bin < end) bins.set(bin, [...(bins.get(bin) ?? []), value]);
  }
  return bins;
}

function compute(values: readonly number[], stat: string): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (stat) {
    case "SampleCount":
      return values.length;
    case "Sum":
      return sum;
    case "Average":
      return sum / values.length;
    case "Minimum":
      return Math.min(...values);
    case "Maximum":
      return Math.max(...values);
    default: {
      const sorted = values.toSorted((one, other) => one - other);
      const rank = Math.ceil((Number(stat.slice(1)) / 100) * sorted.length);
      return sorted[Math.max(0, rank - 1)] ?? 0;
    }
  }
}

const listMetricsInput = z.object({
  Namespace: z.string().min(1).max(255).optional(),
  MetricName: z.string().min(1).max(255).optional(),
  Dimensions: z
    .array(z.object({ Name: z.string().min(1), Value: z.string().min(1).optional() }))
    .max(10)
    .optional(),
  NextToken: z.string().min(1).optional(),
  RecentlyActive: z.enum(["PT3H"]).optional(),
});

const METRICS_ON_A_PAGE = 500;

/** Names match as they are, case included; a metric may have more dimensions than were asked for. */
export function listMetrics({ store, paging, clock }: Monitoring, input: unknown): object {
  const { NextToken, ...request } = parseRequest(listMetricsInput, input);
  const { Namespace, MetricName, Dimensions = [], RecentlyActive } = request;
  const asked = store
    .metrics()
    .filter(
      ({ namespace, name, dimensions, samples }) =>
        (Namespace === undefined || namespace === Namespace) &&
        (MetricName === undefined || name === MetricName) &&
        Dimensions.every(({ Name, Value }) =>
          Value === undefined ? Object.hasOwn(dimensions, Name) : dimensions[Name] === Value,
        ) &&
        (RecentlyActive === undefined || samples.some(({ at }) => clock() - at < 3 * 3_600_000)),
    );
  const size = Math.min(paging.maxItems ?? METRICS_ON_A_PAGE, METRICS_ON_A_PAGE);
  const { page, next } = takePage(asked, ["metrics", request], { size, token: NextToken });
  return { Metrics: page.map(renderMetric), ...next };
}
