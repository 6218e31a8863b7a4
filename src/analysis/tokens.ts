import { codeAt, END } from "../log/header-characters.ts";
import { canStartLongValue, endOfLongValue, endOfPath, maskWord, type Span } from "./masks.ts";

export const WILDCARD = "<*>";

/** Longest text that is looked at, UTF-16 units, and most words; the rest becomes one wildcard. */
const MAX_LENGTH = 4000;
const MAX_WORDS = 256;
/** From so many equal values in a row they count as a list, which is one value. */
const LIST_LENGTH = 4;

/** A text taken apart into words and what stands between them. The same object is filled by every parse. */
export interface Parse {
  text: string;
  /** Where in it the parsed part begins. */
  from: number;
  /** That part with its values masked and its white space collapsed. */
  masked: string;
  words: number;
  /** White space is single blanks. */
  isPlain: boolean;
  /** Where each word begins and ends in the text, and the part of it that is a value (empty: none). */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly maskStarts: Int32Array;
  readonly maskEnds: Int32Array;
}

const WORD = 0;
const SPACE = 1;
const DELIMITER = 2;
const DIGIT = 3;

const CLASSES = new Uint8Array(128);
for (const char of " \t\r\n\v\f") CLASSES[char.charCodeAt(0)] = SPACE;
for (const char of "=,;:()[]{}\"'<>|`") CLASSES[char.charCodeAt(0)] = DELIMITER;
for (const char of "0123456789") CLASSES[char.charCodeAt(0)] = DIGIT;

function classOf(code: number): number {
  return code < 128 ? (CLASSES[code] ?? WORD) : code === 0xa0 ? SPACE : WORD;
}

/** Characters at the end of a word that belong to the sentence. */
function isTrailing(code: number): boolean {
  return code === 46 || code === 33 || code === 63;
}

function isOpening(code: number): boolean {
  return code === 61 || code === 40 || code === 91 || code === 123 || code === 34 || code === 39;
}

/** True where a word is missing: `key=` before a space, or brackets and quotes with nothing in them. */
function isEmptyPlace(code: number, next: number): boolean {
  if (!isOpening(code)) return false;
  if (code === 61) return next === END || classOf(next) === SPACE || next === 44 || next === 59;
  if (code === 34 || code === 39) return next === code;
  return next === (code === 40 ? 41 : code + 2);
}

export function createParse(): Parse {
  return {
    text: "",
    from: 0,
    masked: "",
    words: 0,
    isPlain: true,
    starts: new Int32Array(MAX_WORDS + 1),
    ends: new Int32Array(MAX_WORDS + 1),
    maskStarts: new Int32Array(MAX_WORDS + 1),
    maskEnds: new Int32Array(MAX_WORDS + 1),
  };
}

const scratch = (): Span => ({ from: 0, to: 0 });

/**
 * Fills `parse` with the words of a text; linear in its length.
 * @param from what stands before this index is not looked at
 */
export function parseText(source: string, parse: Parse, from = 0, span: Span = scratch()): void {
  const isLong = source.length - from > MAX_LENGTH;
  const text = isLong ? source.slice(from, from + MAX_LENGTH) : source;
  const length = text.length;
  parse.text = text;
  parse.from = isLong ? 0 : from;
  parse.words = 0;
  parse.isPlain = true;
  let at = parse.from;
  while (at < length) {
    const code = text.charCodeAt(at);
    const kind = classOf(code);
    if (kind === SPACE) {
      at++;
      if (code !== 32 || codeAt(text, at) === 32) parse.isPlain = false;
    } else if (kind === DELIMITER) {
      at++;
      if (code === 60 && text.startsWith("*>", at)) {
        addWord(parse, at - 1, at + 2, at - 1, at + 2);
        at += 2;
      } else if (isEmptyPlace(code, codeAt(text, at))) {
        addWord(parse, at, at, at, at);
        if (code === 34 || code === 39) at++;
      }
    } else {
      at = takeWord(text, at, code, parse, span);
    }
    if (parse.words === MAX_WORDS) break;
  }
  if (at < length || isLong) addWord(parse, at, length, at, length);
  joinLists(parse);
  parse.masked = renderMasked(parse);
}

function takeWord(text: string, start: number, code: number, parse: Parse, span: Span): number {
  const long = canStartLongValue(code) ? endOfLongValue(text, start, code) : start;
  if (long > start) {
    addWord(parse, start, long, start, long);
    return long;
  }
  let end = start;
  let hasDigit = false;
  for (; end < text.length; end++) {
    const kind = classOf(text.charCodeAt(end));
    if (kind === DIGIT) hasDigit = true;
    else if (kind !== WORD) break;
  }
  const next = end;
  if (codeAt(text, end) === 58 && codeAt(text, end + 1) === 47 && codeAt(text, end + 2) === 47) {
    const url = endOfPath(text, end + 1);
    if (url > end + 2) {
      addWord(parse, start, url, start, url);
      return url;
    }
  }
  while (end > start + 1 && isTrailing(text.charCodeAt(end - 1))) end--;
  if (hasDigit) {
    maskWord(text, start, end, span);
    addWord(parse, start, end, span.from, span.to);
  } else {
    addWord(parse, start, end, start, start);
  }
  return next;
}

function addWord(parse: Parse, start: number, end: number, maskStart: number, maskEnd: number): void {
  const at = parse.words++;
  parse.starts[at] = start;
  parse.ends[at] = end;
  parse.maskStarts[at] = maskStart;
  parse.maskEnds[at] = maskEnd;
}

