import type { Conversation } from "./conversation.ts";
import type { Intent } from "./intent.ts";
import type { ResultOf } from "./results.ts";
import { clock, count, describeWindow, listNames, nameTemplate, plural, quoteBlock } from "./wording.ts";

export function writeList({ groups, total, result }: ResultOf<"list_log_groups">): string {
  const rows = groups.map(
    ({ name, bytes, newest_event, remark }) =>
      `| \`${name}\` | ${bytes === null ? "?" : count(bytes)} | ${newest_event ?? remark ?? "?"} | [${result}] |`,
  );
  return `**${plural(total, "log group")}** [${result}]\n\n| group | bytes | newest event | |\n|---|---:|---|---|\n${rows.join("\n")}`;
}

/** `show`: the lines themselves, with how many there are in all. */
export function writeLines(talk: Conversation, intent: Intent): string {
  const parts = talk.results("fetch_logs").map((fetched) => {
    const { ledger, events, result } = fetched;
    const name = listNames(ledger.groups);
    if (ledger.matched === 0)
      return `**No logs from ${name}** [${result}]: ${explainEmpty(ledger.empty, talk)}`;
    const shown = events.slice(-(intent.limit ?? 100));
    const what = intent.term ? `events with \`${intent.term}\`` : "events";
    const rest = ledger.matched - shown.length;
    const head =
      rest > 0
        ? `**${name}: showing the newest ${count(shown.length)} of ${count(ledger.matched)} ${what}** [${result}]; ${count(rest)} older ones are truncated here. See more with a larger number in the question, or \`logai logs\`.`
        : `**${name}: all ${plural(ledger.matched, "event")}**${intent.term ? ` with \`${intent.term}\`` : ""} [${result}].`;
    return `${head}\n\n${levelLine(fetched)}\n\n${quoteBlock(shown)}`;
  });
  return parts.join("\n\n");
}

function levelLine({ levels, result }: ResultOf<"fetch_logs">): string {
  const known = Object.entries(levels).filter(([, value]) => value > 0);
  const names: Record<string, string> = {
    none: "without level",
    inferred_from_words: "of these inferred from words",
  };
  return `All of them by level: ${known.map(([level, value]) => `${count(value)} ${names[level] ?? level}`).join(", ")} [${result}].`;
}

/** Why nothing was found, in words; an empty result is never good news by itself. */
export function explainEmpty(reason: string | undefined, talk: Conversation): string {
  const sentences: Record<string, string> = {
    "group-is-empty":
      "the log is empty, there is no log output available at all. The process may have written nothing: it may crash before its first line, or log elsewhere.",
    "no-events-in-window": `the group has events, but none in the window ${describeWindow(talk)}. Ask about another time.`,
    "filter-matches-nothing": "there are events in the window, but none matches.",
    "no-such-group": "there is no such log group.",
    "access-denied": "access was denied.",
    unreadable: "it could not be read.",
  };
  return sentences[reason ?? ""] ?? "nothing matched.";
}

/** What a search found: where, how many, the kinds, the lines, and what stood around the first. */
export function writeFinds(talk: Conversation, intent: Intent): string {
  const search = talk.results("search_logs").at(-1);
  const wanted = intent.term ?? `status ${intent.status ?? ""}`;
  if (!search) return `**The search for \`${wanted}\` failed.** ${talk.failures()[0]?.message ?? ""}`;
  const { result, ledger, groups } = search;
  if (ledger.matched === 0) {
    return `**No: nothing matches \`${wanted}\`** in ${plural(search.groups_searched, "log group")} [${result}], upper or lower case: ${explainEmpty(ledger.empty, talk)}`;
  }
  const head = `**Yes: \`${wanted}\` occurs ${plural(ledger.matched, "time")}** in ${plural(groups.length, "log group")} [${result}].`;
  const parts = groups.map((group) => {
    const span = group.first && group.last ? `, from ${clock(group.first)} to ${clock(group.last)}` : "";
    const kinds = group.templates.map(
      (template) => `- ${count(template.count)} x \`${nameTemplate(template.template)}\` [${result}]`,
    );
    const examples = group.templates.flatMap(({ examples }) => examples.slice(0, 1));
    const lines = [...new Set([...examples, ...group.events])].slice(0, 8);
    return `**\`${group.log_group}\`**: ${plural(group.matched, "match")}${span} [${result}]\n\n${kinds.join("\n")}\n\n${quoteBlock(lines)}`.replace(
      "matchs",
      "matches",
    );
  });
  return [head, ...parts, around(talk)].filter(Boolean).join("\n\n");
}

export function around(talk: Conversation): string {
  const near = talk.results("get_surrounding_logs").at(-1);
  return near && near.events.length > 1
    ? `**Around the first of them** [${near.result}]\n\n${quoteBlock(near.events)}`
    : "";
}

export function writeCount(talk: Conversation, intent: Intent): string {
  const search = talk.results("search_logs").at(-1);
  if (search) {
    const rows = search.groups.map(
      (group) =>
        `| \`${group.log_group}\` | ${count(group.matched)} | ${count(group.errors)} | [${search.result}] |`,
    );
    const wanted = intent.term ?? `status ${intent.status ?? ""}`;
    const total = `**\`${wanted}\` occurs ${plural(search.ledger.matched, "time")}** in ${plural(search.groups_searched, "log group")} [${search.result}].`;
    if (search.ledger.matched === 0) return `${total} ${explainEmpty(search.ledger.empty, talk)}`;
    return `${total}\n\n| group | events | of them errors | |\n|---|---:|---:|---|\n${rows.join("\n")}`;
  }
  const rows = talk.results("fetch_logs").map(({ ledger, levels, result }) => {
    return `| \`${ledger.groups.join(", ")}\` | ${count(ledger.matched)} | ${count(levels.fatal ?? 0)} | ${count(levels.error ?? 0)} | ${count(levels.warn ?? 0)} | [${result}] |`;
  });
  return `**Events by group**\n\n| group | events | fatal | error | warn | |\n|---|---:|---:|---:|---:|---|\n${rows.join("\n")}`;
}

/** Error rates side by side: of groups, or of a window and its baseline. */
export function writeComparison(talk: Conversation): string {
  const rows = talk.results("get_log_statistics").map(({ ledger, total, errors, error_share, result }) => {
    const share = error_share === null ? "-" : `${(error_share * 100).toFixed(2)}%`;
    const window = ledger.window ? `${ledger.window.start} to ${ledger.window.end}` : "no time";
    return {
      share: error_share ?? 0,
      name: ledger.groups.join(", "),
      row: `| \`${ledger.groups.join(", ")}\` | ${window} | ${count(total)} | ${count(errors)} | ${share} | [${result}] |`,
    };
  });
  const [worst] = [...rows].sort((a, b) => b.share - a.share);
  const head =
    worst && worst.share > 0
      ? `**The highest error rate is in \`${worst.name}\`.**`
      : "**No group has errors in this window.**";
  return `${head}\n\n| group | window | events | errors | error rate | |\n|---|---|---:|---:|---:|---|\n${rows.map(({ row }) => row).join("\n")}`;
}
