import type { Level } from "./event.ts";
import {
  codeAt,
  countDigits,
  END,
  isBlank,
  isDigit,
  isLetter,
  isLoggerCharacter,
  isTagCharacter,
  isWord,
  skipBlanks,
} from "./header-characters.ts";
import { levelInBrackets, readLevelWord, type WrittenLevel } from "./header-level.ts";
import { parseTimestampAt } from "./timestamp.ts";

/** What stands between a line's time and its text. */
export interface Tail {
  readonly level: Level | undefined;
  /** Where the text begins. */
  readonly bodyStart: number;
}

const NAME =
  /#?\d{1,10}(?=[\]}])|pid \d{1,10}(?::tid \d{1,20})?|(?!https?:)[#A-Za-z_][\w.:/$@#,*+=[\]-]{0,119}(?=[\]}])/y;

const LONGEST_BRACKET = 120;
const LONGEST_NAME = 120;
const MAX_TOKENS = 7;

/** Reads level, process, thread and logger from behind the time; takes nothing that may be the text itself. */
export function readTail(text: string, at: number, known: Level | undefined): Tail {
  let committed = skipSeparators(text, at);
  if (known !== undefined) {
    // Ruby writes it twice: `E, [2025-11-20T12:00:00 #7] ERROR -- : text`.
    const again = readLevelWord(text, committed);
    return { level: known, bodyStart: skipNames(text, again?.level === known ? again.end : committed) };
  }
  let next = committed;
  for (let token = 0; token < MAX_TOKENS; token++) {
    const closing = closingOf(codeAt(text, next));
    if (closing !== "") {
      const close = findClose(text, next, closing);
      if (close < 0 || (closing === "}" && !isNameLike(text, next + 1, close))) break;
      const level = levelInBrackets(text.slice(next + 1, close));
      if (level !== undefined) return { level, bodyStart: skipNames(text, close + 1) };
      const isCommitted = next === committed && closing === "]" && isNameLike(text, next + 1, close);
      next = skipSeparators(text, close + 1);
      if (isCommitted) committed = next;
      continue;
    }
    const written = readLevelWord(text, next);
    if (written) return tailBehind(text, written);
    const end = endOfToken(text, next);
    const channel = codeAt(text, end - 1) === 58 ? text.lastIndexOf(".", end) : -1;
    const ending = channel > next ? readLevelWord(text, channel + 1) : undefined; // Monolog's `app.ERROR: text`
    if (ending && ending.end === end - 1)
      return { level: ending.level, bodyStart: skipSeparators(text, end) };
    if (!isSkippable(text, next, end)) break;
    next = skipSeparators(text, end);
  }
  return { level: undefined, bodyStart: committed };
}

/** What follows a written level: its colon, a thread, a logger. */
export function tailBehind(text: string, written: WrittenLevel): Tail {
  return { level: written.level, bodyStart: skipNames(text, endOfLevel(text, written.end)) };
}

/** The level at the very start of a text that has no time, or behind a syslog tag. */
export function readLeadingLevel(text: string, at: number): Tail | undefined {
  const closing = closingOf(codeAt(text, at));
  if (closing !== "") {
    const close = findClose(text, at, closing);
    const level = close < 0 || close - at > 12 ? undefined : levelInBrackets(text.slice(at + 1, close));
    return level === undefined ? undefined : { level, bodyStart: skipNames(text, close + 1) };
  }
  const written = readLevelWord(text, at);
  if (!written || text.startsWith("Error", at)) return undefined;
  return tailBehind(text, written);
}

/** Index behind `host program[pid]: ` or `program[pid]: `; -1 where there is no such tag. */
export function skipSyslogTag(text: string, at: number): number {
  let start = at;
  while (isBlank(codeAt(text, start)) && start < at + 4) start++;
  if (codeAt(text, start) === 91) return -1;
  const own = endOfTag(text, start);
  if (own > 0) return own;
  let end = endOfToken(text, start);
  if (end === start || !isBlank(codeAt(text, end))) return -1;
  while (isBlank(codeAt(text, end))) end++;
  if (text.startsWith("-- ", end)) end += 3;
  return endOfTag(text, end);
}

/** Index behind a program's tag, such as `sshd(pam_unix)[19939]: ` or `kernel: `, or -1. */
function endOfTag(text: string, start: number): number {
  let at = start;
  while (at - start < 80 && isTagCharacter(codeAt(text, at))) at++;
  if (at === start) return -1;
  if (codeAt(text, at) === 91) {
    const close = text.slice(at, at + 40).indexOf("]");
    if (close < 0) return -1;
    at += close + 1;
  }
  if (codeAt(text, at) !== 58) return -1;
  const next = codeAt(text, at + 1);
  if (!isBlank(next) && next !== END) return -1;
  return skipBlanks(text, skipUptime(text, skipBlanks(text, at + 1)));
}

