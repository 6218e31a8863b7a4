import { formatInstant } from "../log/time-input.ts";
import type { Zone } from "../log/zone.ts";
import type { SessionSummary } from "../sessions/read-session.ts";
import type { SessionCall, SessionPlace } from "../sessions/session.ts";
import type { JsonObject, JsonValue } from "../tools/json.ts";
import type { Table } from "./table.ts";

interface Column {
  readonly column: Table["columns"][number];
  /** Columns of the screen below which it is left out. */
  readonly from?: number;
  readonly tell: (session: SessionSummary, zone: Zone) => string;
}

const COLUMNS: readonly Column[] = [
  { column: { title: "id" }, tell: ({ id }) => id },
  { column: { title: "last asked" }, tell: ({ updatedAt }, zone) => formatMinute(updatedAt, zone) },
  {
    column: { title: "first question", overflow: "cut-end" },
    tell: ({ question }) => question.replaceAll(/\s+/g, " "),
  },
  { column: { title: "asked", align: "right" }, tell: ({ questions }) => `${questions}x` },
  {
    column: { title: "logs", overflow: "cut-middle" },
    from: 70,
    tell: ({ place, sources }) => describePlace(place, sources),
  },
  { column: { title: "model", overflow: "cut-end" }, from: 110, tell: ({ model }) => model },
  { column: { title: "cost", align: "right" }, from: 70, tell: ({ cost }) => describeDollars(cost) },
];

/** The kept sessions, a row each; on a narrow screen the question goes before the rest. */
export function viewSessions(sessions: readonly SessionSummary[], zone: Zone, columns: number): Table {
  const shown = COLUMNS.filter(({ from = 0 }) => columns >= from);
  return {
    columns: shown.map(({ column }) => column),
    rows: sessions.map((session) => shown.map(({ tell }) => tell(session, zone))),
  };
}

function formatMinute(ms: number, zone: Zone): string {
  return formatInstant(Math.floor(ms / 60_000) * 60_000, zone).replace(/:00(?= )/, "");
}

/** Where the logs of a session are: its paths, else the names of the sources that were read. */
export function describePlace(
  { paths, hadInput, isDemo, source }: SessionPlace,
  sources: readonly string[],
): string {
  if (isDemo) return "the demo";
  const named = [...paths, ...(hadInput ? ["stdin"] : [])];
  if (named.length > 0) return named.join(", ");
  return sources.join(", ") || source || "-";
}

function describeDollars(cost: number | undefined): string {
  if (cost === undefined) return "-";
  return cost === 0 ? "free" : `$${cost.toFixed(cost < 0.1 ? 4 : 2)}`;
}

/** What every call has, and the ledger tells better. */
const UNTOLD = new Set(["start_time", "end_time", "limit"]);
/** Characters of one argument, and of all of them. */
const MOST_OF_ONE = 60;
const MOST_OF_ALL = 160;

/** A call and what came of it, in one line: `[q3] fetch_logs api.log ERROR: 12 matched, 12 analysed, 0.2 s`. */
export function describeKeptCall(call: SessionCall): string {
  const { result, ms } = call;
  if (!("ref" in result)) return `${nameCall(call)}: failed. ${result.message}`;
  const { summary, isRepeated } = result;
  return `${nameCall(call)}: ${summary}, ${isRepeated ? "known before" : `${(ms / 1000).toFixed(1)} s`}`;
}

/** What was asked: `[q3] fetch_logs api.log ERROR`. */
export function nameCall({ tool, input, result }: SessionCall): string {
  return [`[${"ref" in result ? result.ref : "-"}]`, tool, ...describeArguments(input)].join(" ");
}

function describeArguments(input: JsonObject): string[] {
  const told = Object.entries(input).flatMap(([name, value]) => {
    if (value === undefined || value === null || UNTOLD.has(name)) return [];
    const text = Array.isArray(value) && value.every(isPlain) ? value.join(", ") : value;
    return [cut(isPlain(text) ? String(text) : JSON.stringify(text), MOST_OF_ONE)];
  });
  const all = told.filter((text) => text !== "").join(" ");
  return all === "" ? [] : [cut(all, MOST_OF_ALL)];
}

function isPlain(value: JsonValue): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
