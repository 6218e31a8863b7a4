import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";
import { looksAtAlarms, selectWithAlarms, withLedGroups } from "./alarms.ts";
import { readConversation } from "./conversation.ts";
import { planFollowUp, readFollowUp } from "./follow-up.ts";
import { readIntent } from "./intent.ts";
import { asked, groupsToRead, LIST_ALARMS, type PlannedCall, planRound } from "./plan.ts";
import { planAlarms } from "./plan-alarms.ts";
import { writeAlarmsReport, writeFollowUpReport, writeReport } from "./report.ts";
import { selectGroups } from "./select-groups.ts";

export const OFFLINE_MODEL_ID = "offline-analyst";

const NO_TOKENS: LanguageModelV4Usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};

/**
 * The built-in analyst: fixed rules as a language model, in the same loop and behind the same gate as any other.
 * The same conversation always gives the same next step; it uses no network and no state.
 */
export function createOfflineAnalyst(): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "offline",
    modelId: OFFLINE_MODEL_ID,
    supportedUrls: {},
    async doStream(options) {
      return { stream: ReadableStream.from(respond(options)) };
    },
    async doGenerate() {
      throw new Error("The offline analyst only streams.");
    },
  };
}

function* respond({
  prompt,
  tools = [],
  abortSignal,
}: LanguageModelV4CallOptions): Generator<LanguageModelV4StreamPart> {
  abortSignal?.throwIfAborted();
  yield { type: "stream-start", warnings: [] };
  const next = decide(
    prompt,
    tools.map(({ name }) => name),
  );
  if (typeof next === "string") {
    yield { type: "text-start", id: "answer" };
    for (const line of next.split(/(?<=\n)/)) yield { type: "text-delta", id: "answer", delta: line };
    yield { type: "text-end", id: "answer" };
    yield { type: "finish", finishReason: { unified: "stop", raw: undefined }, usage: NO_TOKENS };
    return;
  }
  const round = prompt.filter(({ role }) => role === "tool").length;
  for (const [index, { tool, input }] of next.entries()) {
    yield {
      type: "tool-call",
      toolCallId: `offline-${round}-${index}`,
      toolName: tool,
      input: JSON.stringify(input),
    };
  }
  yield { type: "finish", finishReason: { unified: "tool-calls", raw: undefined }, usage: NO_TOKENS };
}

/** The next tool calls, or the report when nothing is left to look at. */
function decide(
  prompt: LanguageModelV4CallOptions["prompt"],
  tools: readonly string[],
): readonly PlannedCall[] | string {
  const talk = readConversation(prompt, tools);
  const followUp = readFollowUp(talk);
  if (followUp) {
    const calls = planFollowUp(talk, followUp);
    return calls.length > 0 ? calls : writeFollowUpReport(talk, followUp);
  }
  const intent = readIntent(talk.question, talk.offers("list_alarms"));
  if (intent.kind === "alarms") {
    const calls = planAlarms(talk, intent);
    return calls.length > 0 ? calls : writeAlarmsReport(talk, intent);
  }
  const listings = talk.results("list_log_groups");
  const [listing] = listings;
  if (!listing) {
    return talk.steps.length > 0
      ? writeReport(talk, intent, undefined, [])
      : [{ tool: "list_log_groups", input: { limit: 1000 } }];
  }
  const more = listing.truncated && listings.length === 1 ? listMore(intent.names) : [];
  if (more.length > 0 && talk.rounds === 1) return more;
  const listed = new Map(listings.flatMap(({ groups }) => groups).map((group) => [group.name, group]));
  const all = [...listed.values()];
  const selection = selectWithAlarms(selectGroups(intent, all), talk, intent, all);
  // What names no group may name an alarm.
  if (isLost(selection) && looksAtAlarms(intent, talk) && !asked(talk, "list_alarms")) return [LIST_ALARMS];
  const named = selection.wrongNamespace || isLost(selection) ? [] : groupsToRead(intent, selection, all);
  const canRead = (name: string) => listed.has(name) || listing.truncated !== undefined;
  const groups = withLedGroups(named, talk, intent, canRead);
  const calls = planRound(talk, intent, groups);
  return calls.length > 0 ? calls : writeReport(talk, intent, selection, groups);
}

/** Of very many groups only some are listed: those that the question names are looked for by name. */
function listMore(names: readonly string[]): PlannedCall[] {
  return names.slice(0, 3).map((prefix) => ({ tool: "list_log_groups", input: { prefix, limit: 50 } }));
}

/** A service was named, and there is none of that name or near it: other groups must not answer for it. */
function isLost({ named, unknown }: ReturnType<typeof selectGroups>): boolean {
  return named.length === 0 && unknown.length > 0;
}
