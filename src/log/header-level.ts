import type { Level } from "./event.ts";
import { codeAt, END, isBlank, isDigit, isLetter, isWord } from "./header-characters.ts";
import { LEVEL_NAMES, parseLevel } from "./level.ts";

/** A level that is written at a place in a line. */
export interface WrittenLevel {
  readonly level: Level;
  /** Index behind the word, not behind its bracket or colon. */
  readonly end: number;
}

/** What a spelling of a level's name needs around it to be one. */
interface Spelling {
  readonly word: string;
  readonly level: Level;
  readonly kind: "plain" | "letter" | "capitalised" | "needs-delimiter";
}

/** Words that in lower case or capitalised also start a sentence: they are levels only before a colon, bracket or gap. */
const AMBIGUOUS_IN_PROSE = new Set(
  "error err warning warnings notice critical crit fatal fine severe".split(" "),
);
/** Words that in any case may be something else. */
const AMBIGUOUS = new Set(
  "log config all default note failure silly informational eror alert emerg emergency panic information".split(
    " ",
  ),
);

const SPELLINGS = LEVEL_NAMES.flatMap(([name, level]): Spelling[] => {
  const upper = name.toUpperCase();
  if (name.length === 1) return "DIWEFV".includes(upper) ? [{ word: upper, level, kind: "letter" }] : [];
  const plain = AMBIGUOUS.has(name) ? "needs-delimiter" : "plain";
  const inProse = AMBIGUOUS_IN_PROSE.has(name) ? "needs-delimiter" : plain;
  const capitalised = upper.charAt(0) + name.slice(1);
  return [
    { word: upper, level, kind: plain },
    { word: name, level, kind: inProse },
    { word: capitalised, level, kind: inProse === "plain" ? "capitalised" : inProse },
  ];
});

const LONGEST = 13;

/** Spellings by a hash of their characters, so that other words need no copy and no look-up. */
const BY_HASH = new Array<readonly Spelling[]>(4096).fill([]);
for (const spelling of SPELLINGS) {
  let hash = 0;
  for (let at = 0; at < spelling.word.length; at++) hash = addToHash(hash, codeAt(spelling.word, at));
  BY_HASH[hash] = [...(BY_HASH[hash] ?? []), spelling];
}

function addToHash(hash: number, code: number): number {
  return (hash * 31 + code) & 4095;
}

/** The level word that starts at an index, in the ways logs write it; prose such as "Error connecting" is none. */
export function readLevelWord(text: string, at: number): WrittenLevel | undefined {
  let end = at;
  let hash = 0;
  for (; end - at <= LONGEST; end++) {
    const code = codeAt(text, end);
    if (!isLetter(code)) break;
    hash = addToHash(hash, code);
  }
  if (end === at || end - at > LONGEST) return undefined;
  const next = codeAt(text, end);
  if (isDigit(next) && text.startsWith("DEBUG", at)) {
    hash = addToHash(hash, next); // PostgreSQL's DEBUG1 to DEBUG5
    end++;
  }
  if (isWord(codeAt(text, end))) return undefined;
  for (const spelling of BY_HASH[hash] ?? []) {
    if (spelling.word.length !== end - at || !text.startsWith(spelling.word, at)) continue;
    return isWrittenAsLevel(text, spelling, end) ? { level: spelling.level, end } : undefined;
  }
  return undefined;
}

/** The level inside brackets: `error`, `INFO `, `core:error`, `ERROR/MainProcess`, `pid 7, WARN`. */
export function levelInBrackets(content: string): Level | undefined {
  if (content.length > 40) return undefined;
  const whole = isLetter(codeAt(content, 0)) || isBlank(codeAt(content, 0)) ? parseLevel(content) : undefined;
  if (whole !== undefined) return whole;
  return levelOfParts(content);
}

/** The level that the last part names, or the first or second, of two to four between blanks and `:/,|`. */
function levelOfParts(content: string): Level | undefined {
  let first: Level | undefined;
  let second: Level | undefined;
  let last: Level | undefined;
  let count = 0;
  for (let start = 0; start <= content.length; count++) {
    if (count === 4) return undefined;
    let end = start;
    while (end < content.length && !isPartEnd(codeAt(content, end))) end++;
    if (end - start === content.length) return undefined;
    last =
      end - start > 2 && isLetter(codeAt(content, start)) ? parseLevel(content.slice(start, end)) : undefined;
    if (count === 0) first = last;
    else if (count === 1) second = last;
    start = end + 1;
    while (end < content.length && start < content.length && isPartEnd(codeAt(content, start))) start++;
  }
  return last ?? first ?? second;
}

function isPartEnd(code: number): boolean {
  return code === 58 || code === 47 || code === 44 || code === 124 || isSpace(code);
}

function isSpace(code: number): boolean {
  if (code < 128) return code === 32 || (code >= 9 && code <= 13);
  return /\s/.test(String.fromCharCode(code));
}

function isWrittenAsLevel(text: string, { kind }: Spelling, end: number): boolean {
  if (kind === "letter") return isLetterLevel(text, end);
  const next = codeAt(text, end);
  if (next === 45 || next === 46 || next === 39) return isBlank(codeAt(text, end + 1));
  if (kind === "capitalised") return isDelimited(text, end) || isCapital(codeAt(text, end + 1));
  return kind === "plain" ? next === END || !'=({"'.includes(text.charAt(end)) : isDelimited(text, end);
}

/** One letter is a level in front of a name: `E tag:`, `I NETWORK`, `W! [inputs]`, `I/Tag`. */
function isLetterLevel(text: string, end: number): boolean {
  const next = codeAt(text, end);
  if (next === 33) return isBlank(codeAt(text, end + 1));
  if (!isBlank(next)) return false;
  let at = end + 1;
  const first = codeAt(text, at);
  if (isBlank(first) || isCapital(first) || first === 91) return true;
  for (; at < end + 60 && !isBlank(codeAt(text, at)); at++) if (codeAt(text, at) === 58) return true;
  return false;
}

function isDelimited(text: string, end: number): boolean {
  const next = text.charAt(end);
  if (next === "" || ":],|)>/\t".includes(next)) return true;
  return next === " " && " -|[:".includes(text.charAt(end + 1));
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}
