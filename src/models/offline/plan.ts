import type { Conversation } from "./conversation.ts";
import type { Intent } from "./intent.ts";
import type { ResultOf, ToolName } from "./results.ts";
import type { Selection } from "./select-groups.ts";

export interface PlannedCall {
  readonly tool: ToolName;
  readonly input: Readonly<Record<string, string | number | readonly string[]>>;
}

/** Groups read in one question; the report names those that were left out. */
export const MOST_GROUPS = 24;

/** The groups that a question is answered from: the named ones, or all; for a cause all, since it may lie elsewhere. */
export function groupsToRead(
  intent: Intent,
  selection: Selection,
  all: readonly { readonly name: string }[],
): string[] {
  const named = selection.named.map(({ name }) => name);
  const rest = all.map(({ name }) => name).filter((name) => !named.includes(name));
  const wide = named.length === 0 || (needsCause(intent) && !isExact(intent, selection));
  return (wide ? [...named, ...rest] : named).slice(0, MOST_GROUPS);
}

export function needsCause({ kind }: Intent): boolean {
  return kind === "investigate" || kind === "slow";
}

/** True where an identifier of the question names the groups, and not just a word that resembles them. */
function isExact(intent: Intent, { named }: Selection): boolean {
  return intent.names.some(
    (word) =>
      /[-_/.]/.test(word) && named.some(({ name }) => name.toLowerCase().includes(word.toLowerCase())),
  );
}

/** The next calls of an investigation, all to be run side by side; none means that it is time to report. */
export function planRound(talk: Conversation, intent: Intent, groups: readonly string[]): PlannedCall[] {
  if (groups.length === 0 || intent.kind === "list") return [];
  const asked = new Set(talk.steps.map(({ tool }) => tool));
  const window = { start_time: talk.start, end_time: talk.end };
  if (
    !asked.has("search_logs") &&
    (intent.kind === "find" ||
      intent.kind === "status" ||
      (intent.kind === "count" && (intent.term || intent.status)))
  ) {
    return [search(groups, pattern(intent), window)];
  }
  if (asked.has("search_logs")) return afterSearch(talk, intent, groups, window);
  if (intent.kind === "compare" && !asked.has("get_log_statistics")) return compare(talk, groups, window);
  if (intent.kind === "compare" && asked.has("get_log_statistics")) return [];
  if (!asked.has("fetch_logs")) {
    const limit = intent.kind === "show" ? (intent.limit ?? 100) : 20;
    const filter = intent.term && intent.kind === "show" ? { filter_pattern: quote(intent.term) } : {};
    return groups.map((log_group) => ({
      tool: "fetch_logs",
      input: { log_group, ...window, limit, ...filter },
    }));
  }
  if (intent.kind === "show" || intent.kind === "count") return [];
  return dig(talk);
}

/** After the overview: the errors of each context, how they hang together, and the lines around the first. */
function dig(talk: Conversation): PlannedCall[] {
  const fetched = talk.results("fetch_logs");
  const troubled = fetched.filter(hasErrors);
  const asked = new Set(talk.steps.map(({ tool }) => tool));
  if (!asked.has("analyze_error_pattern")) {
    const analyses: PlannedCall[] = troubled.map(({ result }) => ({
      tool: "analyze_error_pattern",
      input: { context_id: result },
    }));
    const together: PlannedCall[] =
      fetched.length > 1 && troubled.length > 0
        ? [
            {
              tool: "correlate_events",
              input: {
                context_ids: fetched.filter(({ ledger }) => ledger.matched > 0).map(({ result }) => result),
              },
            },
          ]
        : [];
    return [...analyses, ...together];
  }
  if (asked.has("get_surrounding_logs")) return [];
  const first = firstRef(talk);
  return first ? [{ tool: "get_surrounding_logs", input: { event_ref: first, before: 5, after: 5 } }] : [];
}

function afterSearch(
  talk: Conversation,
  intent: Intent,
  groups: readonly string[],
  window: Window,
): PlannedCall[] {
  const searches = talk.results("search_logs");
  const hits = searches.flatMap((search) => search.groups.filter(({ matched }) => matched > 0));
  const tries = talk.steps.filter(({ tool }) => tool === "search_logs").length;
  // A pattern is case-sensitive; a person's words are not.
  if (hits.length === 0 && tries === 1 && intent.term) return [search(groups, anyCase(intent.term), window)];
  if (
    intent.kind === "count" ||
    hits.length === 0 ||
    talk.steps.some(({ tool }) => tool === "get_surrounding_logs")
  )
    return [];
  const ref = /^\[(e\d+)\]/.exec(hits[0]?.templates[0]?.examples[0] ?? hits[0]?.events[0] ?? "")?.[1];
  return ref ? [{ tool: "get_surrounding_logs", input: { event_ref: ref, before: 5, after: 5 } }] : [];
}

interface Window {
  readonly start_time: string;
  readonly end_time: string;
}

function search(groups: readonly string[], search_pattern: string, window: Window): PlannedCall {
  return { tool: "search_logs", input: { log_group_prefixes: groups, search_pattern, ...window } };
}

function compare(talk: Conversation, groups: readonly string[], window: Window): PlannedCall[] {
  const windows = talk.baseline
    ? [window, { start_time: talk.baseline.start, end_time: talk.baseline.end }]
    : [window];
  return windows.flatMap((span) =>
    groups.map(
      (log_group): PlannedCall => ({
        tool: "get_log_statistics",
        input: { log_group, ...span, group_by: "hour" },
      }),
    ),
  );
}

export function hasErrors({ levels }: Pick<ResultOf<"fetch_logs">, "levels">): boolean {
  return (levels.error ?? 0) + (levels.fatal ?? 0) > 0;
}

/** The reference of the first error where the trouble began. */
export function firstRef(talk: Conversation): string | undefined {
  const correlated = talk
    .results("correlate_events")[0]
    ?.groups_by_onset.find(({ first_error, onset }) => first_error && onset);
  const analysed = talk.results("analyze_error_pattern").flatMap(({ groups }) => groups);
  const line = correlated?.first_error ?? analysed.find(({ first_error }) => first_error)?.first_error;
  return /^\[(e\d+)\]/.exec(line ?? "")?.[1];
}

function pattern({ term, status }: Intent): string {
  return quote(term ?? status ?? "");
}

/** As one quoted term of the filter grammar. */
export function quote(term: string): string {
  return `"${term.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** A regular expression of the filter grammar that ignores case; what it cannot hold becomes any character. */
function anyCase(term: string): string {
  const parts = [...term.slice(0, 80)].map((letter) => {
    if (/[a-z]/i.test(letter)) return `[${letter.toUpperCase()}${letter.toLowerCase()}]`;
    return /[0-9]/.test(letter) ? letter : ".";
  });
  return `%${parts.join("")}%`;
}
