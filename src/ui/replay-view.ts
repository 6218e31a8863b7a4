import type { UnverifiedClaim } from "../agent/check.ts";
import type { Difference } from "../sessions/differences.ts";
import type { ReplayOutcome, Standing } from "../sessions/replay.ts";
import type { SessionCall } from "../sessions/session.ts";
import type { JsonValue } from "../tools/json.ts";
import { nameCall } from "./session-view.ts";
import type { Styled } from "./styled.ts";
import { cutEnd, formatCount, formatNoun } from "./text-layout.ts";
import { wrapText } from "./wrap-text.ts";

/** How many calls were as before, and how many answers no longer hold. */
export interface ReplayTally {
  same: number;
  different: number;
  notRun: number;
  lostAnswers: number;
}

const MOST_LINES = 7;
const MOST_CLAIMS = 8;
const VALUE_COLUMNS = 60;
const NAME_COLUMNS = 40;
const VERDICTS = { same: "same", different: "DIFFERS", "not-run": "not run" } as const;
const VERDICT_COLUMNS = 9;

/** A call that was run again: a line, and below it where its result differs, what says most first. */
export function describeReplayedCall(
  call: SessionCall,
  outcome: ReplayOutcome,
  columns: number,
): readonly Styled[] {
  const { result } = call;
  const before = "ref" in result ? result.summary : `failed: ${result.message}`;
  const now = outcome.kind === "different" && outcome.summary !== before ? `, now ${outcome.summary}` : "";
  const rest = " ".repeat(VERDICT_COLUMNS);
  return [
    ...wrapText(`${nameCall(call)}: ${before}${now}`, columns, {
      first: VERDICTS[outcome.kind].padEnd(VERDICT_COLUMNS),
      rest: `${rest}  `,
    }),
    ...describeOutcome(outcome).flatMap((line) =>
      wrapText(line, columns, { first: rest, rest: `${rest}  ` }),
    ),
  ];
}

function describeOutcome(outcome: ReplayOutcome): string[] {
  if (outcome.kind === "not-run") return [outcome.reason];
  if (outcome.kind === "same")
    return outcome.tookKept ? ["the lines around an event are those that were kept"] : [];
  return describeDifferences(outcome.differences);
}

function describeDifferences(differences: readonly Difference[]): string[] {
  const kinds = [...Map.groupBy(differences, ({ path }) => path.replaceAll(/\[\d+\]/g, "[]"))];
  const ranked = kinds.toSorted(([a, [one]], [b, [other]]) => rankOf(a, one) - rankOf(b, other));
  const rest = ranked.slice(MOST_LINES).reduce((sum, [, alike]) => sum + alike.length, 0);
  return [
    ...ranked.slice(0, MOST_LINES).map(([kind, alike]) => describeAlike(kind, alike)),
    ...(rest > 0 ? [`and ${formatNoun(rest, "more place")}: see --json`] : []),
  ];
}

/** What follows from the number of matches, and says nothing new. */
const FOLLOWS = /(?:^|\.)(?:in_window|analysed|returned|not_shown|truncated|groups_not_named)$/;

/** Counts say what happened, lists show it, and times, texts and the shape of a chart follow from both. */
function rankOf(kind: string, difference: Difference | undefined): number {
  if (FOLLOWS.test(kind)) return 7;
  const isNumber = typeof (difference?.now ?? difference?.before) === "number";
  const depth = kind.split("[]").length - 1;
  if (kind === "ledger.matched") return -1;
  if (kind.endsWith("[]")) return isNumber ? 6 : depth + 0.5;
  return isNumber ? depth : 5;
}

