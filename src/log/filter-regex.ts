import { type Cursor, isAtEnd, peek, readRun, refuse } from "./filter-cursor.ts";

/** 1 for each character (UTF-16 unit) that is in the set; the last entry speaks for all beyond 0xFF. */
export type CharacterSet = Uint8Array;
export const BEYOND = 256;

/** What a regular expression of a filter pattern consists of: there are no groups, so a list is enough. */
export type RegexItem =
  | { readonly kind: "start" | "end" }
  | {
      readonly kind: "repeat";
      readonly set: CharacterSet;
      /** The one character of the set, where it was written as one. */
      readonly literal: string | undefined;
      readonly min: number;
      /** Infinity for `*`, `+` and `{n,}`. */
      readonly max: number;
    };

export interface Regex {
  readonly source: string;
  /** Alternatives, each a sequence. */
  readonly alternatives: readonly (readonly RegexItem[])[];
}

/** Repetitions are written out when the expression is compiled, so their sum is bounded. */
const MOST_POSITIONS = 500;
const LITERALS = /[A-Za-z0-9:_#=@/;,\-\]}]/;
const CLASS_LITERALS = /[A-Za-z0-9:_#=@/;,\-^$?[\]{}|*+.]/;
const ESCAPABLE = /[:_#=@/;,\-^$?[\]{}|\\*+.]/;

/**
 * Reads `%re%` at the cursor. The alphabet is what CloudWatch documents: letters, digits, `: _ # = @ / ; , -`,
 * the operators `^ $ ? [ ] { } | \ * + .`, the classes \d \D \s \S \w \W and \xhh for any other character;
 * no parentheses, no space, no backreference, nothing multi-byte.
 */
export function readRegex(cursor: Cursor): Regex {
  const open = cursor.at;
  const close = cursor.text.indexOf("%", open + 1);
  if (close < 0) refuse(cursor, "the '%' that opens a regular expression is never closed", open);
  if (close === open + 1) refuse(cursor, "the regular expression is empty", open);
  cursor.at++;
  const alternatives: RegexItem[][] = [[]];
  while (cursor.at < close) {
    if (peek(cursor) === "|") {
      cursor.at++;
      alternatives.push([]);
    } else alternatives.at(-1)?.push(readItem(cursor, close));
  }
  cursor.at = close + 1;
  if (alternatives.flat().reduce((sum, item) => sum + positionsOf(item), 0) > MOST_POSITIONS)
    refuse(cursor, `the regular expression repeats more than ${MOST_POSITIONS} characters`, open);
  return { source: cursor.text.slice(open + 1, close), alternatives };
}

function positionsOf(item: RegexItem): number {
  if (item.kind !== "repeat") return 1;
  return Number.isFinite(item.max) ? item.max : Math.max(item.min, 1);
}

function readItem(cursor: Cursor, close: number): RegexItem {
  const character = peek(cursor);
  if (character === "^" || character === "$") {
    cursor.at++;
    return { kind: character === "^" ? "start" : "end" };
  }
  const atom = readAtom(cursor, close);
  return { kind: "repeat", ...atom, ...readQuantifier(cursor) };
}

interface Atom {
  readonly set: CharacterSet;
  readonly literal: string | undefined;
}

function readAtom(cursor: Cursor, close: number): Atom {
  const character = peek(cursor);
  if (character === "[") return { set: readClass(cursor, close), literal: undefined };
  if (character === "\\") return readEscape(cursor);
  cursor.at++;
  if (character === ".") return { set: complement(setOf("\n\r")), literal: undefined };
  if (LITERALS.test(character)) return single(character);
  if (/[?*+{]/.test(character)) refuse(cursor, `nothing to repeat before '${character}'`, cursor.at - 1);
  return refuseCharacter(cursor, character);
}

function refuseCharacter(cursor: Cursor, character: string): never {
  const code = character.charCodeAt(0);
  const hex = `\\x${code.toString(16).padStart(2, "0")}`;
  const advice = code > 0xff ? "Put '.' in its place." : `Write it as '${hex}'.`;
  refuse(cursor, `a regular expression cannot hold '${character}'`, cursor.at - 1, advice);
}

function readQuantifier(cursor: Cursor): { min: number; max: number } {
  const bounds = readBounds(cursor);
  // A lazy quantifier finds the same events as a greedy one.
  if (bounds && peek(cursor) === "?") cursor.at++;
  return bounds ?? { min: 1, max: 1 };
}

function readBounds(cursor: Cursor): { min: number; max: number } | undefined {
  const open = cursor.at;
  const character = peek(cursor);
  if (!/[?*+{]/.test(character) || character === "") return undefined;
  cursor.at++;
  if (character === "?") return { min: 0, max: 1 };
  if (character === "*") return { min: 0, max: Infinity };
  if (character === "+") return { min: 1, max: Infinity };
  const parts = /^(\d{1,4})(,?)(\d{0,4})\}$/.exec(readRun(cursor, /[0-9,]{1,9}\}/y));
  if (!parts) refuse(cursor, "expected a repetition such as '{2}', '{2,}' or '{2,5}'", open);
  const min = Number(parts[1]);
  const max = parts[2] === "" ? min : parts[3] === "" ? Infinity : Number(parts[3]);
  if (max < min) refuse(cursor, "the repetition's bounds are the wrong way round", open);
  return { min, max };
}

function readEscape(cursor: Cursor): Atom {
  const at = cursor.at++;
  const character = peek(cursor);
  cursor.at++;
  const named = CLASSES[character.toLowerCase()];
  if (named !== undefined) {
    const set = setOf(named);
    return { set: character === character.toLowerCase() ? set : complement(set), literal: undefined };
  }
  if (character === "x") {
    const hex = readRun(cursor, /[0-9A-Fa-f]{2}/y);
    if (hex === "") refuse(cursor, "expected two hexadecimal digits");
    return single(String.fromCharCode(Number.parseInt(hex, 16)));
  }
  if (character === "" || !ESCAPABLE.test(character)) refuse(cursor, "unknown escape", at);
  return single(character);
}

function readClass(cursor: Cursor, close: number): CharacterSet {
  const open = cursor.at++;
  const negated = peek(cursor) === "^";
  if (negated) cursor.at++;
  const set = setOf("");
  const first = cursor.at;
  while (peek(cursor) !== "]" || cursor.at === first) {
    if (isAtEnd(cursor) || cursor.at >= close) refuse(cursor, "'[' is never closed", open);
    addToClass(cursor, set);
  }
  cursor.at++;
  return negated ? complement(set) : set;
}

/** Adds one character, class or range. A hyphen that ends the class stands for itself. */
function addToClass(cursor: Cursor, set: CharacterSet): void {
  const at = cursor.at;
  const low = readClassAtom(cursor);
  if (peek(cursor) !== "-" || cursor.text.charAt(cursor.at + 1) === "]") {
    for (const [code, value] of low.set.entries()) if (value) set[code] = 1;
    return;
  }
  cursor.at++;
  const high = readClassAtom(cursor);
  if (low.literal === undefined || high.literal === undefined || high.literal < low.literal)
    refuse(cursor, "this range of characters is not one", at);
  set.fill(1, low.literal.charCodeAt(0), high.literal.charCodeAt(0) + 1);
}

function readClassAtom(cursor: Cursor): Atom {
  const character = peek(cursor);
  if (character === "\\") return readEscape(cursor);
  cursor.at++;
  if (character === "" || !CLASS_LITERALS.test(character)) refuseCharacter(cursor, character);
  return single(character);
}

const DIGITS = "0123456789";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CLASSES: Readonly<Record<string, string>> = {
  d: DIGITS,
  w: `${DIGITS}${LETTERS}_`,
  s: " \t\n\v\f\r",
};

function setOf(characters: string): CharacterSet {
  const set = new Uint8Array(BEYOND + 1);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}

function complement(set: CharacterSet): CharacterSet {
  return set.map((value) => 1 - value);
}

function single(character: string): Atom {
  return { set: setOf(character), literal: character };
}
