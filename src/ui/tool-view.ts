import type { AgentEvent } from "../agent/events.ts";
import type { Ledger } from "../log/ledger.ts";
import type { JsonObject } from "../tools/json.ts";
import type { ToolProgress } from "../tools/tool.ts";
import { cutEnd, formatBytes, formatCount, formatNoun } from "./text-layout.ts";

/** What a tool does, while it does it. */
const DOING: Readonly<Record<string, string>> = {
  list_log_groups: "looking what log groups there are",
  fetch_logs: "reading",
  search_logs: "searching",
  get_log_statistics: "counting",
  query_logs: "querying",
  analyze_error_pattern: "folding errors into patterns",
  correlate_events: "following ids from group to group",
  compare_periods: "comparing with an earlier window of",
  get_surrounding_logs: "reading the lines around",
  list_alarms: "looking which alarms rang",
  get_metric: "reading a metric",
};
const MOST_NAMED = 3;
/** Columns of a filter that are shown. */
const FILTER_COLUMNS = 40;

/** A running call, in a few words: `reading api.log`. */
export function describeCall(tool: string, input: JsonObject): string {
  const what = DOING[tool] ?? tool;
  const object = input.log_group ?? input.log_groups ?? input.log_group_prefixes ?? input.event_ref;
  const names = Array.isArray(object) ? object : [object];
  const shown = names.filter((name) => typeof name === "string");
  return shown.length > 0 ? `${what} ${nameSome(shown)}` : what;
}

/** How far a call has come: `reading api.log: 20,000 events, 4 MB`. */
export function describeProgress({ group, events, bytes, wait }: ToolProgress): string {
  const size = bytes > 0 ? `, ${formatBytes(bytes)}` : "";
  return `reading ${group}: ${formatNoun(events, "event")}${size}${wait ? `. ${wait}` : ""}`;
}

/** A call that is done, where it read logs: what was read, how many events, how long it took. Others are no news. */
export function describeReading({
  ledger,
  ms,
  repeated,
}: AgentEvent & { readonly type: "tool-end" }): string | undefined {
  return ledger && !repeated
    ? `read ${nameSome(ledger.groups)}: ${countEvents(ledger)}, ${formatSeconds(ms)}`
    : undefined;
}

function countEvents({ matched, inWindow, filter }: Ledger): string {
  if (filter === undefined) return formatNoun(matched, "event");
  const of = inWindow === undefined ? "" : ` of ${formatCount(inWindow)}`;
  return `${formatCount(matched)}${of} events match '${cutEnd(filter, FILTER_COLUMNS)}'`;
}

function nameSome(all: readonly string[]): string {
  const names = [...new Set(all)];
  return names.length > MOST_NAMED ? `${names.length} log groups` : names.join(", ");
}

function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
