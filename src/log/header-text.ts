import type { Level } from "./event.ts";
import { codeAt, countDigits, isBlank, isDigit, isLetter, skipBlanks } from "./header-characters.ts";
import { findHead, type Head } from "./header-head.ts";
import { levelInBrackets, readLevelWord } from "./header-level.ts";
import {
  endOfStyle,
  readLeadingLevel,
  readNodeTail,
  readTail,
  skipSeparators,
  skipSyslogTag,
  skipUptime,
  type Tail,
  tailBehind,
} from "./header-tail.ts";
import { levelOfSyslogSeverity, parseLevel } from "./level.ts";
import type { Resolve, ResolvedTime } from "./timestamp-resolve.ts";

/** What the head of a line of text says. */
export interface TextHead {
  readonly time: ResolvedTime | undefined;
  readonly level: Level | undefined;
  readonly bodyStart: number;
}

/** A Kubernetes (CRI) wrapper's line, taken apart. */
export interface CriLine {
  readonly time: ResolvedTime | undefined;
  readonly stream: string;
  readonly partial: boolean;
  readonly text: string;
}

const REDIS_MARKS: Readonly<Record<string, Level>> = { ".": "debug", "-": "debug", "*": "info", "#": "warn" };

/** Reads the head of a line of text. */
export function readTextHead(line: string, resolve: Resolve): TextHead {
  const start = skipLead(line);
  const priority = readPriority(line, start);
  const first = priority ? priority.end : start;
  const head = findHead(line, first);
  const time = head ? resolve(head.stamp) : undefined;
  if (!head || !time) return withLevel(readUntimed(line, first), undefined, priority?.level);
  if (priority?.isVersioned)
    return withLevel(readStructuredSyslog(line, head.stamp.end), time, priority.level);
  const tail = readBehindTime(line, head);
  if (head.isWeak && tail.level === undefined)
    return withLevel(readUntimed(line, first), undefined, undefined);
  return withLevel(tail, time, priority?.level);
}

/** The time of a line of text, for less than its whole head. */
export function readTextTime(line: string, resolve: Resolve): number | undefined {
  const start = skipLead(line);
  const head = findHead(line, readPriority(line, start)?.end ?? start);
  if (!head) return undefined;
  const time = resolve(head.stamp);
  return head.isWeak && readBehindTime(line, head).level === undefined ? undefined : time?.timestamp;
}

/** `2016-10-06T00:17:09.669794202Z stdout F text`; undefined for any other line. */
export function readCri(line: string, resolve: Resolve): CriLine | undefined {
  if (codeAt(line, 10) !== 84 || !isDigit(codeAt(line, 0))) return undefined;
  let at = 19;
  while (at < 36 && codeAt(line, at) !== 32) at++;
  if (!line.startsWith(" std", at)) return undefined;
  const stream = line.slice(at + 1, at + 7);
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  const tag = line.charAt(at + 8);
  if (codeAt(line, at + 7) !== 32 || (tag !== "F" && tag !== "P")) return undefined;
  if (at + 9 < line.length && codeAt(line, at + 9) !== 32) return undefined;
  const head = findHead(line, 0);
  if (head?.start !== 0 || head.stamp.end !== at) return undefined;
  return { time: resolve(head.stamp), stream, partial: tag === "P", text: line.slice(at + 10) };
}

function withLevel(tail: Tail, time: ResolvedTime | undefined, fallback: Level | undefined): TextHead {
  return { time, level: tail.level ?? fallback, bodyStart: tail.bodyStart };
}

/** Cisco's `%ASA-4-106023: text`: the digit is the severity. */
function readMnemonic(line: string, at: number): Tail | undefined {
  const near = line.slice(at, at + 120);
  if (!near.includes("%")) return undefined;
  const mark = /^(?:[\w.-]{1,60} ?: )?%[A-Z][A-Z0-9_-]{1,40}-([0-7])-/.exec(near);
  return mark
    ? { level: levelOfSyslogSeverity(Number(mark[1])), bodyStart: at + mark[0].indexOf("%") }
    : undefined;
}

