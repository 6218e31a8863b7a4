import { type Fields, isFields } from "../log/fields.ts";

/** A number found in an event under a name; `isMs` where it is a duration in milliseconds. */
export type TakeNumber = (name: string, value: number, isMs: boolean) => void;

const MAX_LENGTH = 2000;
const MAX_NAME = 60;
const MAX_DEPTH = 4;
const MAX_DIGITS = 24;

const MS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ...["ns", "nanos", "nanosecond", "nanoseconds"].map((unit) => [unit, 1e-6] as const),
  ...["us", "µs", "μs", "micros", "microsecond", "microseconds"].map((unit) => [unit, 1e-3] as const),
  ...["ms", "msec", "msecs", "millis", "millisecond", "milliseconds"].map((unit) => [unit, 1] as const),
  ...["s", "sec", "secs", "second", "seconds"].map((unit) => [unit, 1000] as const),
  ...["min", "mins", "minute", "minutes"].map((unit) => [unit, 60_000] as const),
]);
/** Behind a blank a single letter is not taken for a unit. */
const SPACED_UNIT = / ([a-zµμ]{2,12})/iy;
const UNIT = /[a-zµμ]{1,12}|%/iy;
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
    if (typeof value === "number") takeNamed(name, value, undefined, take);
    else if (typeof value === "string") takeFieldText(name, value, take);
    else if (isFields(value) && depth < MAX_DEPTH) takeFieldNumbers(value, take, name, depth + 1);
  }
}

/** A text that is one number with or without a unit belongs to its field; others may hold numbers of their own. */
function takeFieldText(name: string, text: string, take: TakeNumber): void {
  if (text.length < 24 && /^-?\d{1,15}(?:\.\d{1,12})? ?(?:[a-zµμ]{1,12})?$/i.test(text)) {
    const unit = /[a-zµμ]{1,12}$/i.exec(text)?.[0].toLowerCase();
    const scale = unit === undefined ? undefined : MS_PER_UNIT.get(unit);
    if (unit === undefined || scale !== undefined) takeNamed(name, Number.parseFloat(text), scale, take);
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
  const isNegative = text.charCodeAt(at - 1) === 45;
  const from = isNegative ? at - 1 : at;
  if (to - at > MAX_DIGITS) return;
  const next = text.charCodeAt(to);
  if (!canEnd(text, to) && next !== 37 && !isLetter(next)) return;
  const { scale, end } = readUnit(text, to);
  if (end < 0 || !canEnd(text, end)) return;
  const value = Number(text.slice(from, to));
  const name = keyBefore(text, from, scale !== undefined || text.slice(at, to).includes("."), value);
  if (name !== undefined) takeNamed(name, value, scale, take);
  else if (scale !== undefined && !isNegative) take(wordsBefore(text, from), value * scale, true);
}

/** Milliseconds in the unit behind a number, and where it ends; -1 where what follows is no unit. */
function readUnit(text: string, at: number): { scale: number | undefined; end: number } {
  UNIT.lastIndex = at;
  const unit = UNIT.exec(text)?.[0].toLowerCase();
  if (unit !== undefined) {
    const scale = MS_PER_UNIT.get(unit);
    const isKnown = scale !== undefined || /^(?:%|[kmgt]?i?b|bytes)$/.test(unit);
    return { scale, end: isKnown ? UNIT.lastIndex : -1 };
  }
  SPACED_UNIT.lastIndex = at;
  const scale = MS_PER_UNIT.get(SPACED_UNIT.exec(text)?.[1]?.toLowerCase() ?? "");
  return { scale, end: scale === undefined ? at : SPACED_UNIT.lastIndex };
}

function takeNamed(name: string, value: number, scale: number | undefined, take: TakeNumber): void {
  const ms = scale ?? unitOfName(name);
  take(name, ms === undefined ? value : value * ms, ms !== undefined);
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
  if (at >= text.length || ENDERS.has(code)) return true;
  return code === 46 && !isNamePart(text.charCodeAt(at + 1));
}

/** The name in `name=value` or `name: value`; `host:8080` and `file.ts:12` are none. */
function keyBefore(text: string, from: number, isMeasure: boolean, value: number): string | undefined {
  let at = from - 1;
  const skip = (chars: string) => {
    const start = at;
    while (at >= 0 && start - at < 2 && chars.includes(text[at] ?? "")) at--;
    return start - at;
  };
  const spaced = skip(" \"'") > 0;
  const separator = text[at];
  if (separator !== "=" && separator !== ":") return undefined;
  at--;
  const quoted = skip(" \"'") > 0;
  const end = at + 1;
  while (at >= 0 && end - at <= MAX_NAME && isNamePart(text.charCodeAt(at))) at--;
  const name = text.slice(at + 1, end);
  if (!/^[A-Za-z_]/.test(name)) return undefined;
  if (separator === ":" && !spaced && !quoted && (name.includes(".") || (!isMeasure && value > 1023)))
    return undefined;
  return name;
}

/** What a number without a key is called: the word before it, with the one before that if it only connects. */
function wordsBefore(text: string, from: number): string {
  const words = text
    .slice(Math.max(0, from - MAX_NAME), from)
    .trimEnd()
    .split(/\s+/)
    .slice(-2);
  const last = words.at(-1) ?? "";
  if (!/^[A-Za-z_]{2,30}:?$/.test(last)) return "duration";
  const before = words.at(-2) ?? "";
  if (!CONNECTING.has(last.toLowerCase())) return last.replace(":", "");
  return /^[A-Za-z_]{2,30}$/.test(before) ? `${before} ${last}` : "duration";
}
