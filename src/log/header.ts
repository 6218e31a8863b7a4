import type { Level } from "./event.ts";
import { type Fields, parseObject } from "./fields.ts";
import { codeAt } from "./header-characters.ts";
import { inferLevelOfFields, levelOfFields, readDocker, timeOfFields } from "./header-json.ts";
import { readLogfmtHead } from "./header-logfmt.ts";
import { readCri, readTextHead, readTextTime, skipLead } from "./header-text.ts";
import { inferLevel } from "./level.ts";
import { createResolve, type Resolve, type ResolvedTime } from "./timestamp-resolve.ts";
import type { Zone } from "./zone.ts";

/** What the head of a line says: when, how severe, and where the text begins. */
export interface Header {
  /** Milliseconds since the epoch; undefined where the line tells no time. */
  readonly timestamp: number | undefined;
  /** The line gave no zone; the user's zone was used. */
  readonly zoneAssumed: boolean;
  /** The line gave no year (syslog); the latest one that fits was taken. */
  readonly yearAssumed: boolean;
  readonly level: Level | undefined;
  /** The level comes from words or an HTTP status; none is written. */
  readonly levelInferred: boolean;
  /** UTF-16 index in `text` where the message text begins. */
  readonly bodyStart: number;
  /** The event's text: the line, or the inner log text of a container runtime's wrapper. */
  readonly text: string;
  /** The whole text is one JSON object, so an untimed line after it does not continue it. */
  readonly structured: boolean;
  /** "stdout" or "stderr" where a container runtime's wrapper says so. */
  readonly stream: string | undefined;
  /** The wrapper says that the next line continues this one. */
  readonly partial: boolean;
}

export interface Recogniser {
  /** Never throws, whatever the line. */
  recognise(line: string): Header;
  /** The time alone, ms since the epoch: what `recognise` gives, for less; for seeking in files. */
  timestampOf(line: string): number | undefined;
}

/** A container runtime's line, taken apart. */
interface Wrapper {
  readonly time: ResolvedTime | undefined;
  readonly stream: string;
  readonly partial: boolean;
  readonly text: string;
}

/** A wrapper in a wrapper is as deep as logs go. */
const MAX_WRAPPERS = 2;

/**
 * @param options.zone for lines that give no zone
 * @param options.reference ms since the epoch; a log without a year cannot lie after it: the file's mtime or the clock
 */
export function createRecogniser(options: { zone: Zone; reference: number }): Recogniser {
  const resolve = createResolve(options.zone, options.reference);
  return {
    recognise: (line) => recogniseLine(line, resolve, 0),
    timestampOf: (line) => timestampOf(line, resolve),
  };
}

function recogniseLine(line: string, resolve: Resolve, depth: number): Header {
  const fields = startsWithBrace(line) ? parseObject(line.slice(skipLead(line))) : undefined;
  const wrapper = depth < MAX_WRAPPERS ? readWrapper(line, fields, resolve) : undefined;
  if (wrapper) return unwrap(wrapper, recogniseLine(wrapper.text, resolve, depth + 1));
  return fields ? headerOfFields(line, fields, resolve) : headerOfText(line, resolve);
}

function timestampOf(line: string, resolve: Resolve): number | undefined {
  const fields = startsWithBrace(line) ? parseObject(line.slice(skipLead(line))) : undefined;
  const wrapper = readWrapper(line, fields, resolve);
  if (wrapper) return unwrap(wrapper, recogniseLine(wrapper.text, resolve, 1)).timestamp;
  if (fields) return timeOfFields(fields, resolve)?.timestamp;
  const own = readTextTime(line, resolve);
  if (own !== undefined || !(line.includes("=") || line.includes("{"))) return own;
  return timeOfBody(line, readTextHead(line, resolve).bodyStart, resolve)?.timestamp;
}

/** The time that JSON or logfmt tells behind a header that tells none. */
function timeOfBody(line: string, bodyStart: number, resolve: Resolve): ResolvedTime | undefined {
  const fields = codeAt(line, bodyStart) === 123 ? parseObject(line.slice(bodyStart)) : undefined;
  return fields ? timeOfFields(fields, resolve) : readLogfmtHead(line, bodyStart, resolve)?.time;
}

function readWrapper(line: string, fields: Fields | undefined, resolve: Resolve): Wrapper | undefined {
  return fields ? readDocker(fields, resolve) : readCri(line, resolve);
}

/** The inner line's own time counts, unless it leaves the zone or the year open: the runtime's is exact. */
function unwrap(wrapper: Wrapper, inner: Header): Header {
  const { time, stream, partial } = wrapper;
  const isInnerExact = inner.timestamp !== undefined && !inner.zoneAssumed && !inner.yearAssumed;
  return { ...inner, ...(isInnerExact ? undefined : time), stream, partial };
}

function headerOfFields(line: string, fields: Fields, resolve: Resolve): Header {
  const level = levelOfFields(fields);
  const inferred = level === undefined ? inferLevelOfFields(fields) : undefined;
  return header(line, timeOfFields(fields, resolve), level, inferred, 0, true);
}

function headerOfText(line: string, resolve: Resolve): Header {
  const text = readTextHead(line, resolve);
  const { bodyStart } = text;
  const fields = codeAt(line, bodyStart) === 123 ? parseObject(line.slice(bodyStart)) : undefined;
  if (fields) {
    const level = text.level ?? levelOfFields(fields);
    const inferred = level === undefined ? inferLevelOfFields(fields) : undefined;
    return header(line, text.time ?? timeOfFields(fields, resolve), level, inferred, bodyStart, true);
  }
  const pairs = text.level === undefined || !text.time ? readLogfmtHead(line, bodyStart, resolve) : undefined;
  const level = text.level ?? pairs?.level;
  const start = pairs?.bodyStart ?? bodyStart;
  const inferred = level === undefined ? inferLevel(start === 0 ? line : line.slice(start)) : undefined;
  return header(line, text.time ?? pairs?.time, level, inferred, start, false);
}

function header(
  text: string,
  time: ResolvedTime | undefined,
  level: Level | undefined,
  inferred: Level | undefined,
  bodyStart: number,
  structured: boolean,
): Header {
  return {
    timestamp: time?.timestamp,
    zoneAssumed: time?.zoneAssumed ?? false,
    yearAssumed: time?.yearAssumed ?? false,
    level: level ?? inferred,
    levelInferred: level === undefined && inferred !== undefined,
    bodyStart,
    text,
    structured,
    stream: undefined,
    partial: false,
  };
}

function startsWithBrace(line: string): boolean {
  const first = codeAt(line, 0);
  if (first === 123) return true;
  return (first <= 32 || first === 0xfeff) && codeAt(line, skipLead(line)) === 123;
}
