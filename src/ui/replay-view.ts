import type { CheckReport } from "../agent/check.ts";
import type { Difference } from "../sessions/differences.ts";
import type { ReplayOutcome } from "../sessions/replay.ts";
import type { SessionCall } from "../sessions/session.ts";
import type { JsonValue } from "../tools/json.ts";
import { cutEnd, formatNoun } from "./text-layout.ts";
import { describeCall } from "./tool-view.ts";

/** How many calls were as before. */
export interface ReplayTally {
  same: number;
  different: number;
  notRun: number;
}

const MOST_DIFFERENCES = 8;
const VALUE_COLUMNS = 60;

/** A call that was run again: a line, and where its result differs a line for each place. */
export function describeReplayedCall({ tool, input, result }: SessionCall, outcome: ReplayOutcome): string[] {
  const ref = "ref" in result ? result.ref : "-";
  const call = `[${ref}] ${tool}: ${describeCall(tool, input)}`;
  const before = "ref" in result ? result.summary : `failed: ${result.message}`;
  if (outcome.kind === "same") return [`= ${call}; ${before}`];
  if (outcome.kind === "not-run") return [`? ${call}; ${before}`, `    not run again: ${outcome.reason}`];
  const { differences, summary } = outcome;
  const rest = differences.length - MOST_DIFFERENCES;
  return [
    `≠ ${call}; ${before === summary ? before : `${before}, now ${summary}`}`,
    ...differences.slice(0, MOST_DIFFERENCES).map((difference) => `    ${describeDifference(difference)}`),
    ...(rest > 0 ? [`    and ${rest} more; --json has them all`] : []),
  ];
}

function describeDifference({ path, before, now }: Difference): string {
  return `${path}: ${show(before)}, now ${show(now)}`;
}

function show(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : `${cutEnd(JSON.stringify(value), VALUE_COLUMNS)}`;
}

/** Whether an answer still holds against the results as they are now. */
export function describeStanding(before: CheckReport | undefined, now: CheckReport): string[] {
  const lost = now.unverified.filter(({ text }) => !before?.unverified.some((claim) => claim.text === text));
  if (now.checked === 0) return ["Nothing of the answer can be checked: it cites no evidence"];
  if (lost.length === 0)
    return [
      `The answer holds: ${formatNoun(now.checked, "claim")} checked against the results of the replay`,
    ];
  const texts = lost.slice(0, MOST_DIFFERENCES).map(({ text }) => `'${cutEnd(text, VALUE_COLUMNS)}'`);
  return [
    `Of ${formatNoun(now.checked, "claim")} in the answer ${lost.length} no longer ${lost.length === 1 ? "holds" : "hold"}: ${texts.join(", ")}`,
  ];
}

/** All of a replay in a line or two. */
export function describeReplay({ same, different, notRun }: ReplayTally, isFresh: boolean): string[] {
  const all = same + different + notRun;
  if (all === 0) return ["There is no tool call to run again"];
  const how = isFresh
    ? "over the sources as they are now"
    : "over local logs and the cache, no source was asked";
  const parts = [
    `${same} the same`,
    `${different} different`,
    ...(notRun > 0 ? [`${notRun} not run again`] : []),
  ];
  return [
    `${formatNoun(all, "tool call")} ${how}: ${parts.join(", ")}`,
    ...(notRun > 0 && !isFresh
      ? ["What could not be run again is not, or no longer, in the cache: --fresh asks the sources"]
      : []),
  ];
}
