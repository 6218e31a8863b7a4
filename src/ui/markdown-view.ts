import type { Token, Tokens } from "marked";
import { decodeEntities, isMarked, MAX_DEPTH, oneLine } from "./markdown-tokens.ts";
import type { Style } from "./style.ts";
import { joinText, linesOf, type Styled, safeLines, styled, type Text } from "./styled.ts";
import { layOutTable } from "./table.ts";
import { widthOf } from "./text-width.ts";
import { wrapText } from "./wrap-text.ts";

export interface MarkdownOptions {
  readonly columns: number;
  readonly style: Style;
}

const REFERENCE = /\[[eq]\d{1,9}(?:,\s?[eq]\d{1,9}){0,20}\]/g;
const MIN_COLUMNS = 10;

/**
 * Markdown as lines for the terminal. Nothing in it is obeyed: HTML is text, links show where they lead. Every
 * piece is escaped after parsing too, for the parser turns `&#27;` into a control character.
 */
export async function viewMarkdown(markdown: string, options: MarkdownOptions): Promise<readonly Styled[]> {
  // The parser is not needed for `--help` or plain logs.
  const { parseMarkdown } = await import("./parse-markdown.ts");
  const { tokens, text } = parseMarkdown(markdown);
  return tokens ? viewBlocks(tokens, options, 0) : wrapText(safeLines(text), options.columns);
}

/** Blocks with an empty line between them. */
function viewBlocks(tokens: readonly Token[], options: MarkdownOptions, depth: number): readonly Styled[] {
  const blocks = tokens.map((token) => viewBlock(token, options, depth)).filter((lines) => lines.length > 0);
  return blocks.flatMap((lines, index) => (index === 0 ? lines : [styled``, ...lines]));
}

function viewBlock(token: Token, options: MarkdownOptions, depth: number): readonly Styled[] {
  const { columns, style } = options;
  if (depth > MAX_DEPTH) return viewRaw(token, columns);
  if (!isMarked(token)) return viewRaw(token, columns);
  switch (token.type) {
    case "space":
    case "def":
      return [];
    case "heading":
      return viewHeading(token, options);
    case "code":
      return linesOf(safeLines(token.text)).map((line) => styled`  ${style.code(line)}`);
    case "hr":
      return [style.dim("-".repeat(Math.min(columns, 40)))];
    case "blockquote":
      return indent(
        viewBlocks(token.tokens, narrow(options, 2), depth + 1),
        style.dim("> "),
        style.dim("> "),
      );
    case "list":
      return viewList(token, options, depth);
    case "table":
      return viewTable(token, options);
    case "html":
      return viewRaw(token, columns);
    case "paragraph":
      return wrapText(viewInline(token.tokens, style), columns);
    default:
      return wrapText(viewInline([token], style), columns);
  }
}

/** The sign of its depth stays, so that a heading is one without bold too. */
function viewHeading(token: Tokens.Heading, { columns, style }: MarkdownOptions): readonly Styled[] {
  const sign = styled`${"#".repeat(token.depth)} `;
  return wrapText(style.heading(joinText([sign, viewInline(token.tokens, style)])), columns);
}

function viewRaw(token: Token, columns: number): readonly Styled[] {
  return wrapText(safeLines(token.raw.trimEnd()), columns);
}

function viewList(list: Tokens.List, options: MarkdownOptions, depth: number): readonly Styled[] {
  const start = list.start === "" ? 1 : list.start;
  const markWidth = list.ordered ? String(start + list.items.length - 1).length + 2 : 2;
  return list.items.flatMap((item, index) => {
    const mark = list.ordered ? `${start + index}.`.padEnd(markWidth) : "- ";
    const box = item.task ? (item.checked ? "[x] " : "[ ] ") : "";
    const lines = viewItem(item, narrow(options, markWidth + box.length), depth + 1);
    const gap = list.loose && index > 0 ? [styled``] : [];
    return [...gap, ...indent(lines.length > 0 ? lines : [styled``], mark + box, " ".repeat(markWidth))];
  });
}

/** The blocks of an item; in a tight list nothing stands between them. */
function viewItem(item: Tokens.ListItem, options: MarkdownOptions, depth: number): readonly Styled[] {
  const tokens = item.tokens.filter((token) => token.type !== "checkbox");
  if (item.loose) return viewBlocks(tokens, options, depth);
  return tokens.flatMap((token) => viewBlock(token, options, depth));
}

function viewTable(table: Tokens.Table, { columns, style }: MarkdownOptions): readonly Styled[] {
  const cell = ({ tokens }: Tokens.TableCell) => viewInline(tokens, style);
  const titles = table.header.map((header, at) => ({
    title: cell(header),
    align: table.align[at] === "right" ? ("right" as const) : ("left" as const),
    overflow: "wrap" as const,
  }));
  return layOutTable({ columns: titles, rows: table.rows.map((row) => row.map(cell)) }, columns, style);
}

function viewInline(tokens: readonly Token[] | undefined, style: Style): Styled {
  return joinText((tokens ?? []).map((token) => viewSpan(token, style)));
}

function viewSpan(token: Token, style: Style): Text {
  if (!isMarked(token)) return oneLine(token.raw);
  switch (token.type) {
    case "strong":
      return style.bold(viewInline(token.tokens, style));
    case "em":
      return style.italic(viewInline(token.tokens, style));
    case "codespan":
      return style.code(styled`\`${oneLine(token.text)}\``);
    case "link":
      return viewLink(token, style);
    case "image":
      return styled`${oneLine(token.text)} (${style.link(token.href)})`;
    case "br":
      return styled`\n`;
    case "text":
      return token.tokens ? viewInline(token.tokens, style) : viewWords(token.text, style);
    case "escape":
      return oneLine(token.text);
    default:
      return oneLine(token.raw);
  }
}

/** Where it leads is always shown, for the words may lie about it. */
function viewLink(token: Tokens.Link, style: Style): Styled {
  if (token.text === token.href) return style.link(token.href);
  return styled`${viewInline(token.tokens, style)} (${style.link(token.href)})`;
}

/** Words with the references in them styled. */
function viewWords(words: string, style: Style): Styled {
  const text = decodeEntities(oneLine(words));
  const parts: Text[] = [];
  let from = 0;
  for (const match of text.matchAll(REFERENCE)) {
    parts.push(text.slice(from, match.index), style.reference(match[0]));
    from = match.index + match[0].length;
  }
  return joinText([...parts, text.slice(from)]);
}

function indent(lines: readonly Styled[], first: Text, rest: Text): readonly Styled[] {
  return lines.map((line, index) => {
    const prefix = index === 0 ? first : rest;
    return widthOf(line) > 0 || index === 0 ? joinText([prefix, line]) : line;
  });
}

function narrow(options: MarkdownOptions, by: number): MarkdownOptions {
  return { ...options, columns: Math.max(options.columns - by, MIN_COLUMNS) };
}
