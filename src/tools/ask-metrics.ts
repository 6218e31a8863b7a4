import { Failure } from "../failure.ts";
import type { LogMetrics, MetricName } from "../sources/metrics.ts";
import type { LogSource } from "../sources/source.ts";
import type { JsonObject } from "./json.ts";
import type { ToolEnvironment } from "./tool.ts";

/** What one source answered. */
export interface MetricsAnswer<T> {
  readonly source: LogSource;
  readonly answer: T;
}

/**
 * Asks all active sources that have metrics, side by side: nothing in a call names one of them. Where some fail, their
 * failures are remarks on what the others answered.
 * @throws Failure the first one where all fail; "usage" where no source has metrics
 */
export async function askMetrics<T>(
  { directory, signal }: Pick<ToolEnvironment, "directory" | "signal">,
  ask: (metrics: LogMetrics) => Promise<T>,
): Promise<{ readonly answers: readonly MetricsAnswer<T>[]; readonly remarks: readonly string[] }> {
  const able = directory.sources.flatMap((source) =>
    source.metrics ? [{ source, metrics: source.metrics }] : [],
  );
  if (able.length === 0) throw noMetrics();
  const settled = await Promise.allSettled(able.map(({ metrics }) => ask(metrics)));
  signal.throwIfAborted();
  const answers: MetricsAnswer<T>[] = [];
  const failures: { readonly source: LogSource; readonly failure: Failure }[] = [];
  for (const [index, result] of settled.entries()) {
    const source = able[index]?.source;
    if (!source) continue;
    if (result.status === "fulfilled") answers.push({ source, answer: result.value });
    else if (result.reason instanceof Failure) failures.push({ source, failure: result.reason });
    else throw result.reason;
  }
  const [first] = failures;
  if (first && answers.length === 0) throw first.failure;
  return { answers, remarks: failures.map(({ source, failure }) => `${source.name}: ${failure.message}`) };
}

function noMetrics(): Failure {
  return new Failure("usage", "No active source has alarms or metrics.", {
    hint: "Answer from the logs.",
  });
}

export function renderMetricName({ namespace, name, dimensions }: MetricName): JsonObject {
  return { namespace, name, dimensions };
}
