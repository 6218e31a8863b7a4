import type { Conversation } from "./conversation.ts";
import type { Intent } from "./intent.ts";
import { type Analysed, analysesOf, findOrigin, type Origin } from "./origin.ts";
import { writeDurations } from "./report-durations.ts";
import { around, explainEmpty } from "./report-lookup.ts";
import { type ResultOf, readEvidence, type Template } from "./results.ts";
import type { Selection } from "./select-groups.ts";
import { clock, count, listNames, nameTemplate, plural, quoteBlock } from "./wording.ts";

/** What happened, since when, how many, where first, what just before, and the lines themselves. */
export function writeInvestigation(talk: Conversation, intent: Intent, selection: Selection): string {
  const fetched = talk.results("fetch_logs");
  const silent = fetched.filter(({ ledger }) => ledger.matched === 0);
  const durations = writeDurations(fetched, intent.kind === "slow");
  if (fetched.length > 0 && silent.length === fetched.length)
    return silent.map((one) => sayEmpty(one, talk)).join("\n\n");
  const analyses = analysesOf(talk);
  const parts =
    analyses.length === 0
      ? [sayNoErrors(fetched, durations), durations, warnings(fetched)]
      : writeErrors(talk, intent, selection, analyses, durations);
  return [...parts, ...silent.map((one) => sayEmpty(one, talk))].filter(Boolean).join("\n\n");
}

function writeErrors(
  talk: Conversation,
  intent: Intent,
  selection: Selection,
  analyses: readonly Analysed[],
  durations: string,
): string[] {
  const origin = findOrigin(talk);
  const main = analyses.find(({ log_group }) => log_group === origin?.group) ?? analyses[0];
  if (!main) return [durations];
  const head = origin?.byIds ? sayCause(talk, origin, main) : sayErrors(main, talk);
  const table = analyses.length > 1 ? errorTable(talk, analyses) : "";
  const others = analyses.filter((one) => one !== main && isRelevant(one, origin, selection));
  return [
    ...(intent.kind === "slow" ? [durations] : []),
    head,
    table,
    before(main, analyses.length > 1),
    kinds(main),
    analyses.length === 1 ? around(talk) : "",
    origin?.byIds ? chain(talk, origin) : "",
    ...others.slice(0, 5).map((one) => kinds(one, origin?.byIds ? 2 : 4)),
    origin ? noise(origin, talk) : "",
    ...(intent.kind === "slow" || origin?.byIds ? [] : [durations]),
    nextSteps(main, origin),
  ];
}

function isRelevant(one: Analysed, origin: Origin | undefined, { named }: Selection): boolean {
  if (!origin?.byIds) return true;
  return (
    origin.reached.some(({ to }) => to === one.log_group) || named.some(({ name }) => name === one.log_group)
  );
}

/** Where it began and whom it reached, from the ids that events share. */
function sayCause(talk: Conversation, origin: Origin, main: Analysed): string {
  const [correlated] = talk.results("correlate_events");
  const ref = correlated?.result ?? "";
  const reached = origin.reached.map(
    ({ to, ids, lagMs }) =>
      `- ${plural(ids, "failing request")} passed from \`${origin.group}\` to \`${to}\`, ${count(lagMs)} ms later in the median [${ref}].`,
  );
  const since = main.onset ? ` since ${clock(main.onset.at)} [${main.ref}]` : "";
  const worst = main.templates[0];
  const what = worst ? `: ${count(worst.count)} x \`${nameTemplate(worst.template)}\` [${main.ref}]` : "";
  return `**The trouble begins in \`${origin.group}\`**${since}${what}. Requests that fail elsewhere failed there first:\n\n${reached.join("\n")}`;
}

function sayErrors(main: Analysed, talk: Conversation): string {
  const [worst] = main.templates;
  const total = talk.results("analyze_error_pattern").find(({ result }) => result === main.ref);
  const first = main.first_error ? readEvidence(main.first_error) : undefined;
  const last = main.templates
    .map(({ last }) => last)
    .filter((time) => time !== null)
    .sort()
    .at(-1);
  const span =
    first && first.time !== "(no time)" && last ? `, from ${clock(first.time)} to ${clock(last)}` : "";
  const onset = main.onset
    ? ` They set in at ${clock(main.onset.at)}${main.onset.is_new ? "; before, there were none" : ""} [${main.ref}].`
    : "";
  const what = worst
    ? ` Most often (${count(worst.count)} x): \`${nameTemplate(worst.template)}\` [${main.ref}].`
    : "";
  return `**\`${main.log_group}\` has ${plural(main.errors, "error")}**${span} [${main.ref}], of ${plural(total?.analysed ?? 0, "event")} analysed.${onset}${what}`;
}

