import type { Token, Tokens } from "marked";
import { codeBlock, codeSpan, escapeLines, escapeStarts, escapeText, table } from "./markdown-parts.ts";
import { addressOf, decodeEntities, isMarked, MAX_DEPTH, oneLine, referenceOf } from "./markdown-tokens.ts";
import { parseMarkdown } from "./parse-markdown.ts";
import { makeTerminalSafe } from "./terminal-safe.ts";

/** Where a block stands. */
interface Place {
  readonly depth: number;
  /** Depth of the heading that all of it stands below; 0 for none. */
  readonly below: number;
}

/** Two spaces, for a backslash would be seen where the line is joined to the next. */
const HARD_BREAK = "  \n";
/** A renderer may draw a block of `mermaid` or `math`, links in it and all; one of these it shows. */
const LANGUAGES = new Set(
  "bash c console cpp cs csharp css csv diff dockerfile go graphql hcl http ini java javascript js json jsonc jsonl kotlin log lua nginx perl php powershell promql proto python ruby rust scala sh shell sql swift terraform text toml ts typescript xml yaml yml zsh".split(
    " ",
  ),
);
/** What begins a block also right below a paragraph, to every renderer. */
const BEGINS_BLOCK = /^(?:```|(?:[-*+]|1[.)]) \S)/;

/**
 * Markdown written anew, so that every renderer takes it for the same: HTML is text, links show where they lead, images
 * are not fetched, and nothing that it leaves open swallows what follows. Fit for a terminal too.
 */
export function rewriteMarkdown(markdown: string, below = 0): string {
  const { tokens, text } = parseMarkdown(markdown);
  const written = tokens ? writeBlocks(tokens, { depth: 0, below }) : codeBlock(text);
  // Once more, for an accent may have come to stand at the start of a line.
  return makeTerminalSafe(written, { multiline: true, maxLine: Number.POSITIVE_INFINITY });
}

/** Blocks with an empty line between them, but for those of a tight list that need none. */
function writeBlocks(tokens: readonly Token[], place: Place, isTight = false): string {
  let text = "";
  let last: string | undefined;
  for (const token of tokens) {
    const block = writeBlock(token, place);
    if (block === "") continue;
    const touches = isTight && (last === "code" || BEGINS_BLOCK.test(block));
    text += (last === undefined ? "" : touches ? "\n" : "\n\n") + block;
    last = token.type;
  }
  return text;
}

function writeBlock(token: Token, place: Place): string {
  if (place.depth > MAX_DEPTH || !isMarked(token)) return codeBlock(token.raw);
  switch (token.type) {
    case "space":
      return "";
    case "heading":
      return writeHeading(token, place);
    case "code":
      return writeCode(token);
    case "hr":
      // Within an item, dashes would be a mark or an underline.
      return place.depth === 0 ? "---" : "___";
    case "blockquote":
      return prefix(writeBlocks(token.tokens, deeper(place)), "> ", "> ");
    case "list":
      return writeList(token, place);
    case "table":
      return writeTable(token);
    case "def":
    case "html":
      return escapeStarts(escapeLines(token.raw.trim()));
    case "paragraph":
      return escapeStarts(writeInline(token.tokens));
    default:
      return escapeStarts(writeInline([token]));
  }
}

function writeHeading({ depth, tokens }: Tokens.Heading, { below }: Place): string {
  // Signs at its end would be dropped.
  const words = joinLines(writeInline(tokens)).replace(/(?<!\S)#+$/, "\\$&");
  return `${"#".repeat(Math.min(depth + below, 6))} ${words}`;
}

function writeCode({ text, lang }: Tokens.Code): string {
  if (!lang) return codeBlock(text, "");
  return codeBlock(text, LANGUAGES.has(lang.toLowerCase()) ? lang : "text");
}

function writeList(list: Tokens.List, place: Place): string {
  const [sign = "-"] = /[-*+.)]/.exec(list.raw) ?? [];
  const start = typeof list.start === "number" && list.start >= 0 ? list.start : 1;
  return list.items
    .map((item, at) => {
      const mark = list.ordered ? `${Math.min(start + at, 999_999_999)}${sign} ` : `${sign} `;
      return prefix(writeItem(item, deeper(place)), mark, " ".repeat(mark.length));
    })
    .join(list.loose ? "\n\n" : "\n");
}

function writeItem(item: Tokens.ListItem, place: Place): string {
  const tokens = item.tokens.filter((token) => token.type !== "checkbox");
  const blocks = writeBlocks(tokens, place, !item.loose);
  // The parser takes for a task only what begins with words.
  return item.task ? `${item.checked ? "[x]" : "[ ]"} ${blocks}` : blocks;
}

function writeTable({ header, rows, align }: Tokens.Table): string {
  const cell = ({ tokens }: Tokens.TableCell) => joinLines(writeInline(tokens));
  const right = align.flatMap((side, at) => (side === "right" ? [at] : []));
  return table(
    header.map(cell),
    rows.map((row) => row.map(cell)),
    right,
  );
}

function deeper({ depth, below }: Place): Place {
  return { depth: depth + 1, below };
}

function prefix(text: string, first: string, rest: string): string {
  return text
    .split("\n")
    .map((line, at) => (at === 0 ? first + line : line === "" ? rest.trimEnd() : rest + line))
    .join("\n");
}

function joinLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .join(" ");
}

/** Spans side by side, so that no two make a link, or a longer run of backticks, at their border. */
function writeInline(tokens: readonly Token[] | undefined, depth = 0): string {
  return (tokens ?? [])
    .map((token) => writeSpan(token, depth + 1))
    .reduce((text, span) => {
      if (text.endsWith("]") && span.startsWith("(")) return `${text}\\${span}`;
      return text.endsWith("`") && span.startsWith("`") ? `${text} ${span}` : text + span;
    }, "");
}

function writeSpan(token: Token, depth: number): string {
  if (depth > MAX_DEPTH * 2 || !isMarked(token)) return escapeText(token.raw);
  switch (token.type) {
    case "strong":
      return wrap("**", writeInline(token.tokens, depth));
    case "em":
      return wrap("*", writeInline(token.tokens, depth));
    case "del":
      return wrap("~~", writeInline(token.tokens, depth));
    case "codespan":
      return codeSpan(token.text);
    case "link":
      return writeLink(token, depth);
    case "image":
      return `${escapeText(token.text)} (${writeAddress(token.href)})`;
    case "br":
      return HARD_BREAK;
    case "checkbox":
      return "";
    case "text":
      return token.tokens ? writeInline(token.tokens, depth) : escapeLines(decodeEntities(token.text));
    case "escape":
      return /^[!-/:-@[-`{-~]$/.test(token.text) ? `\\${token.text}` : escapeText(token.text);
    default:
      return escapeLines(token.raw);
  }
}

/** Signs next to a space would be text, and tildes next to each other a fence. */
function wrap(sign: string, words: string): string {
  const fits = words !== "" && words === words.trim() && !(sign === "~~" && /^~|~$/.test(words));
  return fits ? `${sign}${words}${sign}` : words;
}

/** Where it leads is shown, for the words may lie about it. */
function writeLink(token: Tokens.Link, depth: number): string {
  const reference = referenceOf(token.text);
  if (reference === oneLine(token.raw)) return reference;
  if (token.autolink || token.text === token.href)
    return addressOf(token.href) === undefined ? escapeText(token.text) : writeAddress(token.href);
  return `${reference ?? writeInline(token.tokens, depth)} (${writeAddress(token.href)})`;
}

function writeAddress(href: string): string {
  const address = addressOf(href);
  return address === undefined ? escapeText(href) : `<${address}>`;
}
