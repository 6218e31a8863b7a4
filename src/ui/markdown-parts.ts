import { findReferences } from "../agent/references.ts";
import { makeTerminalSafe } from "./terminal-safe.ts";

/** A mark that the sanitiser leaves, `[EMAIL_REDACTED]`, or a sign that means something wherever it stands. */
const SIGN = /\[[A-Z][A-Z0-9_]{0,40}_REDACTED\]|[\\`*[\]~$]/g;

/**
 * Text as Markdown that shows just that text, on one line, whatever renders it: nothing in it becomes a tag, a link or
 * an image. References such as `[e3]` stay as they are, and so do the sanitiser's marks.
 */
export function escapeText(text: string): string {
  return escapeLines(text.replace(/\r?\n/g, " "));
}

/** The same with its line breaks; the lines of a paragraph need `escapeStarts` too. */
export function escapeLines(text: string): string {
  const lines = makeTerminalSafe(text, { multiline: true });
  let escaped = "";
  let from = 0;
  for (const { index, end } of findReferences(lines)) {
    escaped += escapeMarks(lines.slice(from, index)) + lines.slice(index, end).replaceAll("\n", " ");
    from = end;
  }
  // What is left of brackets is a link only with an address right behind it.
  return (escaped + escapeMarks(lines.slice(from))).replace(/(?<!\\)\]\(/g, "]\\(");
}

/**
 * Within a word, `_` means nothing; `&` only begins an entity, and `<` a tag, before certain characters, which may be
 * those of a next piece. A bare address would become a link that reaches as far as the renderer likes.
 */
function escapeMarks(text: string): string {
  return text
    .replace(SIGN, (sign) => (sign.length > 1 ? sign : `\\${sign}`))
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replace(/(^|:)\/(?=\/|$)/g, "$1\\/")
    .replace(/(?<![^\w.+-])@(?=[\w-]|$)/g, "\\@")
    .replace(/www\./gi, (www) => `${www.slice(0, -1)}\\.`)
    .replace(/&(?=[a-z#]|$)/gi, "&amp;")
    .replace(/<(?=[a-z/!?]|$)/gi, "&lt;");
}

/** No line of a paragraph may begin as a heading, a list, a quote, a rule, a table or a definition does. */
export function escapeStarts(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trimStart())
    .filter((line) => line !== "")
    .map((line) =>
      line
        .replace(/^[#>+=|:-]/, "\\$&")
        .replace(/^(\d{1,9})([.)])/, "$1\\$2")
        .replace(/^(\[[^\]]{1,999}\]):/, "$1\\:"),
    )
    .join("\n");
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
  return [`${fence}${language}`, ...(lines === "" ? [] : [lines]), fence].join("\n");
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

/**
 * Cells are Markdown already, but for the signs that would end them. A backslash before such a sign, as code may have
 * it, is doubled: there is no way to write one.
 */
export function table(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const rule = titles.map((_, at) => (right.includes(at) ? "---:" : "---"));
  return [titles, rule, ...rows].map((cells) => `| ${cells.map(escapePipes).join(" | ")} |`).join("\n");
}

function escapePipes(cell: string): string {
  return cell.replace(
    /(?<!\\)\\*\|/g,
    (pipe) => `${pipe.length % 2 === 0 ? "\\" : ""}${pipe.slice(0, -1)}\\|`,
  );
}