/** `[12345.678901]`, the kernel's seconds since boot, is no time of the day but it is header. */
export function skipUptime(text: string, at: number): number {
  if (codeAt(text, at) !== 91) return at;
  const digits = skipBlanks(text, at + 1);
  const whole = countDigits(text, digits);
  if (whole === 0 || whole > 8 || codeAt(text, digits + whole) !== 46) return at;
  const end = digits + whole + 1 + countDigits(text, digits + whole + 1);
  return codeAt(text, end) === 93 ? end + 1 : at;
}

/** Brackets and a logger's name behind the level. */
function skipNames(text: string, at: number): number {
  let committed = skipSeparators(text, at);
  for (let token = 0; token < 5; token++) {
    let next = committed;
    if (codeAt(text, next) === 91) {
      const close = findClose(text, next, "]");
      if (close < 0) return committed;
      if (!isNameLike(text, next + 1, close)) {
        // A thread's name may have blanks; a logger behind it shows that it is one.
        const behind = skipSeparators(text, close + 1);
        const logger = skipLogger(text, behind);
        return logger > behind ? logger : committed;
      }
      next = close + 1;
    } else {
      next = endOfProcess(text, committed);
      if (next < 0) return skipLogger(text, committed);
    }
    const after = skipSeparators(text, next);
    if (after >= text.length) return committed;
    committed = after;
  }
  return committed;
}

/** Index behind Spring's process, `INFO 7 --- [main]`, or behind AWS Lambda's request id and tab; or -1. */
function endOfProcess(text: string, at: number): number {
  const digits = countDigits(text, at);
  if (digits > 0 && text.startsWith(" --- ", at + digits)) return at + digits + 4;
  return codeAt(text, at + 36) === 9 && isUuid(text.slice(at, at + 36)) ? at + 36 : -1;
}

function skipLogger(text: string, at: number): number {
  const first = codeAt(text, at);
  if (!isLetter(first) && first !== 60) return at;
  let end = at + 1;
  while (end - at < LONGEST_NAME && isLoggerCharacter(codeAt(text, end))) end++;
  // A colon inside a name belongs to it ("module:function:12"), one at its end does not.
  const isColon = end > at && codeAt(text, end - 1) === 58;
  if (isColon) end--;
  const gap = skipBlanks(text, end);
  if (!isColon && gap === end) return skipColumn(text, at);
  const mark = codeAt(text, gap);
  const isDash = !isColon && mark === 45 && isBlank(codeAt(text, gap + 1));
  const isSpacedColon = !isColon && mark === 58 && isBlank(codeAt(text, gap + 1));
  const isBracket = !isColon && mark === 91;
  if (!isColon && !isDash && !isSpacedColon && !isBracket) return skipColumn(text, at);
  if (isColon && gap === end + 1 && !isBlank(codeAt(text, gap))) return at;
  const name = text.slice(at, end);
  if (isFailureName(name)) return at;
  if (isBracket) return isPackage(name) ? skipBracketBehind(text, gap) : skipColumn(text, at);
  return (isDash ? isLoggerName(name) : isPackage(name)) ? skipSeparators(text, end) : at;
}

/** A word in capitals and a gap of blanks, as in the columns of Windows' and MongoDB's logs: `CBS    Loaded`. */
function skipColumn(text: string, at: number): number {
  let end = at;
  while (end - at < 16 && codeAt(text, end) >= 65 && codeAt(text, end) <= 90) end++;
  const isColumn = end > at + 1 && isBlank(codeAt(text, end)) && isBlank(codeAt(text, end + 1));
  return isColumn ? skipBlanks(text, end) : at;
}

/** OpenStack's `nova.compute [req-1 - - -] `: the bracket is header where it is a request's. */
function skipBracketBehind(text: string, at: number): number {
  const close = findClose(text, at, "]");
  if (close < 0) return at;
  const isRequest = text.startsWith("[-]", at) || text.startsWith("[req-", at);
  return isRequest || isNameLike(text, at + 1, close) ? skipBlanks(text, close + 1) : at;
}

/** Blanks, and the punctuation between the parts of a header: ":" "," "|" and dashes with blanks around them. */
export function skipSeparators(text: string, start: number): number {
  let at = start;
  for (;;) {
    const code = codeAt(text, at);
    if (isBlank(code)) at++;
    else if ((code === 58 || code === 44 || code === 124 || code === 59) && isGapAfter(text, at, start)) at++;
    else if (code === 45) {
      let end = at + 1;
      while (end - at < 4 && codeAt(text, end) === 45) end++;
      if (!isBlank(codeAt(text, end))) return at;
      at = end;
    } else if (code === 27) {
      const end = endOfStyle(text, at);
      if (end < 0) return at;
      at = end;
    } else return at;
  }
}

/** Index behind a terminal's colour sequence, or -1. */
export function endOfStyle(text: string, at: number): number {
  if (codeAt(text, at + 1) !== 91) return -1;
  let end = at + 2;
  while (end - at < 20 && (isDigit(codeAt(text, end)) || codeAt(text, end) === 59)) end++;
  return codeAt(text, end) === 109 ? end + 1 : -1;
}

function isGapAfter(text: string, at: number, start: number): boolean {
  const next = codeAt(text, at + 1);
  return isBlank(next) || at === start;
}

