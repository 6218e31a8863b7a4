import type { Conversation } from "./conversation.ts";
import type { Intent } from "./intent.ts";
import { quoteBlock } from "./quote.ts";
import { explainEmpty } from "./report-empty.ts";
import { sayWhen } from "./report-errors.ts";
import { hasErrors, type ResultOf } from "./results.ts";
import { count, listNames, nameTemplate, plural } from "./wording.ts";

const LISTED = 100;
/** Kinds of warning of one group. */
const WARNED = 8;

export function writeList([listing]: readonly ResultOf<"list_log_groups">[]): string {
  if (!listing) return "";
  const { groups, total, result } = listing;
  const rows = groups
    .slice(0, LISTED)
    .map(
      ({ name, bytes, newest_event, remark }) =>
        `| \`${name}\` | ${bytes === null ? "?" : count(bytes)} | ${newest_event ?? remark ?? "?"} | [${result}] |`,
    );
  const rest =
    total > rows.length ? `\n\nThe first ${rows.length} are listed; name a prefix to see others.` : "";
  return `**${plural(total, "log group")}** [${result}]\n\n| group | bytes | newest event | |\n|---|---:|---|---|\n${rows.join("\n")}${rest}`;
}

/** `show`: the lines themselves, the newest ones, with how many there are in all. */
export function writeLines(
  read: readonly ResultOf<"fetch_logs">[],
  talk: Conversation,
  intent: Intent,
): string {
  const parts = read.map((fetched) => {
    const { ledger, events, result } = fetched;
    if (ledger.matched === 0) return explainEmpty(fetched, talk);
    const shown = events.slice(-(intent.limit ?? 100));
    return `${headLines(fetched, shown.length, intent)}\n\n${levelLine(fetched)}\n\n${quoteBlock(shown)}${untimed(fetched, result)}`;
  });
  return parts.join("\n\n");
}

function headLines(
  { ledger, result }: ResultOf<"fetch_logs">,
  shown: number,
  { term, limit }: Intent,
): string {
  const name = listNames(ledger.groups);
  const holding = term === undefined ? "" : ` with \`${term}\``;
  const rest = ledger.matched - shown;
  if (rest === 0)
    return `**${name}: all ${plural(ledger.matched, "event")}${holding}** [${result}], oldest first.`;
  const cut = shown < (limit ?? shown) ? "; more of them would not fit" : "";
  return `**${name}: showing the last ${count(shown)} of ${count(ledger.matched)} events${holding}** [${result}], oldest first; ${count(rest)} older ones are truncated${cut}. To see more, name a larger number, or use \`logai logs\`.`;
}

function levelLine({ levels, ledger, result }: ResultOf<"fetch_logs">): string {
  const known = Object.entries(levels).filter(([, value]) => value > 0);
  const names: Record<string, string> = {
    none: "without level",
    inferred_from_words: "of these inferred from words",
  };
  const parts = known.map(([level, value]) => `${count(value)} ${names[level] ?? level}`);
  return `Of the ${count(ledger.matched)}: ${parts.join(", ")} [${result}].`;
}

function untimed({ events_without_time, ledger }: ResultOf<"fetch_logs">, ref: string): string {
  if (events_without_time === 0) return "";
  return events_without_time === ledger.matched
    ? `\n\nNo line of this log carries a time, so no time range applies: the order is that of the log [${ref}].`
    : `\n\n${plural(events_without_time, "event carries", "events carry")} no time [${ref}].`;
}

/** Events, errors and warnings of each group. */
export function writeCounts(talk: Conversation, { asksWarnings }: Intent): string {
  const fetched = talk.results("fetch_logs");
  const rows = fetched.map(({ ledger, levels, result }) => {
    return `| ${listNames(ledger.groups)} | ${count(ledger.matched)} | ${count(levels.fatal ?? 0)} | ${count(levels.error ?? 0)} | ${count(levels.warn ?? 0)} | [${result}] |`;
  });
  const [only] = fetched;
  const head =
    only && fetched.length === 1
      ? `**${listNames(only.ledger.groups)} has ${asksWarnings ? plural(only.levels.warn ?? 0, "warning") : sayErrorCount(only)}**, among ${count(only.ledger.matched)} [${only.result}].`
      : "**Events by group**";
  return `${head}\n\n| group | events | fatal | error | warn | |\n|---|---:|---:|---:|---:|---|\n${rows.join("\n")}`;
}

function sayErrorCount({ levels }: ResultOf<"fetch_logs">): string {
  return `${plural(levels.error ?? 0, "event")} of level error and ${count(levels.fatal ?? 0)} fatal`;
}

/** The kinds of warning of each group, and that there are errors, which matter more. */
export function writeWarnings(talk: Conversation): string {
  const read = talk.results("fetch_logs");
  const parts = read
    .toSorted((a, b) => (b.levels.warn ?? 0) - (a.levels.warn ?? 0))
    .map((fetched) => {
      const { ledger, levels, templates, result } = fetched;
      if (ledger.matched === 0) return explainEmpty(fetched, talk);
      const warnings = levels.warn ?? 0;
      const kinds = templates.filter(({ level }) => level === "warn").slice(0, WARNED);
      const told = kinds.reduce((sum, one) => sum + one.count, 0);
      const number = warnings === 0 ? "no event of level warn" : plural(warnings, "warning");
      const errors = hasErrors(fetched)
        ? ` There are errors too: ${sayErrorCount(fetched)} [${result}].`
        : "";
      const items = kinds.map(
        (one) => `- ${count(one.count)} x \`${nameTemplate(one.template)}\`${sayWhen(one, "")} [${result}]`,
      );
      if (told < warnings) items.push(`- and others, ${count(warnings)} in all [${result}]`);
      const lines = kinds.flatMap(({ examples }) => examples.slice(0, 1));
      return [
        `**${listNames(ledger.groups)}: ${number}** among ${plural(ledger.analysed, "event")} [${result}].${errors}`,
        items.join("\n"),
        quoteBlock(lines),
      ]
        .filter(Boolean)
        .join("\n\n");
    });
  return parts.join("\n\n");
}
