import { parseLogfmt } from "./fields-logfmt.ts";
import { codeAt } from "./header-characters.ts";

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export type Fields = Record<string, JsonValue>;

const MESSAGE_NAMES = [
  "message",
  "msg",
  "@message",
  "@m",
  "@mt",
  "short_message",
  "log",
  "event",
  "text",
  "body",
  "textPayload",
  "err.message",
  "error.message",
  "err",
  "error",
] as const; // prettier-ignore

/** Fields that tell what a message leaves out, in the order in which they are shown. */
const TELLING_NAMES = [
  "error",
  "err",
  "exception",
  "reason",
  "cause",
  "status",
  "statusCode",
  "res.statusCode",
  "code",
];
const LONGEST_DETAIL = 200;
/** A header in front of a JSON object is not longer. */
const LONGEST_HEADER = 300;

/** The fields of a JSON line, of a JSON object behind a text header, or of logfmt; undefined for other text. */
export function parseFields(text: string): Fields | undefined {
  const start = text.search(/\S/);
  if (start < 0) return undefined;
  if (codeAt(text, start) === 123) return parseObject(text);
  const brace = text.indexOf("{");
  if (brace > 0 && brace < LONGEST_HEADER && text.trimEnd().endsWith("}")) {
    const fields = parseObject(text.slice(brace));
    if (fields) return fields;
  }
  return parseLogfmt(text);
}

/** A JSON text's object; undefined for other values and for what is no JSON. */
export function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** True for an object that is not an array; what JSON.parse made holds nothing but JSON. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value under a name: a key that has it whole ("log.level"), or a path through objects. */
export function fieldOf(fields: Fields, path: string): JsonValue | undefined {
  const whole = fields[path];
  if (whole !== undefined && Object.hasOwn(fields, path)) return whole;
  if (!path.includes(".")) return undefined;
  let from: Fields = fields;
  let rest = path;
  for (let dot = rest.indexOf("."); dot >= 0; dot = rest.indexOf(".")) {
    const name = rest.slice(0, dot);
    const value = Object.hasOwn(from, name) ? from[name] : undefined;
    if (!isFields(value)) return undefined;
    from = value;
    rest = rest.slice(dot + 1);
    if (Object.hasOwn(from, rest)) return from[rest];
  }
  return undefined;
}

/** The text that a person wrote: message, msg, log and the like, or the error's own. */
export function messageField(fields: Fields): string | undefined {
  for (const name of MESSAGE_NAMES) {
    const value = fieldOf(fields, name);
    if (typeof value === "string" && value.trim() !== "") return value;
  }
  return undefined;
}

/** One readable line for an event of JSON: its message and the few fields that tell more; other text as it is. */
export function summaryText(text: string): string {
  const fields = text.trimStart().startsWith("{") ? parseObject(text) : undefined;
  return (fields && summaryOf(fields)) ?? text;
}

/** The same of what was parsed; undefined where there is no message. */
export function summaryOf(fields: Fields): string | undefined {
  const written = messageField(fields);
  if (written === undefined) return undefined;
  const message = collapseSpace(written).trim();
  let summary = message;
  for (const name of TELLING_NAMES) {
    const detail = detailOf(fieldOf(fields, name));
    if (detail !== undefined && !message.includes(detail)) summary += ` ${name}=${detail}`;
  }
  return summary;
}

function detailOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number") return String(value);
  const text = isFields(value) ? messageField(value) : value;
  if (typeof text !== "string" || text === "") return undefined;
  return collapseSpace(text).slice(0, LONGEST_DETAIL);
}

/** Each run of white space as one blank. */
function collapseSpace(text: string): string {
  return /\s\s|[^\S ]/.test(text) ? text.replace(/\s+/g, " ") : text;
}
