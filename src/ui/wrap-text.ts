import { fromParts, joinText, linesOf, type Styled, type Text } from "./styled.ts";
import { type Piece, piecesOf, widthOf } from "./text-width.ts";

/** What ends each of the SGR codes that style.ts uses; colours end with 39. */
const CLOSE_CODES: Readonly<Record<string, string>> = { 1: "22", 2: "22", 3: "23", 4: "24", 7: "27" };
const CLOSING = new Set(["22", "23", "24", "27", "39"]);

export interface WrapOptions {
  /** Put before the first line and before the others; both count towards the columns. */
  readonly first?: Text;
  readonly rest?: Text;
}

/** Wraps at spaces to a number of columns; a word that is longer than a line is broken. Line breaks are kept. */
export function wrapText(text: Text, columns: number, options: WrapOptions = {}): readonly Styled[] {
  const { first = "", rest = first } = options;
  const lines: Styled[] = [];
  for (const line of linesOf(text)) {
    const prefix = () => (lines.length === 0 ? first : rest);
    const room = Math.max(columns - Math.max(widthOf(first), widthOf(rest)), 1);
    for (const row of wrapLine(line, room)) lines.push(joinText([prefix(), row]));
  }
  return lines;
}

function wrapLine(line: Styled, columns: number): readonly Styled[] {
  if (widthOf(line) <= columns) return [line];
  const rows = breakRows(piecesOf(line), columns);
  let open: readonly string[] = [];
  return rows.map((row) => {
    const before = open;
    open = openAfter(before, row);
    return fromParts([...sgr(before), ...row, ...sgr([...new Set(open.map(closeOf))])]);
  });
}

/** Greedy: as many pieces as fit, back to the last space where there is one. */
function breakRows(pieces: readonly Piece[], columns: number): readonly (readonly Piece[])[] {
  const rows: (readonly Piece[])[] = [];
  let start = 0;
  while (start < pieces.length) {
    const end = rowEnd(pieces, start, columns);
    rows.push(trimEnd(pieces.slice(start, end)));
    start = end;
    while (start < pieces.length && pieces[start]?.text === " ") start += 1;
  }
  return rows;
}

function rowEnd(pieces: readonly Piece[], start: number, columns: number): number {
  let width = 0;
  let space = 0;
  let inIndent = true;
  for (let at = start; at < pieces.length; at += 1) {
    const piece = pieces[at];
    if (!piece) break;
    if (piece.text === " " && !inIndent) space = at;
    else if (piece.width > 0 && piece.text !== " ") inIndent = false;
    width += piece.width;
    if (width > columns && at > start) return space > start ? space : at;
  }
  return pieces.length;
}

function trimEnd(row: readonly Piece[]): readonly Piece[] {
  const last = row.findLastIndex((piece) => !piece.sgr && piece.text !== " ");
  return row.filter((piece, index) => piece.sgr || index <= last);
}

/** The SGR codes that are still on at the end of a row. */
function openAfter(before: readonly string[], row: readonly Piece[]): readonly string[] {
  let open = before;
  for (const piece of row) if (piece.sgr) open = applyCodes(open, piece.text.slice(2, -1));
  return open;
}

function applyCodes(open: readonly string[], codes: string): readonly string[] {
  if (codes.startsWith("38;")) return [...open, codes];
  let now = open;
  for (const code of codes.split(";")) {
    now = CLOSING.has(code) ? now.filter((other) => closeOf(other) !== code) : [...now, code];
  }
  return now;
}

function closeOf(code: string): string {
  return CLOSE_CODES[code] ?? "39";
}

function sgr(codes: readonly string[]): readonly Piece[] {
  return codes.length === 0 ? [] : [{ sgr: true, text: `\x1b[${codes.join(";")}m`, width: 0 }];
}
