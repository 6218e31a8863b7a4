import { codeAt, isDigit, isLetter, isWord } from "./header-characters.ts";

/** A `name=value` pair of logfmt. */
export interface Pair {
  readonly name: string;
  readonly value: string;
  readonly isQuoted: boolean;
  /** Index behind the value. */
  readonly end: number;
}

const LONGEST_NAME = 80;

/** The pair that starts at an index; undefined where none does. */
export function readPair(text: string, start: number): Pair | undefined {
  let at = start;
  while (at - start <= LONGEST_NAME && isNameCharacter(codeAt(text, at))) at++;
  if (at === start || codeAt(text, at) !== 61 || isDigit(codeAt(text, start))) return undefined;
  const name = text.slice(start, at);
  const valueAt = at + 1;
  if (codeAt(text, valueAt) === 34) {
    const close = endOfQuoted(text, valueAt);
    if (close > 0) {
      return { name, value: withoutEscapes(text.slice(valueAt + 1, close)), isQuoted: true, end: close + 1 };
    }
  }
  const gap = text.slice(valueAt).search(/\s/);
  const end = gap < 0 ? text.length : valueAt + gap;
  return { name, value: text.slice(valueAt, end), isQuoted: false, end };
}

/** The fields of logfmt, wherever in the text they stand; undefined where there are fewer than two. */
export function parseLogfmt(text: string): Record<string, string | number | boolean | null> | undefined {
  if (!text.includes("=")) return undefined;
  const fields: [string, string | number | boolean | null][] = [];
  let at = 0;
  while (at < text.length) {
    const pair = isLetter(codeAt(text, at)) || codeAt(text, at) === 64 ? readPair(text, at) : undefined;
    if (pair) fields.push([pair.name, pair.isQuoted ? pair.value : typedValue(pair.value)]);
    at = pair ? pair.end : at;
    while (at < text.length && codeAt(text, at) > 32) at++;
    while (at < text.length && codeAt(text, at) <= 32) at++;
  }
  return fields.length < 2 ? undefined : Object.fromEntries(fields);
}

function typedValue(text: string): string | number | boolean | null {
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : text;
}

function endOfQuoted(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close > 0 && isEscaped(text, close)) close = text.indexOf('"', close + 1);
  return close;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (codeAt(text, at - 1 - slashes) === 92) slashes++;
  return slashes % 2 === 1;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function withoutEscapes(text: string): string {
  return text.includes("\\") ? text.replace(/\\(.)/g, (_, mark: string) => ESCAPES[mark] ?? mark) : text;
}

function isNameCharacter(code: number): boolean {
  return isWord(code) || code === 46 || code === 45 || code === 64 || code === 47;
}
