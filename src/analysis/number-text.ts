import { type Fields, isFields } from "../log/fields.ts";
import { codeAt, isDigit } from "../log/header-characters.ts";

/** A number found in an event under a name, and the milliseconds in its unit, where a unit of time stands with it. */
export type TakeNumber = (name: string, value: number, msPerUnit: number | undefined) => void;

const MAX_LENGTH = 2000;
const MAX_NAME = 60;
const MAX_DEPTH = 4;
const MAX_DIGITS = 24;
/** Integers of so many digits are exact as doubles. */
const MAX_EXACT_DIGITS = 15;
const MAX_UNIT = 12;
const MAX_WORD = 30;
const NAMELESS = "duration";
const SIZES = new Set(["b", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "bytes"]);

const MS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ...["ns", "nanos", "nanosecond", "nanoseconds"].map((unit) => [unit, 1e-6] as const),
  ...["us", "µs", "μs", "micros", "microsecond", "microseconds"].map((unit) => [unit, 1e-3] as const),
  ...["ms", "msec", "msecs", "millis", "millisecond", "milliseconds"].map((unit) => [unit, 1] as const),
  ...["s", "sec", "secs", "second", "seconds"].map((unit) => [unit, 1000] as const),
  ...["min", "mins", "minute", "minutes"].map((unit) => [unit, 60_000] as const),
]);
/** Words that do not name a duration without the word before them. */
const CONNECTING = new Set([
  "in",
  "after",
  "for",
  "of",
  "is",
  "was",
  "to",
  "at",
  "by",
  "within",
  "than",
  "and",
]);

/** Milliseconds in the unit that ends a name (`duration_s`, `elapsedMs`); undefined where it ends in none. */
export function unitOfName(name: string): number | undefined {
  const parts = splitName(name);
  return parts.length < 2 ? undefined : MS_PER_UNIT.get(parts.at(-1) ?? "");
}

/** The words of a name, in lower case: `res.statusCode` gives res, status, code. */
export function splitName(name: string): string[] {
  return name.split(/[._\s-]+|(?<=[a-z0-9])(?=[A-Z])/).map((part) => part.toLowerCase());
}

/** Takes the numbers of a JSON event, under flattened names (`res.statusCode`), and those in its texts. */
export function takeFieldNumbers(fields: Fields, take: TakeNumber, prefix = "", depth = 0): void {
  // What JSON.parse made has no names but its own.
  for (const key in fields) {
    const value = fields[key];
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (name.length > MAX_NAME) continue;
    if (typeof value === "number") take(name, value, undefined);
    else if (typeof value === "string") takeFieldText(name, value, take);
    else if (isFields(value) && depth < MAX_DEPTH) takeFieldNumbers(value, take, name, depth + 1);
  }
}

/** A text that is one number with or without a unit belongs to its field; others may hold numbers of their own. */
function takeFieldText(name: string, text: string, take: TakeNumber): void {
  const first = codeAt(text, 0);
  if (
    text.length < 24 &&
    (isDigit(first) || first === 45) &&
    /^-?\d{1,15}(?:\.\d{1,12})? ?(?:[a-zµμ]{1,12})?$/i.test(text)
  ) {
    const unit = /[a-zµμ]{1,12}$/i.exec(text)?.[0].toLowerCase();
    const scale = unit === undefined ? undefined : MS_PER_UNIT.get(unit);
    if (unit === undefined || scale !== undefined) take(name, Number.parseFloat(text), scale);
  } else if (text.includes(" ")) {
    takeTextNumbers(text, take);
  }
}

/**
 * Takes the numbers of a text that have a name (`response_time=123`, `len: 1893`) or a unit of time (`took 45ms`,
 * `200 45ms`); durations in milliseconds. One without a name is called by the words before it, or "duration".
 * @param from what stands before this index is not looked at
 */
export function takeTextNumbers(text: string, take: TakeNumber, from = 0): void {
  const end = Math.min(text.length, from + MAX_LENGTH);
  let at = from;
  while (at < end) {
    if (!isDigit(text.charCodeAt(at))) {
      at++;
    } else if (canStart(text, at, from)) {
      const to = endOfNumber(text, at);
      takeOne(text, at, to, take, from);
      at = to;
    } else {
      while (isDigit(codeAt(text, at))) at++;
    }
  }
}

/** Behind the digits, with a fraction if there is one. */
function endOfNumber(text: string, from: number): number {
  let to = from;
  while (isDigit(codeAt(text, to))) to++;
  if (codeAt(text, to) !== 46 || !isDigit(codeAt(text, to + 1))) return to;
  to++;
  while (isDigit(codeAt(text, to))) to++;
  return to;
}

function takeOne(text: string, at: number, to: number, take: TakeNumber, from: number): void {
  if (to - at > MAX_DIGITS) return;
  const { scale, end } = readUnit(text, to);
  if (!canEnd(text, end)) return;
  const isNegative = at > from && codeAt(text, at - 1) === 45;
  const start = isNegative ? at - 1 : at;
  const name = keyBefore(text, start, scale !== undefined, to, from);
  if (name !== undefined) take(name, numberAt(text, start, to), scale);
  else if (scale !== undefined && !isNegative)
    take(wordsBefore(text, start, from), numberAt(text, start, to), scale);
}

