import { codeAt, countDigits, isBlank, isDigit, isLetter, isWord, packLetters } from "./header-characters.ts";
import { readIso } from "./timestamp-iso.ts";
import { dayOf, type Stamp } from "./timestamp-stamp.ts";
import { readZoneOffset } from "./timestamp-zone.ts";

/** Where in a text the reading stands. Every read function moves `at` over what it took, and only then. */
export interface Cursor {
  readonly text: string;
  at: number;
}

const YEARLESS = 2000;
/** "1610612736 bytes" is a size. */
const UNIT = /^ (?:bytes?|rows?|items?|[kmgun]?[bs])\b/i;
const NO_BREAK_SPACE = 0x202f;

/** Letters packed to one number, lower case: "jan" => month 1. */
const MONTHS = packNames([
  "jan",
  "feb",
  "mar",
  "apr",
  "may",
  "jun",
  "jul",
  "aug",
  "sep",
  "oct",
  "nov",
  "dec",
]);
const WEEKDAYS = packNames(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);

/** The time that is written at an index, in any of the forms that logs have; undefined where there is none or it is impossible. */
export function parseTimestampAt(text: string, at: number): Stamp | undefined {
  const iso = readIso(text, at);
  if (iso) return iso;
  const code = codeAt(text, at);
  const cursor: Cursor = { text, at };
  const stamp = isDigit(code) ? readNumeric(cursor) : isLetter(code) ? readNamed(cursor) : undefined;
  return stamp && !isWord(codeAt(text, stamp.end)) ? stamp : undefined;
}

/** klog's and glog's head, `I1120 12:00:00.123456`, without a year; the letter is the level. */
export function parseKlogAt(text: string, at: number): Stamp | undefined {
  if (countDigits(text, at + 1) !== 4 || codeAt(text, at + 5) !== 32) return undefined;
  const month = twoDigits(text, at + 1);
  const day = twoDigits(text, at + 3);
  return readClockOf({ text, at: at + 6 }, dayOf(YEARLESS, month, day), true);
}

function readNumeric(cursor: Cursor): Stamp | undefined {
  const { text, at } = cursor;
  const digits = countDigits(text, at);
  const separator = codeAt(text, at + digits);
  switch (digits) {
    case 1:
    case 2:
      return isDateSeparator(separator) || separator === 32 ? readShortDate(cursor, digits) : undefined;
    case 4:
      return isDateSeparator(separator) || separator === 32 ? readYearFirst(cursor, separator) : undefined;
    case 6: // yyMMdd, then HHmmss or HH:mm:ss
      return readCompact(cursor, 2000 + twoDigits(text, at), at + 2);
    case 8: // yyyyMMdd, then the same
      return readCompact(cursor, fourDigits(text, at), at + 4);
    case 10:
    case 13:
    case 16:
    case 19:
      return readEpoch(text, at, digits);
    default:
      return undefined;
  }
}

/** Seconds (with a fraction), milliseconds, microseconds or nanoseconds, from 2001 to 2033: others are just numbers. */
function readEpoch(text: string, at: number, digits: number): Stamp | undefined {
  if (codeAt(text, at) !== 49 || UNIT.test(text.slice(at + digits, at + digits + 8))) return undefined;
  const cursor: Cursor = { text, at: at + digits };
  const milliseconds = digits === 10 ? readFraction(cursor, false) : Number(text.slice(at + 10, at + 13));
  const wall = Number(text.slice(at, at + 10)) * 1000 + milliseconds;
  return { end: cursor.at, wall, offset: 0, yearless: false };
}

function readYearFirst(cursor: Cursor, separator: number): Stamp | undefined {
  const { text, at } = cursor;
  const year = fourDigits(text, at);
  const named = isLetter(codeAt(text, at + 5)) ? readMonth({ text, at: at + 5 }) : 0;
  const month = named > 0 ? named : twoDigits(text, at + 5);
  const next = at + (named > 0 ? 8 : 7);
  if (codeAt(text, next) !== separator || (separator === 32 && named <= 0)) return undefined;
  cursor.at = next + 3;
  return readTimeOfDay(cursor, dayOf(year, month, twoDigits(text, next + 1)), false);
}

/** Dates that start with one or two digits: day first, month first where only that can be, yy/MM/dd, MM-dd. */
function readShortDate(cursor: Cursor, digits: number): Stamp | undefined {
  const { text, at } = cursor;
  const first = numberOf(text, at, digits);
  const separator = codeAt(text, at + digits);
  cursor.at = at + digits + 1;
  const named = readMonth(cursor);
  if (named > 0) {
    if (codeAt(text, cursor.at) !== separator || countDigits(text, cursor.at + 1) !== 4) return undefined;
    const year = fourDigits(text, cursor.at + 1);
    cursor.at += 5;
    return readTimeOfDay(cursor, dayOf(year, named, first), false);
  }
  const secondDigits = countDigits(text, cursor.at);
  if (separator === 32 || secondDigits < 1 || secondDigits > 2) return undefined;
  const second = numberOf(text, cursor.at, secondDigits);
  cursor.at += secondDigits;
  if (codeAt(text, cursor.at) !== separator) {
    const isMonthDay = separator === 45 && digits === 2 && secondDigits === 2;
    const isDotted = separator === 46 && first <= 12 && second > 12;
    if (!isMonthDay && !isDotted) return undefined;
    return readTimeOfDay(cursor, dayOf(YEARLESS, first, second), true);
  }
  return readShortYear(cursor, first, second, separator);
}

