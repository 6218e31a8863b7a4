import { lexer, type Token } from "marked";
import { makeTerminalSafe } from "./terminal-safe.ts";

/** Longer text is shown as it was written: the parser takes more than linear time. */
const MAX_LENGTH = 65_536;

/** Markdown taken apart; what cannot be parsed, such as thousands of nested quotes, comes as text. */
export function parseMarkdown(markdown: string): {
  readonly tokens: readonly Token[] | undefined;
  readonly text: string;
} {
  const text = makeTerminalSafe(markdown, { multiline: true, maxLine: MAX_LENGTH });
  try {
    return { tokens: text.length <= MAX_LENGTH ? lexer(text) : undefined, text };
  } catch {
    return { tokens: undefined, text };
  }
}