/** Differences at the same place of things of one kind. */
function describeAlike(kind: string, alike: readonly Difference[]): string {
  const [first] = alike;
  if (!first) return kind;
  const { path, item } = first;
  if (alike.length === 1) {
    const of = item === undefined || !path.includes("[") ? "" : ` of '${cut(item, NAME_COLUMNS)}'`;
    return `${path}${of}: ${describeChange(first)}`;
  }
  const count = (isCounted: (one: Difference) => boolean) => alike.filter(isCounted).length;
  const counts = [
    [count(({ before, now }) => before !== undefined && now !== undefined), "changed"],
    [count(({ before }) => before === undefined), "new"],
    [count(({ now }) => now === undefined), "gone"],
  ] as const;
  const told = counts.filter(([many]) => many > 0).map(([many, what]) => `${formatCount(many)} ${what}`);
  const { before, now } = alike.find((one) => one.before === undefined) ?? first;
  const values = [before, now].filter((value) => value !== undefined).map(show);
  return `${kind}: ${told.join(", ")}, such as ${values.join(", now ")}`;
}

function describeChange({ before, now }: Difference): string {
  if (before === undefined) return `new ${show(now)}`;
  return now === undefined ? `gone ${show(before)}` : `${show(before)}, now ${show(now)}`;
}

function show(value: JsonValue | undefined): string {
  if (typeof value === "number") return formatCount(value);
  return Array.isArray(value) ? formatNoun(value.length, "item") : cut(JSON.stringify(value), VALUE_COLUMNS);
}

function cut(text: string | undefined, columns: number): string {
  return `${cutEnd(text ?? "nothing", columns)}`;
}

/** Whether an answer still holds against the results as they are now. */
export function describeStanding({ report, lost, changed, asKept }: Standing): string[] {
  const { checked, citations } = report;
  const kept =
    asKept.length === 0 ? [] : [`Held against what was kept, because not run again: ${listRefs(asKept)}`];
  if (checked === 0) return ["Nothing of the answer can be checked: it cites no evidence"];
  const differs = changed.length === 0 ? [] : [`What it cites has changed: ${listRefs(changed)}`];
  if (lost.length > 0)
    return [`The answer NO LONGER HOLDS: ${describeLost(lost, checked)}`, ...differs, ...kept];
  if (asKept.length > 0 && citations.every(({ ref, kind }) => kind === "event" || asKept.includes(ref)))
    return ["The answer was not checked again: nothing that it cites was run again"];
  const claims = formatNoun(checked, "claim");
  const verdict = changed.length === 0 ? "The answer holds" : "The answer may still hold";
  return [`${verdict}: ${claims} checked against the replay`, ...differs, ...kept];
}

function listRefs(refs: readonly string[]): string {
  return [...new Set(refs)].map((ref) => `[${ref}]`).join(" ");
}

function describeLost(lost: readonly UnverifiedClaim[], checked: number): string {
  const names = new Set(
    lost.map(({ text, kind, refs }) =>
      kind === "reference" ? `[${text}]` : `'${cut(text, VALUE_COLUMNS)}' ${listRefs(refs)}`,
    ),
  );
  const shown = [...names].slice(0, MOST_CLAIMS);
  const rest = names.size - shown.length;
  const more = rest > 0 ? `, and ${formatCount(rest)} more: see --json` : "";
  return `${formatCount(lost.length)} of ${formatNoun(checked, "claim")}: ${shown.join(", ")}${more}`;
}

/** All of a replay in a few lines. */
export function describeReplay(
  { same, different, notRun, lostAnswers }: ReplayTally,
  isFresh: boolean,
): string[] {
  const all = same + different + notRun;
  if (all === 0) return ["There is no tool call to run again"];
  const how = isFresh
    ? "over the sources as they are now"
    : "over local logs and the cache, no source was asked";
  const parts = [
    `${formatCount(same)} the same`,
    `${formatCount(different)} different`,
    ...(notRun > 0 ? [`${formatCount(notRun)} not run again`] : []),
  ];
  return [
    `${formatNoun(all, "tool call")} ${how}: ${parts.join(", ")}`,
    ...(lostAnswers > 0
      ? [`${formatNoun(lostAnswers, "answer")} no longer ${lostAnswers === 1 ? "holds" : "hold"}`]
      : []),
    ...(notRun > 0 && !isFresh ? ["What was not run again may be had of its source: --fresh asks it"] : []),
  ];
}
