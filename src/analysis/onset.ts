import type { DigestSummary, Onset, TemplateSummary } from "./summary.ts";

/** Counts in equal, adjoining bins of time. */
export interface Series {
  /** Start of the first bin, ms since the epoch. */
  readonly start: number;
  readonly binMs: number;
  readonly counts: readonly number[];
  /** The time of the first event of each bin, ms since the epoch, where that is known better than by the bin. */
  readonly firsts?: readonly (number | undefined)[];
}

/** The search compares all intervals, so a long series is first joined to this many bins. */
const SEARCH_BINS = 240;
const LEAST_EVENTS = 5;
const LEAST_RISE = 3;
/** Log-likelihood ratio from which a rise is no chance, the many intervals that were tried considered. */
const LEAST_EVIDENCE = 10;
/** What fills a single bin of many is a blip unless it is a large one. */
const LEAST_BLIP = 20;

/**
 * The moment from which events come markedly more often; undefined where there is none.
 *
 * The rule: of all intervals, take the one whose rate differs most from the rest of the series (the scan statistic
 * for Poisson counts). It counts as changed behaviour if it holds at least 5 events, at least 3 times the rate before
 * it, and the likelihood ratio exceeds e^10; if it is a single bin, at least 20 events. A rate as high as half of it
 * anywhere before it means that it is nothing new, and one after it, that it returns: then the quiet before must be
 * longer than each pause after. The start is moved back over the foot of a slow rise. A series that is busy from
 * its first bin on has no onset: what was before is not known.
 */
export function findOnset(series: Series): Onset | undefined {
  const factor = Math.ceil(series.counts.length / SEARCH_BINS);
  const coarse = joinBins(series.counts, factor);
  const interval = densestInterval(coarse);
  if (!interval || !isChange(coarse, interval)) return undefined;
  const to = Math.min(interval.to * factor, series.counts.length);
  const foot = footOf(coarse, interval.from);
  const from = sharpest(series.counts, foot * factor, (foot + 1) * factor, to);
  const minutes = (bins: number) => (bins * series.binMs) / 60_000;
  const before = sum(series.counts, 0, from);
  return {
    at: timeOf(series, from),
    rateBefore: from === 0 ? 0 : before / minutes(from),
    rateAfter: sum(series.counts, from, to) / minutes(to - from),
    isNew: before === 0,
  };
}

/** When the errors of a digest start or sharply rise; of few, the first where it comes late. */
export function findErrorOnset(digest: DigestSummary): Onset | undefined {
  const { histogram } = digest;
  if (!histogram) return undefined;
  const { start, binMs, bins } = histogram;
  return findOnsetOrFirst({
    start,
    binMs,
    counts: bins.map(({ errors }) => errors),
    firsts: bins.map(({ firstError }) => firstError),
  });
}

/**
 * When a template starts or sharply rises. One that is too rare for a rate is new where it comes late (see
 * `findOnsetOrFirst`).
 */
export function findTemplateOnset(digest: DigestSummary, template: TemplateSummary): Onset | undefined {
  const { histogram } = digest;
  if (!histogram || template.first === undefined) return undefined;
  const { start, binMs } = histogram;
  const firsts: number[] = [];
  for (const { timestamp } of template.examples.toReversed()) {
    if (timestamp !== undefined) firsts[Math.floor((timestamp - start) / binMs)] = timestamp;
  }
  firsts[Math.floor((template.first - start) / binMs)] = template.first;
  return findOnsetOrFirst({ start, binMs, counts: template.bins, firsts });
}

/**
 * The onset of a series, or else its first event where that comes late: the series was empty for its first quarter
 * and for longer than it ever paused afterwards.
 */
export function findOnsetOrFirst(series: Series): Onset | undefined {
  const onset = findOnset(series);
  const { counts, binMs } = series;
  const events = sum(counts, 0, counts.length);
  if (onset || events === 0) return onset;
  const quiet = firstBusy(counts, 0);
  if (quiet <= counts.length / 4 || quiet <= longestPause(counts)) return undefined;
  const minutes = ((counts.length - quiet) * binMs) / 60_000;
  return { at: timeOf(series, quiet), rateBefore: 0, rateAfter: events / minutes, isNew: true };
}

function timeOf({ start, binMs, firsts }: Series, bin: number): number {
  return firsts?.[bin] ?? start + bin * binMs;
}

interface Interval {
  readonly from: number;
  /** Behind the last bin. */
  readonly to: number;
  readonly evidence: number;
}

