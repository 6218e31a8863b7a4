import { Failure } from "../failure.ts";
import { formatDuration, parseDuration, SECOND } from "./time-duration.ts";
import { readPoint, resolvePoint, type Viewpoint } from "./time-point.ts";
import type { TimeRange } from "./time-range.ts";
import type { Reader } from "./time-reader.ts";
import type { Zone } from "./zone.ts";

/** The last instant that a Date can hold, ms. */
const LATEST = 8.64e15;
const FORMS =
  "Use ISO 8601 (2025-08-02T13:45:00Z), a date and time with or without a zone (2025-08-02 13:45 UTC), a clock time (14:30), now, today, yesterday, 1h ago, -30m, or epoch seconds or milliseconds.";

/**
 * The instant (ms since the epoch) that a tool argument or a flag names: ISO 8601 and other dates with or without time
 * and zone (read in `zone` where they name none; a date is its first moment), clock times (the latest that is not
 * after now), `now`, `today`, `yesterday 14:00`, `1h ago`, `-1h`, `90m` (that long ago), epoch seconds or milliseconds.
 * @throws Failure "invalid-time" that names the text.
 */
export function parseInstant(text: string, view: { now: number; zone: Zone }): number {
  const trimmed = text.trim();
  const instant =
    trimmed.length > 100
      ? undefined
      : (readEpoch(trimmed) ?? readSpan(trimmed, view) ?? readTime(trimmed, view));
  if (instant !== undefined && Math.abs(instant) <= LATEST) return instant;
  throw new Failure("invalid-time", `Cannot read '${shorten(trimmed)}' as a time.`, { hint: FORMS });
}

/** Ten digits or fewer are seconds, until the year 2286; 11 to 16 are milliseconds. */
function readEpoch(text: string): number | undefined {
  if (/^\d{9,10}(?:\.\d{1,9})?$/.test(text)) return Math.round(Number(text) * SECOND);
  return /^\d{11,16}$/.test(text) ? Number(text) : undefined;
}

function readSpan(text: string, { now }: Viewpoint): number | undefined {
  const [, span] = /^(?:now ?)?-? ?(.+?)(?: ago)?$/iu.exec(text) ?? [];
  const duration = span === undefined ? undefined : parseDuration(span);
  return duration === undefined ? undefined : now - Math.round(duration);
}

function readTime(text: string, view: Viewpoint): number | undefined {
  const reader: Reader = { text, at: 0 };
  const point = readPoint(reader);
  if (!point || point.vague || reader.at < text.length) return undefined;
  return resolvePoint(point, view).start;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/**
 * The window of `--since` and `--until`; `until` is now where it is absent, and `since` the default span (ms) earlier.
 * @throws Failure "invalid-time" for a text that is no time, and for a window that does not end after its start.
 */
export function parseWindow(
  { since, until }: { since?: string | undefined; until?: string | undefined },
  { now, zone, defaultSpanMs }: { now: number; zone: Zone; defaultSpanMs: number },
): TimeRange {
  const end = until === undefined ? now : parseInstant(until, { now, zone });
  const start = since === undefined ? end - defaultSpanMs : parseInstant(since, { now, zone });
  if (start < end) return { start, end };
  const from = `${since === undefined ? "" : `'${shorten(since)}', `}${formatInstant(start, zone)}`;
  const to = `${until === undefined ? "now" : `'${shorten(until)}'`}, ${formatInstant(end, zone)}`;
  throw new Failure(
    "invalid-time",
    `The window does not end after it starts: it starts at ${from} and ends at ${to}.`,
    {
      hint: "Give an earlier start or a later end.",
    },
  );
}

/** An instant for people, with its zone: `2025-08-02 15:45:00 +02:00`, `... UTC`; milliseconds where there are any. */
export function formatInstant(ms: number, zone: Zone): string {
  const { day, time, name } = writeInstant(ms, zone);
  return day === undefined ? time : `${day} ${time} ${name}`;
}

/** A window for people: `2025-08-02 13:00 to 14:00 UTC (1h)`; days, seconds and zones are written where they differ. */
export function formatWindow({ start, end }: TimeRange, zone: Zone): string {
  const from = writeInstant(start, zone);
  const to = writeInstant(end, zone);
  const seconds = start % 60_000 !== 0 || end % 60_000 !== 0;
  const clock = (time: string) => (seconds ? time : time.slice(0, 5));
  if (from.day === undefined || to.day === undefined) return `${from.time} to ${to.time}`;
  const left = `${from.day} ${clock(from.time)}${from.name === to.name ? "" : ` ${from.name}`}`;
  const right = `${from.day === to.day && from.name === to.name ? "" : `${to.day} `}${clock(to.time)} ${to.name}`;
  const place = /^[a-z]+\//i.test(zone.name) ? `${zone.name}, ` : "";
  return `${left} to ${right} (${place}${formatDuration(end - start)})`;
}

interface Written {
  /** Undefined beyond the range of dates; `time` then tells the milliseconds. */
  readonly day: string | undefined;
  readonly time: string;
  readonly name: string;
}

function writeInstant(ms: number, zone: Zone): Written {
  if (!(Math.abs(ms) <= LATEST - 86_400_000))
    return { day: undefined, time: `${ms} ms after 1970`, name: "" };
  const offset = zone.offsetAt(ms);
  const [day, clock = ""] = new Date(ms + offset).toISOString().slice(0, -1).split("T");
  return { day, time: clock.replace(/\.000$/, ""), name: nameOffset(offset, zone) };
}

function nameOffset(offset: number, zone: Zone): string {
  if (offset === 0 && /^(?:utc|gmt|z|etc\/utc)$/i.test(zone.name)) return "UTC";
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const pad = (value: number) => String(value).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}
