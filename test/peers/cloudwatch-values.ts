import type { StoredEvent } from "./cloudwatch-store.ts";

/** An instant, as Logs Insights keeps `@timestamp` and bins. */
export class Timestamp {
  /** Milliseconds since the epoch. */
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/** What a field or an expression holds; objects are maps and lists out of jsonParse. */
export type Value = string | number | boolean | Timestamp | object | undefined;

/** An event, or a line of statistics, as a query sees it. */
export interface Row {
  get(field: string): Value;
}

/** The row with further fields, which go before its own. */
export function extendRow(row: Row, fields: ReadonlyMap<string, Value>): Row {
  return { get: (field) => (fields.has(field) ? fields.get(field) : row.get(field)) };
}

type QueriedEvent = Pick<StoredEvent, "timestamp" | "ingestionTime" | "message" | "stream" | "serial">;

/** Fields that are found in one JSON event, at most: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html. */
const MOST_FIELDS = 200;

/**
 * The system's fields of an event, and those that are discovered in a message that is JSON: the leaves of objects and lists
 * by dotted path. They are discovered in groups of the Standard class only. Booleans are 1 and 0, as
 * github.com/aws-samples/serverless-typescript-demo queries them (`filter cold_start = 1`).
 */
export function readEvent(event: QueriedEvent, log: string, discovers: boolean): Row {
  let discovered: ReadonlyMap<string, Value> | undefined;
  return {
    get(field) {
      switch (field) {
        case "@timestamp":
          return new Timestamp(event.timestamp);
        case "@ingestionTime":
          return new Timestamp(event.ingestionTime);
        case "@message":
          return event.message;
        case "@logStream":
          return event.stream;
        case "@log":
          return log;
        case "@ptr":
          return Buffer.from(`ptr:${event.serial}`).toString("base64");
        default:
          if (!discovers) return undefined;
          discovered ??= discover(event.message);
          return discovered.get(field);
      }
    },
  };
}

function discover(message: string): ReadonlyMap<string, Value> {
  const found = new Map<string, Value>();
  const value = parseJson(message);
  if (value !== undefined && !Array.isArray(value)) flatten(value, "", found);
  return found;
}

function flatten(value: unknown, name: string, found: Map<string, Value>): void {
  if (found.size >= MOST_FIELDS || value === null) return;
  if (typeof value === "object") {
    for (const [key, part] of Object.entries(value)) {
      // A field that begins with @ gets one more: those with one are the system's.
      const own = name === "" && key.startsWith("@") ? `@${key}` : key;
      flatten(part, name === "" ? own : `${name}.${own}`, found);
    }
  } else if (typeof value === "boolean") {
    if (!found.has(name)) found.set(name, value ? 1 : 0);
  } else if (typeof value === "string" || typeof value === "number") {
    if (!found.has(name)) found.set(name, value);
  }
}

/** A JSON object or list; undefined for every other text. */
export function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A member of a map or list; what is null is not there. */
export function memberOf(value: Value, name: string): Value {
  if (typeof value !== "object" || value instanceof Timestamp || !Object.hasOwn(value, name))
    return undefined;
  const member: unknown = Reflect.get(value, name);
  if (member === null || member === undefined) return undefined;
  if (typeof member === "boolean") return member ? 1 : 0;
  return typeof member === "string" || typeof member === "number" || typeof member === "object"
    ? member
    : undefined;
}

/** As it is written into results; times as `YYYY-MM-DD HH:mm:ss.SSS` in UTC. */
export function textOf(value: Value): string | undefined {
  if (value === undefined) return undefined;
  if (value instanceof Timestamp) return new Date(value.ms).toISOString().replace("T", " ").replace("Z", "");
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The number that a value is or can be parsed as. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string")
    return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value) ? Number(value) : undefined;
  return typeof value === "number" ? value : undefined;
}

/** By number where both are numbers, otherwise by text; NaN, which no order is, where there is no value. */
export function compareValues(one: Value, other: Value): number {
  if (one === undefined || other === undefined || isStructure(one) || isStructure(other)) return Number.NaN;
  const difference = (numberOf(one) ?? Number.NaN) - (numberOf(other) ?? Number.NaN);
  return Number.isNaN(difference) ? compareTexts(textOf(one) ?? "", textOf(other) ?? "") : difference;
}

export function isStructure(value: Value): boolean {
  return typeof value === "object" && !(value instanceof Timestamp);
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/**
 * The order of sort, docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html: what is no number first;
 * runs of digits by length, then value. Where missing values go is not documented: last here, in either direction.
 */
export function compareForSort(one: Value, other: Value, sign: number): number {
  if (one === undefined || other === undefined)
    return Number(one === undefined) - Number(other === undefined);
  if (one instanceof Timestamp && other instanceof Timestamp) return sign * (one.ms - other.ms);
  const a = numberOf(one);
  const b = numberOf(other);
  const [left, right] = [textOf(one) ?? "", textOf(other) ?? ""];
  if (a !== undefined && b !== undefined) return sign * (a - b || compareTexts(left, right));
  if (a !== undefined || b !== undefined) return a === undefined ? -sign : sign;
  return sign * compareChunks(left, right);
}

function compareChunks(one: string, other: string): number {
  const a = one.match(/\d+|\p{L}+|[^\d\p{L}]/gu) ?? [];
  const b = other.match(/\d+|\p{L}+|[^\d\p{L}]/gu) ?? [];
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const [left = "", right = ""] = [a[at], b[at]];
    const byLength = /^\d/.test(left) && /^\d/.test(right) ? left.length - right.length : 0;
    const difference = byLength || compareTexts(left, right);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
