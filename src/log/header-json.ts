import type { Level } from "./event.ts";
import { type Fields, fieldOf, isFields, type JsonValue, messageField } from "./fields.ts";
import {
  inferLevel,
  levelOfHttpStatus,
  levelOfNumber,
  levelOfOpenTelemetry,
  levelOfSyslogSeverity,
  parseLevel,
} from "./level.ts";
import { parseTimestampAt } from "./timestamp.ts";
import type { Resolve, ResolvedTime } from "./timestamp-resolve.ts";
import type { Stamp } from "./timestamp-stamp.ts";

/** Docker's json-file wrapper, taken apart. */
export interface DockerLine {
  readonly time: ResolvedTime | undefined;
  readonly stream: string;
  readonly partial: boolean;
  readonly text: string;
}

/** Names under which a time is found, best first; nested ones and those with a dot are looked up as paths. */
const TIME_RANKS = rank([
  "@timestamp",
  "timestamp",
  "time",
  "ts",
  "@t",
  "datetime",
  "eventTime",
  "date",
  "_time",
  "asctime",
  "timeMillis",
  "Timestamp",
  "Time",
  "__REALTIME_TIMESTAMP",
  "t",
]); // prettier-ignore
const LEVEL_RANKS = rank([
  "level",
  "severity",
  "lvl",
  "log.level",
  "levelname",
  "loglevel",
  "log_level",
  "@l",
  "level_name",
  "logLevel",
  "severity_text",
  "severityText",
  "Level",
  "Severity",
  "LogLevel",
  "priority",
  "PRIORITY",
  "syslog_severity",
  "severity_number",
  "severityNumber",
  "s",
]); // prettier-ignore
const STATUS_NAMES = ["status", "statusCode", "status_code", "res.statusCode", "httpRequest.status"];
const NESTS = ["log", "event", "meta", "record"];

/** The time that a JSON event tells. */
export function timeOfFields(fields: Fields, resolve: Resolve): ResolvedTime | undefined {
  const name = bestName(fields, TIME_RANKS);
  const own = name === undefined ? undefined : resolveValue(fields[name], resolve);
  if (own || name === undefined) return own ?? timeInNests(fields, resolve);
  // The best name holds something else, such as a duration: try the others in their order.
  for (const other of TIME_RANKS.keys()) {
    const time = Object.hasOwn(fields, other) ? resolveValue(fields[other], resolve) : undefined;
    if (time) return time;
  }
  return timeInNests(fields, resolve);
}

/** The level that a JSON event has written down. */
export function levelOfFields(fields: Fields): Level | undefined {
  for (const name of ranked(fields, LEVEL_RANKS)) {
    const level = levelOfValue(name, fields[name], fields);
    if (level !== undefined) return level;
  }
  for (const nest of NESTS) {
    const inner = fields[nest];
    const value = isFields(inner) ? (inner.level ?? inner.severity) : undefined;
    const level = levelOfValue("level", value, fields);
    if (level !== undefined) return level;
  }
  return undefined;
}

/** The level that a JSON event's words or HTTP status speak of. */
export function inferLevelOfFields(fields: Fields): Level | undefined {
  const message = messageField(fields);
  const fromWords = message === undefined ? undefined : inferLevel(message);
  if (fromWords === "error" || fromWords === "fatal") return fromWords;
  const error = fields.error ?? fields.err ?? fields.exception;
  if ((typeof error === "string" && error !== "") || isFields(error)) return "error";
  for (const name of STATUS_NAMES) {
    const status = Number(fieldOf(fields, name) ?? Number.NaN);
    const level = levelOfHttpStatus(status);
    if (level !== undefined) return level;
  }
  return fromWords;
}

/** Docker's `{"log":"text\n","stream":"stderr","time":"..."}`; undefined for JSON with other fields. */
export function readDocker(fields: Fields, resolve: Resolve): DockerLine | undefined {
  const { log, stream, time } = fields;
  if (typeof log !== "string" || typeof time !== "string") return undefined;
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  for (const name in fields) {
    if (name !== "log" && name !== "stream" && name !== "time" && name !== "attrs") return undefined;
  }
  const isWhole = log.endsWith("\n");
  const text = isWhole ? log.slice(0, log.endsWith("\r\n") ? -2 : -1) : log;
  return { time: resolveValue(time, resolve), stream, partial: !isWhole, text };
}

