import type { Range } from "./spans.ts";

/** Stands for a tag that is already in the text; no rule matches it. */
export const TAG_MARK = "\uE000";
/** An escaped line break (`\n`, `%0A`): white space, but the line goes on. */
export const SOFT_BREAK = "\u2028";
/** An encoded space (`%20`): white space to patterns, but part of an unquoted value. */
export const SOFT_SPACE = "\u2029";

/** A text as the rules see it, and the way back to the original's indices. */
export interface View {
  readonly text: string;
  /** The range of the original that a range of the view stands for; characters that were rewritten count whole. */
  readonly toOriginal: (start: number, end: number) => Range;
  /** Tags that were in the original. */
  readonly tags: readonly Range[];
  /** True where terminal sequences or invisible characters were taken out: they may join words, or part them. */
  readonly joined: boolean;
  /** Payloads of terminal string sequences (titles, hyperlinks): not in the view, to be looked at apart. */
  readonly hidden: readonly Range[];
}

interface Edit {
  readonly viewStart: number;
  readonly viewEnd: number;
  readonly start: number;
  readonly end: number;
}

const TERMINAL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences are what it removes
  /\u001b\[[0-?]{0,64}[ -/]{0,8}[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])([^\u0007\u001b\u009c]{0,4096})(?:\u0007|\u001b\\|\u009c)|\u009b[0-?]{0,64}[ -/]{0,8}[@-~]|\u001b(?:[()*+#%][0-9A-Za-z]|[78=>])?/
    .source;
const TAG = "\\[[A-Z][A-Z0-9_]{0,40}_REDACTED\\]";
const URL_TAG = ":\\/\\/\\[user\\]:\\[PASSWORD_REDACTED\\]@";
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes
const IGNORABLE = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\p{Cf}\p{DI}]/u.source;
const ESCAPED = [
  "%(?:25){0,3}([0-9A-Fa-f]{2})",
  "\\\\{1,8}(?:u([0-9A-Fa-f]{4})|u\\{([0-9A-Fa-f]{2,6})\\}|x([0-9A-Fa-f]{2})|([nrt]))",
  "&(?:#(\\d{2,5})|#[xX]([0-9A-Fa-f]{2,4})|(quot|apos|lt|gt|commat|colon|equals));",
].join("|");
/** Not the common letters that stay as they are (Latin, Cyrillic, kana, Han, Hangul). */
const WIDE =
  "[^\\u0000-\\u007f\\u00c0-\\u0131\\u0400-\\u045f\\u3041-\\u3096\\u30a1-\\u30fa\\u4e00-\\u9fff\\uac00-\\ud7a3]";
const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  lt: "<",
  gt: ">",
  commat: "@",
  colon: ":",
  equals: "=",
};

