import type { Conversation } from "./conversation.ts";
import type { Analysed } from "./origin.ts";
import { asked, type PlannedCall } from "./plan.ts";
import { quoteBlock } from "./quote.ts";
import { kindsOf, sayErrors } from "./report-errors.ts";
import { dayOf, plural } from "./wording.ts";

/** What an earlier question found and this one names: `what else is in q8?`, `the lines around e3`. */
export interface FollowUp {
  readonly kind: "context" | "event";
  /** As it was named: `q8`, `e3`. */
  readonly handle: string;
  /** What the tool is asked for: of an analysis the result that it was made of. */
  readonly id: string;
}

/** undefined where nothing is named, or nothing of that name is known. */
export function readFollowUp({ question, earlier }: Conversation): FollowUp | undefined {
  for (const [, name = ""] of question.matchAll(/(?<![\w/.-])([qe]\d{1,7})(?![\w/-])/gi)) {
    const handle = name.toLowerCase();
    const found = handle.startsWith("q") ? findContext(handle, earlier) : findEvent(handle, earlier);
    if (found) return found;
  }
  return undefined;
}

function findContext(handle: string, earlier: Conversation["earlier"]): FollowUp | undefined {
  const step = earlier.find(({ output }) => field(output, "result") === handle);
  const id = field(step?.output, "context_id");
  return id === undefined ? undefined : { kind: "context", handle, id };
}

function findEvent(handle: string, earlier: Conversation["earlier"]): FollowUp | undefined {
  const isShown = earlier.some(({ output }) => JSON.stringify(output ?? null).includes(`"[${handle}] `));
  return isShown ? { kind: "event", handle, id: handle } : undefined;
}

function field(output: unknown, name: string): string | undefined {
  if (typeof output !== "object" || output === null || !(name in output)) return undefined;
  const value: unknown = Reflect.get(output, name);
  return typeof value === "string" ? value : undefined;
}

export function planFollowUp(talk: Conversation, { kind, id }: FollowUp): PlannedCall[] {
  const call: PlannedCall =
    kind === "context"
      ? { tool: "analyze_error_pattern", input: { context_id: id } }
      : { tool: "get_surrounding_logs", input: { event_ref: id, before: 10, after: 10 } };
  return asked(talk, call.tool) ? [] : [call];
}

export function writeFollowUp(talk: Conversation, followUp: FollowUp): string {
  const [failure] = talk.failures();
  if (failure) return `**\`${followUp.handle}\` cannot be looked at again.** ${failure.message}`;
  return followUp.kind === "context" ? writeContext(talk, followUp) : writeAround(talk, followUp);
}

function writeContext(talk: Conversation, { handle }: FollowUp): string {
  return talk
    .results("analyze_error_pattern")
    .flatMap(({ groups, result, analysed }) => groups.map((group) => ({ ...group, ref: result, analysed })))
    .map((one) => writeGroup(one, handle))
    .join("\n\n");
}

function writeGroup(one: Analysed, handle: string): string {
  const [first] = one.templates;
  const head =
    one.errors > 0
      ? sayErrors(one, false)
      : `**\`${one.log_group}\`: no event of level error or fatal** among ${plural(one.analysed, "event")} [${one.ref}].`;
  const items = kindsOf(one, undefined, dayOf(first?.first));
  const lines = one.templates.slice(0, 6).flatMap(({ examples }) => examples.slice(0, 1));
  return [`${head} These are the events of [${handle}].`, items.join("\n"), quoteBlock(lines)]
    .filter(Boolean)
    .join("\n\n");
}

function writeAround(talk: Conversation, { handle }: FollowUp): string {
  const [around] = talk.results("get_surrounding_logs");
  if (!around) return "";
  return `**The lines around [${handle}]** in \`${around.log_group}\` [${around.result}]:\n\n${quoteBlock(around.events)}`;
}
