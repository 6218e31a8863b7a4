import { Failure } from "../failure.ts";

/** A pattern and how far it has been read. */
export interface Cursor {
  readonly text: string;
  /** UTF-16 index of the next character. */
  at: number;
}

const SHOWN = 72;

/**
 * Refuses the pattern at the cursor, or at an index given.
 * @throws Failure "invalid-filter" with a 1-based position; the hint shows the pattern and a caret under it.
 */
export function refuse(cursor: Cursor, problem: string, at = cursor.at, advice?: string): never {
  const hint = pointAt(cursor.text, at);
  throw new Failure("invalid-filter", `Invalid filter pattern: ${problem} at position ${at + 1}.`, {
    hint: advice === undefined ? hint : `${advice}\n${hint}`,
  });
}

/** The pattern (the part around the index, if it is long) with a caret line below. */
function pointAt(text: string, at: number): string {
  const from = Math.max(0, Math.min(at - SHOWN / 2, text.length - SHOWN));
  const lead = from > 0 ? "…" : "";
  const tail = from + SHOWN < text.length ? "…" : "";
  const shown = text.slice(from, from + SHOWN).replace(/\p{Cc}/gu, " ");
  return `${lead}${shown}${tail}\n${" ".repeat(lead.length + at - from)}^`;
}

export function isAtEnd(cursor: Cursor): boolean {
  return cursor.at >= cursor.text.length;
}

/** The next character (UTF-16 unit), or "" at the end. */
export function peek(cursor: Cursor): string {
  return cursor.text.charAt(cursor.at);
}

export function skipSpace(cursor: Cursor): void {
  while (/\s/.test(peek(cursor))) cursor.at++;
}

/** Reads `token` where it comes next, behind any space; false and nothing but space read where it does not. */
export function accept(cursor: Cursor, token: string): boolean {
  skipSpace(cursor);
  if (!cursor.text.startsWith(token, cursor.at)) return false;
  cursor.at += token.length;
  return true;
}

export function expect(cursor: Cursor, token: string): void {
  if (!accept(cursor, token)) refuse(cursor, `expected '${token}'`);
}

/** Reads the longest run of what a sticky expression matches; "" where that is nothing. */
export function readRun(cursor: Cursor, sticky: RegExp): string {
  sticky.lastIndex = cursor.at;
  const run = sticky.exec(cursor.text)?.[0] ?? "";
  cursor.at += run.length;
  return run;
}

/** Reads `"..."`; `\"` and `\\` stand for the quote and the backslash, any other backslash for itself. */
export function readQuoted(cursor: Cursor): string {
  const open = cursor.at;
  let value = "";
  for (cursor.at++; peek(cursor) !== '"'; cursor.at++) {
    if (isAtEnd(cursor)) refuse(cursor, "the quotation mark is never closed", open);
    const next = cursor.text.charAt(cursor.at + 1);
    if (peek(cursor) === "\\" && (next === '"' || next === "\\")) cursor.at++;
    value += peek(cursor);
  }
  cursor.at++;
  return value;
}
