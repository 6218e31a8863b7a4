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

/** Shortens all tool results but the newest to their counts, in place. Questions and answers stay whole. */
export function shortenHistory(messages: ModelMessage[]): void {
  const newest = messages.findLastIndex(({ role }) => role === "tool");
  for (const [index, message] of messages.entries()) {
    if (message.role !== "tool") continue;
    const content = message.content.map((part) => {
      if (part.type !== "tool-result" || (part.output.type !== "json" && part.output.type !== "error-json"))
        return part;
      // The newest result keeps its head even where it alone is too long.
      if (index === newest && JSON.stringify(part.output.value).length < 40_000) return part;
      return { ...part, output: { ...part.output, value: shorten(part.output.value) } };
    });
    messages[index] = { ...message, content };
  }
}

function shorten<T>(value: T): T | { [key: string]: T } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([key]) => KEPT.includes(key));
  return {
    ...Object.fromEntries(kept),
    shortened: "Left out to save room; call the tool again to see it." as T & string,
  };
}
