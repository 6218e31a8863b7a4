import type { Level } from "./event.ts";
import { levelInBrackets, readLevelWord } from "./header-level.ts";
import { countDigits, isBlank, isDigit, isLetter, isWord, parseTimestampAt } from "./timestamp.ts";

/** What stands between a line's time and its text. */
export interface Tail {
  readonly level: Level | undefined;
  /** Where the text begins. */
  readonly bodyStart: number;
}

const LONGEST_BRACKET = 120;
const LONGEST_NAME = 120;
const MAX_TOKENS = 7;

/** Reads level, process, thread and logger from behind the time; takes nothing that may be the text itself. */
export function readTail(text: string, at: number, known: Level | undefined): Tail {
  let committed = skipSeparators(text, at);
  if (known !== undefined) return { level: known, bodyStart: skipNames(text, committed) };
  let next = committed;
  for (let token = 0; token < MAX_TOKENS; token++) {
    const closing = closingOf(text.charCodeAt(next));
    if (closing !== "") {
      const close = findClose(text, next, closing);
      if (close < 0) break;
      const content = text.slice(next + 1, close);
      const level = levelInBrackets(content);
      if (level !== undefined) return { level, bodyStart: skipNames(text, close + 1) };
      const isCommitted = next === committed && closing === "]" && isNameLike(content);
      next = skipSeparators(text, close + 1);
      if (isCommitted) committed = next;
      continue;
    }
    const written = readLevelWord(text, next);
    if (written) return { level: written.level, bodyStart: skipNames(text, endOfLevel(text, written.end)) };
    const end = endOfToken(text, next);
    if (!isSkippable(text, next, end)) break;
    next = skipSeparators(text, end);
  }
  return { level: undefined, bodyStart: committed };
}

/** The level at the very start of a text that has no time, or behind a syslog tag. */
export function readLeadingLevel(text: string, at: number): Tail | undefined {
  const closing = closingOf(text.charCodeAt(at));
  if (closing !== "") {
    const close = findClose(text, at, closing);
    const level = close < 0 || close - at > 12 ? undefined : levelInBrackets(text.slice(at + 1, close));
    return level === undefined ? undefined : { level, bodyStart: skipNames(text, close + 1) };
  }
  const written = readLevelWord(text, at);
  if (!written || text.startsWith("Error", at)) return undefined;
  return { level: written.level, bodyStart: skipNames(text, endOfLevel(text, written.end)) };
}

/** Index behind `host program[pid]: ` or `program[pid]: `; -1 where there is no such tag. */
export function skipSyslogTag(text: string, at: number): number {
  let start = at;
  while (isBlank(text.charCodeAt(start)) && start < at + 4) start++;
  const own = endOfTag(text, start);
  if (own > 0) return own;
  let end = endOfToken(text, start);
  if (end === start || !isBlank(text.charCodeAt(end))) return -1;
  while (isBlank(text.charCodeAt(end))) end++;
  if (text.startsWith("-- ", end)) end += 3;
  return endOfTag(text, end);
}

/** Index behind a program's tag, such as `sshd(pam_unix)[19939]: ` or `kernel: `, or -1. */
function endOfTag(text: string, start: number): number {
  let at = start;
  while (at - start < 80 && isTagCharacter(text.charCodeAt(at))) at++;
  if (at === start) return -1;
  if (text.charCodeAt(at) === 91) {
    const close = text.slice(at, at + 40).indexOf("]");
    if (close < 0) return -1;
    at += close + 1;
  }
  if (text.charCodeAt(at) !== 58) return -1;
  const next = text.charCodeAt(at + 1);
  if (!isBlank(next) && !Number.isNaN(next)) return -1;
  return skipBlanks(text, skipUptime(text, skipBlanks(text, at + 1)));
}

/** `[12345.678901]`, the kernel's seconds since boot, is no time of the day but it is header. */
export function skipUptime(text: string, at: number): number {
  if (text.charCodeAt(at) !== 91) return at;
  const digits = skipBlanks(text, at + 1);
  const whole = countDigits(text, digits);
  if (whole === 0 || whole > 8 || text.charCodeAt(digits + whole) !== 46) return at;
  const end = digits + whole + 1 + countDigits(text, digits + whole + 1);
  return text.charCodeAt(end) === 93 ? end + 1 : at;
}

