import type { ModelMessage } from "ai";

/** Fields of a tool's result that are kept when it is shortened: they say what was found, not the finds. */
const KEPT = [
  "result",
  "context_id",
  "ledger",
  "levels",
  "total",
  "errors",
  "first",
  "last",
  "log_group",
  "error",
  "hint",
];

const NOTE = "Left out to save room; call the tool again to see it.";

/**
 * Shortens tool results to their counts, in place: all but the newest round's, or with `newestToo` every one. Questions
 * and answers stay whole. Returns whether that made the history shorter.
 */
export function shortenHistory(messages: ModelMessage[], newestToo: boolean): boolean {
  const newest = messages.findLastIndex(({ role }) => role === "tool");
  let shorter = false;
  for (const [index, message] of messages.entries()) {
    if (message.role !== "tool" || (index === newest && !newestToo)) continue;
    const content = message.content.map((part) => {
      if (part.type !== "tool-result" || part.output.type !== "json") return part;
      const { value } = part.output;
      if (typeof value !== "object" || value === null || Array.isArray(value) || "shortened" in value)
        return part;
      shorter = true;
      const kept = Object.entries(value).filter(([key]) => KEPT.includes(key));
      return { ...part, output: { ...part.output, value: { ...Object.fromEntries(kept), shortened: NOTE } } };
    });
    messages[index] = { ...message, content };
  }
  return shorter;
}

/** Characters that the messages take as JSON: what a prompt's size is estimated from. */
export function sizeOf(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, { content }) => sum + JSON.stringify(content).length, 0);
}
