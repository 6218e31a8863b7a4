import { CHANGE_PATTERN, tellsOfChange } from "../../analysis/changes.ts";
import { looksAtAlarms } from "./alarms.ts";
import type { Conversation } from "./conversation.ts";
import type { Intent } from "./intent.ts";
import { type Analysed, analysesOf, changedBefore, findFinerGroups, findOrigin } from "./origin.ts";
import { hasErrors, type ToolName } from "./results.ts";
import type { Selection } from "./select-groups.ts";

export interface PlannedCall {
  readonly tool: ToolName;
  readonly input: Readonly<
    Record<string, string | number | readonly string[] | Readonly<Record<string, string>>>
  >;
}

/** Of very many only those that ring, or changed last, are told in full. */
export const LIST_ALARMS: PlannedCall = { tool: "list_alarms", input: { limit: 500 } };

/** Groups read in one question; the report names those that were left out. */
const MOST_GROUPS = 24;
/** Lines that an analysis looks at itself; the counts come from all of them. */
const SAMPLE = 10;
/** How long before an onset a change is looked for, ms. */
const CHANGES_BEFORE = 7_200_000;

/** The groups that a question is answered from: the named ones, or all; for a why all, since it may lie elsewhere. */
export function groupsToRead(
  intent: Intent,
  selection: Selection,
  all: readonly { readonly name: string }[],
): string[] {
  const named = selection.named.map(({ name }) => name);
  const rest = all.map(({ name }) => name).filter((name) => !named.includes(name));
  const wide = named.length === 0 || (needsCause(intent) && intent.asksWhy);
  return (wide ? [...named, ...rest] : named).slice(0, MOST_GROUPS);
}

function needsCause({ kind }: Intent): boolean {
  return kind === "investigate" || kind === "slow";
}

interface Window {
  readonly start_time: string;
  readonly end_time: string;
}

/** The next calls of an investigation, all to be run side by side; none means that it is time to report. */
export function planRound(talk: Conversation, intent: Intent, groups: readonly string[]): PlannedCall[] {
  if (groups.length === 0 || intent.kind === "list") return [];
  const window = { start_time: talk.start, end_time: talk.end };
  if (isSearch(intent)) return planSearch(talk, intent, groups, window);
  if (comparesPeriods(intent, talk))
    return asked(talk, "compare_periods") ? [] : comparePeriods(talk, groups);
  if (intent.kind === "compare")
    return asked(talk, "get_log_statistics")
      ? []
      : groups.map((log_group) => ({ tool: "get_log_statistics", input: { log_group, ...window } }));
  const fetched = talk.steps.filter(({ tool }) => tool === "fetch_logs").length;
  if (fetched < groups.length) return firstReads(talk, intent, groups.slice(fetched), window);
  if (intent.kind === "show") return showAgain(talk, intent, groups, window);
  return intent.kind === "count" || intent.kind === "warnings" ? [] : dig(talk, intent, groups);
}

/** Alarms are looked at beside the logs; what they lead to is read after that. */
function firstReads(
  talk: Conversation,
  intent: Intent,
  groups: readonly string[],
  window: Window,
): PlannedCall[] {
  const reads = groups.map((log_group) => fetchOf(log_group, intent, window));
  return looksAtAlarms(intent, talk) && !asked(talk, "list_alarms") ? [...reads, LIST_ALARMS] : reads;
}

export function asked(talk: Conversation, tool: ToolName): boolean {
  return talk.steps.some((step) => step.tool === tool);
}

function isSearch({ kind, term, status }: Intent): boolean {
  return kind === "find" || kind === "status" || (kind === "count" && (term ?? status) !== undefined);
}

/** True where a window is held against another one, and not groups against each other. */
export function comparesPeriods({ kind }: Intent, { baseline }: Pick<Conversation, "baseline">): boolean {
  return kind === "new" || (kind === "compare" && baseline !== undefined);
}

function fetchOf(log_group: string, intent: Intent, window: Window): PlannedCall {
  const shows = intent.kind === "show";
  const filter = intent.term !== undefined && shows ? { filter_pattern: quote(intent.term) } : {};
  return {
    tool: "fetch_logs",
    input: { log_group, ...window, limit: shows ? (intent.limit ?? 100) : SAMPLE, ...filter },
  };
}

/** Where no line holds the term as it was written, one may in upper or lower case. */
function showAgain(
  talk: Conversation,
  intent: Intent,
  groups: readonly string[],
  window: Window,
): PlannedCall[] {
  const read = talk.results("fetch_logs");
  const isSecond = talk.steps.filter(({ tool }) => tool === "fetch_logs").length > groups.length;
  const nothing = read.every(({ ledger }) => ledger.empty === "filter-matches-nothing");
  if (isSecond || !nothing || intent.term === undefined) return [];
  return groups.map((log_group) => ({
    tool: "fetch_logs",
    input: { log_group, ...window, limit: intent.limit ?? 100, filter_pattern: anyCase(intent.term ?? "") },
  }));
}

/** The baseline is what the question names; else the stretch before, or the first half where the window is all there is. */
function comparePeriods(talk: Conversation, groups: readonly string[]): PlannedCall[] {
  const { baseline, start, end, isWholeRange } = talk;
  const middle = new Date((Date.parse(start) + Date.parse(end)) / 2).toISOString();
  const periods = baseline
    ? { start_time: start, baseline_start: baseline.start, baseline_end: baseline.end }
    : isWholeRange
      ? { start_time: middle, baseline_start: start, baseline_end: middle }
      : { start_time: start };
  return groups.map((log_group) => ({
    tool: "compare_periods",
    input: { log_group, end_time: end, ...periods },
  }));
}

