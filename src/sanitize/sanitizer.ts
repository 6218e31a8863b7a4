import { type CustomRule, finderOf } from "./custom-rules.ts";
import { findEncodedRuns } from "./encoded.ts";
import { type Rewriting, rewritingFor, SOFT_BREAK, type View, viewOf } from "./normalize.ts";
import { FINDERS, RULES, type Rule, type RuleName, SPECIFICITY } from "./rules.ts";
import type { Sanitized } from "./sanitized.ts";
import { type AddSpan, cutOut, mergeSpans, type Range, type Span } from "./spans.ts";

/** How many spans each rule replaced; rules that found nothing are left out. */
export type Counts = Readonly<Partial<Record<RuleName, number>>>;

export interface SanitizeResult {
  readonly text: Sanitized;
  readonly counts: Counts;
}

export interface Sanitizer {
  /** Replaces everything that the rules find. Never throws; what cannot be looked at becomes UNREADABLE. */
  readonly sanitize: (text: string) => SanitizeResult;
}

export interface SanitizerOptions {
  /** Names of rules that are switched off. */
  readonly disabled?: readonly string[];
  readonly custom?: readonly CustomRule[];
  readonly mode?: "redact";
}

/** Stands for a whole text that a rule failed on, or that is too long to be looked at: it never passes through. */
export const UNREADABLE = "[UNREADABLE_REDACTED]";
/** UTF-16 units; longer texts are refused as a whole. */
const TEXT_LIMIT = 64 * 1024 * 1024;
/** Replacing changes what stands next to the rest; rounds until nothing more is found, at most this many. */
const ROUNDS = 4;

interface Plan {
  readonly enabled: (rule: string) => boolean;
  /** The built-in finders and the custom rules'. */
  readonly finders: readonly ((text: string, add: AddSpan) => void)[];
  readonly replacementOf: (rule: string) => string;
  readonly rankOf: (rule: string) => number;
  /** Knows the replacements of custom rules: tags that must not be touched again. */
  readonly rewriting: Rewriting;
}

/** Makes a sanitiser. Linear in the text's length; a second pass over its own output changes nothing. */
export function createSanitizer(options: SanitizerOptions = {}): Sanitizer {
  const plan = planOf(options);
  return { sanitize: (text) => sanitize(text, plan) };
}

function planOf(options: SanitizerOptions): Plan {
  const disabled = new Set(options.disabled);
  const custom = (options.custom ?? []).filter((rule) => !disabled.has(rule.name));
  const ranks = new Map<string, number>(
    [...custom.map((rule) => rule.name), ...SPECIFICITY].map((name, rank) => [name, rank]),
  );
  const replacements = new Map<string, string>(
    [...RULES, ...custom].map((rule: Pick<Rule, "name" | "replacement">) => [rule.name, rule.replacement]),
  );
  return {
    enabled: (rule) => !disabled.has(rule),
    // What only serves a rule that is off need not look.
    finders: [
      ...FINDERS.filter(({ rule }) => rule === undefined || !disabled.has(rule)).map(({ find }) => find),
      ...custom.map(finderOf),
    ],
    replacementOf: (rule) => replacements.get(rule) ?? UNREADABLE,
    rankOf: (rule) => ranks.get(rule) ?? ranks.size,
    rewriting: rewritingFor(custom.map((rule) => rule.replacement).filter((tag) => tag !== "")),
  };
}

function sanitize(text: string, plan: Plan): SanitizeResult {
  if (text.length > TEXT_LIMIT) return { text: brand(UNREADABLE), counts: { unreadable: 1 } };
  try {
    const counts: Record<string, number> = {};
    let current = text;
    let spans = findSpans(text, plan);
    for (let round = 1; spans.length > 0; round++) {
      for (const span of spans) counts[span.rule] = (counts[span.rule] ?? 0) + 1;
      const replaced = replaceSpans(current, spans, plan.replacementOf);
      current = replaced.text;
      spans = round < ROUNDS ? findAgain(current, replaced.tags, plan) : [];
    }
    return { text: brand(current), counts };
  } catch {
    return { text: brand(UNREADABLE), counts: { unreadable: 1 } };
  }
}

/** The one place where text becomes Sanitized. */
function brand(text: string): Sanitized {
  return text as Sanitized;
}