/** `ERROR:root:text` of Python's default format has a logger between colons; `W!` of telegraf a mark. */
function endOfLevel(text: string, end: number): number {
  if (codeAt(text, end) === 33) return end + 1;
  if (codeAt(text, end) !== 58 || !isWord(codeAt(text, end + 1))) return end;
  let at = end + 1;
  while (at - end < LONGEST_NAME && codeAt(text, at) !== 58 && isLoggerCharacter(codeAt(text, at))) at++;
  return codeAt(text, at) === 58 ? at + 1 : end;
}

/** A part of a header that may stand before the level: a number, a host, an id, a dotted name, a word before a dash. */
function isSkippable(text: string, start: number, end: number): boolean {
  if (end === start || end - start > LONGEST_NAME) return false;
  let hasMark = false;
  for (let at = start; at < end; at++) {
    const code = codeAt(text, at);
    if (isLetter(code)) continue;
    if (code === 34 || code === 39 || code === 61 || code === 123 || code === 40) return false;
    hasMark = true;
  }
  return hasMark || /^(?:\t| {1,40}[-|] )/.test(text.slice(end, end + 44));
}

function endOfToken(text: string, start: number): number {
  let at = start;
  while (at - start <= LONGEST_NAME && at < text.length) {
    const code = codeAt(text, at);
    if (isBlank(code) || code === 124) break;
    at++;
  }
  return at;
}

/** Index of the bracket that closes the one at `open`, nested ones of its kind apart; -1 where it is far. */
export function findClose(text: string, open: number, closing: string): number {
  const opened = codeAt(text, open);
  const closed = codeAt(closing, 0);
  const limit = Math.min(text.length, open + LONGEST_BRACKET);
  let depth = 0;
  for (let at = open; at < limit; at++) {
    const code = codeAt(text, at);
    if (code === opened) depth++;
    else if (code === closed && --depth === 0) return at;
  }
  return -1;
}

function closingOf(code: number): string {
  if (code === 91) return "]";
  if (code === 40) return ")";
  if (code === 123) return "}";
  return code === 60 ? ">" : "";
}

/** `worker-3` and a blank behind the bracket: most are such, and a loop is faster than the expression. */
function isPlainName(text: string, start: number, end: number): boolean {
  const first = codeAt(text, start);
  if (!isLetter(first) || !isBlank(codeAt(text, end + 1)) || end - start > LONGEST_BRACKET) return false;
  for (let at = start + 1; at < end; at++) {
    const code = codeAt(text, at);
    if (!isWord(code) && code !== 45) return false;
  }
  return true;
}

/** A thread, a process number, a code: no blanks, and not such as "1/3" or "50%". */
function isNameLike(text: string, start: number, end: number): boolean {
  if (isPlainName(text, start, end)) return true;
  NAME.lastIndex = start;
  return NAME.test(text) && NAME.lastIndex === end;
}

/** Hadoop's `SecurityLogger.org.apache.hadoop.ipc.Server`: packages between two names in capitals. */
const NAMED_PACKAGE = /^[A-Z]\w*(?:\.[a-z]\w*)+\.[A-Z][\w$]*$/;

/** `dfs.DataNode$PacketResponder`, `c.e.App`, `My::Module`. */
function isPackage(name: string): boolean {
  const first = codeAt(name, 0);
  const dot = name.indexOf(".");
  if (dot > 0 && dot < name.length - 1 && ((first >= 97 && first <= 122) || first === 95)) return true;
  const dollar = name.indexOf("$");
  if (dot > 0 && NAMED_PACKAGE.test(name)) return true;
  return name.includes("::") || (dollar > 0 && dollar < name.length - 1);
}

/** What may stand before " - ": a package, a name in lower case, one in CamelCase, `module:function:12`. */
function isLoggerName(name: string): boolean {
  if (/\.(?:\d|$)/.test(name)) return false;
  return isPackage(name) || /^[a-z<][\w./:<>-]*$/.test(name) || /^[A-Z]\w*(?:[a-z]\w*[A-Z]|\.)/.test(name);
}

/** `NullPointerException: x` says what happened: it is the text's own. */
function isFailureName(name: string): boolean {
  return (
    "enrgt".includes(name.charAt(name.length - 1)) &&
    /(?:Exception|Error|Throwable|Failure|Fault|Warning)$/.test(name)
  );
}

/** Blue Gene's and Thunderbird's node column and what follows it, behind `- 1117838570 2005.06.03`. */
export function readNodeTail(text: string, at: number): Tail {
  const node = endOfToken(text, skipBlanks(text, at));
  const next = skipBlanks(text, node);
  const stamp = parseTimestampAt(text, next);
  const tag = stamp ? skipSyslogTag(text, stamp.end) : -1;
  if (tag > 0) return { level: readLeadingLevel(text, tag)?.level, bodyStart: tag };
  // Time with microseconds, node again, type, component, level.
  let token = next;
  for (let count = 0; count < 4; count++) token = skipBlanks(text, endOfToken(text, token));
  const written = readLevelWord(text, token);
  if (written) return { level: written.level, bodyStart: skipBlanks(text, written.end) };
  return { level: undefined, bodyStart: next };
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