/** The interval, not beginning with the series, whose rate exceeds that of the rest with the most evidence. */
function densestInterval(counts: readonly number[]): Interval | undefined {
  const running = [0];
  for (const count of counts) running.push((running.at(-1) ?? 0) + count);
  const total = running.at(-1) ?? 0;
  const bins = counts.length;
  let best: Interval | undefined;
  for (let from = 1; from < bins; from++) {
    if (counts[from] === 0) continue;
    for (let to = from + 1; to <= bins; to++) {
      if (counts[to - 1] === 0) continue;
      const inside = (running[to] ?? 0) - (running[from] ?? 0);
      const evidence = evidenceOf(inside, to - from, total - inside, bins - (to - from));
      if (evidence > (best?.evidence ?? 0)) best = { from, to, evidence };
    }
  }
  return best;
}

/** Log-likelihood ratio of two Poisson rates against one; 0 where the inside is not the denser part. */
function evidenceOf(inside: number, length: number, outside: number, rest: number): number {
  if (rest <= 0 || inside * rest <= outside * length) return 0;
  const mean = (inside + outside) / (length + rest);
  const out = outside === 0 ? 0 : outside * Math.log(outside / rest / mean);
  return inside * Math.log(inside / length / mean) + out;
}

function isChange(counts: readonly number[], { from, to, evidence }: Interval): boolean {
  const inside = sum(counts, from, to);
  const length = to - from;
  if (inside < LEAST_EVENTS || evidence < LEAST_EVIDENCE) return false;
  if (length === 1 && counts.length > 10 && inside < LEAST_BLIP) return false;
  if (inside / length < LEAST_RISE * (sum(counts, 0, from) / from)) return false;
  if (hasWindow(counts, 0, from, length, inside / 2)) return false;
  if (!hasWindow(counts, to, counts.length, length, inside / 2)) return true;
  return from > longestPause(counts.slice(from));
}

/** True where a window of this length, within [from, to), holds at least so many events. */
function hasWindow(
  counts: readonly number[],
  from: number,
  to: number,
  length: number,
  least: number,
): boolean {
  let held = 0;
  for (let at = from; at < to; at++) {
    held += counts[at] ?? 0;
    if (at - length >= from) held -= counts[at - length] ?? 0;
    if (held >= least) return true;
  }
  return false;
}

/** Most bins in a row without an event, between two that have some. */
function longestPause(counts: readonly number[]): number {
  let longest = 0;
  let pause = Number.NEGATIVE_INFINITY;
  for (const count of counts) {
    if (count === 0) pause++;
    else {
      longest = Math.max(longest, pause);
      pause = 0;
    }
  }
  return longest;
}

/** Where a rise begins that is steep at `from`: back over bins that are clearly above the usual. */
function footOf(counts: readonly number[], from: number): number {
  // Of what is before, only the first half surely is before the rise.
  const sorted = counts.slice(0, Math.ceil(from / 2)).sort((a, b) => a - b);
  const usual = sorted[sorted.length >> 1] ?? 0;
  const seldom = sorted[Math.floor(sorted.length * 0.9)] ?? 0;
  const raised = Math.max(2 * usual + 2 * Math.sqrt(usual), seldom, 1);
  let foot = from;
  while (foot > 1 && (counts[foot - 1] ?? 0) > raised) foot--;
  return foot;
}

/** The bin of [from, until) that, taken for the start of what lasts to `to`, differs most from what is before. */
function sharpest(counts: readonly number[], from: number, until: number, to: number): number {
  let best = firstBusy(counts, from);
  let most = 0;
  let before = sum(counts, 0, from);
  let inside = sum(counts, from, to);
  for (let at = from; at < Math.min(until, to); at++) {
    const count = counts[at] ?? 0;
    const evidence = count === 0 ? 0 : evidenceOf(inside, to - at, before, at);
    if (evidence > most) {
      most = evidence;
      best = at;
    }
    before += count;
    inside -= count;
  }
  return best;
}

function firstBusy(counts: readonly number[], from: number): number {
  let at = from;
  while (at < counts.length - 1 && counts[at] === 0) at++;
  return at;
}

function joinBins(counts: readonly number[], factor: number): readonly number[] {
  if (factor <= 1) return counts;
  const joined: number[] = [];
  for (let at = 0; at < counts.length; at += factor) joined.push(sum(counts, at, at + factor));
  return joined;
}

function sum(counts: readonly number[], from: number, to: number): number {
  let total = 0;
  for (let at = from; at < Math.min(to, counts.length); at++) total += counts[at] ?? 0;
  return total;
}