function readShortYear(cursor: Cursor, first: number, second: number, separator: number): Stamp | undefined {
  const { text } = cursor;
  const digits = countDigits(text, cursor.at + 1);
  const third = numberOf(text, cursor.at + 1, digits);
  cursor.at += 1 + digits;
  if (digits === 2) return readTimeOfDay(cursor, dayOf(2000 + first, second, third), false);
  if (digits !== 4) return undefined;
  if (separator === 46 || first > 12) return readTimeOfDay(cursor, dayOf(third, second, first), false);
  if (second > 12 || first === second) return readTimeOfDay(cursor, dayOf(third, first, second), false);
  return undefined;
}

function readCompact(cursor: Cursor, year: number, at: number): Stamp | undefined {
  const { text } = cursor;
  const day = dayOf(year, twoDigits(text, at), twoDigits(text, at + 2));
  const separator = codeAt(text, at + 4);
  if (day === undefined || !(isBlank(separator) || separator === 84 || separator === 45)) return undefined;
  cursor.at = at + 5;
  if (countDigits(text, cursor.at) !== 6) return readClockOf(cursor, day, false);
  const clock = clockOf(
    twoDigits(text, cursor.at),
    twoDigits(text, cursor.at + 2),
    twoDigits(text, cursor.at + 4),
  );
  cursor.at += 6;
  return clock === undefined ? undefined : finish(cursor, day + clock, false);
}

/** `Jun 14 15:16:01`, `Nov 20, 2025 12:00:00 PM`, `Sun Dec 04 04:47:44 2005`, `Tue, 15 Nov 1994 12:45:26 GMT`. */
function readNamed(cursor: Cursor): Stamp | undefined {
  const { text } = cursor;
  const hasWeekday = WEEKDAYS.has(packLetters(text, cursor.at));
  if (hasWeekday) {
    cursor.at += 3;
    if (codeAt(text, cursor.at) === 44) cursor.at++;
    if (codeAt(text, cursor.at) !== 32) return undefined;
    skipBlanks(cursor);
    if (isDigit(codeAt(text, cursor.at))) return readShortDate(cursor, countDigits(text, cursor.at));
  }
  const month = readMonth(cursor);
  if (month <= 0 || codeAt(text, cursor.at) !== 32) return undefined;
  skipBlanks(cursor);
  const digits = countDigits(text, cursor.at);
  if (digits < 1 || digits > 2) return undefined;
  const day = numberOf(text, cursor.at, digits);
  cursor.at += digits;
  if (codeAt(text, cursor.at) === 44) cursor.at++;
  skipBlanks(cursor);
  if (countDigits(text, cursor.at) === 4) {
    const year = fourDigits(text, cursor.at);
    cursor.at += 4;
    return readTimeOfDay(cursor, dayOf(year, month, day), false);
  }
  return hasWeekday
    ? readYearLast(cursor, month, day)
    : readClockOf(cursor, dayOf(YEARLESS, month, day), true);
}

/** The clock, perhaps a zone, and the year: how ctime and `date` write. */
function readYearLast(cursor: Cursor, month: number, day: number): Stamp | undefined {
  const stamp = readClockOf(cursor, dayOf(YEARLESS, month, day), true);
  if (!stamp) return undefined;
  const { text } = cursor;
  let yearAt = stamp.end + 1;
  if (stamp.offset === undefined) {
    // A zone's name that tells no offset, as in "12:00:00 XYZT 2025".
    while (yearAt - stamp.end < 6 && isLetter(codeAt(text, yearAt))) yearAt++;
    if (yearAt > stamp.end + 1) yearAt++;
  }
  if (codeAt(text, yearAt - 1) !== 32 || countDigits(text, yearAt) !== 4) return stamp;
  const start = dayOf(fourDigits(text, yearAt), month, day);
  const yearless = dayOf(YEARLESS, month, day);
  if (start === undefined || yearless === undefined) return undefined;
  return { end: yearAt + 4, wall: start + stamp.wall - yearless, offset: stamp.offset, yearless: false };
}

/** What joins a date and its time of day, and the time of day. */
function readTimeOfDay(cursor: Cursor, day: number | undefined, yearless: boolean): Stamp | undefined {
  const { text } = cursor;
  if (codeAt(text, cursor.at) === 44 && codeAt(text, cursor.at + 1) === 32) cursor.at++;
  const joint = codeAt(text, cursor.at);
  if (isBlank(joint)) skipBlanks(cursor);
  else if (joint === 84 || joint === 116 || joint === 58 || joint === 95) cursor.at++;
  else return undefined;
  return readClockOf(cursor, day, yearless);
}

