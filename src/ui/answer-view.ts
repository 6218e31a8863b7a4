import type { CheckReport } from "../agent/check.ts";
import type { Outcome, QuestionScope } from "../agent/events.ts";
import type { BilledScan, EmptyReason, Ledger, Notice } from "../log/ledger.ts";
import { addUpNotices } from "../log/refusals.ts";
import { formatWindow } from "../log/time-input.ts";
import type { Zone } from "../log/zone.ts";
import { totalTokens } from "../models/prices.ts";
import { describeScan } from "../sources/scan-cost.ts";

/** The completeness ledger below an answer, as Markdown: one item for each thing that was looked at. */
export function describeLedgers(ledgers: readonly Ledger[], scope: QuestionScope, zone: Zone): string[] {
  if (ledgers.length === 0) return ["No log group was read."];
  const groups = [...new Set(ledgers.flatMap((ledger) => ledger.groups))];
  const sum = (pick: (ledger: Ledger) => number) =>
    ledgers.reduce((total, ledger) => total + pick(ledger), 0);
  const [matched, analysed, returned] = [
    sum((one) => one.matched),
    sum((one) => one.analysed),
    sum((one) => one.returned),
  ];
  const reads = ledgers.length === 1 ? "1 read" : `${ledgers.length} reads`;
  return [
    `Looked at: ${listSome(groups)} (${[...new Set(ledgers.map(({ source }) => source))].join(", ")})`,
    scope.from === "untimed"
      ? "Window: none; no line of these logs carries a time"
      : `Window: ${formatWindow(scope.window, zone)} (${originOf(scope)})`,
    `Events, over ${reads}: ${show(matched)} matched, ${show(analysed)} analysed, ${show(returned)} shown`,
    ...describeScans(ledgers.flatMap(({ scan }) => scan ?? [])),
    ...describeNotices(
      ledgers.flatMap(({ notices }) => notices),
      groups,
    ),
  ];
}

/** What billed scans came to, and what was expected of them; nothing where there was none. */
export function describeScans(scans: readonly BilledScan[]): string[] {
  if (scans.length === 0) return [];
  const sum = (pick: (scan: BilledScan) => number) => scans.reduce((total, scan) => total + pick(scan), 0);
  const money = (pick: (scan: BilledScan) => number | undefined) =>
    scans.some((scan) => pick(scan) === undefined) ? undefined : sum((scan) => pick(scan) ?? 0);
  const real = describeScan({ bytes: sum(({ bytes }) => bytes), dollars: money(({ dollars }) => dollars) });
  const expected = describeScan({
    bytes: sum(({ estimatedBytes }) => estimatedBytes),
    dollars: money(({ estimatedDollars }) => estimatedDollars),
  });
  const queries = scans.length === 1 ? "1 billed query" : `${scans.length} billed queries`;
  return [`Scanned by ${queries}: ${real.replace("about ", "")} (estimated before: ${expected})`];
}

/** Why there is nothing, for the reader. */
export function describeEmpty(reason: EmptyReason): string {
  return EMPTY[reason];
}

const EMPTY: Readonly<Record<EmptyReason, string>> = {
  "group-is-empty": "The log is empty.",
  "no-events-in-window": "There are events, but none in this window. Try another --since.",
  "filter-matches-nothing":
    "There are events in this window, but none matches. Filter patterns are case-sensitive.",
  "no-such-group": "There is no such log group.",
  "access-denied": "Access was denied.",
  unreadable: "It could not be read.",
};

/** Remarks of one kind are told once, with the groups that they concern, where these are not all that was looked at. */
export function describeNotices(notices: readonly Notice[], all: readonly string[] = []): string[] {
  const told = new Map<string, Set<string>>();
  for (const { text, group } of addUpNotices(notices)) {
    const groups = told.get(text) ?? new Set();
    if (group) groups.add(group);
    told.set(text, groups);
  }
  return [...told].map(([text, groups]) =>
    groups.size > 0 && !mentions(text, groups) && !coversAll(groups, all)
      ? `${listSome([...groups])}: ${text}`
      : text,
  );
}

function coversAll(groups: ReadonlySet<string>, all: readonly string[]): boolean {
  return all.length > 1 && all.every((group) => groups.has(group));
}

function mentions(text: string, groups: ReadonlySet<string>): boolean {
  return [...groups].some((group) => text.includes(group));
}

function originOf({ from, words }: QuestionScope): string {
  if (from === "question") return `from "${words ?? ""}"`;
  if (from === "flags") return "from --since and --until";
  if (from === "earlier")
    return words === undefined
      ? "no time in the question: that of the question before it"
      : `from "${words}", after the question before it`;
  return from === "data"
    ? "no time in the question: all of the data"
    : "no time in the question: the last 24 hours";
}

/** Whether the claims held, in one line. */
export function describeCheck({ checked, unverified, uncited, citations }: CheckReport): string {
  const loose = `${show(uncited)} ${uncited === 1 ? "number" : "numbers"} without a reference`;
  if (checked === 0)
    return `Nothing of this answer was checked: it cites no evidence${uncited > 0 ? `; ${loose}` : ""}`;
  const claims = `${show(checked)} claims checked against ${show(citations.length)} pieces of evidence`;
  const bad =
    unverified.length > 0 ? `${show(unverified.length)} not verified and marked so` : "all verified";
  return `${claims}: ${bad}${uncited > 0 ? `; ${loose}` : ""}`;
}

/** What the answer cost, in one line. */
export function describeCost({ usage, cost, rounds, ms }: Outcome, model: string): string {
  const tokens = totalTokens(usage);
  const money = cost === undefined ? ", price not known" : tokens > 0 ? `, $${cost.toFixed(4)}` : "";
  return `${model}: ${rounds} ${rounds === 1 ? "round" : "rounds"} of tool calls, ${show(tokens)} tokens${money}, ${(ms / 1000).toFixed(1)} s`;
}

function listSome(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(", ");
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}

function show(value: number): string {
  return value.toLocaleString("en-US");
}
