import type { Conversation } from "./conversation.ts";
import { type FollowUp, writeFollowUp } from "./follow-up.ts";
import type { Intent } from "./intent.ts";
import { comparesPeriods } from "./plan.ts";
import { alarmLimits, writeAlarms, writeAlarmsAnswer } from "./report-alarms.ts";
import { writeComparison, writePeriods } from "./report-comparison.ts";
import { explainEmpty } from "./report-empty.ts";
import { writeInvestigation } from "./report-investigation.ts";
import { writeCounts, writeLines, writeList, writeWarnings } from "./report-lookup.ts";
import { writeFinds } from "./report-search.ts";
import type { ResultOf } from "./results.ts";
import type { Selection } from "./select-groups.ts";
import { listNames, listSome } from "./wording.ts";

const LABEL = "*Offline analyst: fixed rules, no language model.*";
const NAMED = 8;

/** The answer to a question from everything that the tools have returned. Every claim carries its reference. */
export function writeReport(
  talk: Conversation,
  intent: Intent,
  selection: Selection | undefined,
  groups: readonly string[],
): string {
  const body = chooseBody(talk, intent, selection, groups);
  const alarms = groups.length > 0 ? writeAlarms(talk, intent) : "";
  return [LABEL, body, alarms, writeLimits(talk, selection, groups)].filter(Boolean).join("\n\n");
}

/** The answer to a question about alarms, for which no log is read. */
export function writeAlarmsReport(talk: Conversation, intent: Intent): string {
  const notes = [
    ...alarmLimits(talk),
    ...sayFailures(talk),
    "Only alarms were looked at, as the service tells them; no log was read.",
  ];
  return [LABEL, writeAlarmsAnswer(talk, intent), listLimits(notes)].join("\n\n");
}

/** The answer to a question that names what an earlier one found. */
export function writeFollowUpReport(talk: Conversation, followUp: FollowUp): string {
  const note = `Only \`${followUp.handle}\` was looked at, as the question names it; no other log was read.`;
  return [LABEL, writeFollowUp(talk, followUp), listLimits([note])].join("\n\n");
}

function chooseBody(
  talk: Conversation,
  intent: Intent,
  selection: Selection | undefined,
  groups: readonly string[],
): string {
  const listing = talk.results("list_log_groups")[0];
  if (!listing || !selection) {
    const [failure] = talk.failures();
    return `**The log groups could not be listed.** ${failure?.message ?? "No reason was given."}`;
  }
  if (listing.groups.length === 0)
    return `**There are no log groups here** [${listing.result}]. Name a file or folder, or check the source with \`logai doctor\`.`;
  if (intent.kind === "list") return writeList(talk.results("list_log_groups"));
  if (selection.wrongNamespace) return missingNamespace(selection, listing);
  if (groups.length === 0) return missingGroup(selection, listing.groups, listing.result);
  const unread = nothingRead(talk, groups);
  if (unread) return unread;
  const read = talk.results("fetch_logs").slice(-groups.length);
  const isEmpty = read.length > 0 && read.every(({ ledger }) => ledger.matched === 0);
  if (isEmpty) return read.map((one) => explainEmpty(one, talk)).join("\n\n");
  if (intent.kind === "show") return writeLines(read, talk, intent);
  if (comparesPeriods(intent, talk)) return writePeriods(talk);
  if (intent.kind === "compare") return writeComparison(talk);
  if (read.length === 0) return writeFinds(talk, intent);
  if (intent.kind === "count") return writeCounts(talk, intent);
  if (intent.kind === "warnings") return writeWarnings(talk);
  return writeInvestigation(talk, intent, selection);
}

/** Every call for logs failed: that is no good news. */
function nothingRead(talk: Conversation, groups: readonly string[]): string | undefined {
  const isRead = ({ tool }: { readonly tool: string }) =>
    tool !== "list_log_groups" && tool !== "list_alarms";
  const reads = talk.steps.filter(isRead);
  if (reads.length === 0 || reads.some(({ failed }) => !failed)) return undefined;
  const failures = talk.failures().filter(isRead);
  const reasons = [...new Set(failures.map(({ message }) => message))].slice(0, NAMED);
  return `**Nothing could be read of ${listNames(groups.slice(0, NAMED))}.** ${reasons.join(" ")}\n\nSo this says nothing about errors.`;
}

function missingNamespace(
  { wrongNamespace }: Selection,
  { result: ref, total }: ResultOf<"list_log_groups">,
): string {
  const asked = wrongNamespace?.asked ?? "";
  const found = wrongNamespace?.found ?? [];
  const folders = found.map((name) => name.slice(0, Math.max(0, name.lastIndexOf("/")))).filter(Boolean);
  const suggestion =
    found.length > 0
      ? `There is ${listSome(found, NAMED, total)} [${ref}]: did you mean ${listSome([...new Set(folders)], NAMED, total)}?`
      : `No name resembles the service that you named either [${ref}].`;
  return `**Not found: there is no \`${asked}\` among the log groups** [${ref}]. ${suggestion}\n\nNothing was read, so this says nothing about errors.`;
}

function missingGroup(
  selection: Selection,
  groups: readonly { readonly name: string }[],
  ref: string,
): string {
  const lines = selection.unknown.map(({ name, near }) => {
    const hint = near.length > 0 ? ` Did you mean ${listNames(near)}?` : "";
    return `**Not found: no log group is named \`${name}\`** [${ref}].${hint}`;
  });
  const names = groups.map(({ name }) => name);
  return `${lines.join("\n\n")}\n\nThe groups here: ${listSome(names, 10)} [${ref}]. Nothing was read, so this says nothing about errors.`;
}

/** What the answer does not rest on: groups left out, names not found, calls that failed. */
function writeLimits(
  talk: Conversation,
  selection: Selection | undefined,
  groups: readonly string[],
): string {
  const listing = talk.results("list_log_groups")[0];
  if (!listing || !selection || talk.steps.length < 2) return "";
  const left = listing.groups.map(({ name }) => name).filter((name) => !groups.includes(name));
  const notes: string[] = [];
  if (left.length > 0)
    notes.push(`Not looked at: ${listSome(left, NAMED, listing.total)} [${listing.result}].`);
  if (listing.truncated)
    notes.push(`Not all log groups were listed: ${listing.truncated} [${listing.result}].`);
  for (const { name, near } of selection.unknown) {
    const hint = near.length > 0 ? `; near it: ${listNames(near)}` : "";
    notes.push(`No log group is named \`${name}\`${hint}: its own logs were not seen [${listing.result}].`);
  }
  notes.push(...alarmLimits(talk), ...sayFailures(talk));
  const read = talk.results("list_alarms").length > 0 ? "logs and alarms" : "logs";
  notes.push(`${sayUntimed(talk)}Only ${read} were read; rules find patterns, not meaning.`);
  return listLimits(notes);
}

function sayFailures(talk: Conversation): string[] {
  return talk.failures().map(({ tool, message }) => `\`${tool}\` failed: ${message}`);
}

function listLimits(notes: readonly string[]): string {
  return `**Limits**\n\n${notes.map((note) => `- ${note}`).join("\n")}`;
}

/** The window stands in the ledger below every answer; that there is none is worth a word here. */
function sayUntimed(talk: Conversation): string {
  const read = talk.results("fetch_logs").filter(({ ledger }) => ledger.matched > 0);
  const isUntimed = read.length > 0 && read.every((one) => one.events_without_time === one.ledger.matched);
  return isUntimed ? "No line carries a time, so no time range applies. " : "";
}
