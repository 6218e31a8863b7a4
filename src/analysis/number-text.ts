import { type Fields, isFields } from "../log/fields.ts";

/** A number found in an event under a name, and the milliseconds in its unit, where a unit of time stands with it. */
export type TakeNumber = (name: string, value: number, msPerUnit: number | undefined) => void;

const MAX_LENGTH = 2000;
const MAX_NAME = 60;
const MAX_DEPTH = 4;
const MAX_DIGITS = 24;
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
  for (const [key, value] of Object.entries(fields)) {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (name.length > MAX_NAME) continue;
    if (typeof value === "number") take(name, value, undefined);
    else if (typeof value === "string") takeFieldText(name, value, take);
    else if (isFields(value) && depth < MAX_DEPTH) takeFieldNumbers(value, take, name, depth + 1);
  }
}

/** A text that is one number with or without a unit belongs to its field; others may hold numbers of their own. */
function takeFieldText(name: string, text: string, take: TakeNumber): void {
  if (text.length < 24 && /^-?\d{1,15}(?:\.\d{1,12})? ?(?:[a-zµμ]{1,12})?$/i.test(text)) {
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
 */
export function takeTextNumbers(text: string, take: TakeNumber): void {
  const end = Math.min(text.length, MAX_LENGTH);
  let at = 0;
  while (at < end) {
    if (!isDigit(text.charCodeAt(at))) {
      at++;
    } else if (canStart(text, at)) {
      const to = endOfNumber(text, at);
      takeOne(text, at, to, take);
      at = to;
    } else {
      while (isDigit(text.charCodeAt(at))) at++;
    }
  }
}

/** Behind the digits, with a fraction if there is one. */
function endOfNumber(text: string, from: number): number {
  let to = from;
  while (isDigit(text.charCodeAt(to))) to++;
  if (text.charCodeAt(to) !== 46 || !isDigit(text.charCodeAt(to + 1))) return to;
  to++;
  while (isDigit(text.charCodeAt(to))) to++;
  return to;
}

function takeOne(text: string, at: number, to: number, take: TakeNumber): void {
  if (to - at > MAX_DIGITS) return;
  const { scale, end } = readUnit(text, to);
  if (!canEnd(text, end)) return;
  const isNegative = text.charCodeAt(at - 1) === 45;
  const from = isNegative ? at - 1 : at;
  const name = keyBefore(text, from, scale !== undefined, to);
  if (name !== undefined) take(name, Number(text.slice(from, to)), scale);
  else if (scale !== undefined && !isNegative)
    take(wordsBefore(text, from), Number(text.slice(from, to)), scale);
}

const NO_UNIT = { scale: undefined, end: -1 };

/** Milliseconds in the unit behind a number, and where unit or number end; -1 where what follows is no unit. */
function readUnit(text: string, at: number): { scale: number | undefined; end: number } {
  const code = text.charCodeAt(at);
  if (code === 37) return { scale: undefined, end: at + 1 };
  const isSpaced = code === 32;
  const start = isSpaced ? at + 1 : at;
  let end = start;
  while (end - start < MAX_UNIT && isLetter(text.charCodeAt(end))) end++;
  if (end === start) return { scale: undefined, end: at };
  const unit = text.slice(start, end).toLowerCase();
  const scale = MS_PER_UNIT.get(unit);
  // Behind a blank, a single letter is no unit and a word that is none does not belong to the number.
  if (isSpaced)
    return scale === undefined || end - start === 1 ? { scale: undefined, end: at } : { scale, end };
  return scale !== undefined || SIZES.has(unit) ? { scale, end } : NO_UNIT;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
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

const STARTERS = codesOf(" =:\"'([{,\t");
const SIGN_STARTERS = codesOf(" =:\"'([");
const ENDERS = codesOf(" ,;)]}\"'\t\n\r|");

function codesOf(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.charCodeAt(0)));
}

/** A number starts a word, is a value behind a separator, or has a sign that does. */
function canStart(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  if (at === 0 || STARTERS.has(before)) return true;
  return before === 45 && (at < 2 || SIGN_STARTERS.has(text.charCodeAt(at - 2)));
}

function canEnd(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (at < 0) return false;
  if (at >= text.length || ENDERS.has(code)) return true;
  return code === 46 && !isNamePart(text.charCodeAt(at + 1));
}

/**
 * The name in `name=value` or `name: value`, in quotes or not. `host:8080` and `file.ts:12` are none.
 * @param to where the number that begins at `from` ends
 */
function keyBefore(text: string, from: number, hasUnit: boolean, to: number): string | undefined {
  const separatorAt = skipBack(text, from - 1);
  const separator = text.charCodeAt(separatorAt);
  if (separator !== 61 && separator !== 58) return undefined;
  const last = skipBack(text, separatorAt - 1);
  let at = last;
  while (at >= 0 && last - at < MAX_NAME && isNamePart(text.charCodeAt(at))) at--;
  const initial = text.charCodeAt(at + 1);
  if (at === last || !(isLetter(initial) || initial === 95)) return undefined;
  const name = text.slice(at + 1, last + 1);
  const isTight = separator === 58 && separatorAt === from - 1 && last === separatorAt - 1;
  if (isTight && !hasUnit && (name.includes(".") || to - from > 3)) return undefined;
  return name;
}

/** Back over at most two blanks and quotes. */
function skipBack(text: string, from: number): number {
  let at = from;
  while (at > from - 2 && isBlankOrQuote(text.charCodeAt(at))) at--;
  return at;
}

function isBlankOrQuote(code: number): boolean {
  return code === 32 || code === 34 || code === 39;
}

/** What a number without a key is called: the word before it, with the one before that if it only connects. */
function wordsBefore(text: string, from: number): string {
  const last = wordBefore(text, from);
  if (last === "") return NAMELESS;
  if (!CONNECTING.has(last.toLowerCase())) return last;
  const before = wordBefore(text, from - 1 - last.length);
  return before === "" ? NAMELESS : `${before} ${last}`;
}

/** The word of letters that ends before a blank at `to`; empty where there is something else. */
function wordBefore(text: string, to: number): string {
  const end = to - 1;
  if (text.charCodeAt(end) !== 32) return "";
  let start = end;
  while (start > 0 && end - start <= MAX_WORD && isLetter(text.charCodeAt(start - 1))) start--;
  const isWhole = start === 0 || text.charCodeAt(start - 1) === 32;
  return isWhole && end - start >= 2 && end - start <= MAX_WORD ? text.slice(start, end) : "";
}