function readClockOf(cursor: Cursor, day: number | undefined, yearless: boolean): Stamp | undefined {
  if (day === undefined) return undefined;
  const { text, at } = cursor;
  const hourDigits = codeAt(text, at + 1) === 58 ? 1 : 2;
  const minuteAt = at + hourDigits + 1;
  if (codeAt(text, minuteAt - 1) !== 58) return undefined;
  const hasSeconds = codeAt(text, minuteAt + 2) === 58;
  cursor.at = minuteAt + (hasSeconds ? 5 : 2);
  const half = readHalfOfDay(cursor);
  const hour = hourOf(numberOf(text, at, hourDigits), half);
  const clock = clockOf(hour, twoDigits(text, minuteAt), hasSeconds ? twoDigits(text, minuteAt + 3) : 0);
  return clock === undefined ? undefined : finish(cursor, day + clock, yearless);
}

/** Fraction and zone, in either order: `12:00:00+00:00.001Z` is malformed and real. */
function finish(cursor: Cursor, wall: number, yearless: boolean): Stamp {
  const before = cursor.at;
  let fraction = readFraction(cursor, true);
  const hasFraction = cursor.at > before;
  const offset = readZoneOffset(cursor);
  if (!hasFraction && offset !== undefined) {
    const after = cursor.at;
    fraction = readFraction(cursor, false);
    if (cursor.at > after && codeAt(cursor.text, cursor.at) === 90) cursor.at++;
  }
  return { end: cursor.at, wall: wall + fraction, offset, yearless };
}

/** Milliseconds of a fraction of a second behind "." or ",", or of three digits behind ":"; 0 where there is none. */
function readFraction(cursor: Cursor, colon: boolean): number {
  const { text, at } = cursor;
  const mark = codeAt(text, at);
  if (mark !== 46 && mark !== 44 && !(colon && mark === 58)) return 0;
  const digits = countDigits(text, at + 1);
  if (digits === 0 || digits > 12 || (mark === 58 && digits !== 3)) return 0;
  cursor.at = at + 1 + digits;
  if (digits >= 3) return numberOf(text, at + 1, 3);
  return numberOf(text, at + 1, digits) * (digits === 1 ? 100 : 10);
}

/** 0 for none, 1 for AM, 2 for PM. */
function readHalfOfDay(cursor: Cursor): 0 | 1 | 2 {
  const { text } = cursor;
  const gap = codeAt(text, cursor.at) === 32 || codeAt(text, cursor.at) === NO_BREAK_SPACE ? 1 : 0;
  const letter = codeAt(text, cursor.at + gap) | 32;
  const isHalf = (letter === 97 || letter === 112) && (codeAt(text, cursor.at + gap + 1) | 32) === 109;
  if (!isHalf || isWord(codeAt(text, cursor.at + gap + 2))) return 0;
  cursor.at += gap + 2;
  return letter === 97 ? 1 : 2;
}

function hourOf(hour: number, half: 0 | 1 | 2): number {
  if (half === 0) return hour;
  return hour < 1 || hour > 12 ? -1 : (hour % 12) + (half === 2 ? 12 : 0);
}

/** Milliseconds of the day; undefined for an impossible time. Second 60 is a leap second. */
function clockOf(hour: number, minute: number, second: number): number | undefined {
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return undefined;
  return ((hour * 60 + minute) * 60 + second) * 1000;
}

/** A month's number from its English name, short or long; 0 where there is none. */
function readMonth(cursor: Cursor): number {
  const { text, at } = cursor;
  if (!isLetter(codeAt(text, at))) return 0;
  const month = MONTHS.get(packLetters(text, at)) ?? 0;
  if (month === 0) return 0;
  let end = at + 3;
  while (end - at < 10 && isLetter(codeAt(text, end))) end++;
  if (end > at + 3 && !isLongMonth(text.slice(at, end))) return 0;
  cursor.at = end;
  return month;
}

function isLongMonth(name: string): boolean {
  return /^(?:january|february|march|april|june|july|august|sept|september|october|november|december)$/i.test(
    name,
  );
}

function packNames(names: readonly string[]): ReadonlyMap<number, number> {
  return new Map(names.map((name, index) => [packLetters(name, 0), index + 1]));
}

function skipBlanks(cursor: Cursor): void {
  let skipped = 0;
  while (skipped++ < 3 && isBlank(codeAt(cursor.text, cursor.at))) cursor.at++;
}

/** The number of so many digits, -1 where one is none. */
function numberOf(text: string, at: number, digits: number): number {
  let value = 0;
  for (let index = at; index < at + digits; index++) {
    const digit = codeAt(text, index) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function twoDigits(text: string, at: number): number {
  return numberOf(text, at, 2);
}

function fourDigits(text: string, at: number): number {
  return numberOf(text, at, 4);
}

function isDateSeparator(code: number): boolean {
  return code === 45 || code === 47 || code === 46;
}