/** True where the word is a value as a whole. */
function isWhole(parse: Parse, at: number): boolean {
  const start = parse.starts[at] ?? 0;
  const end = parse.ends[at] ?? 0;
  return end > start && parse.maskStarts[at] === start && parse.maskEnds[at] === end;
}

/**
 * Makes one word of values that belong together: those joined by a single ":" or by commas, and longer rows of
 * equal form. Otherwise each length of a list would be a template of its own.
 */
function joinLists(parse: Parse): void {
  let kept = 0;
  for (let at = 0; at < parse.words; at++) {
    let last = at;
    if (parse.maskStarts[at] !== parse.maskEnds[at]) {
      last = endOfJoined(parse, at);
      const row = endOfRow(parse, at);
      if (row > last) last = row;
    }
    parse.starts[kept] = parse.starts[at] ?? 0;
    parse.ends[kept] = parse.ends[last] ?? 0;
    parse.maskStarts[kept] = parse.maskStarts[at] ?? 0;
    parse.maskEnds[kept] = parse.maskEnds[last] ?? 0;
    kept++;
    at = last;
  }
  parse.words = kept;
}

function endOfJoined(parse: Parse, start: number): number {
  let last = start;
  if (!isWhole(parse, start)) return last;
  while (last + 1 < parse.words && isWhole(parse, last + 1)) {
    const from = parse.ends[last] ?? 0;
    const gap = (parse.starts[last + 1] ?? 0) - from;
    const code = parse.text.charCodeAt(from);
    const joins = gap === 0 || (gap === 1 && (code === 58 || code === 44)) || (gap === 2 && code === 44);
    if (!joins) break;
    last++;
  }
  return last;
}

function endOfRow(parse: Parse, start: number): number {
  let last = start;
  while (last + 1 < parse.words && hasEqualForm(parse, start, last + 1)) {
    const from = parse.ends[last] ?? 0;
    const to = parse.starts[last + 1] ?? 0;
    const code = parse.text.charCodeAt(from);
    if (to - from > 2 || (code !== 32 && code !== 44) || (to - from === 2 && code !== 44)) break;
    last++;
  }
  return last - start + 1 >= LIST_LENGTH ? last : start;
}

/** True where two words have the same text around their values. */
function hasEqualForm(parse: Parse, one: number, other: number): boolean {
  const { text, starts, ends, maskStarts, maskEnds } = parse;
  const from = starts[other] ?? 0;
  const maskFrom = maskStarts[other] ?? 0;
  const maskTo = maskEnds[other] ?? 0;
  if (maskFrom === maskTo) return false;
  const prefix = (maskStarts[one] ?? 0) - (starts[one] ?? 0);
  const suffix = (ends[one] ?? 0) - (maskEnds[one] ?? 0);
  if (maskFrom - from !== prefix || (ends[other] ?? 0) - maskTo !== suffix) return false;
  for (let i = 0; i < prefix; i++) {
    if (text.charCodeAt(from + i) !== text.charCodeAt((starts[one] ?? 0) + i)) return false;
  }
  for (let i = 0; i < suffix; i++) {
    if (text.charCodeAt(maskTo + i) !== text.charCodeAt((maskEnds[one] ?? 0) + i)) return false;
  }
  return true;
}

function renderMasked(parse: Parse): string {
  const { text, maskStarts, maskEnds, words, isPlain } = parse;
  let masked = "";
  let { from } = parse;
  for (let at = 0; at < words; at++) {
    const maskFrom = maskStarts[at] ?? 0;
    const maskTo = maskEnds[at] ?? 0;
    if (maskFrom === maskTo) continue;
    masked += (isPlain ? text.slice(from, maskFrom) : collapse(text, from, maskFrom)) + WILDCARD;
    from = maskTo;
  }
  return (masked + (isPlain ? text.slice(from) : collapse(text, from, text.length))).trim();
}

/** The text of a span with each run of white space as one blank. */
function collapse(text: string, from: number, to: number): string {
  return text.slice(from, to).replace(/\s+/g, " ");
}

/** The words of a parse with their values masked. */
export function maskedWords(parse: Parse): string[] {
  const { text, starts, ends, maskStarts, maskEnds } = parse;
  const words: string[] = [];
  for (let at = 0; at < parse.words; at++) {
    const maskFrom = maskStarts[at] ?? 0;
    const maskTo = maskEnds[at] ?? 0;
    const start = starts[at] ?? 0;
    const end = ends[at] ?? 0;
    words.push(
      maskFrom === maskTo
        ? text.slice(start, end)
        : text.slice(start, maskFrom) + WILDCARD + text.slice(maskTo, end),
    );
  }
  return words;
}

/** What stands before each word and, last, behind them all; white space collapsed. */
export function gapsOf(parse: Parse): string[] {
  const gaps: string[] = [];
  let { from } = parse;
  for (let at = 0; at < parse.words; at++) {
    gaps.push(collapse(parse.text, from, parse.starts[at] ?? 0));
    from = parse.ends[at] ?? 0;
  }
  gaps.push(collapse(parse.text, from, parse.text.length).trimEnd());
  if (gaps.length > 0) gaps[0] = (gaps[0] ?? "").trimStart();
  return gaps;
}

/** The value that word `at` of a parse holds; the whole word where `whole` says that all of it varies. */
export function valueAt(parse: Parse, at: number, whole: boolean): string {
  const start = (whole ? parse.starts[at] : parse.maskStarts[at]) ?? 0;
  const end = (whole ? parse.ends[at] : parse.maskEnds[at]) ?? 0;
  return parse.text.slice(start, end);
}
