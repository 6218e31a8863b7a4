import type { AssistantModelMessage, ModelMessage, ToolModelMessage } from "ai";
import { type LeftOut, tellLeftOut } from "./shorten.ts";

/** One question with all that followed it. */
export interface Turn {
  /** Begins with the question. */
  readonly messages: readonly ModelMessage[];
  /** Tool calls that are no longer among the messages; a line tells of them. */
  readonly leftOut: readonly LeftOut[];
}

/** One round of tool calls within a turn: what the model said with them, and right behind it what they returned. */
export interface Round {
  /** Place of the assistant's message in the turn. */
  readonly at: number;
  /** Place behind the last of its results. */
  readonly end: number;
  readonly said: AssistantModelMessage;
  readonly results: readonly ToolModelMessage[];
}

/** Every question begins a turn. */
export function readTurns(messages: readonly ModelMessage[]): Turn[] {
  const starts = messages.flatMap(({ role }, at) => (role === "user" || at === 0 ? [at] : []));
  return starts.map((start, at) => ({ messages: messages.slice(start, starts[at + 1]), leftOut: [] }));
}

/** A turn as it is sent; the line about what was left out stands before what the model said next. */
export function messagesOf({ messages, leftOut }: Turn): readonly ModelMessage[] {
  if (leftOut.length === 0) return messages;
  const line = { type: "text", text: tellLeftOut(leftOut) } as const;
  const next = messages.findIndex(({ role }) => role === "assistant");
  const said = messages[next];
  if (said?.role !== "assistant") return [...messages, { role: "assistant", content: [line] }];
  const parts =
    typeof said.content === "string" ? [{ type: "text", text: said.content } as const] : said.content;
  // What a model thought has to come first in what it said.
  const thought = parts.findIndex(({ type }) => type !== "reasoning");
  const before = thought < 0 ? parts.length : thought;
  return messages.with(next, { ...said, content: parts.toSpliced(before, 0, line) });
}

export function roundsOf({ messages }: Turn): Round[] {
  return messages.flatMap((said, at) => {
    if (said.role !== "assistant" || !hasCalls(said)) return [];
    const results: ToolModelMessage[] = [];
    for (const message of messages.slice(at + 1)) {
      if (message.role !== "tool") break;
      results.push(message);
    }
    return results.length === 0 ? [] : [{ at, end: at + 1 + results.length, said, results }];
  });
}

export function hasCalls({ content }: AssistantModelMessage): boolean {
  return typeof content !== "string" && content.some(({ type }) => type === "tool-call");
}