/** Brackets and a logger's name behind the level. */
function skipNames(text: string, at: number): number {
  let committed = skipSeparators(text, at);
  for (let token = 0; token < 5; token++) {
    let next = committed;
    if (text.charCodeAt(next) === 91) {
      const close = findClose(text, next, "]");
      if (close < 0 || !isNameLike(text.slice(next + 1, close))) return committed;
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

/** Spring's `INFO 7 --- [main]`, or -1. */
function endOfProcess(text: string, at: number): number {
  const digits = countDigits(text, at);
  return digits > 0 && text.startsWith(" --- ", at + digits) ? at + digits + 4 : -1;
}

function skipLogger(text: string, at: number): number {
  let end = at;
  while (end - at < LONGEST_NAME && isLoggerCharacter(text.charCodeAt(end))) end++;
  if (end === at || !isLetter(text.charCodeAt(at))) return at;
  const name = text.slice(at, end);
  const isColon = text.charCodeAt(end) === 58 && isBlank(text.charCodeAt(end + 1));
  const isSpaced = isBlank(text.charCodeAt(end)) && /^ {1,40}[:-] /.test(text.slice(end, end + 44));
  const isBracketed = text.startsWith(" [", end) && isPackage(name);
  if (isBracketed) return skipBracketBehind(text, end + 1);
  if (!(isColon || isSpaced) || isFailureName(name)) return at;
  const isName = isColon ? isPackage(name) : isLoggerName(name);
  return isName ? skipSeparators(text, end) : at;
}

/** OpenStack's `nova.compute [req-1 - - -] `: the bracket is header where it is a request's. */
function skipBracketBehind(text: string, at: number): number {
  const close = findClose(text, at, "]");
  if (close < 0) return at;
  const content = text.slice(at + 1, close);
  return content === "-" || content.startsWith("req-") || isNameLike(content)
    ? skipBlanks(text, close + 1)
    : at;
}

/** Blanks, and the punctuation between the parts of a header: ":" "," "|" and dashes with blanks around them. */
export function skipSeparators(text: string, start: number): number {
  let at = start;
  for (;;) {
    const code = text.charCodeAt(at);
    if (isBlank(code)) at++;
    else if ((code === 58 || code === 44 || code === 124 || code === 59) && isGapAfter(text, at, start)) at++;
    else if (code === 45) {
      let end = at + 1;
      while (end - at < 4 && text.charCodeAt(end) === 45) end++;
      if (!isBlank(text.charCodeAt(end))) return at;
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
  if (text.charCodeAt(at + 1) !== 91) return -1;
  let end = at + 2;
  while (end - at < 20 && (isDigit(text.charCodeAt(end)) || text.charCodeAt(end) === 59)) end++;
  return text.charCodeAt(end) === 109 ? end + 1 : -1;
}

function isGapAfter(text: string, at: number, start: number): boolean {
  const next = text.charCodeAt(at + 1);
  return isBlank(next) || at === start;
}

/** `ERROR:root:text` of Python's default format has a logger between colons; `W!` of telegraf a mark. */
function endOfLevel(text: string, end: number): number {
  if (text.charCodeAt(end) === 33) return end + 1;
  if (text.charCodeAt(end) !== 58 || !isWord(text.charCodeAt(end + 1))) return end;
  let at = end + 1;
  while (at - end < LONGEST_NAME && isLoggerCharacter(text.charCodeAt(at))) at++;
  return text.charCodeAt(at) === 58 ? at + 1 : end;
}

/** A part of a header that may stand before the level: a number, a host, an id, a dotted name, a word before a dash. */
function isSkippable(text: string, start: number, end: number): boolean {
  if (end === start || end - start > LONGEST_NAME) return false;
  let hasMark = false;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (isLetter(code)) continue;
    if (code === 34 || code === 39 || code === 61 || code === 123 || code === 40) return false;
    hasMark = true;
  }
  return hasMark || /^(?:\t| {1,40}[-|] )/.test(text.slice(end, end + 44));
}

function endOfToken(text: string, start: number): number {
  let at = start;
  while (at - start <= LONGEST_NAME && at < text.length) {
    const code = text.charCodeAt(at);
    if (isBlank(code) || code === 124) break;
    at++;
  }
  return at;
}

export function findClose(text: string, open: number, closing: string): number {
  const close = text.slice(open + 1, open + LONGEST_BRACKET).indexOf(closing);
  return close < 0 ? -1 : open + 1 + close;
}

function closingOf(code: number): string {
  if (code === 91) return "]";
  if (code === 40) return ")";
  return code === 60 ? ">" : "";
}

/** A thread, a process number, a code: no blanks, and not such as "1/3" or "50%". */
function isNameLike(content: string): boolean {
  return /^(?:#?\d{1,10}|[#A-Za-z_][\w.:/$@#,*+=-]{0,99})$/.test(content) && !/^https?:/.test(content);
}

/** `dfs.DataNode$PacketResponder`, `c.e.App`, `My::Module`. */
function isPackage(name: string): boolean {
  return /^[a-z_][\w-]*(?:\.[\w$-]+)+$/.test(name) || name.includes("::") || /\w\$\w/.test(name);
}

function isLoggerName(name: string): boolean {
  return isPackage(name) || /^[a-z][\w./-]*$/.test(name) || /^[A-Z]\w*[a-z]\w*[A-Z]/.test(name);
}

/** `NullPointerException: x` says what happened: it is the text's own. */
function isFailureName(name: string): boolean {
  return /(?:Exception|Error|Throwable|Failure|Fault|Warning)$/.test(name);
}

function isLoggerCharacter(code: number): boolean {
  return isWord(code) || code === 46 || code === 36 || code === 45 || code === 47 || code === 64;
}

function isTagCharacter(code: number): boolean {
  return isWord(code) || "./()-@+#*".includes(String.fromCharCode(code));
}

export function skipBlanks(text: string, start: number): number {
  let at = start;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** Blue Gene's and Thunderbird's node column and what follows it, behind `- 1117838570 2005.06.03`. */
export function readNodeTail(text: string, at: number): Tail {
  const node = endOfToken(text, skipBlanks(text, at));
  const next = skipBlanks(text, node);
  const stamp = parseTimestampAt(text, next);
  const tag = stamp ? skipSyslogTag(text, stamp.end) : -1;
  if (tag > 0) return { level: undefined, bodyStart: tag };
  // Time with microseconds, node again, type, component, level.
  let token = next;
  for (let count = 0; count < 4; count++) token = skipBlanks(text, endOfToken(text, token));
  const written = readLevelWord(text, token);
  if (written) return { level: written.level, bodyStart: skipBlanks(text, written.end) };
  return { level: undefined, bodyStart: next };
}
