import { formatInstant } from "../log/time-input.ts";
import type { Zone } from "../log/zone.ts";
import type { SessionSummary } from "../sessions/read-session.ts";
import type { SessionCall, SessionPlace } from "../sessions/session.ts";
import type { Table } from "./table.ts";
import { describeCall } from "./tool-view.ts";

/** The kept sessions, a row each. */
export function viewSessions(sessions: readonly SessionSummary[], zone: Zone): Table {
  return {
    columns: [
      { title: "id" },
      { title: "last asked" },
      { title: "first question", overflow: "cut-end" },
      { title: "questions", align: "right" },
      { title: "logs", overflow: "cut-middle" },
      { title: "model", overflow: "cut-end" },
      { title: "cost", align: "right" },
    ],
    rows: sessions.map(({ id, updatedAt, question, questions, model, cost, ...rest }) => [
      id,
      formatInstant(Math.floor(updatedAt / 1000) * 1000, zone),
      question.replaceAll(/\s+/g, " "),
      String(questions),
      describePlace(rest.place, rest.sources),
      model,
      describeDollars(cost),
    ]),
  };
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

/** A call and what came of it, in one line: `[q3] reading api.log: 1,234 events, 0.2 s`. */
export function describeKeptCall({ tool, input, result, ms }: SessionCall): string {
  const took = `${(ms / 1000).toFixed(1)} s`;
  const call = `${tool}: ${describeCall(tool, input)}`;
  if (!("ref" in result)) return `[-] ${call}; failed: ${result.message}`;
  const { ref, summary, isRepeated } = result;
  return `[${ref}] ${call}; ${summary}${isRepeated ? ", known before" : `, ${took}`}`;
}
