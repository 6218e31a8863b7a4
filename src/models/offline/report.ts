import type { Conversation } from "./conversation.ts";
import type { Intent } from "./intent.ts";
import { writeInvestigation } from "./report-investigation.ts";
import { writeComparison, writeCount, writeFinds, writeLines, writeList } from "./report-lookup.ts";
import type { Selection } from "./select-groups.ts";
import { describeWindow, listNames } from "./wording.ts";

const LABEL = "*Offline analyst: fixed rules, no language model.*";

/** The answer to a question from everything that the tools have returned. Every claim carries its reference. */
export function writeReport(
  talk: Conversation,
  intent: Intent,
  selection: Selection | undefined,
  groups: readonly string[],
): string {
  const body = chooseBody(talk, intent, selection, groups);
  return [LABEL, body, limits(talk, selection, groups)].filter(Boolean).join("\n\n");
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
  if (intent.kind === "list") return writeList(listing);
  if (selection.wrongNamespace) return missingNamespace(selection, listing.result);
  if (groups.length === 0) return missingGroup(selection, listing.groups, listing.result);
  if (intent.kind === "show") return writeLines(talk, intent);
  if (talk.steps.some(({ tool }) => tool === "search_logs")) {
    return intent.kind === "count" ? writeCount(talk, intent) : writeFinds(talk, intent);
  }
  if (intent.kind === "compare") return writeComparison(talk);
  if (intent.kind === "count") return writeCount(talk, intent);
  return writeInvestigation(talk, intent, selection);
}

function missingNamespace({ wrongNamespace }: Selection, ref: string): string {
  const asked = wrongNamespace?.asked ?? "";
  const found = wrongNamespace?.found ?? [];
  const near = found.map((name) => name.slice(0, Math.max(0, name.lastIndexOf("/")))).filter(Boolean);
  const suggestion =
    found.length > 0
      ? `There is ${listNames(found)} [${ref}]: did you mean ${listNames([...new Set(near)])}?`
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
  const some = groups.slice(0, 10).map(({ name }) => name);
  return `${lines.join("\n\n")}\n\nThe groups here: ${listNames(some)}${groups.length > some.length ? " and more" : ""} [${ref}]. Nothing was read, so this says nothing about errors.`;
}

/** What the answer does not rest on: the window, the groups left out, what was not told. */
function limits(talk: Conversation, selection: Selection | undefined, groups: readonly string[]): string {
  const listing = talk.results("list_log_groups")[0];
  if (!listing || !selection || talk.steps.length < 2) return "";
  const notes: string[] = [];
  const left = listing.groups.filter(({ name }) => !groups.includes(name)).map(({ name }) => name);
  if (left.length > 0)
    notes.push(
      `Not looked at: ${listNames(left.slice(0, 8))}${left.length > 8 ? ` and ${left.length - 8} more groups [${listing.result}]` : ""}.`,
    );
  for (const { name, near } of selection.unknown) {
    const hint = near.length > 0 ? `; near it: ${listNames(near)}` : "";
    notes.push(`No log group is named \`${name}\`${hint}: its own logs were not seen.`);
  }
  for (const { tool, message } of talk.failures()) notes.push(`\`${tool}\` failed: ${message}`);
  notes.push(`Window: ${describeWindow(talk)}. Only logs were read; rules find patterns, not meaning.`);
  return `**Not looked at, and limits**\n\n${notes.map((note) => `- ${note}`).join("\n")}`;
}
