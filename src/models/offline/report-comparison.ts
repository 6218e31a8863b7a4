import { tellsOfChange } from "../../analysis/changes.ts";
import type { Conversation } from "./conversation.ts";
import { quoteBlock } from "./quote.ts";
import { whereData, whyEmpty } from "./report-empty.ts";
import type { ComparedTemplate, ResultOf } from "./results.ts";
import { clock, count, listNames, nameTemplate, plural, timespan } from "./wording.ts";

type Compared = ResultOf<"compare_periods">;

/** Error rates of several groups over one window, side by side. */
export function writeComparison(talk: Conversation): string {
  const all = talk.results("get_log_statistics").map((one) => ({
    ...one,
    name: listNames(one.ledger.groups),
    percent: one.error_share === null ? "-" : `${(one.error_share * 100).toFixed(2)}%`,
  }));
  const ranked = all.toSorted((a, b) => (b.error_share ?? 0) - (a.error_share ?? 0));
  const rows = ranked.map(
    ({ name, total, errors, percent, result }) =>
      `| ${name} | ${count(total)} | ${count(errors)} | ${percent} | [${result}] |`,
  );
  const [worst] = ranked;
  const head =
    worst && worst.errors > 0
      ? `**${worst.name} has the highest error rate: ${worst.percent}**, ${plural(worst.errors, "error")} of ${plural(worst.total, "event")} [${worst.result}].`
      : `**No group${talk.failures().length > 0 ? " that could be read" : ""} has an event of level error or fatal in this window.**`;
  const empty = all.filter(({ total }) => total === 0);
  const silent = empty.map(
    ({ name, result, ledger, group_span }) =>
      `\n\n${name} has no events here [${result}]: ${whyEmpty(ledger.empty, talk)}${whereData(group_span, ledger.empty, result)}`,
  );
  return `${head}\n\n| group | events | errors | error rate | |\n|---|---:|---:|---:|---|\n${rows.join("\n")}${durationRows(all)}${silent.join("")}`;
}

function durationRows(all: readonly ResultOf<"get_log_statistics">[]): string {
  const items = all.flatMap(({ numbers, ledger, result }) =>
    numbers
      .filter(({ is_duration }) => is_duration)
      .slice(0, 2)
      .map(
        ({ name, p50, p95 }) =>
          `- ${listNames(ledger.groups)} \`${name}\`: median ${show(p50)}, p95 ${show(p95)} [${result}]`,
      ),
  );
  return items.length === 0 ? "" : `\n\n**Durations**\n\n${items.join("\n")}`;
}

function show(value: number | null): string {
  return value === null ? "?" : count(value);
}

/** A window against its baseline, for each group: what is new, gone, or more frequent. */
export function writePeriods(talk: Conversation): string {
  const compared = talk.results("compare_periods");
  const [first] = compared;
  if (!first) return `**The periods could not be compared.** ${talk.failures()[0]?.message ?? ""}`;
  const both = compared.filter(({ ledger, baseline }) => ledger.matched > 0 && baseline.ledger.matched > 0);
  const changed = both.filter((one) => changesOf(one) > 0);
  const same = both.filter((one) => changesOf(one) === 0);
  const alone = compared.filter(
    ({ ledger, baseline }) => ledger.matched > 0 && baseline.ledger.matched === 0,
  );
  const empty = compared.filter(({ ledger }) => ledger.matched === 0);
  const windows = `${describe(first)} [${first.result}]`;
  const head =
    both.length === 0
      ? `**There is nothing to compare**: ${windows}.`
      : changed.length === 0
        ? `**Nothing new in what was compared**: ${windows}.`
        : `**What is new**, ${windows}:`;
  const quiet =
    same.length > 0
      ? `No new kind of event and no changed rate in ${listNames(same.flatMap(({ ledger }) => ledger.groups))} ${same.map(({ result }) => `[${result}]`).join("")}.`
      : "";
  const silent = empty.map(
    ({ ledger, result, group_span }) =>
      `**No logs from ${listNames(ledger.groups)}** [${result}]: ${whyEmpty(ledger.empty, talk)}${whereData(group_span, ledger.empty, result)}`,
  );
  const without = alone.map(
    ({ ledger, errors, result }) =>
      `${listNames(ledger.groups)} has ${plural(ledger.matched, "event")} and ${plural(errors, "error")} now, but none in the baseline [${result}]: it may not reach back so far, or have said nothing. So what is new in it cannot be told.`,
  );
  return [head, ...changed.map(writeOne), quiet, ...without, ...silent].filter(Boolean).join("\n\n");
}

function changesOf({ new_total, vanished_total, changed_total }: Compared): number {
  return new_total + vanished_total + changed_total;
}

function describe({ ledger, baseline }: Compared): string {
  const span = ({ window }: Compared["ledger"]) => (window ? timespan(window.start, window.end) : "no time");
  return `${span(ledger)} against ${span(baseline.ledger)}`;
}

function writeOne(one: Compared): string {
  const { ledger, baseline, result, errors_per_minute: rate } = one;
  const name = listNames(ledger.groups);
  const head = `${name}: ${plural(one.errors, "error")} of ${plural(ledger.matched, "event")}, before ${count(baseline.errors)} of ${count(baseline.ledger.matched)} (${rate.current} a minute, before ${rate.baseline}) [${result}].`;
  // A change may be the cause; then errors matter most, then warnings; among equals the earliest.
  const fresh = one.new.toSorted((a, b) => weigh(b) - weigh(a) || at(a) - at(b)).slice(0, 8);
  const items = [
    ...fresh.map(
      (template) =>
        `- New: ${count(template.count)} x \`${nameTemplate(template.template)}\`${template.first ? `, first at ${clock(template.first)}` : ""} [${result}]`,
    ),
    ...one.changed.slice(0, 4).map((template) => `- ${sayRate(template)} [${result}]`),
    ...one.vanished
      .slice(0, 3)
      .map(
        ({ template, baseline_count }) =>
          `- Gone: \`${nameTemplate(template)}\`, before ${plural(baseline_count, "time")} [${result}]`,
      ),
  ];
  const more = one.new_total - fresh.length;
  if (more > 0) items.push(`- ${one.new_total} kinds are new in all [${result}]`);
  const lines = fresh.flatMap(({ example }) => (example ? [example] : []));
  return `${head}\n\n${items.join("\n")}\n\n${quoteBlock(lines)}`.trimEnd();
}

function sayRate({
  template,
  baseline_count,
  count: now,
  ratio,
}: ComparedTemplate & { ratio: number }): string {
  // The two windows may differ in length: the counts alone would mislead.
  const rate = `${ratio.toFixed(ratio < 1 ? 2 : 1)} times the rate`;
  return `${ratio > 1 ? "More often" : "Less often"} (${rate}): \`${nameTemplate(template)}\`, ${count(now)} x, before ${count(baseline_count)} x`;
}

function weigh({ level, template }: ComparedTemplate): number {
  if (level !== "error" && level !== "fatal" && tellsOfChange(template)) return 3;
  if (level === "error" || level === "fatal") return 2;
  return level === "warn" ? 1 : 0;
}

function at({ first }: { readonly first: string | null }): number {
  return first === null ? 0 : Date.parse(first);
}