/** The number that is written from an index to another; whole ones, as most are, without a copy. */
function numberAt(text: string, start: number, to: number): number {
  let value = 0;
  if (to - start > MAX_EXACT_DIGITS) return Number(text.slice(start, to));
  for (let at = start; at < to; at++) {
    const code = text.charCodeAt(at);
    if (!isDigit(code)) return Number(text.slice(start, to));
    value = value * 10 + code - 48;
  }
  return value;
}

const NO_UNIT = { scale: undefined, end: -1 };

/** Milliseconds in the unit behind a number, and where unit or number end; -1 where what follows is no unit. */
function readUnit(text: string, at: number): { scale: number | undefined; end: number } {
  const code = codeAt(text, at);
  if (code === 37) return { scale: undefined, end: at + 1 };
  const isSpaced = code === 32;
  const start = isSpaced ? at + 1 : at;
  const initial = codeAt(text, start);
  if (!isLetter(initial)) return { scale: undefined, end: at };
  if (!UNIT_INITIALS.has(initial)) return isSpaced ? { scale: undefined, end: at } : NO_UNIT;
  let end = start + 1;
  while (end - start < MAX_UNIT && isLetter(codeAt(text, end))) end++;
  const unit = text.slice(start, end).toLowerCase();
  const scale = MS_PER_UNIT.get(unit);
  // Behind a blank, a single letter is no unit and a word that is none does not belong to the number.
  if (isSpaced)
    return scale === undefined || end - start === 1 ? { scale: undefined, end: at } : { scale, end };
  return scale !== undefined || SIZES.has(unit) ? { scale, end } : NO_UNIT;
}

function isNamePart(code: number): boolean {
  return (
    isDigit(code) ||
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    code === 95 ||
    code === 46 ||
    code === 45
  );
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 0xb5 || code === 0x3bc;
}

/** No unit of time or size begins with another letter. */
const UNIT_INITIALS = codesOf("nuµμmsbkgtNUMSBKGT\u039c");

/** What may stand before a number, before its sign, and behind it. */
const STARTS = 1;
const STARTS_SIGN = 2;
const ENDS = 4;
const KINDS = new Uint8Array(128);
for (const code of codesOf(" =:\"'([{,\t")) KINDS[code] = STARTS;
for (const code of codesOf(" =:\"'([")) KINDS[code] = (KINDS[code] ?? 0) | STARTS_SIGN;
for (const code of codesOf(" ,;)]}\"'\t\n\r|")) KINDS[code] = (KINDS[code] ?? 0) | ENDS;

function codesOf(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.charCodeAt(0)));
}

function isKind(code: number, kind: number): boolean {
  return code < 128 && ((KINDS[code] ?? 0) & kind) !== 0;
}

/** A number starts a word, is a value behind a separator, or has a sign that does. */
function canStart(text: string, at: number, from: number): boolean {
  if (at === from) return true;
  const before = text.charCodeAt(at - 1);
  if (isKind(before, STARTS)) return true;
  return before === 45 && (at - from < 2 || isKind(text.charCodeAt(at - 2), STARTS_SIGN));
}

function canEnd(text: string, at: number): boolean {
  if (at < 0) return false;
  if (at >= text.length) return true;
  const code = text.charCodeAt(at);
  return isKind(code, ENDS) || (code === 46 && !isNamePart(codeAt(text, at + 1)));
}

/**
 * The name in `name=value` or `name: value`, in quotes or not. `host:8080` and `file.ts:12` are none.
 * @param at where the number or its sign begins
 * @param to where it ends
 */
function keyBefore(text: string, at: number, hasUnit: boolean, to: number, from: number): string | undefined {
  const separatorAt = skipBack(text, at - 1, from);
  if (separatorAt <= from) return undefined;
  const separator = text.charCodeAt(separatorAt);
  if (separator !== 61 && separator !== 58) return undefined;
  const last = skipBack(text, separatorAt - 1, from);
  let before = last;
  while (before >= from && last - before < MAX_NAME && isNamePart(text.charCodeAt(before))) before--;
  const initial = codeAt(text, before + 1);
  if (before === last || !(isLetter(initial) || initial === 95)) return undefined;
  const name = text.slice(before + 1, last + 1);
  const isTight = separator === 58 && separatorAt === at - 1 && last === separatorAt - 1;
  if (isTight && !hasUnit && (name.includes(".") || to - at > 3)) return undefined;
  return name;
}

/** Back over at most two blanks and quotes. */
function skipBack(text: string, start: number, from: number): number {
  let at = start;
  while (at >= from && at > start - 2 && isBlankOrQuote(text.charCodeAt(at))) at--;
  return at;
}

function isBlankOrQuote(code: number): boolean {
  return code === 32 || code === 34 || code === 39;
}

/** What a number without a key is called: the word before it, with the one before that if it only connects. */
function wordsBefore(text: string, at: number, from: number): string {
  const last = wordBefore(text, at, from);
  if (last === "") return NAMELESS;
  if (!CONNECTING.has(last.toLowerCase())) return last;
  const before = wordBefore(text, at - 1 - last.length, from);
  return before === "" ? NAMELESS : `${before} ${last}`;
}

/** The word of letters that ends before a blank at `to`; empty where there is something else. */
function wordBefore(text: string, to: number, from: number): string {
  const end = to - 1;
  if (end < from || text.charCodeAt(end) !== 32) return "";
  let start = end;
  while (start > from && end - start <= MAX_WORD && isLetter(text.charCodeAt(start - 1))) start--;
  const isWhole = start === from || text.charCodeAt(start - 1) === 32;
  return isWhole && end - start >= 2 && end - start <= MAX_WORD ? text.slice(start, end) : "";
}
