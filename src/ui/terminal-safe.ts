/**
 * The one gate to the terminal: log text, model output, error text and names pass it before they are shown.
 *
 * What a terminal would obey or hide is written out as in a string literal: `\n` `\r` for these two, `\x1b` below
 * U+0100, `\u202e` below U+10000, `\u{e0041}` above. That is every C0 and C1 control, DEL, line and paragraph
 * separators, bidirectional and zero-width characters, TAG characters, variation selectors outside an emoji,
 * blank fillers, noncharacters and lone surrogates. A tab becomes spaces. Emoji sequences stay whole.
 */
export interface TerminalSafeOptions {
  /** True keeps "\n" (and takes "\r\n" for it); otherwise a line break is shown as `\n`. */
  readonly multiline?: boolean;
  /** Longest line that comes out, in UTF-16 units; the rest is counted, not shown. 10,000 unless told. */
  readonly maxLine?: number;
}

const MAX_LINE = 10_000;
const TAB_SIZE = 4;
/** Marks on one letter; no script in use stacks more. */
const MAX_MARKS = 4;
/** A regular expression takes stack for each mark of a run, so a long line goes through it in pieces. */
const CHUNK = 32_768;
/** Room for "… (+12,345 characters)". */
const CUT_ROOM = 40;

/** Visible signs of category Cf, such as ARABIC NUMBER SIGN. */
const VISIBLE_FORMAT = String.raw`\u{600}-\u{605}\u{6DD}\u{890}\u{891}\u{8E2}\u{110BD}\u{110CD}`;
const UNSAFE = String.raw`[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}[\p{Cf}--[${VISIBLE_FORMAT}]]]`;
const MARK = String.raw`[\p{M}--\p{Default_Ignorable_Code_Point}]`;
const PICTOGRAPH = String.raw`\p{Extended_Pictographic}(?:[\u{FE0E}\u{FE0F}]|\p{Emoji_Modifier})?`;
const EMOJI = String.raw`${PICTOGRAPH}(?:\u{200D}${PICTOGRAPH}){0,6}|[0-9#*]\u{FE0F}\u{20E3}`;

const NOT_PLAIN = /[^ -~]/;
const NOT_PLAIN_LINES = /[^\n -~]/;
const SUSPECT = new RegExp(`${UNSAFE}|${MARK}`, "v");
/** Emoji come first, so that the joiners and selectors in them are kept. */
const PIECE = new RegExp(`(${EMOJI})|(${MARK}+)|${UNSAFE}`, "gv");

/**
 * The text as it may be written to a terminal: printable characters, and "\n" where `multiline` is set.
 * Safe text comes out as it is, so passing the gate twice changes nothing.
 */
export function makeTerminalSafe(text: string, options: TerminalSafeOptions = {}): string {
  const multiline = options.multiline ?? false;
  const maxLine = Math.max(options.maxLine ?? MAX_LINE, CUT_ROOM * 2);
  const plain = !(multiline ? NOT_PLAIN_LINES : NOT_PLAIN).test(text);
  if (plain && text.length <= maxLine) return text;
  if (!multiline) return makeLineSafe(text, maxLine);
  return text
    .split(/\r?\n/)
    .map((line) => makeLineSafe(line, maxLine))
    .join("\n");
}

/** One unsafe character as it is shown. */
function writeOut(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\u{${code.toString(16)}}`;
}

function makeLineSafe(line: string, maxLine: number): string {
  if (line.length <= maxLine) {
    const safe = escapeUnsafe(line);
    if (safe.length <= maxLine) return safe;
  }
  const shown = headThatFits(line, maxLine - CUT_ROOM);
  const rest = String(line.length - shown.read).replace(/\B(?=(?:\d{3})+$)/g, ",");
  return `${shown.safe}… (+${rest} characters)`;
}

/** Text that escaping lengthens is cut shorter; what lies beyond is not looked at, however long it is. */
function headThatFits(line: string, room: number): { readonly safe: string; readonly read: number } {
  let read = Math.min(room, line.length);
  for (;;) {
    const head = line.slice(0, endsInPair(line, read) ? read - 1 : read);
    const safe = escapeUnsafe(head);
    const excess = safe.length - room;
    if (excess <= 0) return { safe, read: head.length };
    read = Math.max(read - excess, Math.floor(read / 2));
  }
}

function endsInPair(line: string, end: number): boolean {
  return (line.codePointAt(end - 1) ?? 0) > 0xffff;
}

function escapeUnsafe(line: string): string {
  const spaced = line.includes("\t") ? expandTabs(line) : line;
  if (!SUSPECT.test(spaced)) return spaced;
  if (spaced.length <= CHUNK) return escapePieces(spaced);
  let safe = "";
  for (let start = 0; start < spaced.length; ) {
    const end = start + CHUNK - (endsInPair(spaced, start + CHUNK) ? 1 : 0);
    safe += escapePieces(spaced.slice(start, end));
    start = end;
  }
  return safe;
}

function escapePieces(text: string): string {
  return text.replace(PIECE, (piece, emoji?: string, marks?: string, offset?: number) => {
    if (emoji !== undefined) return piece;
    return marks === undefined ? writeOut(piece) : limitMarks(marks, offset === 0);
  });
}

/** Marks that would land on the text before this one are written out. */
function limitMarks(marks: string, isAtStart: boolean): string {
  const all = [...marks];
  const kept = all.slice(0, MAX_MARKS);
  const shown = isAtStart ? kept.map(writeOut).join("") : kept.join("");
  const more = all.length - kept.length;
  return more === 0 ? shown : `${shown}[+${more} marks]`;
}

function expandTabs(line: string): string {
  let expanded = "";
  for (const [index, part] of line.split("\t").entries()) {
    if (index > 0) expanded += " ".repeat(TAB_SIZE - (expanded.length % TAB_SIZE));
    expanded += part;
  }
  return expanded;
}
