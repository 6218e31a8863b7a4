import { isWord } from "./header-characters.ts";
import { dayOf, type Stamp } from "./timestamp-stamp.ts";

/** `2025-11-20T12:00:00` and one character behind it. */
const LEAST_LENGTH = 20;
const DOT = 46;
const COMMA = 44;
const UPPER_Z = 90;

/**
 * The form that most logs have, `2025-11-20T12:00:00.123Z` or with a blank, a comma, no fraction or no zone. It is
 * read in one go, and as `parseTimestampAt` would read it; undefined for every other form and for what is no time.
 */
export function readIso(text: string, at: number): Stamp | undefined {
  if (at < 0 || text.length - at < LEAST_LENGTH) return undefined;
  const joint = text.charCodeAt(at + 10);
  if (text.charCodeAt(at + 4) !== 45 || text.charCodeAt(at + 7) !== 45) return undefined;
  if (text.charCodeAt(at + 13) !== 58 || text.charCodeAt(at + 16) !== 58) return undefined;
  if (joint !== 84 && joint !== 32) return undefined;
  const hour = twoDigits(text, at + 11);
  const minute = twoDigits(text, at + 14);
  const second = twoDigits(text, at + 17);
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return undefined;
  const year = twoDigits(text, at) * 100 + twoDigits(text, at + 2);
  const day = dayOf(year, twoDigits(text, at + 5), twoDigits(text, at + 8));
  if (day === undefined || Number.isNaN(day)) return undefined;
  const wall = day + ((hour * 60 + minute) * 60 + second) * 1000;
  return readBehindSeconds(text, at + 19, wall);
}

/** Fraction and zone, where it is plain that nothing else belongs to the time. */
function readBehindSeconds(text: string, start: number, wall: number): Stamp | undefined {
  let end = start;
  let milliseconds = 0;
  const mark = text.charCodeAt(start);
  const hasFraction = mark === DOT || mark === COMMA;
  if (hasFraction) {
    end = endOfDigits(text, start + 1);
    const digits = end - start - 1;
    if (digits < 3 || digits > 12 || end === text.length) return undefined;
    milliseconds = twoDigits(text, start + 1) * 10 + text.charCodeAt(start + 3) - 48;
  }
  const next = text.charCodeAt(end);
  if (next === UPPER_Z) {
    const behind = end + 1 < text.length ? text.charCodeAt(end + 1) : 0;
    if (isWord(behind) || (!hasFraction && (behind === DOT || behind === COMMA))) return undefined;
    return { end: end + 1, wall: wall + milliseconds, offset: 0, yearless: false };
  }
  const isOver = next === 93 || next === 124 || next === 9 || (next === 32 && !startsZone(text, end + 1));
  return isOver ? { end, wall: wall + milliseconds, offset: undefined, yearless: false } : undefined;
}

/** What stands behind a blank may be an offset, a zone's name, or AM and PM. */
function startsZone(text: string, at: number): boolean {
  const code = at < text.length ? text.charCodeAt(at) : 0;
  if (code === 43 || code === 45 || code === 97 || code === 112) return true;
  // As INFO, DEBUG, FATAL, NOTICE, TRACE and SEVERE begin, no zone's name does.
  return code >= 65 && code <= 90 && !"IDFNTS".includes(String.fromCharCode(code));
}

function endOfDigits(text: string, start: number): number {
  let end = start;
  while (end < text.length && end - start < 20) {
    const code = text.charCodeAt(end);
    if (code < 48 || code > 57) break;
    end++;
  }
  return end;
}

/** NaN where one is no digit. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