function errorTable(talk: Conversation, analyses: readonly Analysed[]): string {
  const [correlated] = talk.results("correlate_events");
  const rows = analyses.map((one) => {
    const related = correlated?.groups_by_onset.find(({ log_group }) => log_group === one.log_group);
    const caused = related
      ? `${count(related.errors_with_earlier_cause_elsewhere)} [${correlated?.result}]`
      : "";
    const onset = one.onset ? clock(one.onset.at) : "steady";
    return `| \`${one.log_group}\` | ${count(one.errors)} | ${onset} | ${caused} | [${one.ref}] |`;
  });
  return `| group | errors | set in | after an error elsewhere, same id | |\n|---|---:|---|---:|---|\n${rows.join("\n")}`;
}

/** The kinds of error in one group, commonest first, with an exact line of each. */
function kinds(group: Analysed, most = 6): string {
  const shown = group.templates.slice(0, most);
  const items = shown.map(
    (template) =>
      `- ${count(template.count)} x \`${nameTemplate(template.template)}\`${since(template)} [${group.ref}]`,
  );
  const rest = group.error_templates_total - shown.length;
  if (rest > 0)
    items.push(
      `- and ${plural(rest, "more kind")} of error [${group.ref}]`.replace(`${count(rest)} more`, "more"),
    );
  const lines = shown.flatMap(({ examples }) => examples.slice(0, 1));
  return `**Errors in \`${group.log_group}\`** [${group.ref}]\n\n${items.join("\n")}\n\n${quoteBlock(lines)}`;
}

function since({ first, last }: Template): string {
  if (!first || !last) return "";
  return first === last ? `, at ${clock(first)}` : `, ${clock(first)} to ${clock(last, first.split("T")[0])}`;
}

/** What was new, and the last lines, before the first error of the group. */
function before(group: Analysed, withLines: boolean): string {
  const fresh = group.new_before_onset;
  if (fresh.length > 0)
    return `**New shortly before, in \`${group.log_group}\`** [${group.ref}]\n\n${quoteBlock(fresh)}`;
  const lines = withLines ? group.lines_before_first_error.slice(-4) : [];
  return lines.length > 0
    ? `**Just before the first error in \`${group.log_group}\`** [${group.ref}]\n\n${quoteBlock(lines)}`
    : "";
}

/** One request's way through the groups. */
function chain(talk: Conversation, origin: Origin): string {
  const [correlated] = talk.results("correlate_events");
  const path = correlated?.propagations.find(({ from }) => from === origin.group);
  if (!correlated || !path) return "";
  return `**One of the failing requests**, \`${path.example_id}\` [${correlated.result}]\n\n${quoteBlock(path.example)}`;
}

function noise({ noisy }: Origin, talk: Conversation): string {
  const [correlated] = talk.results("correlate_events");
  if (!correlated || noisy.length === 0) return "";
  const items = noisy.map(({ group, errors }) => `\`${group}\` has ${plural(errors, "error")}`);
  return `**Loud, but apart**: ${items.join("; ")}, and hardly any of them shares an id with the failing requests [${correlated.result}].`;
}

function sayNoErrors(fetched: readonly ResultOf<"fetch_logs">[], durations: string): string {
  const read = fetched.filter(({ ledger }) => ledger.matched > 0);
  const items = read.map(
    ({ ledger, result }) =>
      `- \`${ledger.groups.join(", ")}\`: ${plural(ledger.analysed, "event")} analysed [${result}]`,
  );
  const but = durations ? " What stands out are durations, below." : "";
  return `**No event has the level error or fatal, and none reads like an error**, in:\n\n${items.join("\n")}\n\nThat is all that this says: other groups, another time, or events that were never logged are not covered.${but}`;
}

function warnings(fetched: readonly ResultOf<"fetch_logs">[]): string {
  const found = fetched.flatMap(({ templates, result }) =>
    templates.filter(({ level }) => level === "warn").map((template) => ({ template, result })),
  );
  if (found.length === 0) return "";
  const items = found
    .slice(0, 6)
    .map(
      ({ template, result }) =>
        `- ${count(template.count)} x \`${nameTemplate(template.template)}\` [${result}]`,
    );
  const lines = found.slice(0, 6).flatMap(({ template }) => template.examples.slice(0, 1));
  return `**Warnings**\n\n${items.join("\n")}\n\n${quoteBlock(lines)}`;
}

function sayEmpty({ ledger, result }: ResultOf<"fetch_logs">, talk: Conversation): string {
  return `**No logs from ${listNames(ledger.groups)}** [${result}]: ${explainEmpty(ledger.empty, talk)}`;
}

function nextSteps(main: Analysed, origin: Origin | undefined): string {
  const ref = main.first_error ? readEvidence(main.first_error)?.ref : undefined;
  const steps = [
    ref ? `Read what stands around the first error in \`${main.log_group}\` [${ref}].` : "",
    main.onset
      ? `Look for a change (deployment, configuration, traffic) shortly before ${clock(main.onset.at)} [${main.ref}].`
      : "",
    origin?.byIds ? `Mend \`${origin.group}\` first: the others fail after it.` : "",
  ].filter(Boolean);
  return steps.length === 0 ? "" : `**Next steps**\n\n${steps.map((step) => `- ${step}`).join("\n")}`;
}
