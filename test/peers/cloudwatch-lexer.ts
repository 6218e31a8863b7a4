import { ServiceError } from "./cloudwatch-wire.ts";

export interface Token {
  readonly kind: "name" | "quoted-name" | "text" | "regex" | "number" | "period" | "symbol";
  /** What stands in the query. */
  readonly raw: string;
  /** Without quotes and escapes. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Spaces and comments are left out. */
const SPACE = /(?:\s|#[^\n]*)+/y;
const KINDS: readonly (readonly [Token["kind"], RegExp])[] = [
  // No control characters: whether a text may hold a line's end is not documented.
  ["text", /"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*"|'(?:[^'\\\p{Cc}]|\\[^\p{Cc}])*'/uy],
  ["quoted-name", /`[^`\p{Cc}]+`/uy],
  ["period", /\d+(?:ms|msec|s|sec|m|min|h|hr|d|day|w|week|mo|mon|q|qtr|y|yr)(?![\w.])/y],
  ["number", /\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])/y],
  ["name", /[A-Za-z_@][\w@]*(?:\.[\w@]+)*/y],
  ["symbol", /!=|<=|>=|=~|[-=<>|(),*[\].+/%^]/y],
];
const REGEX = /\/(?:[^/\\\n]|\\[^\n])+\//y;

/** @throws ServiceError MalformedQueryException where no token of the language stands */
function readTokens(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let command = "";
  for (let at = skip(text, 0); at < text.length; ) {
    const before = tokens.at(-1);
    if (before === undefined || before.raw === "|")
      command = /^\w*/.exec(text.slice(at))?.[0]?.toLowerCase() ?? "";
    const token =
      tokenAt(text, at, mayBeRegex(before, command)) ?? malformed("unexpected symbol", at, at + 1);
    tokens.push(token);
    at = skip(text, token.end);
  }
  return tokens;
}

/** A slash begins an expression behind like and =~, and behind the field of parse; else it divides. */
function mayBeRegex(before: Token | undefined, command: string): boolean {
  if (before === undefined) return false;
  if (before.kind === "symbol") return before.raw === "=~" || (before.raw === ")" && command === "parse");
  if (before.kind === "name" && /^like$/i.test(before.raw)) return true;
  return command === "parse" && (before.kind === "name" || before.kind === "quoted-name");
}

function tokenAt(text: string, at: number, mayBeginRegex: boolean): Token | undefined {
  const kinds = mayBeginRegex ? [["regex", REGEX] as const, ...KINDS] : KINDS;
  for (const [kind, pattern] of kinds) {
    pattern.lastIndex = at;
    const raw = pattern.exec(text)?.[0];
    if (raw !== undefined)
      return { kind, raw, value: withoutQuotes(kind, raw), start: at, end: at + raw.length };
  }
  return undefined;
}

function withoutQuotes(kind: Token["kind"], raw: string): string {
  if (kind === "text")
    return raw.slice(1, -1).replace(/\\(.)/gu, (_, character: string) => ESCAPES[character] ?? character);
  return kind === "quoted-name" || kind === "regex" ? raw.slice(1, -1) : raw;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function skip(text: string, at: number): number {
  SPACE.lastIndex = at;
  return at + (SPACE.exec(text)?.[0].length ?? 0);
}

export function malformed(message: string, startCharOffset: number, endCharOffset: number): never {
  const queryCompileError = { location: { startCharOffset, endCharOffset }, message };
  const text = `${message} found at line 1 and position ${startCharOffset}`;
  throw new ServiceError("MalformedQueryException", text, 400, { queryCompileError });
}

/** Reads the tokens of a query one by one. */
export interface TokenReader {
  peek(ahead?: number): Token | undefined;
  next(): Token;
  /** Takes a word or symbol if it is the next one. */
  take(word: string): boolean;
  expect(word: string): void;
  /** What stands from a token on up to where the reader is. */
  textSince(token: Token | undefined): string;
  fail(message?: string): never;
}

export function createTokenReader(text: string): TokenReader {
  const tokens = readTokens(text);
  let index = 0;
  const fail = (message = "unexpected symbol"): never => {
    const token = tokens[index];
    return malformed(message, token?.start ?? text.length, token?.end ?? text.length);
  };
  const reader: TokenReader = {
    peek: (ahead = 0) => tokens[index + ahead],
    next() {
      const token = tokens[index] ?? fail("unexpected end");
      index += 1;
      return token;
    },
    take(word) {
      const token = tokens[index];
      if ((token?.kind !== "name" && token?.kind !== "symbol") || token.raw.toLowerCase() !== word)
        return false;
      index += 1;
      return true;
    },
    expect(word) {
      if (!reader.take(word)) fail();
    },
    textSince: (token) => text.slice(token?.start ?? 0, tokens[index - 1]?.end ?? 0),
    fail,
  };
  return reader;
}
