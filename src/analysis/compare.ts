import { LEVELS, type Level } from "../log/event.ts";
import { constantWords, createTemplateMatch } from "./match.ts";
import type { ComparedTemplate, Comparison, DigestSummary, TemplateSummary } from "./summary.ts";

/** A rate has changed from this factor on, up or down. */
const LEAST_RATIO = 2;
/** How many standard deviations of chance a change must exceed. */
const LEAST_DEVIATIONS = 3;
/** Of a template that vanished, so many events should have come in the current period. */
const LEAST_MISSED = 3;
/** Share of the words of one template that another must have, to be the same with other wildcards. */
const LEAST_SHARED = 0.6;

interface Pair {
  readonly baseline: readonly TemplateSummary[];
  readonly current: readonly TemplateSummary[];
}

/**
 * What is different in a period, against a baseline of the same groups.
 *
 * Templates are the same if their texts are equal, or if one's wildcards stand for what the other has there and at
 * least 60 % of the words are common. Fresh: no event in the baseline. Vanished: none now, where at least 3 were to be
 * expected. Changed: the rate is at least twice or at most half of what it was, and the difference is more than three
 * standard deviations of chance (Poisson).
 * @param options the durations of the periods, ms
 */
export function comparePeriods(
  baseline: DigestSummary,
  current: DigestSummary,
  options: { readonly baselineMs: number; readonly currentMs: number },
): Comparison {
  const scale = options.currentMs / options.baselineMs;
  const compared = pairTemplates(baseline.templates, current.templates).map((pair) =>
    comparePair(pair, scale),
  );
  const isChanged = ({ baselineCount, count, ratio }: ComparedTemplate) =>
    baselineCount > 0 &&
    count > 0 &&
    (ratio >= LEAST_RATIO || ratio <= 1 / LEAST_RATIO) &&
    deviations(baselineCount, count, scale) > LEAST_DEVIATIONS;
  return {
    fresh: compared
      .filter(({ baselineCount }) => baselineCount === 0)
      .sort((a, b) => severityOf(b.level) - severityOf(a.level) || b.count - a.count),
    vanished: compared
      .filter(({ baselineCount, count }) => count === 0 && baselineCount * scale >= LEAST_MISSED)
      .sort((a, b) => b.baselineCount - a.baselineCount),
    changed: compared
      .filter(isChanged)
      .sort(
        (a, b) => deviations(b.baselineCount, b.count, scale) - deviations(a.baselineCount, a.count, scale),
      ),
    errorRatePerMinute: {
      baseline: errorsOf(baseline) / (options.baselineMs / 60_000),
      current: errorsOf(current) / (options.currentMs / 60_000),
    },
  };
}

/** Templates of both digests, those together that are the same. */
function pairTemplates(baseline: readonly TemplateSummary[], current: readonly TemplateSummary[]): Pair[] {
  const pairs = new Map<string, { baseline: TemplateSummary[]; current: TemplateSummary[] }>();
  for (const template of baseline) pairs.set(keyOf(template), { baseline: [template], current: [] });
  const unpaired: TemplateSummary[] = [];
  for (const template of current) {
    const pair = pairs.get(keyOf(template));
    if (pair) pair.current.push(template);
    else unpaired.push(template);
  }
  const describers = [...pairs].map(([, pair]) => ({
    ...describe(pair.baseline[0]?.text ?? ""),
    severity: classOf(pair.baseline[0]),
    pair,
  }));
  for (const template of unpaired) {
    const own = describe(template.text);
    const same = describers.find((other) => other.severity === classOf(template) && isSame(other, own));
    if (same) same.pair.current.push(template);
    else pairs.set(keyOf(template), { baseline: [], current: [template] });
  }
  return [...pairs.values()];
}

/** A digest may hold one text several times: of errors, of warnings and of the rest. */
function keyOf(template: TemplateSummary): string {
  return `${classOf(template)} ${template.text}`;
}

function classOf(template: TemplateSummary | undefined): "error" | "warn" | "other" {
  const level = template?.level;
  if (level === "error" || level === "fatal") return "error";
  return level === "warn" ? "warn" : "other";
}

interface Described {
  readonly text: string;
  readonly words: ReadonlySet<string>;
  readonly match: (text: string) => readonly string[] | undefined;
}

function describe(text: string): Described {
  return { text, words: new Set(constantWords(text)), match: createTemplateMatch(text) };
}

function isSame(one: Described, other: Described): boolean {
  if (one.words.size === 0 || other.words.size === 0) return false;
  const shared = one.words.values().reduce((count, word) => count + (other.words.has(word) ? 1 : 0), 0);
  if (shared / Math.max(one.words.size, other.words.size) < LEAST_SHARED) return false;
  return one.match(other.text) !== undefined || other.match(one.text) !== undefined;
}

function comparePair({ baseline, current }: Pair, scale: number): ComparedTemplate {
  const baselineCount = countOf(baseline);
  const count = countOf(current);
  const [best = baseline[0]] = current;
  const firsts = current.map(({ first }) => first).filter((first) => first !== undefined);
  return {
    text: best?.text ?? "",
    level: mostSevere([...baseline, ...current]),
    baselineCount,
    count,
    ratio: baselineCount === 0 ? Number.POSITIVE_INFINITY : count / (baselineCount * scale),
    first: firsts.length === 0 ? undefined : Math.min(...firsts),
    examples: best?.examples ?? [],
  };
}

function countOf(templates: readonly TemplateSummary[]): number {
  return templates.reduce((sum, { count }) => sum + count, 0);
}

/** How far two counts are apart, in standard deviations of their difference if both came at the same rate. */
function deviations(baseline: number, current: number, scale: number): number {
  const rate = (baseline + current) / (1 + scale);
  return Math.abs(current - baseline * scale) / Math.sqrt(rate * scale + rate * scale * scale);
}

function mostSevere(templates: readonly TemplateSummary[]): Level | undefined {
  return templates.reduce<Level | undefined>(
    (worst, { level }) => (severityOf(level) > severityOf(worst) ? level : worst),
    undefined,
  );
}

function severityOf(level: Level | undefined): number {
  return level === undefined ? -1 : LEVELS.indexOf(level);
}

function errorsOf({ levels }: DigestSummary): number {
  return (levels.get("error") ?? 0) + (levels.get("fatal") ?? 0);
}
