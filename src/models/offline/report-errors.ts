import { type Analysed, beganAt, changedBefore } from "./origin.ts";
import type { ResultOf, Template } from "./results.ts";
import type { Suspect } from "./suspects.ts";
import { clock, count, dayOf, nameTemplate, plural, timespan } from "./wording.ts";

const KINDS = 6;
/** Warnings so long before the first error may belong to it, ms. */
const WARNED_BEFORE = 1_800_000;
/** A log that goes on for so long without an error, or for this share of what was seen, has recovered. */
const QUIET_MS = 60_000;
const QUIET_SHARE = 0.05;

/** One group's errors in a sentence or two: what, how many, from when to when. */
export function sayErrors(one: Analysed, isHead: boolean): string {
  const { log_group, errors, ref, templates, error_templates_total: kinds } = one;
  const top = mostTelling(templates);
  const mass = `${plural(errors, "error")}${kinds > 1 ? ` of ${kinds} kinds` : ""} among ${plural(one.analysed, "event")}`;
  const named = top ? `\`${nameTemplate(top.template)}\`` : "";
  if (isHead && top)
    return `**\`${log_group}\` fails with ${named}** (${plural(top.count, "time")}): ${mass}${sayCourse(one)} [${ref}].`;
  const what = kinds === 1 && top ? `, all ${named}` : "";
  return `**\`${log_group}\`: ${mass}**${what}${sayCourse(one)} [${ref}].`;
}

/** The kind that set in, before those that are there all the time. */
export function sayRisen(one: Analysed, risen: Template): string {
  const since = risen.first && risen.last ? `, ${timespan(risen.first, risen.last)}` : "";
  const mass = `${plural(one.errors, "error")} of ${one.error_templates_total} kinds among ${plural(one.analysed, "event")}`;
  return `**\`${one.log_group}\` began to fail with \`${nameTemplate(risen.template)}\`** (${plural(risen.count, "time")}${since}); in all ${mass}, others all the time [${one.ref}].`;
}

/** Of the commonest templates, about as many of each, the one that says what failed. */
export function mostTelling<T extends Pick<Template, "template" | "count">>(
  templates: readonly T[],
): T | undefined {
  const most = Math.max(0, ...templates.map(({ count }) => count));
  const common = templates.filter(({ count }) => count >= most * 0.9);
  return common.find(({ template }) => TELLING.test(template)) ?? common[0];
}

const TELLING =
  /fail|unable|refused|cannot|can't|could not|denied|exhaust|time[d-]? ?out|expired|exceed|violat|invalid|unreachable|out of|not found|panic|killed/i;

/** From when to when, and whether it was new and is over. */
function sayCourse(one: Analysed): string {
  const { onset, last_error, last_event } = one;
  const began = onset ? beganAt(one) : earliestOf(one);
  if (!began || !last_error) return "; no line of them carries a time";
  const span = `, from ${timespan(began, last_error)}`.replace("from", began === last_error ? "at" : "from");
  const before =
    onset === null
      ? isInStretches(one)
        ? "; in separate stretches, each of another kind"
        : "; steady, without an onset in this window"
      : onset.is_new
        ? "; none before"
        : `; before ${onset.errors_per_minute_before} a minute, then ${onset.errors_per_minute_after}`;
  return `${span}${before}${sayEnd(began, last_error, last_event)}`;
}

/** Kinds that follow each other with a long silence between them are not steady, and perhaps not related. */
function isInStretches({ templates, last_error, error_templates_total }: Analysed): boolean {
  if (templates.length < error_templates_total) return false;
  const spans = templates
    .map(({ first, last }) => ({ from: Date.parse(first ?? ""), to: Date.parse(last ?? "") }))
    .toSorted((a, b) => a.from - b.from);
  const [start] = spans;
  const whole = Date.parse(last_error ?? "") - (start?.from ?? Number.NaN);
  let reached = start?.to ?? Number.NaN;
  for (const { from, to } of spans) {
    if (from - reached > whole * STRETCH_GAP) return true;
    reached = Math.max(reached, to);
  }
  return false;
}

/** Of the time from the first error to the last. */
const STRETCH_GAP = 0.2;

function sayEnd(began: string, lastError: string, lastEvent: string | null): string {
  if (!lastEvent) return "";
  const quiet = Date.parse(lastEvent) - Date.parse(lastError);
  const seen = Date.parse(lastEvent) - Date.parse(began);
  if (quiet > QUIET_MS && quiet > seen * QUIET_SHARE)
    return `; none after, though the log goes on to ${clock(lastEvent, dayOf(lastError))}`;
  return seen > 0 && quiet <= Math.max(1000, seen * 0.01) ? "; they go on to the end" : "";
}

function earliestOf({ templates }: Analysed): string | undefined {
  const firsts = templates.map(({ first }) => first).filter((first) => first !== null);
  return firsts.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
}

/** The kinds of error of a group as items, without the one that is told already, commonest first. */
export function kindsOf(
  { templates, error_templates_total, ref }: Analysed,
  told: Template | undefined,
  day: string,
  most = KINDS,
): string[] {
  const shown = templates.filter((one) => one !== told).slice(0, most);
  const items = shown.map(
    (one) => `- ${count(one.count)} x \`${nameTemplate(one.template)}\`${sayWhen(one, day)} [${ref}]`,
  );
  const all = shown.length + (told ? 1 : 0);
  return error_templates_total > all
    ? [...items, `- rarer ones, ${error_templates_total} kinds in all [${ref}]`]
    : items;
}

export function sayWhen(
  { first, last }: { readonly first: string | null; readonly last: string | null },
  day: string,
) {
  if (!first || !last) return "";
  return first === last ? `, at ${clock(first, day)}` : `, ${timespan(first, last, day)}`;
}

/** The warnings of a group that fall into the time of its errors, or all of them where there are none. */
export function warningsOf(
  fetched: ResultOf<"fetch_logs"> | undefined,
  errors: Analysed | undefined,
): { readonly item: string; readonly line: string }[] {
  if (!fetched) return [];
  const began = errors && beganAt(errors);
  const from = began ? Date.parse(began) - WARNED_BEFORE : Number.NEGATIVE_INFINITY;
  const to = errors?.last_error ? Date.parse(errors.last_error) + QUIET_MS : Number.POSITIVE_INFINITY;
  return fetched.templates
    .filter(({ level }) => level === "warn")
    .filter(({ first, last }) => !first || !last || (Date.parse(first) <= to && Date.parse(last) >= from))
    .slice(0, 3)
    .map((one) => ({
      item: `- Warned: ${count(one.count)} x \`${nameTemplate(one.template)}\`${sayWhen(one, dayOf(began))} [${fetched.result}]`,
      line: one.examples[0] ?? "",
    }));
}

/** What to do next, in a line. */
export function sayNext(main: Analysed, suspect: Suspect | undefined, day: string): string {
  const step = suspect
    ? `Check that change, and undo it if it was not meant to be [${suspect.ref}]; then see whether \`${main.log_group}\` recovers.`
    : `Look for a change (deployment, configuration, traffic) before ${clock(changedBefore(main) ?? "", day)} [${main.ref}]; no log line here tells of one.`;
  return `**Next**: ${step}`;
}