function readUntimed(line: string, start: number): Tail {
  const clocked = readClockInBrackets(line, start);
  if (clocked) return clocked;
  const at = skipBlanks(line, skipClock(line, skipUptime(line, start)));
  const leading = readLeadingLevel(line, at);
  if (leading) return leading;
  return { level: undefined, bodyStart: at > start || start === 0 ? at : start };
}

/** `12:00:00.123 `: a time of day without a date tells no instant, but it is header. */
function skipClock(line: string, start: number): number {
  if (codeAt(line, start + 2) !== 58 && codeAt(line, start + 3) !== 58) return start;
  const clock = /^\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]?(?=[ \t|])/.exec(line.slice(start, start + 24));
  return clock ? skipSeparators(line, start + clock[0].length) : start;
}

/** Serilog's `[12:00:00 INF] text`. */
function readClockInBrackets(line: string, start: number): Tail | undefined {
  if (codeAt(line, start) !== 91 || codeAt(line, start + 3) !== 58) return undefined;
  const head = /^\[\d\d:\d\d:\d\d(?:[.,]\d{1,9})? ([A-Za-z]{3,11})\] ?/.exec(line.slice(start, start + 40));
  const level = head?.[1] && parseLevel(head[1]);
  return head && level ? { level, bodyStart: start + head[0].length } : undefined;
}

function readBehindTime(line: string, head: Head): Tail {
  const { stamp, start } = head;
  const opening = start > 0 ? codeAt(line, start - 1) : 0;
  if (opening === 32 && isNodeDate(line, stamp.end)) return readNodeTail(line, stamp.end + 11);
  let at = stamp.end;
  let { level } = head;
  if (opening === 91) {
    const close = line.slice(at, at + 80).indexOf("]");
    if (close >= 0) {
      if (close > 0) level ??= levelInBrackets(line.slice(at, at + close).replace(/^[\s:,]+/, ""));
      at += close + 1;
    }
  } else if (isClosedBy(codeAt(line, at), opening)) at++;
  const redis = readRedisMark(line, start, at);
  if (redis) return redis;
  if (level === undefined) {
    const android = stamp.yearless ? readAndroid(line, at) : undefined;
    if (android) return android;
  }
  if (codeAt(line, at + 1) === 80 && line.startsWith(" PHP ", at)) at += 4;
  const source = codeAt(line, start) > 64 && level !== undefined ? skipKlogSource(line, at) : at;
  if (source > at) return { level, bodyStart: source };
  const written = level === undefined ? readLevelWord(line, skipSeparators(line, at)) : undefined;
  if (written) return tailBehind(line, written);
  const tag = level === undefined && opening !== 91 ? skipSyslogTag(line, at) : -1;
  const mnemonic =
    level === undefined ? readMnemonic(line, tag > 0 ? tag : skipSeparators(line, at)) : undefined;
  if (mnemonic) return mnemonic;
  if (tag > 0) return { level: readLeadingLevel(line, tag)?.level, bodyStart: tag };
  return readTail(line, at, level);
}

function isClosedBy(code: number, opening: number): boolean {
  if (opening === 40) return code === 41;
  if (opening === 60) return code === 62;
  return (opening === 34 || opening === 39) && code === opening;
}

/** klog's `  7 file.go:12] ` ends with a bracket that never opened. */
function skipKlogSource(line: string, at: number): number {
  const source = /^ {1,8}\d{1,8} [\w.-]{1,80}:\d{1,6}\] ?/.exec(line.slice(at, at + 110));
  return source ? at + source[0].length : at;
}

/** `  1702  2395 D Tag: text`: process, thread, level, tag. */
function readAndroid(line: string, at: number): Tail | undefined {
  const parts = /^ {1,6}\d{1,7}(?: {1,6}|-)\d{1,7} {1,6}([VDIWEFA]) /.exec(line.slice(at, at + 40));
  const level = parts?.[1] === "A" ? "fatal" : parts?.[1] && parseLevel(parts[1]);
  if (!parts || !level) return undefined;
  const tag = at + parts[0].length;
  const colon = line.slice(tag, tag + 100).indexOf(": ");
  return { level, bodyStart: colon < 0 ? tag : tag + colon + 2 };
}

