import { codeAt } from "../log/header-characters.ts";

/** Finds the values in words: numbers, addresses, ids, paths, dates. One setting, whatever the log. */

const WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
/** Dates with names in them: `Sat Jul  9 12:16:52 2005`, `Wed, 21 Oct 2015 07:28:00 GMT`. */
const NAMED_DATE = new RegExp(
  `(?:${WEEKDAY},? {1,2})?(?:${MONTH} {1,2}\\d{1,2}|\\d{1,2} ${MONTH})\\b,?` +
    "(?: {1,2}\\d{4}\\b)?(?: {1,2}\\d{1,2}:\\d\\d(?::\\d\\d)?(?:\\.\\d{1,9})?)?" +
    "(?: (?:[A-Z]{3,4}|[+-]\\d{4})\\b)?(?: \\d{4}\\b)?",
  "y",
);
/** What those begin with, as three packed letters: most capitals begin other words. */
const DATE_NAMES = new Set(
  "MonTueWedThuFriSatSunJanFebMarAprMayJunJulAugSepOctNovDec".match(/[A-Z]../g)?.map((name) => pack(name, 0)),
);
const COLON_ADDRESS = /(?:[0-9a-f]{2}:){5,31}[0-9a-f]{2}\b|(?:[0-9a-f]{0,4}:{1,2}){2,7}[0-9a-f]{1,4}\b/iy;
const HEX = /^[0-9a-fA-F]{4,}(?:-[0-9a-fA-F]{4,})*$/;

const PATH = 1;
const DATE = 2;
const ADDRESS = 4;
/** What a value with delimiters in it may be, by its first character: a path, a named date, a colon address. */
const LONG_STARTS = new Uint8Array(128);
for (const char of "MTWFSJANOD") LONG_STARTS[char.charCodeAt(0)] = DATE;
for (const char of "0123456789abcdefABCDEF") {
  LONG_STARTS[char.charCodeAt(0)] = (LONG_STARTS[char.charCodeAt(0)] ?? 0) | ADDRESS;
}
LONG_STARTS[47] = PATH;

const DIGIT = 1;
const LETTER = 2;
const OTHER = 0;

/** What kind of character a UTF-16 unit is to a mask. */
function kindOf(code: number): number {
  if (code >= 48 && code <= 57) return DIGIT;
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code > 127) return LETTER;
  return OTHER;
}

/**
 * Where a value that contains delimiters of words ends, if one starts at `start`: a URL's tail, a path, a named
 * date, a MAC or IPv6 address. Otherwise `start`.
 */
export function endOfLongValue(text: string, start: number, code: number): number {
  const starts = LONG_STARTS[code] ?? 0;
  if (starts === PATH) return endOfPath(text, start);
  if ((starts & DATE) !== 0 && DATE_NAMES.has(pack(text, start))) {
    NAMED_DATE.lastIndex = start;
    if (NAMED_DATE.test(text)) return NAMED_DATE.lastIndex;
  }
  if ((starts & ADDRESS) !== 0 && hasColonSoon(text, start)) {
    COLON_ADDRESS.lastIndex = start;
    if (COLON_ADDRESS.test(text) && /\d|^.{15,}$/.test(text.slice(start, COLON_ADDRESS.lastIndex))) {
      return COLON_ADDRESS.lastIndex;
    }
  }
  return start;
}

/** False for most characters, so that most words need no closer look. */
export function canStartLongValue(code: number): boolean {
  return code < 128 && LONG_STARTS[code] !== 0;
}

function pack(text: string, at: number): number {
  return (codeAt(text, at) << 16) | (codeAt(text, at + 1) << 8) | codeAt(text, at + 2);
}

function isHexDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}

function hasColonSoon(text: string, start: number): boolean {
  for (let at = start + 1; at <= start + 4; at++) if (codeAt(text, at) === 58) return true;
  return false;
}

const PATH_END = new Uint8Array(128);
for (const char of " \t\n\r\"'`<>)]},;|") PATH_END[char.charCodeAt(0)] = 1;

function isPathEnd(code: number): boolean {
  return code < 128 && PATH_END[code] === 1;
}

/** The end of a path or URL that begins with "/" or "//"; `start` where that is a lone slash. */
export function endOfPath(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && !isPathEnd(text.charCodeAt(end))) end++;
  while (end > start + 1 && isSentenceEnd(text.charCodeAt(end - 1))) end--;
  return end === start + 1 ? start : end;
}

function isSentenceEnd(code: number): boolean {
  return code === 46 || code === 58 || code === 33 || code === 63;
}

/** A half-open span of UTF-16 indices, reused from call to call; empty where there is nothing to mask. */
export interface Span {
  from: number;
  to: number;
}

/**
 * Sets `span` to the part of the word at [start, end) that is a value. A word that begins with a digit or is
 * hexadecimal is one as a whole; of others, from the first digit to the last with the letters that belong to it:
 * `blk_-160` gives `blk_<*>`, `workers2.properties` gives `workers<*>.properties`.
 */
export function maskWord(text: string, start: number, end: number, span: Span): void {
  let first = -1;
  let last = -1;
  let turns = 0;
  let before = OTHER;
  let runStart = start;
  for (let at = start; at < end; at++) {
    const kind = kindOf(text.charCodeAt(at));
    if (kind === OTHER) {
      if (first < 0) runStart = at + 1;
    } else if (kind === DIGIT) {
      if (first < 0) first = at;
      last = at;
    }
    if (kind !== OTHER && before !== OTHER && kind !== before) turns++;
    before = kind;
  }
  if (first < 0) {
    span.from = span.to = start;
    return;
  }
  const sign = text.charCodeAt(start);
  if (first === start || (first === start + 1 && (sign === 45 || sign === 43 || sign === 46))) {
    span.from = start;
    span.to = end;
    return;
  }
  if (isHexDigit(sign) && HEX.test(text.slice(start, end))) {
    span.from = start;
    span.to = end;
    return;
  }
  // A run that changes often between letters and digits is random as a whole.
  span.from = turns > 2 && first > runStart ? runStart : first;
  if (codeAt(text, span.from - 1) === 45 && kindOf(codeAt(text, span.from - 2)) === OTHER) span.from--;
  let to = last + 1;
  while (to < end && kindOf(text.charCodeAt(to)) === LETTER) to++;
  span.to = to;
}
