import { z } from "zod";
import { findDeparture } from "../analysis/departure.ts";
import { Failure } from "../failure.ts";
import type { Zone } from "../log/zone.ts";
import {
  type LogMetrics,
  METRIC_STATISTICS,
  type MetricName,
  type MetricSeries,
} from "../sources/metrics.ts";
import { endTime, parseToolWindow, startTime } from "./arguments.ts";
import { askMetrics, renderMetricName } from "./ask-metrics.ts";
import { fitTokens } from "./budget.ts";
import type { JsonObject } from "./json.ts";
import { isoInZone, renderTime } from "./render.ts";
import type { LogTool } from "./tool.ts";

const input = z.object({
  namespace: z.string().min(1),
  name: z.string().min(1),
  dimensions: z.record(z.string(), z.string()).describe("All that the metric has").default({}),
  statistic: z.enum(METRIC_STATISTICS).describe("sum for counts").default("average"),
  start_time: startTime,
  end_time: endTime,
});

/** Points that are shown, as far as there is room. */
const SHOWN = [60, 30, 12, 0] as const;
const MOST_NEAR = 10;
/** Statistics that may be added up over periods. */
const SUMMABLE: ReadonlySet<string> = new Set(["sum", "count"]);

interface Found {
  readonly series: MetricSeries;
  readonly near: readonly MetricName[];
}

export const getMetric: LogTool<z.infer<typeof input>> = {
  name: "get_metric",
  description:
    "A metric over time: min, max and when, latest, when it left its usual range, thinned points. Names as list_alarms gives them; without data it lists what may be meant.",
  input,
  needs: "metrics",
  async run(args, environment) {
    const { namespace, name, dimensions, statistic } = args;
    const { zone, signal } = environment;
    const window = parseToolWindow(args, environment);
    const metric = { namespace, name, dimensions };
    const { answers, remarks } = await askMetrics(environment, async (metrics): Promise<Found> => {
      const series = await metrics.getMetric({ metric, statistic, window, signal });
      const near = series.points.length > 0 ? [] : await askNear(metrics, metric, signal);
      return { series, near };
    });
    const data = fitTokens(environment.resultTokens, SHOWN, (shown) => ({
      metric: renderMetricName(metric),
      statistic,
      window: { start: isoInZone(window.start, zone), end: isoInZone(window.end, zone), zone: zone.name },
      series: answers.map(({ source, answer }) => ({
        source: source.name,
        ...(answer.series.points.length > 0
          ? renderSeries(answer.series, shown, environment.now(), zone)
          : renderNothing(metric, answer)),
      })),
      ...(remarks.length > 0 ? { notices: remarks } : {}),
    }));
    return { data, summary: sumUp(answers.map(({ answer }) => answer.series)) };
  },
};

async function askNear(
  metrics: LogMetrics,
  metric: MetricName,
  signal: AbortSignal,
): Promise<readonly MetricName[]> {
  try {
    return await metrics.nearMetrics({ metric, limit: MOST_NEAR, signal });
  } catch (error) {
    // That nothing was found is told all the same.
    if (!(error instanceof Failure) || error.code === "interrupted") throw error;
    return [];
  }
}

/** No data is told apart from no such metric, as far as the service knows of metrics that were silent for long. */
function renderNothing(metric: MetricName, { near, series }: Found): JsonObject {
  const key = JSON.stringify([metric.namespace, metric.name, Object.entries(metric.dimensions).sort()]);
  const isKnown = near.some(
    ({ namespace, name, dimensions }) =>
      JSON.stringify([namespace, name, Object.entries(dimensions).sort()]) === key,
  );
  const note = isKnown
    ? "The metric exists and has no data in this window."
    : "There is no such metric with recent data: check namespace, name and all dimensions.";
  return {
    points: [],
    period_seconds: series.periodMs / 1000,
    note,
    ...(near.length > 0 && !isKnown ? { may_be_meant: near.map(renderMetricName) } : {}),
    ...completeness(series),
  };
}

function renderSeries(series: MetricSeries, shown: number, now: number, zone: Zone): JsonObject {
  const { points, periodMs, statistic } = series;
  const latest = points.at(-1);
  const isPartial = latest !== undefined && latest.at + periodMs > now;
  // A period that is not over yet would look like a fall.
  const whole = isPartial && points.length > 1 ? points.slice(0, -1) : points;
  const min = extreme(whole, (a, b) => a.value < b.value);
  const max = extreme(points, (a, b) => a.value > b.value);
  const total = points.reduce((sum, { value }) => sum + value, 0);
  const departure = findDeparture(whole);
  return {
    period_seconds: periodMs / 1000,
    periods_with_data: points.length,
    min: round(min?.value),
    min_at: renderTime(min?.at, zone),
    max: round(max?.value),
    max_at: renderTime(max?.at, zone),
    latest: round(latest?.value),
    latest_at: renderTime(latest?.at, zone),
    ...(isPartial ? { latest_note: "this period is not over yet" } : {}),
    ...(SUMMABLE.has(statistic) ? { total: round(total) } : {}),
    ...(departure
      ? {
          left_usual_range: {
            at: isoInZone(departure.at, zone),
            value: round(departure.value),
            usual_low: round(departure.usual.low),
            usual_high: round(departure.usual.high),
            back_at: renderTime(departure.backAt, zone),
          },
        }
      : {}),
    ...renderPoints(points, shown, zone),
    ...completeness(series),
  };
}

function completeness({ isComplete }: MetricSeries): JsonObject {
  return isComplete ? {} : { incomplete: "The service says that data of this window is missing." };
}

type Points = MetricSeries["points"];

function extreme(points: Points, isBeyond: (one: Points[number], other: Points[number]) => boolean) {
  return points.reduce<Points[number] | undefined>(
    (best, point) => (best === undefined || isBeyond(point, best) ? point : best),
    undefined,
  );
}

/** Times and values as they are; of a long series, from each stretch the point farthest from the median. */
function renderPoints(points: Points, shown: number, zone: Zone): JsonObject {
  if (shown === 0) return {};
  const stretch = Math.ceil(points.length / shown);
  const sorted = points.map(({ value }) => value).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const kept: Points[number][] = [];
  for (let from = 0; from < points.length; from += stretch) {
    const part = points.slice(from, from + stretch);
    const far = extreme(part, (a, b) => Math.abs(a.value - median) > Math.abs(b.value - median));
    if (far) kept.push(far);
  }
  return {
    ...(stretch > 1
      ? { thinned: `of each ${stretch} periods the one whose value is farthest from the median` }
      : {}),
    points: kept.map(({ at, value }) => [isoInZone(at, zone), round(value)]),
  };
}

/** Whole numbers as they are, others to six digits. */
function round(value: number | undefined): number | null {
  if (value === undefined || !Number.isFinite(value)) return null;
  return Number.isInteger(value) ? value : Number(value.toPrecision(6));
}

function sumUp(all: readonly MetricSeries[]): string {
  const points = all.reduce((sum, series) => sum + series.points.length, 0);
  if (points === 0) return "no data";
  const max = Math.max(...all.flatMap((series) => series.points.map(({ value }) => value)));
  return `${points} points, highest ${round(max)}`;
}