/** All rules' spans over one text in original indices: merged, sorted, and never over a tag that is there already. */
function findSpans(text: string, plan: Plan, depth = 0): Span[] {
  const view = viewOf(text, plan.rewriting);
  const found = findInView(view, plan, depth);
  // An invisible character may stand inside a secret, or between a secret and the word before it: both are tried.
  if (view.joined) found.push(...findInView(viewOf(text, plan.rewriting, SOFT_BREAK), plan, depth));
  for (const range of view.hidden) found.push(...findHidden(text, range, plan));
  if (found.length === 0) return found;
  const merged = mergeSpans(found, { rankOf: plan.rankOf, structural: (rule) => rule === "url_password" });
  return cutOut(merged, view.tags).filter((span) => /[\p{L}\p{N}]/u.test(text.slice(span.start, span.end)));
}

function findInView(view: View, plan: Plan, depth: number): Span[] {
  const found: Span[] = [];
  const add: AddSpan = (rule, start, end) => {
    if (end > start && plan.enabled(rule)) found.push({ ...view.toOriginal(start, end), rule });
  };
  for (const find of plan.finders) find(view.text, add);
  if (depth > 0) return found;
  for (const run of findEncodedRuns(view.text)) {
    const [inside] = findSpans(run.decoded, plan, depth + 1);
    if (inside !== undefined) add(inside.rule, run.start, run.end);
  }
  return found;
}

/** What a terminal would not show as text (a title, the target of a link) is looked at on its own. */
function findHidden(text: string, range: Range, plan: Plan): Span[] {
  const spans = findSpans(text.slice(range.start, range.end), plan);
  return spans.map((span) => ({ ...span, start: span.start + range.start, end: span.end + range.start }));
}

/** What shows only now that its neighbours are replaced: the lines with new tags are looked at once more. */
function findAgain(text: string, tags: readonly Range[], plan: Plan): Span[] {
  const lines = linesOf(text, tags);
  const length = lines.reduce((sum, line) => sum + line.end - line.start + 1, 0);
  if (length > text.length / 2) return findSpans(text, plan);
  const found = findSpans(lines.map((line) => text.slice(line.start, line.end)).join("\n"), plan);
  return found.length === 0 ? [] : findSpans(text, plan);
}

/** The lines that hold the ranges, each once. */
function linesOf(text: string, ranges: readonly Range[]): Range[] {
  const lines: { start: number; end: number }[] = [];
  for (const range of ranges) {
    const last = lines.at(-1);
    if (last !== undefined && range.end <= last.end) continue;
    const end = text.indexOf("\n", range.end);
    const start =
      last !== undefined && range.start < last.end ? last.end : text.lastIndexOf("\n", range.start) + 1;
    lines.push({ start, end: end === -1 ? text.length : end });
  }
  return lines;
}

function replaceSpans(
  text: string,
  spans: readonly Span[],
  replacementOf: (rule: string) => string,
): { text: string; tags: Range[] } {
  const pieces: string[] = [];
  const tags: Range[] = [];
  let copied = 0;
  let length = 0;
  for (const span of spans) {
    const tag = replacementOf(span.rule);
    pieces.push(text.slice(copied, span.start), tag);
    length += span.start - copied + tag.length;
    tags.push({ start: length - tag.length, end: length });
    copied = span.end;
  }
  pieces.push(text.slice(copied));
  return { text: pieces.join(""), tags };
}

/** Adds counts up, for a session's total. */
export function addCounts(one: Counts, other: Counts): Counts {
  const sum: Record<string, number> = {};
  for (const counts of [one, other])
    for (const [rule, count] of Object.entries(counts)) sum[rule] = (sum[rule] ?? 0) + (count ?? 0);
  return sum;
}

/** The larger count of each rule: of two looks at texts that largely are the same. */
export function maxCounts(one: Counts, other: Counts): Counts {
  const most: Record<string, number> = {};
  for (const counts of [one, other])
    for (const [rule, count] of Object.entries(counts)) most[rule] = Math.max(most[rule] ?? 0, count ?? 0);
  return most;
}

/** `12 items redacted (3 emails, 5 IPs, 4 tokens)`; the empty string where nothing was. */
export function describeCounts(counts: Counts): string {
  const total = Object.values(counts).reduce((sum: number, count) => sum + (count ?? 0), 0);
  if (total === 0) return "";
  return `${total} ${total === 1 ? "item" : "items"} redacted (${listCounts(counts)})`;
}

/** `3 emails, 5 IPs`: rules with one label are added up. */
export function listCounts(counts: Counts): string {
  const order = RULES.map((rule): string => rule.name);
  const entries = Object.entries(counts).toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  const labels = new Map<string, number>();
  for (const [name, count = 0] of entries) {
    const label = RULES.find((rule) => rule.name === name)?.label ?? name.replaceAll("_", " ");
    labels.set(label, (labels.get(label) ?? 0) + count);
  }
  return [...labels].map(([label, count]) => `${count} ${label}${count === 1 ? "" : "s"}`).join(", ");
}
