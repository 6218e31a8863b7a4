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

const SPELLINGS: ReadonlyMap<string, Spelling> = new Map(
  LEVEL_NAMES.flatMap(([name, level]): [string, Spelling][] => {
    const upper = name.toUpperCase();
    if (name.length === 1) return "DIWEFV".includes(upper) ? [[upper, { level, kind: "letter" }]] : [];
    const plain = AMBIGUOUS.has(name) ? "needs-delimiter" : "plain";
    const inProse = AMBIGUOUS_IN_PROSE.has(name) ? "needs-delimiter" : plain;
    const capitalised = upper.charAt(0) + name.slice(1);
    return [
      [upper, { level, kind: plain }],
      [name, { level, kind: inProse }],
      [capitalised, { level, kind: inProse === "plain" ? "capitalised" : inProse }],
    ];
  }),
);

const LONGEST = 13;

/** The level word that starts at an index, in the ways logs write it; prose such as "Error connecting" is none. */
export function readLevelWord(text: string, at: number): WrittenLevel | undefined {
  let end = at;
  while (end - at <= LONGEST && isLetter(codeAt(text, end))) end++;
  if (end === at || end - at > LONGEST) return undefined;
  if (isDigit(codeAt(text, end)) && text.startsWith("DEBUG", at)) end++; // PostgreSQL's DEBUG1 to DEBUG5
  if (isWord(codeAt(text, end))) return undefined;
  const spelling = SPELLINGS.get(text.slice(at, end));
  return spelling && isWrittenAsLevel(text, spelling, end) ? { level: spelling.level, end } : undefined;
}

/** The level inside brackets: `error`, `INFO `, `core:error`, `ERROR/MainProcess`, `pid 7, WARN`. */
export function levelInBrackets(content: string): Level | undefined {
  if (content.length > 40) return undefined;
  const whole = isLetter(codeAt(content, 0)) || isBlank(codeAt(content, 0)) ? parseLevel(content) : undefined;
  if (whole !== undefined) return whole;
  const parts = content.split(/[\s:/,|]+/);
  if (parts.length > 4) return undefined;
  for (const part of [parts.at(-1), parts[0], parts[1]]) {
    if (part !== undefined && part.length > 2 && isLetter(codeAt(part, 0))) {
      const level = parseLevel(part);
      if (level !== undefined) return level;
    }
  }
  return undefined;
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
