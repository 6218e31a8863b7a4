import type { Level } from "./event.ts";
import { parseLevel } from "./level.ts";
import { isBlank, isDigit, isLetter, isWord } from "./timestamp.ts";

/** A level that is written at a place in a line. */
export interface WrittenLevel {
  readonly level: Level;
  /** Index behind the word, not behind its bracket or colon. */
  readonly end: number;
}

/** Words that also start a sentence or name a thing: they are levels only in front of a colon, bracket or gap. */
const AMBIGUOUS_LOWER = new Set(
  "error err warning warnings notice alert critical crit fatal fine severe panic emergency emerg e w i d v n c f p t".split(
    " ",
  ),
);
const AMBIGUOUS_ALWAYS = new Set("log config all default note failure silly informational eror".split(" "));

const LONGEST = 13;

/** The level word that starts at an index, in the ways logs write it; prose such as "Error connecting" is none. */
export function readLevelWord(text: string, at: number): WrittenLevel | undefined {
  let end = at;
  while (end - at <= LONGEST && isLetter(text.charCodeAt(end))) end++;
  if (end === at || end - at > LONGEST) return undefined;
  if (isDigit(text.charCodeAt(end)) && text.startsWith("DEBUG", at)) end++; // PostgreSQL's DEBUG1 to DEBUG5
  if (isWord(text.charCodeAt(end))) return undefined;
  const word = text.slice(at, end);
  const level = parseLevel(word);
  if (level === undefined || !isWrittenAsLevel(text, word, end)) return undefined;
  return { level, end };
}

/** The level inside brackets: `error`, `INFO `, `core:error`, `ERROR/MainProcess`, `pid 7, WARN`. */
export function levelInBrackets(content: string): Level | undefined {
  if (content.length > 40) return undefined;
  const whole =
    isLetter(content.charCodeAt(0)) || isBlank(content.charCodeAt(0)) ? parseLevel(content) : undefined;
  if (whole !== undefined) return whole;
  const parts = content.split(/[\s:/,|]+/);
  if (parts.length > 4) return undefined;
  for (const part of [parts.at(-1), parts[0], parts[1]]) {
    if (part !== undefined && part.length > 2 && isLetter(part.charCodeAt(0))) {
      const level = parseLevel(part);
      if (level !== undefined) return level;
    }
  }
  return undefined;
}

function isWrittenAsLevel(text: string, word: string, end: number): boolean {
  if (word.length === 1) return isLetterLevel(text, word, end);
  const next = text.charCodeAt(end);
  if (next === 45 || next === 46 || next === 39) return isBlank(text.charCodeAt(end + 1));
  const lower = word.toLowerCase();
  const isUpper = word === word.toUpperCase();
  const isAmbiguous = AMBIGUOUS_ALWAYS.has(lower) || (!isUpper && AMBIGUOUS_LOWER.has(lower));
  return isAmbiguous ? isDelimited(text, end) : Number.isNaN(next) || !'=({"'.includes(text.charAt(end));
}

/** One letter is a level in front of a name: `E tag:`, `I NETWORK`, `W! [inputs]`, `I/Tag`. */
function isLetterLevel(text: string, letter: string, end: number): boolean {
  if (!"DIWEFV".includes(letter)) return false;
  const next = text.charCodeAt(end);
  if (next === 33) return isBlank(text.charCodeAt(end + 1));
  if (!isBlank(next)) return false;
  let at = end + 1;
  if (isBlank(text.charCodeAt(at))) return true;
  const first = text.charCodeAt(at);
  if ((first >= 65 && first <= 90) || first === 91) return true;
  for (; at < end + 60 && !isBlank(text.charCodeAt(at)); at++) if (text.charCodeAt(at) === 58) return true;
  return false;
}

function isDelimited(text: string, end: number): boolean {
  const next = text.charAt(end);
  if (next === "" || ":],|)>/\t".includes(next)) return true;
  return next === " " && " -|[:".includes(text.charAt(end + 1));
}
