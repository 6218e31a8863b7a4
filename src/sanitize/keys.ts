import { type KeyKind, kindOfKey } from "./key-names.ts";
import { SOFT_BREAK, SOFT_SPACE, TAG_MARK } from "./normalize.ts";
import { isPlainValue, looksRandom } from "./secret-values.ts";
import type { AddSpan } from "./spans.ts";

const KEYWORD =
  /pass|pwd|psw|secret|token|key|auth|cred|sig|sess|cookie|jwt|bearer|hmac|salt|webhook|dsn|identified by|login|_pat\b|\bpat\b|\bpin\b|\bcvv?\d?\b|\bcvc\b|\botp\b|senha|contrase/gi;
const KEY_CHAR = /[\w.$-]/;
const KEY_LIMIT = 80;
const VALUE_LIMIT = 8192;

/** Finds the values of fields whose name says that they are secret, in whatever notation the field stands. */
export function findKeyedSecrets(text: string, add: AddSpan): void {
  KEYWORD.lastIndex = 0;
  for (let hit = KEYWORD.exec(text); hit !== null; hit = KEYWORD.exec(text)) {
    const key = keyAround(text, hit.index, KEYWORD.lastIndex);
    KEYWORD.lastIndex = Math.max(KEYWORD.lastIndex, key.end);
    const kind = kindOfKey(text.slice(key.start, key.end));
    if (kind === undefined) continue;
    const value = valueBehind(text, key.start, key.end, kind);
    if (value === undefined) continue;
    if (isSecretValue(value, kind)) {
      add(kind === "aws-secret" ? "aws_secret_key" : "generic_api_key", value.start, value.end);
      KEYWORD.lastIndex = Math.max(KEYWORD.lastIndex, value.end);
    }
  }
}

/** The whole name around a key word: `aws_secret_access_key`, `spring.datasource.password`. */
function keyAround(text: string, from: number, to: number): { start: number; end: number } {
  let start = from;
  while (start > 0 && from - start < KEY_LIMIT && KEY_CHAR.test(text[start - 1] ?? "")) start--;
  let end = to;
  while (end < text.length && end - to < KEY_LIMIT && KEY_CHAR.test(text[end] ?? "")) end++;
  return { start, end };
}

interface Value {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly quoted: boolean;
  /** What stands between name and value. */
  readonly link: "assigned" | "colon" | "flag" | "element" | "spaced";
  /** The word behind an unquoted value on the same line, if any: prose goes on, a value ends. */
  readonly goesOn: boolean;
}

