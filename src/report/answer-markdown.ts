import type { Token, Tokens } from "marked";
import { isMarked } from "../ui/markdown-view.ts";
import { codeBlock, codeSpan, escapeStart, escapeText, table } from "./markdown.ts";
import { addressOf, decodeEntities, isReference, MAX_DEPTH, oneLine, parseAnswer } from "./parse-answer.ts";

/**
 * An answer's Markdown written anew, so that every renderer takes it for the same: HTML is text, links show where they
 * lead, images are not fetched, and nothing that the answer leaves open swallows what follows.
 */
export function writeAnswer(markdown: string): string {
  const { tokens, text } = parseAnswer(markdown);
  return tokens ? writeBlocks(tokens, 0) : codeBlock(text);
}

function writeBlocks(tokens: readonly Token[], depth: number, between = "\n\n"): string {
  return tokens
    .map((token) => writeBlock(token, depth))
    .filter((block) => block !== "")
    .join(between);
}

function writeBlock(token: Token, depth: number): string {
  if (depth > MAX_DEPTH || !isMarked(token)) return codeBlock(token.raw);
  switch (token.type) {
    case "space":
      return "";
    case "heading":
      // Below the headings of the document.
      return `${"#".repeat(Math.min(token.depth + 2, 6))} ${writeInline(token.tokens, depth)}`;
    case "code":
      return codeBlock(token.text, /^[a-z]{1,20}$/.test(token.lang ?? "") ? token.lang : "text");
    case "hr":
      return "---";
    case "blockquote":
      return prefix(writeBlocks(token.tokens, depth + 1), "> ", "> ");
    case "list":
      return writeList(token, depth);
    case "table":
      return writeTable(token);
    case "def":
    case "html":
      return escapeStart(escapeText(token.raw.trim()));
    case "paragraph":
      return escapeStart(writeInline(token.tokens, depth));
    default:
      return escapeStart(writeInline([token], depth));
  }
}

function writeList(list: Tokens.List, depth: number): string {
  const start = typeof list.start === "number" && list.start >= 0 ? list.start : 1;
  return list.items
    .map((item, at) => {
      const mark = list.ordered ? `${Math.min(start + at, 999_999_999)}. ` : "- ";
      const box = item.task ? (item.checked ? "[x] " : "[ ] ") : "";
      const tokens = item.tokens.filter((token) => token.type !== "checkbox");
      const blocks = writeBlocks(tokens, depth + 1, item.loose ? "\n\n" : "\n");
      return prefix(box + blocks, mark, " ".repeat(mark.length));
    })
    .join(list.loose ? "\n\n" : "\n");
}

function writeTable({ header, rows, align }: Tokens.Table): string {
  const cell = ({ tokens }: Tokens.TableCell) => writeInline(tokens, 0);
  const right = align.flatMap((side, at) => (side === "right" ? [at] : []));
  return table(
    header.map(cell),
    rows.map((row) => row.map(cell)),
    right,
  );
}

function prefix(text: string, first: string, rest: string): string {
  return text
    .split("\n")
    .map((line, at) => (at === 0 ? first + line : line === "" ? rest.trimEnd() : rest + line))
    .join("\n");
}

function writeInline(tokens: readonly Token[] | undefined, depth: number): string {
  return (tokens ?? []).map((token) => writeSpan(token, depth + 1)).join("");
}

function writeSpan(token: Token, depth: number): string {
  if (depth > MAX_DEPTH * 2 || !isMarked(token)) return escapeText(token.raw);
  switch (token.type) {
    case "strong":
      return wrap("**", writeInline(token.tokens, depth));
    case "em":
      return wrap("*", writeInline(token.tokens, depth));
    case "del":
      return writeInline(token.tokens, depth);
    case "codespan":
      return codeSpan(oneLine(token.text));
    case "link":
      return writeLink(token, depth);
    case "image":
      return `${escapeText(token.text)} (${writeAddress(token.href)})`;
    case "br":
      return " ";
    case "text":
      return token.tokens ? writeInline(token.tokens, depth) : escapeText(decodeEntities(token.text));
    default:
      return escapeText(token.raw);
  }
}

/** Signs next to a space would be text. */
function wrap(sign: string, words: string): string {
  return words !== "" && words === words.trim() ? `${sign}${words}${sign}` : words;
}

/** Where it leads is shown, for the words may lie about it. */
function writeLink(token: Tokens.Link, depth: number): string {
  if (isReference(token.raw)) return token.raw;
  if (token.autolink || token.text === token.href)
    return addressOf(token.href) === undefined ? escapeText(token.text) : writeAddress(token.href);
  return `${writeInline(token.tokens, depth)} (${writeAddress(token.href)})`;
}

function writeAddress(href: string): string {
  const address = addressOf(href);
  return address === undefined ? escapeText(href) : `<${address}>`;
}
