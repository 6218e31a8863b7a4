import type { Level } from "./event.ts";
import { codeAt, isBlank, isDigit, isLetter } from "./header-characters.ts";
import { levelInBrackets, readLevelWord } from "./header-level.ts";
import { endOfStyle, findClose } from "./header-tail.ts";
import { parseLevel } from "./level.ts";
import { parseKlogAt, parseTimestampAt } from "./timestamp.ts";
import type { Stamp } from "./timestamp-stamp.ts";

/** The time at the head of a line, and what stood before it. */
export interface Head {
  readonly stamp: Stamp;
  /** Where the time begins. */
  readonly start: number;
  /** The level, where it stands before the time. */
  readonly level: Level | undefined;
  /** A plain word stands before the time, so only a level behind it makes it a header. */
  readonly isWeak: boolean;
}

const MAX_TOKENS = 7;
/** A time further in is not the head's. */
const REACH = 240;

/** The time at or near the start of a line; a prefix may hold levels, hosts, files, flags and brackets, but no prose. */
export function findHead(line: string, start: number): Head | undefined {
  const direct = readAt(line, start, start);
  if (direct) return direct;
  // An indented line continues another one, unless it begins with a level ("%5p").
  if (start > 0 && isBlank(codeAt(line, start - 1)) && !readLevelWord(line, start)) return undefined;
  let at = start;
  let level: Level | undefined;
  let words = 0;
  for (let token = 0; token < MAX_TOKENS && at < start + REACH && at < line.length; token++) {
    const found = token === 0 ? undefined : readAt(line, at, start);
    if (found)
      return { ...found, level: level ?? found.level, isWeak: words > 0 && !isAccessTime(line, found) };
    const end = endOfPrefix(line, at);
    const behindColon = readBehindColon(line, at, end);
    if (behindColon) return { ...behindColon, level, isWeak: words > 0 };
    const written = codeAt(line, at) === 91 ? undefined : readLevelWord(line, at);
    const kind = written ? "mark" : kindOfPrefix(line, at, end);
    if (kind === "prose" || (kind === "word" && ++words > 2)) return undefined;
    if (codeAt(line, at) === 91) level ??= levelInBrackets(line.slice(at + 1, end - 1));
    else level ??= written?.level ?? levelLetter(line, at, end);
    at = skipGap(line, end);
  }
  return undefined;
}

/** A time at an index, or inside the brackets or quotes that open there. */
function readAt(line: string, index: number, lineStart: number): Head | undefined {
  let at = index;
  while (at < index + 2 && isOpening(codeAt(line, at))) at++;
  if (at > index) at += isBlank(codeAt(line, at)) ? 1 : 0;
  const stamp = parseTimestampAt(line, at);
  if (stamp) return { stamp, start: at, level: undefined, isWeak: false };
  if (index !== lineStart || !isLetter(codeAt(line, index)) || !isDigit(codeAt(line, index + 1))) {
    return undefined;
  }
  const letter = line.charAt(index);
  const isKlog = "IWEFD".includes(letter);
  const klog = isKlog ? (parseKlogAt(line, index) ?? parseTimestampAt(line, index + 1)) : undefined;
  return klog ? { stamp: klog, start: index, level: parseLevel(letter), isWeak: false } : undefined;
}

/** `app.log:2025-11-20 12:00:00 ...`, `app.log:17:2025-...`: how grep names the file. */
function readBehindColon(line: string, start: number, end: number): Head | undefined {
  let colon = line.indexOf(":", start);
  for (let tries = 0; tries < 3 && colon > start && colon < end - 8; tries++) {
    const stamp = isDigit(codeAt(line, colon + 1)) ? parseTimestampAt(line, colon + 1) : undefined;
    if (stamp) return { stamp, start: colon + 1, level: undefined, isWeak: false };
    colon = line.indexOf(":", colon + 1);
  }
  return undefined;
}

type PrefixKind = "mark" | "word" | "prose";

/** Marks (numbers, hosts, files, ids, brackets, dashes) cannot be prose; up to two plain words may be names. */
function kindOfPrefix(line: string, start: number, end: number): PrefixKind {
  if (end === start) return "prose";
  const first = codeAt(line, start);
  if (first === 91) return "mark";
  const last = codeAt(line, end - 1);
  if ((end - start === 2 && last === 44) || isBalancerScheme(line.slice(start, end))) return "mark";
  let hasMark = false;
  for (let at = start; at < end; at++) {
    const code = codeAt(line, at);
    if (code === 61 || code === 123 || code === 34 || code === 39 || code === 40) return "prose";
    if (!isLetter(code) && at < end - 1) hasMark = true;
  }
  if (end - start === 1 && !isLetter(first)) return "mark";
  if (last === 58 || !hasMark) return last === 46 || last === 44 ? "prose" : "word";
  return "mark";
}

/** AWS load balancers begin with the kind of request. */
function isBalancerScheme(token: string): boolean {
  return (
    token === "http" ||
    token === "https" ||
    token === "h2" ||
    token === "ws" ||
    token === "wss" ||
    token === "grpcs"
  );
}

/** Ruby's `E, [2025-...`: a letter and a comma. */
function levelLetter(line: string, start: number, end: number): Level | undefined {
  const isLetterAndComma = end - start === 2 && codeAt(line, end - 1) === 44;
  return isLetterAndComma ? parseLevel(line.charAt(start)) : undefined;
}

/** `[10/Oct/2000:13:55:36 -0700]` is so much a log's own that user names may stand before it. */
function isAccessTime(line: string, found: Head): boolean {
  const { start } = found;
  return codeAt(line, start - 1) === 91 && codeAt(line, start + 2) === 47 && codeAt(line, start + 6) === 47;
}

function endOfPrefix(line: string, start: number): number {
  if (codeAt(line, start) === 91) {
    const close = findClose(line, start, "]");
    if (close > 0) return codeAt(line, close + 1) === 58 ? close + 2 : close + 1;
  }
  let at = start;
  while (at < line.length && at - start < REACH && !isBlank(codeAt(line, at)) && codeAt(line, at) !== 124)
    at++;
  return at;
}

function skipGap(line: string, start: number): number {
  let at = start;
  for (let count = 0; count < 40; count++) {
    const code = codeAt(line, at);
    const style = code === 27 ? endOfStyle(line, at) : -1;
    if (style > 0) at = style;
    else if (isBlank(code) || code === 124) at++;
    else break;
  }
  return at;
}

function isOpening(code: number): boolean {
  return code === 91 || code === 40 || code === 34 || code === 39 || code === 60;
}