/** A field's value as a time: ISO and other written forms, or a count of s, ms, us or ns since the epoch. */
export function resolveValue(value: JsonValue | undefined, resolve: Resolve): ResolvedTime | undefined {
  if (typeof value === "string") {
    if (/^\d{10}(?:\d{3}|\d{6}|\d{9}|\.\d{1,9})?$/.test(value)) return resolveValue(Number(value), resolve);
    const stamp = parseTimestampAt(value, 0);
    return stamp && stamp.end >= value.length - 12 ? resolve(stamp) : undefined;
  }
  if (typeof value === "number") {
    const stamp = stampOfCount(value);
    return stamp && resolve(stamp);
  }
  if (!isFields(value)) return undefined;
  if (value.$date !== undefined) return resolveDate(value.$date, resolve);
  return typeof value.seconds === "number" ? resolveValue(value.seconds, resolve) : undefined;
}

/** MongoDB's extended JSON: `{"$date":"..."}` or `{"$date":{"$numberLong":"..."}}`. */
function resolveDate(date: JsonValue, resolve: Resolve): ResolvedTime | undefined {
  return resolveValue(isFields(date) ? date.$numberLong : date, resolve);
}

/** From 2001 to 2100; smaller numbers are durations and sizes. */
function stampOfCount(count: number): Stamp | undefined {
  let milliseconds: number;
  if (count >= 1e9 && count < 4.1e9) milliseconds = count * 1000;
  else if (count >= 1e12 && count < 4.1e12) milliseconds = count;
  else if (count >= 1e15 && count < 4.1e15) milliseconds = count / 1000;
  else if (count >= 1e18 && count < 4.1e18) milliseconds = count / 1e6;
  else return undefined;
  // Doubles hold a fraction of a second only nearly: 1700000000.123 must not become .122.
  return { end: 0, wall: Math.floor(milliseconds + 1e-3), offset: 0, yearless: false };
}

function timeInNests(fields: Fields, resolve: Resolve): ResolvedTime | undefined {
  for (const nest of NESTS) {
    const inner = fields[nest];
    if (!isFields(inner)) continue;
    const time = resolveValue(inner.time ?? inner.timestamp ?? inner.created, resolve);
    if (time) return time;
  }
  return undefined;
}

function levelOfValue(name: string, value: JsonValue | undefined, fields: Fields): Level | undefined {
  if (name === "s")
    return typeof value === "string" && isFields(fields.t) ? parseLevel(value.charAt(0)) : undefined;
  if (typeof value === "string") {
    return isSyslogName(name) && /^[0-7]$/.test(value)
      ? levelOfSyslogSeverity(Number(value))
      : parseLevel(value);
  }
  if (isFields(value)) return levelOfValue("level", value.name ?? value.value, fields);
  if (typeof value !== "number") return undefined;
  if (name === "severity_number" || name === "severityNumber") return levelOfOpenTelemetry(value);
  const isGelf = name === "level" && fields.short_message !== undefined;
  return isSyslogName(name) || isGelf ? levelOfSyslogSeverity(value) : levelOfNumber(value);
}

function isSyslogName(name: string): boolean {
  return name === "priority" || name === "PRIORITY" || name === "syslog_severity" || name === "severity";
}

function rank(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, index) => [name, index]));
}

function bestName(fields: Fields, ranks: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const name in fields) {
    const own = ranks.get(name);
    if (own !== undefined && own < bestRank) {
      best = name;
      bestRank = own;
    }
  }
  return best;
}

function ranked(fields: Fields, ranks: ReadonlyMap<string, number>): readonly string[] {
  const best = bestName(fields, ranks);
  if (best === undefined) return [];
  const others = Object.keys(fields).filter((name) => name !== best && ranks.has(name));
  return [best, ...others.sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0))];
}
