import { findReferences } from "../agent/references.ts";
import { makeTerminalSafe } from "../ui/terminal-safe.ts";

/**
 * Text as Markdown that shows just that text, on one line, whatever renders it: nothing in it becomes a tag, a link or
 * an image. References such as `[e3]` stay as they are.
 */
export function escapeText(text: string): string {
  const line = makeTerminalSafe(text.replace(/\r?\n/g, " "));
  let escaped = "";
  let from = 0;
  for (const { index, end } of findReferences(line)) {
    escaped += escapeMarks(line.slice(from, index)) + line.slice(index, end);
    from = end;
  }
  return escaped + escapeMarks(line.slice(from));
}

/**
 * Within a word, `_` means nothing; `&` only begins an entity, and `<` a tag, before certain characters. A bare address
 * would become a link that reaches as far as the renderer likes.
 */
function escapeMarks(text: string): string {
  return text
    .replace(/[\\`*[\]~$]/g, "\\$&")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replace(/:\/\//g, ":\\//")
    .replace(/\bwww\./gi, (www) => `${www.slice(0, -1)}\\.`)
    .replace(/&(?=[a-z#])/gi, "&amp;")
    .replace(/<(?=[a-z/!?])/gi, "&lt;");
}

/** A paragraph's text must not begin as a heading, a list, a quote, a rule or a definition does. */
export function escapeStart(line: string): string {
  return line
    .trimStart()
    .replace(/^(?:[#>+=-]|\[(?=[^\]]{1,999}\]:))/, "\\$&")
    .replace(/^(\d{1,9})([.)])/, "$1\\$2");
}

/** Code within a line. */
export function codeSpan(text: string): string {
  const line = makeTerminalSafe(text);
  if (line.trim() === "") return "` `";
  const fence = "`".repeat(longestRun(line, "`") + 1);
  const padding = /^[` ]|[` ]$/.test(line) ? " " : "";
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** Lines as they are; nothing in them ends the block. */
export function codeBlock(text: string, language = "text"): string {
  const lines = makeTerminalSafe(text, { multiline: true });
  const fence = "`".repeat(Math.max(3, longestRun(lines, "`") + 1));
  return `${fence}${language}\n${lines}\n${fence}`;
}

function longestRun(text: string, character: string): number {
  let longest = 0;
  let run = 0;
  for (const one of text) {
    run = one === character ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** Cells are Markdown already, but for the signs that would end them. */
export function table(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const rule = titles.map((_, at) => (right.includes(at) ? "---:" : "---"));
  return [titles, rule, ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}