const W = `[ \\t${SOFT_BREAK}${SOFT_SPACE}]`;
const ASSIGN = new RegExp(
  `\\\\{0,8}["'\`]?[\\])]{0,2}${W}{0,8}(?:\\.=|\\|\\|=|:=|=>|={1,3}|->|:)[ \\t\\r\\n${SOFT_BREAK}${SOFT_SPACE}]{0,16}`,
  "y",
);
const PAIR = new RegExp(
  `\\\\{0,8}["'\`]${W}{0,4},(?:${W}{0,4}\\\\{0,8}["']?value\\\\{0,8}["']?${W}{0,4}[:=])?${W}{0,4}(?=\\\\{0,8}["'\`])`,
  "iy",
);
const ELEMENT = /(?:\s[^<>]{0,200})?>\s{0,8}(?:<!\[CDATA\[)?/y;
const SPACED = /[ \t\u2029]{1,4}(?:is |was |of |to |by )?[ \t]{0,2}/y;
const OPEN_QUOTE = /(\\{0,8})(["'`]{1,3})/y;
const CALL = /(?:b|r|f|u|rb|\$|@|new |String\()?(?=\\{0,8}["'`])/y;
const BARE = new RegExp(
  `(?:[^\\s&,;"'\`<>)\\]}|${SOFT_BREAK}]|${SOFT_SPACE}(?=\\S)|[,;)\\]}|](?![\\s,;)\\]}"'|\\\\]|$|[\\w.-]{1,40}\\\\{0,4}["']?[=:]))+`,
  "y",
);
const ELEMENT_TEXT = /[^<]{1,4096}/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function valueBehind(text: string, keyStart: number, keyEnd: number, kind: KeyKind): Value | undefined {
  const dashed = text.startsWith("--", keyStart) || (text[keyStart] === "-" && keyEnd - keyStart < 24);
  const assign = matchAt(ASSIGN, text, keyEnd);
  if (assign !== null) {
    const link = assign[0].includes(":") && !assign[0].includes(":=") ? "colon" : "assigned";
    const broken = assign[0].includes("\n");
    const value = readValue(text, keyEnd + assign[0].length, link, kind);
    return broken && value?.quoted === false ? undefined : value;
  }
  const pair = matchAt(PAIR, text, keyEnd);
  if (pair !== null) return readValue(text, keyEnd + pair[0].length, "assigned", kind);
  if (text[keyStart - 1] === "<" || text[keyStart - 1] === ":") {
    const element = matchAt(ELEMENT, text, keyEnd);
    if (element !== null) return readElement(text, keyEnd + element[0].length);
  }
  const spaced = matchAt(SPACED, text, keyEnd);
  return spaced === null
    ? undefined
    : readValue(text, keyEnd + spaced[0].length, dashed ? "flag" : "spaced", kind);
}

function readElement(text: string, at: number): Value | undefined {
  const body = matchAt(ELEMENT_TEXT, text, at)?.[0].replace(/\s*(?:\]\]>)?$/, "");
  if (body === undefined || body === "") return undefined;
  return { start: at, end: at + body.length, text: body, quoted: true, link: "element", goesOn: false };
}

function readValue(text: string, from: number, link: Value["link"], kind: KeyKind): Value | undefined {
  const at = from + (matchAt(CALL, text, from)?.[0].length ?? 0);
  const open = matchAt(OPEN_QUOTE, text, at);
  if (open !== null) return readQuoted(text, at + open[0].length, open[1] ?? "", open[2] ?? '"', link);
  if (kind === "header") return readHeader(text, from, link);
  const bare = matchAt(BARE, text, from)?.[0]
    .slice(0, VALUE_LIMIT)
    .replace(/[.,:!?\\]+$/, "");
  if (bare === undefined || bare === "") return undefined;
  const end = from + bare.length;
  return {
    start: from,
    end,
    text: bare,
    quoted: false,
    link,
    goesOn: /^[ \t]{1,2}[A-Za-z]{2,}(?![\w.-]*[=:])/.test(text.slice(end, end + 40)),
  };
}

/** Up to the same quote with as many backslashes; without one, to the end of the line. */
function readQuoted(
  text: string,
  start: number,
  slashes: string,
  quote: string,
  link: Value["link"],
): Value | undefined {
  const close = slashes + quote;
  const line = text.indexOf("\n", start);
  const limit = Math.min(line === -1 ? text.length : line, start + VALUE_LIMIT);
  let end = -1;
  for (
    let at = text.indexOf(close, start);
    at !== -1 && at < limit;
    at = text.indexOf(close, at + close.length)
  ) {
    if (text[at - 1] === "\\" && slashes === "") continue;
    end = at;
    break;
  }
  if (end === -1) end = limit;
  if (end <= start) return undefined;
  return { start, end, text: text.slice(start, end), quoted: true, link, goesOn: false };
}

const HEADER_VALUE = /[^\r\n"'\u2028]{1,8192}/y;

function readHeader(text: string, from: number, link: Value["link"]): Value | undefined {
  const line = matchAt(HEADER_VALUE, text, from)?.[0].trimEnd();
  if (line === undefined || line === "") return undefined;
  return { start: from, end: from + line.length, text: line, quoted: true, link, goesOn: false };
}

function isSecretValue(value: Value, kind: KeyKind): boolean {
  if (value.text.includes(TAG_MARK) && !/\w/.test(value.text.replaceAll(TAG_MARK, ""))) return false;
  if (isPlainValue(value.text)) return false;
  if (kind === "header") return looksRandom(value.text, 6);
  if (kind === "aws-secret") return value.text.length >= 16 || value.quoted;
  if (value.link === "spaced") return looksRandom(value.text, kind === "secret" ? 6 : 16);
  if (kind === "maybe") return looksRandom(value.text, 8);
  return !(value.link === "colon" && !value.quoted && value.goesOn && /^[a-z'-]+$/i.test(value.text));
}
