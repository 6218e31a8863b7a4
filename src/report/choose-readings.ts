import type { Histogram } from "../analysis/summary.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { SessionQuestion, SessionReading } from "../sessions/session.ts";

/** One reading for each group of a question: the one that tells most of its window, if it can be unfiltered. */
export function chooseReadings({ calls, scope }: SessionQuestion): readonly SessionReading[] {
  const best = new Map<string, { readonly reading: SessionReading; readonly rank: readonly number[] }>();
  for (const reading of calls.flatMap(({ result }) => ("readings" in result ? result.readings : []))) {
    const rank = rankOf(reading, scope.window);
    const key = JSON.stringify([reading.source, reading.request.group]);
    const before = best.get(key);
    if (!before || compareRanks(rank, before.rank) > 0) best.set(key, { reading, rank });
  }
  return [...best.values()].map(({ reading }) => reading);
}

/** What tells one reading from all others of a session. */
export function keyOfReading({ source, request, digest }: SessionReading): string {
  return JSON.stringify([source, request, digest.events, digest.first, digest.last]);
}

/** The better one has the larger number at the first place where they differ. */
function rankOf({ request, digest }: SessionReading, window: TimeRange): readonly number[] {
  const shared = digest.histogram ? overlap(spanOfHistogram(digest.histogram), window) : 0;
  const isWhole = request.filter === undefined && request.streamPrefix === undefined;
  return [shared > 0 ? 1 : 0, isWhole ? 1 : 0, shared, digest.events];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

export function spanOfHistogram({ start, binMs, bins }: Histogram): TimeRange {
  return { start, end: start + binMs * bins.length };
}

/** How long both go on, ms; not positive where they do not meet. */
export function overlap(a: TimeRange, b: TimeRange): number {
  return Math.min(a.end, b.end) - Math.max(a.start, b.start);
}