const ESCAPE_SIGNS: readonly (readonly [string, RegExp])[] = [
  ["%", /%(?:2[0-9A-Fa-f]|[3-7][0-9A-Fa-f]|0[AaDd])/],
  ["\\", /\\[nrtux]/],
  ["&", /&(?:#|quot|apos|lt;|gt;|commat|colon|equals)/],
  ["_REDACTED]", /_REDACTED\]/],
];

/** Plain printable ASCII without escapes and tags is seen as it is. */
function isPlain(text: string): boolean {
  if (/[^\t\n\r -~]/.test(text)) return false;
  return !ESCAPE_SIGNS.some(([sign, pattern]) => text.includes(sign) && pattern.test(text));
}

/** What is rewritten, made once for a set of literal texts that count as tags (the replacements of custom rules). */
export interface Rewriting {
  readonly tags: readonly string[];
  readonly pattern: RegExp;
}

export function rewritingFor(tags: readonly string[]): Rewriting {
  const literals = tags.map((tag) => tag.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  const protectedText = [URL_TAG, ...literals, TAG].join("|");
  const source = `(${protectedText})|(${TERMINAL})|(${IGNORABLE})|${ESCAPED}|${WIDE}`;
  return { tags, pattern: new RegExp(source, "gu") };
}

const STANDARD = rewritingFor([]);

/** Builds the view. Linear; plain ASCII without escapes is its own view. What is invisible becomes `gap`. */
export function viewOf(
  text: string,
  rewriting: Rewriting = STANDARD,
  gap: "" | typeof SOFT_BREAK = "",
): View {
  if (!isPlain(text) || rewriting.tags.some((tag) => text.includes(tag)))
    return rewrite(text, rewriting.pattern, gap);
  return { text, toOriginal: (start, end) => ({ start, end }), tags: [], joined: false, hidden: [] };
}

function rewrite(text: string, pattern: RegExp, gap: string): View {
  const edits: Edit[] = [];
  const tags: Range[] = [];
  const hidden: Range[] = [];
  const pieces: string[] = [];
  let joined = false;
  let length = 0;
  let copied = 0;
  for (const match of text.matchAll(pattern)) {
    const [whole, tag, terminal, payload = "", ignorable] = match;
    const start = match.index;
    const end = start + whole.length;
    if (tag !== undefined) tags.push({ start, end });
    if (payload !== "") hidden.push(rangeOf(payload, whole, start));
    const invisible = terminal !== undefined || ignorable !== undefined;
    joined ||= invisible;
    const shown = tag !== undefined ? TAG_MARK : invisible ? gap : decode(match);
    if (shown === whole) continue;
    pieces.push(text.slice(copied, start), shown);
    length += start - copied + shown.length;
    edits.push({ viewStart: length - shown.length, viewEnd: length, start, end });
    copied = end;
  }
  pieces.push(text.slice(copied));
  return { text: pieces.join(""), toOriginal: mapper(edits), tags, joined, hidden };
}

function rangeOf(part: string, whole: string, wholeStart: number): Range {
  const start = wholeStart + whole.indexOf(part);
  return { start, end: start + part.length };
}

/** What one escaped or wide character stands for; the text itself where decoding would hide a delimiter. */
function decode(match: RegExpMatchArray): string {
  const [whole, , , , , percent, unicode, codePoint, hex, letter, decimal, hexEntity, entity] = match;
  if (letter !== undefined) return letter === "t" ? SOFT_SPACE : SOFT_BREAK;
  if (entity !== undefined) return ENTITIES[entity] ?? whole;
  const digits = percent ?? unicode ?? codePoint ?? hex ?? hexEntity;
  if (digits !== undefined) return fromCode(Number.parseInt(digits, 16), whole, percent !== undefined);
  if (decimal !== undefined) return fromCode(Number(decimal), whole, false);
  return fold(whole);
}

function fromCode(code: number, whole: string, percent: boolean): string {
  if (code === 0x0a || code === 0x0d) return SOFT_BREAK;
  if (code === 0x20) return SOFT_SPACE;
  if (code < 0x20 || code > 0x10ffff || (percent && (code > 0x7e || code === 0x26 || code === 0x25)))
    return whole;
  if (code <= 0x7e) return String.fromCodePoint(code);
  return /[\p{Cf}\p{DI}]/u.test(String.fromCodePoint(code)) ? "" : fold(String.fromCodePoint(code));
}

/** Compatibility forms, look-alike dashes and quotes as their plain ASCII. */
function fold(char: string): string {
  if (/[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/.test(char)) return "-";
  if (/[\u201c-\u201f\u00ab\u00bb]/.test(char)) return '"';
  if (/[\u2018-\u201b]/.test(char)) return "'";
  if (/[\u3002\uff61]/.test(char)) return ".";
  return char.normalize("NFKC");
}

function mapper(edits: readonly Edit[]): View["toOriginal"] {
  return (start, end) => {
    const before = lastEdit(edits, start);
    const after = lastEdit(edits, end - 1);
    return {
      start:
        before === undefined
          ? start
          : start < before.viewEnd
            ? before.start
            : before.end + start - before.viewEnd,
      end: after === undefined ? end : end <= after.viewEnd ? after.end : after.end + end - after.viewEnd,
    };
  };
}

/** The last edit that begins at or before a place of the view. */
function lastEdit(edits: readonly Edit[], place: number): Edit | undefined {
  let low = 0;
  let high = edits.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edits[middle]?.viewStart ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return edits[low - 1];
}

const INVISIBLE = new RegExp(`${TERMINAL}|${IGNORABLE}`, "gu");

/**
 * Removes what a reader does not see and a model does: terminal sequences, control, zero-width, bidirectional and
 * TAG characters. For text of logs on its way to a model; linear.
 */
export function neutralize(text: string): string {
  return text.replaceAll(INVISIBLE, "");
}
