import { SOFT_BREAK, SOFT_SPACE } from "./normalize.ts";

/** What stands behind a field's name, as far as it has been read. */
export interface Value {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly quoted: boolean;
  /** What stands between name and value. */
  readonly link: "assigned" | "colon" | "pair" | "flag" | "element" | "spaced";
  /** True where a word follows an unquoted value on the same line: prose goes on, a value ends. */
  readonly goesOn: boolean;
  /** The value goes on behind `end`, up to what this matches. */
  readonly rest?: RegExp;
}

/** Characters that are read before it is decided whether a value is secret. */
const HEAD = 512;
/** A secret that is longer is cut off here; the rules for long tokens have their own limits. */
const VALUE_LIMIT = 65_536;

const W = `[ \\t${SOFT_BREAK}${SOFT_SPACE}]`;
const TYPE = `(?::? ?(?:string|String|str|&str|char ?\\*))?`;
const ASSIGN = new RegExp(
  `(?: #?\\d{1,2})?\\\\{0,8}["'\`]?[\\])]{0,2}${TYPE}${W}{0,8}(?:[?:+.|]{0,3}={1,3}>?|->|:)[ \\t\\r\\n${SOFT_BREAK}${SOFT_SPACE}]{0,16}`,
  "y",
);
const PAIR = new RegExp(
  `\\\\{0,8}["'\`]${W}{0,4}(?:,(?:${W}{0,4}\\\\{0,8}["']?value\\\\{0,8}["']?${W}{0,4}[:=])?|value${W}{0,4}=)${W}{0,4}(?=\\\\{0,8}["'\`])`,
  "iy",
);
const ELEMENT = /(?:\s[^<>]{0,200})?>\s{0,8}(?:<!\[CDATA\[)?/y;
const SPACED = /[ \t\u2029]{1,4}(?:is |was |of |to |by )?[ \t]{0,2}\(?/y;
const OPEN_QUOTE = /(?:b|r|f|u|rb|\$|@|new |String\()?(\\{0,8})("""|'''|["'`])/y;
const BARE_CHAR = `[^\\s&,;"'\`<>)\\]}|${SOFT_BREAK}]|${SOFT_SPACE}(?=\\S)|[,;)\\]}|](?![\\s,;)\\]}"'|\\\\]|$|[\\w.-]{1,40}\\\\{0,4}["']?[=:])`;
const BARE = new RegExp(`(?:${BARE_CHAR}){1,${HEAD}}`, "y");
const BARE_REST = new RegExp(`(?:${BARE_CHAR}){1,${VALUE_LIMIT}}`, "y");
const ELEMENT_TEXT = new RegExp(`[^<]{1,${HEAD}}`, "y");
const ELEMENT_REST = new RegExp(`[^<]{1,${VALUE_LIMIT}}`, "y");

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Reads the value behind the name at `keyStart`..`keyEnd`; undefined where none stands there. */
export function readValue(text: string, keyStart: number, keyEnd: number): Value | undefined {
  const assign = matchAt(ASSIGN, text, keyEnd);
  if (assign !== null) {
    const link = assign[0].includes(":") && !assign[0].includes("=") ? "colon" : "assigned";
    const value = readText(text, keyEnd + assign[0].length, link);
    return assign[0].includes("\n") && value?.quoted === false ? undefined : value;
  }
  const pair = matchAt(PAIR, text, keyEnd);
  if (pair !== null)
    return readText(text, keyEnd + pair[0].length, /value/i.test(pair[0]) ? "assigned" : "pair");
  if (text[keyStart - 1] === "<" || text[keyStart - 1] === ":") {
    const element = matchAt(ELEMENT, text, keyEnd);
    if (element !== null) return readElement(text, keyEnd + element[0].length);
  }
  const spaced = matchAt(SPACED, text, keyEnd);
  if (spaced === null) return undefined;
  const dashed = text.startsWith("--", keyStart) || (text[keyStart] === "-" && keyEnd - keyStart < 24);
  return readText(text, keyEnd + spaced[0].length, dashed ? "flag" : "spaced");
}

/** Where a value that was taken for secret really ends. */
export function extendValue(text: string, value: Value): number {
  if (value.rest === undefined) return value.end;
  return value.end + (matchAt(value.rest, text, value.end)?.[0].length ?? 0);
}

function readElement(text: string, at: number): Value | undefined {
  const read = matchAt(ELEMENT_TEXT, text, at)?.[0] ?? "";
  if (read.length < HEAD && text[at + read.length] !== "<") return undefined;
  const body = read.replace(/\s{0,64}(?:\]\]>)?$/, "");
  if (body === "") return undefined;
  const whole = { start: at, end: at + body.length, text: body, quoted: true, goesOn: false };
  return read.length < HEAD
    ? { ...whole, link: "element" }
    : { ...whole, link: "element", rest: ELEMENT_REST };
}

function readText(text: string, from: number, link: Value["link"]): Value | undefined {
  const open = matchAt(OPEN_QUOTE, text, from);
  if (open !== null)
    return readQuoted(text, from + open[0].length, open[1]?.length ?? 0, open[2] ?? '"', link);
  const read = matchAt(BARE, text, from)?.[0] ?? "";
  const bare = read.length < HEAD ? read.replace(/[.,:!?\\]{1,64}$/, "") : read;
  if (bare === "") return undefined;
  const end = from + bare.length;
  const goesOn = /^[ \t]{1,2}[A-Za-z]{2,}(?![\w.-]{0,40}[=:])/.test(text.slice(end, end + 80));
  const value = { start: from, end, text: bare, quoted: false, link, goesOn };
  return read.length < HEAD ? value : { ...value, rest: BARE_REST };
}

/** Up to the quote with as many backslashes as the first, or fewer (an outer string ends); else to the line's end. */
function readQuoted(
  text: string,
  start: number,
  slashes: number,
  quote: string,
  link: Value["link"],
): Value | undefined {
  const window = text.slice(start, start + HEAD);
  const line = window.indexOf("\n");
  const close = findClose(line === -1 ? window : window.slice(0, line), slashes, quote);
  const length = close ?? (line === -1 ? window.length : line);
  if (length === 0) return undefined;
  const value = {
    start,
    end: start + length,
    text: window.slice(0, length),
    quoted: true,
    link,
    goesOn: false,
  };
  if (close !== undefined || line !== -1 || window.length < HEAD) return value;
  return { ...value, rest: quote.includes("'") ? SINGLE_REST : quote === "`" ? TICK_REST : DOUBLE_REST };
}

const DOUBLE_REST = new RegExp(`[^"\\n]{1,${VALUE_LIMIT}}`, "y");
const SINGLE_REST = new RegExp(`[^'\\n]{1,${VALUE_LIMIT}}`, "y");
const TICK_REST = new RegExp(`[^\`\\n]{1,${VALUE_LIMIT}}`, "y");

function findClose(line: string, slashes: number, quote: string): number | undefined {
  for (let at = line.indexOf(quote); at !== -1; at = line.indexOf(quote, at + 1)) {
    let run = 0;
    while (line[at - 1 - run] === "\\") run++;
    if (slashes === 0 ? run % 2 === 0 : run <= slashes) return slashes === 0 ? at : at - run;
  }
  return undefined;
}

const HEADER = /\\{0,8}["']?\]?[ \t]{0,4}(?::|=>|,)[ \t\u2029]{0,4}(?:\[[ \t]{0,2})?\\{0,8}["']?/y;
const CREDENTIAL = new RegExp(
  `(?:[A-Za-z][\\w-]{1,30}[ \\t\\u2029+]{1,4})?([^\\s"'\\\\,;\\u2028\\u2029]{1,${HEAD}})`,
  "y",
);
const CREDENTIAL_REST = new RegExp(`[^\\s"'\\\\,;\\u2028\\u2029]{1,${VALUE_LIMIT}}`, "y");

/** Reads the credential of an Authorization header; its scheme (`Basic`) stays. */
export function readCredential(text: string, keyEnd: number): Value | undefined {
  const header = matchAt(HEADER, text, keyEnd);
  if (header === null) return undefined;
  const at = keyEnd + header[0].length;
  const match = matchAt(CREDENTIAL, text, at);
  const credential = match?.[1];
  if (match === null || credential === undefined) return undefined;
  const end = at + match[0].length;
  const start = end - credential.length;
  return { start, end, text: credential, quoted: true, link: "colon", goesOn: false, rest: CREDENTIAL_REST };
}

const COOKIE = /[ \t\u2029]{0,4}([^=;\s"',\\\u2028]{1,128})=([^;\s"',\\\u2028]{0,4096})(;?)/y;
/** An attribute without a value, or with one that holds spaces (`Expires=Wed, 1 Jan`). */
const COOKIE_FLAG = /[ \t\u2029]{0,4}[^;\s"']{1,40}(?: [^;\s"']{1,20}){0,6};/y;
const ATTRIBUTE = /^(?:path|domain|expires|max-age|samesite|version|priority)$/i;
const COOKIE_LIMIT = 200;

export interface Cookie extends Value {
  readonly name: string;
}

/** Reads the values of a Cookie or Set-Cookie header, and where it ends; attributes such as Path are left out. */
export function readCookies(text: string, keyEnd: number): { cookies: readonly Cookie[]; end: number } {
  const header = matchAt(HEADER, text, keyEnd);
  const cookies: Cookie[] = [];
  if (header === null) return { cookies, end: keyEnd };
  let at = keyEnd + header[0].length;
  for (let count = 0; count < COOKIE_LIMIT; count++) {
    const match = matchAt(COOKIE, text, at);
    const [whole = "", name = "", value = "", semicolon = ""] = match ?? matchAt(COOKIE_FLAG, text, at) ?? [];
    if (whole === "") break;
    at += whole.length;
    const end = at - semicolon.length;
    const isValue = value !== "" && !ATTRIBUTE.test(name);
    const cookie = { name, start: end - value.length, end, text: value, quoted: true, goesOn: false };
    if (isValue) cookies.push({ ...cookie, link: "assigned" });
    if (!whole.endsWith(";")) break;
  }
  return { cookies, end: at };
}