/** Redis' `1:M 20 Nov 2025 12:00:00.123 * text`: the mark is the level. */
function readRedisMark(line: string, start: number, at: number): Tail | undefined {
  if (start < 4 || start > 12 || codeAt(line, at) !== 32 || codeAt(line, at + 2) !== 32) return undefined;
  if (codeAt(line, start - 3) !== 58 || !"XCSM".includes(line.charAt(start - 2))) return undefined;
  const level = REDIS_MARKS[line.charAt(at + 1)];
  return level && { level, bodyStart: at + 3 };
}

/** The date in dots that Blue Gene's and Thunderbird's logs have behind the epoch. */
function isNodeDate(line: string, at: number): boolean {
  return (
    codeAt(line, at) === 32 &&
    countDigits(line, at + 1) === 4 &&
    codeAt(line, at + 5) === 46 &&
    codeAt(line, at + 8) === 46 &&
    codeAt(line, at + 11) === 32
  );
}

interface Priority {
  readonly level: Level | undefined;
  readonly end: number;
  /** RFC 5424: a version follows. */
  readonly isVersioned: boolean;
}

/** Syslog's `<34>`, with RFC 5424's version behind it or not. */
function readPriority(line: string, at: number): Priority | undefined {
  if (codeAt(line, at) !== 60) return undefined;
  const digits = countDigits(line, at + 1);
  if (digits < 1 || digits > 3 || codeAt(line, at + 1 + digits) !== 62) return undefined;
  const value = Number(line.slice(at + 1, at + 1 + digits));
  if (value > 191) return undefined;
  const end = at + digits + 2;
  const isVersioned = codeAt(line, end) === 49 && codeAt(line, end + 1) === 32;
  return { level: levelOfSyslogSeverity(value & 7), end: isVersioned ? end + 2 : end, isVersioned };
}

/** Host, application, process, message id and structured data of RFC 5424. */
function readStructuredSyslog(line: string, start: number): Tail {
  let at = skipBlanks(line, start);
  for (let field = 0; field < 4; field++) {
    const end = line.indexOf(" ", at);
    if (end < 0) return { level: undefined, bodyStart: at };
    at = end + 1;
  }
  if (codeAt(line, at) === 45) at++;
  for (let element = 0; element < 20 && codeAt(line, at) === 91; element++) {
    const end = endOfElement(line, at);
    if (end < 0) break;
    at = end;
  }
  at = skipBlanks(line, at);
  return { level: undefined, bodyStart: codeAt(line, at) === 0xfeff ? at + 1 : at };
}

/** `[id name="value"]`; a bracket inside quotes does not close it. */
function endOfElement(line: string, start: number): number {
  let isQuoted = false;
  for (let at = start; at < line.length; at++) {
    const code = codeAt(line, at);
    if (code === 92) at++;
    else if (code === 34) isQuoted = !isQuoted;
    else if (code === 93 && !isQuoted) return at + 1;
  }
  return -1;
}

/** Blanks, a byte order mark, colours, and docker compose's `web-1  | `. */
export function skipLead(line: string): number {
  const lead = skipStyles(line, codeAt(line, 0) === 0xfeff ? 1 : 0);
  if (!isLetter(codeAt(line, lead))) return lead;
  const bar = line.slice(lead, lead + 80).indexOf(" | ");
  if (bar <= 0 || !/^[\w.-]{1,60} *$/.test(line.slice(lead, lead + bar))) return lead;
  const name = line.slice(lead, lead + bar).trimEnd();
  return parseLevel(name) === undefined ? skipStyles(line, lead + bar + 3) : lead;
}

function skipStyles(line: string, start: number): number {
  let at = start;
  for (;;) {
    const style = codeAt(line, at) === 27 ? endOfStyle(line, at) : -1;
    if (style > 0) at = style;
    else if (isBlank(codeAt(line, at))) at++;
    else return at;
  }
}