/** After the overview: the errors of each context, how they hang together, what stands around the first, what changed. */
function dig(talk: Conversation, intent: Intent, groups: readonly string[]): PlannedCall[] {
  const fetched = talk.results("fetch_logs");
  const troubled = fetched.filter(hasErrors);
  if (!asked(talk, "analyze_error_pattern")) {
    const analyses: PlannedCall[] = troubled.map(({ result }) => ({
      tool: "analyze_error_pattern",
      input: { context_id: result },
    }));
    const contexts = fetched.filter(({ ledger }) => ledger.matched > 0).map(({ result }) => result);
    const relate = intent.kind === "investigate" && contexts.length > 1 && troubled.length > 0;
    return relate ? [...analyses, { tool: "correlate_events", input: { context_ids: contexts } }] : analyses;
  }
  const finer = findFinerGroups(talk);
  if (finer) {
    const context_ids = fetched
      .filter(({ ledger }) => ledger.groups.some((name) => finer.includes(name)))
      .map(({ result }) => result);
    return [{ tool: "correlate_events", input: { context_ids } }];
  }
  if (intent.kind !== "investigate" || asked(talk, "get_surrounding_logs") || asked(talk, "search_logs"))
    return [];
  return lookAround(talk, groups);
}

/** The lines around the first error where the trouble began, and changes in any group before it. */
function lookAround(talk: Conversation, groups: readonly string[]): PlannedCall[] {
  const analyses = analysesOf(talk);
  const main = analyses.find(({ log_group }) => log_group === findOrigin(talk)?.group) ?? analyses[0];
  if (!main) return [];
  const calls: PlannedCall[] = [];
  const ref = refOf(main.first_error);
  // With times the analysis knows the lines before the first error, and those after it are errors.
  if (ref && analyses.length === 1 && main.last_error === null)
    calls.push({ tool: "get_surrounding_logs", input: { event_ref: ref, before: 6, after: 6 } });
  const began = Date.parse(changedBefore(main) ?? "");
  if (Number.isFinite(began) && !(groups.length === 1 && tellsChange(main))) {
    const start_time = new Date(began - CHANGES_BEFORE).toISOString();
    const end_time = new Date(began + 1).toISOString();
    calls.push(search(groups, CHANGE_PATTERN, { start_time, end_time }));
  }
  return calls;
}

/** Of a single group its own analysis may already know what changed. */
function tellsChange({ new_before_onset }: Analysed): boolean {
  return new_before_onset.some(tellsOfChange);
}

function planSearch(
  talk: Conversation,
  intent: Intent,
  groups: readonly string[],
  window: Window,
): PlannedCall[] {
  const searches = talk.results("search_logs");
  if (!asked(talk, "search_logs"))
    return patternsOf(intent).map((pattern) => search(groups, pattern, window));
  const last = searches.at(-1);
  const hasFailed = talk.failures().some(({ tool }) => tool === "search_logs");
  // A pattern is case-sensitive; a person's words are not.
  if (last?.ledger.matched === 0 && searches.length === 1 && intent.term && !hasFailed)
    return [search(groups, anyCase(intent.term), window)];
  if (!last || last.ledger.matched === 0 || intent.kind === "count") return [];
  if (asked(talk, "analyze_error_pattern")) return [];
  const calls: PlannedCall[] = [{ tool: "analyze_error_pattern", input: { context_id: last.result } }];
  const ref = refOf(last.groups[0]?.templates[0]?.examples[0] ?? last.groups[0]?.events[0]);
  // Around many hits stands something else each time.
  if (ref && last.ledger.matched <= 3)
    calls.push({ tool: "get_surrounding_logs", input: { event_ref: ref, before: 3, after: 3 } });
  return calls;
}

function search(groups: readonly string[], search_pattern: string, window: Window): PlannedCall {
  return { tool: "search_logs", input: { log_group_prefixes: groups, search_pattern, ...window } };
}

export function refOf(line: string | null | undefined): string | undefined {
  return /^\[(e\d+)\]/.exec(line ?? "")?.[1];
}

/** A term as it is; a status as a number of its own. A count of several statuses is a search for each. */
function patternsOf({ kind, term, statuses }: Intent): string[] {
  if (term !== undefined) return [quote(term)];
  return (kind === "count" ? statuses : statuses.slice(0, 1)).slice(0, 5).map(matchStatus);
}

/**
 * A number that is no part of an id, a path, or a size with a unit, and not the size behind the status of an access
 * log (`" 200 503`). The grammar has no groups, so every way in which the number may be led in is written out.
 */
function matchStatus(status: string): string {
  const part = "[0-9A-Za-z_./-]";
  const edge = "[^0-9A-Za-z_./-]";
  const digit = "[0-9]";
  const three = `${digit}${digit}${digit}`;
  const words = [
    "[^0-9]",
    `[^0-9]${digit}`,
    `[^0-9]${digit}${digit}`,
    `${part}${three}`,
    `${part}${edge}${three}`,
  ];
  const leads = ["^", `^${edge}`, ...words.map((word) => `${word}${edge}`)];
  return `%${leads.flatMap((lead) => [`${lead}${status}${edge}`, `${lead}${status}$`]).join("|")}%`;
}

/** As one quoted term of the filter grammar. */
function quote(term: string): string {
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
