import { type CalendarName, readCalendar, wallsOf } from "./time-calendar.ts";
import { DAY, DURATION, HOUR, MINUTE, readDuration, SECOND, WORD_END } from "./time-duration.ts";
import type { TimeRange } from "./time-range.ts";
import { attempt, type Reader, take, words } from "./time-reader.ts";
import { createZone, type Zone } from "./zone.ts";

/** Hours of a day; those from 24 on are in the next. */
interface DayPart {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

interface Clock {
  /** Milliseconds since midnight. */
  readonly ms: number;
  /** False for an hour without a.m., p.m. or minutes. */
  readonly certain: boolean;
}

/** A time as it is written; what is absent is left open. */
export interface Point {
  /** Milliseconds before now. */
  readonly ago?: number;
  readonly calendar?: CalendarName;
  readonly part?: DayPart;
  readonly clock?: Clock;
  readonly zone?: Zone;
  /** True where it says "around". */
  readonly vague?: boolean;
}

/** The moment against which words are read, and the zone that they are in where they name none. */
export interface Viewpoint {
  readonly now: number;
  readonly zone: Zone;
}

const PARTS: readonly DayPart[] = [
  { name: "morning", from: 5, to: 12 },
  { name: "afternoon", from: 12, to: 18 },
  { name: "evening", from: 17, to: 24 },
  { name: "tonight", from: 18, to: 30 },
  { name: "night", from: 20, to: 30 },
];
const NOW = words("(?:right )?now");
const AGO = new RegExp(`${DURATION} {1,3}ago${WORD_END}`, "iuy");
const GLUE = /[Tt](?=\d)|,? {0,3}(?:(?:at|on|of) {1,3})?/uy;
const VAGUE = /(?:around|about|approximately|roughly|circa|near) {1,3}|~ ?/iuy;
const DAY_PART = words("(?:(?:in|during) the |early |late )?(morning|afternoon|evening|night)");
const WHOLE_PART = words("(?:(this|last) {1,3})(morning|afternoon|evening|night)|tonight|overnight");
const CLOCK_END = "(?![\\d:]|\\.\\d|(?!Z\\b)[\\p{L}_])";
const CLOCK = new RegExp(
  `(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?(?: ?([ap])\\.?m\\b\\.?)?${CLOCK_END}`,
  "iuy",
);
const HOUR_CLOCK = words("(\\d{1,2}) ?([ap])(?:\\.m\\.?|m)|(\\d{1,2}) ?o'clock");
const NAMED_CLOCK = words("noon|midday|midnight");
const BARE_HOUR = words("(\\d{1,2})(?![%:]| ?[-–]\\d)");
const ZONE_ABBREVIATION =
  /\(?([Zz]|UTC|GMT|utc|gmt|CET|CEST|EET|EEST|BST|JST|EST|EDT|CST|CDT|MST|MDT|PST|PDT|WET|WEST|MSK|IST|SGT|AEST|AEDT|ET|CT|MT|PT)(?:([+-]\d{1,2})(?::?(\d{2}))?)?\)?(?![\p{L}\p{N}_-])/uy;
const OFFSET = /[+-]\d{2}(?::?\d{2})?(?![\d:])/uy;
const AREA_ZONE = /\(?([A-Z][A-Za-z]{1,15}\/[A-Z][A-Za-z_]{1,20}(?:\/[A-Z][A-Za-z_]{1,20})?)\)?/uy;
/** Read as the offsets they stand for, even in the season in which a place does not use them. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  CET: "+01:00",
  CEST: "+02:00",
  EET: "+02:00",
  EEST: "+03:00",
  BST: "+01:00",
  JST: "+09:00",
  EST: "-05:00",
  EDT: "-04:00",
  CST: "-06:00",
  CDT: "-05:00",
  MST: "-07:00",
  MDT: "-06:00",
  PST: "-08:00",
  PDT: "-07:00",
  WET: "+00:00",
  WEST: "+01:00",
  MSK: "+03:00",
  IST: "+05:30",
  SGT: "+08:00",
  AEST: "+10:00",
  AEDT: "+11:00",
  ET: "America/New_York",
  CT: "America/Chicago",
  MT: "America/Denver",
  PT: "America/Los_Angeles",
};

/** Reads one time: a date, a clock time, both in either order, a part of a day, `2 hours ago`, `now`. */
export function readPoint(reader: Reader): Point | undefined {
  if (take(reader, NOW)) return { ago: 0 };
  const ago = take(reader, AGO);
  if (ago?.[1] && ago[2]) return { ago: readDuration(ago[1], ago[2]) };
  let point: Point = {};
  for (let grown: Point | undefined = point; grown; point = grown ?? point) grown = growPoint(reader, point);
  return point.calendar || point.clock || point.part ? point : undefined;
}

/** Reads one more piece of a point: a day, a part of it, a clock time, a zone. */
function growPoint(reader: Reader, point: Point): Point | undefined {
  return attempt(reader, () => {
    if (point.calendar || point.clock || point.part) take(reader, GLUE);
    const vague = take(reader, VAGUE) !== undefined || point.vague === true;
    const piece = readPiece(reader, point);
    return piece && { ...point, ...piece, ...(vague ? { vague } : {}) };
  });
}

function readPiece(reader: Reader, point: Point): Point | undefined {
  if (!point.calendar && !point.part) {
    const whole = readWholePart(reader);
    if (whole) return whole;
    const calendar = readCalendar(reader);
    if (calendar) return { calendar };
  }
  if (point.calendar && !point.part && !point.clock) {
    const part = partNamed(take(reader, DAY_PART)?.[1]);
    if (part) return { part };
  }
  if (!point.clock) {
    const clock = readClock(reader);
    return clock && { clock };
  }
  const zone = point.zone ? undefined : readZone(reader, point);
  return zone && { zone };
}

function readWholePart(reader: Reader): Point | undefined {
  const found = take(reader, WHOLE_PART);
  if (!found) return undefined;
  const name = found[2]?.toLowerCase() ?? found[0].toLowerCase();
  const part = partNamed(name === "overnight" ? "night" : name);
  if (!part) return undefined;
  const isLast = found[1]?.toLowerCase() === "last" || name === "overnight";
  if (isLast) return { part, calendar: { kind: "days", back: 1 } };
  return part.name === "morning" ? { part, calendar: { kind: "days", back: 0 } } : { part };
}

function partNamed(name: string | undefined): DayPart | undefined {
  return PARTS.find((part) => part.name === name?.toLowerCase());
}

function readClock(reader: Reader): Clock | undefined {
  return attempt(reader, () => {
    const clock = take(reader, CLOCK);
    if (clock) return clockOf(clock[1], clock[2], clock[3], clock[4], clock[5]);
    const hour = take(reader, HOUR_CLOCK);
    if (hour) return clockOf(hour[1] ?? hour[3], "0", "0", "0", hour[2]);
    const named = take(reader, NAMED_CLOCK);
    return named && { ms: named[0].toLowerCase() === "midnight" ? 0 : 12 * HOUR, certain: true };
  });
}

function clockOf(hour = "", minute = "0", second = "0", fraction = "0", half?: string): Clock | undefined {
  const written = Number(hour);
  if (half !== undefined && (written < 1 || written > 12)) return undefined;
  const hours = half === undefined ? written : (written % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  const ms =
    hours * HOUR +
    Number(minute) * MINUTE +
    Number(second) * SECOND +
    Math.floor(Number(`0.${fraction}`) * SECOND);
  if (Number(minute) > 59 || Number(second) > 59 || ms > DAY) return undefined;
  return { ms, certain: true };
}

/** Reads an hour that only its place tells to be one: "between 9 and 10". */
export function readBareHour(reader: Reader): Point | undefined {
  const hour = Number(take(reader, BARE_HOUR)?.[1] ?? "99");
  return hour <= 24 ? { clock: { ms: hour * HOUR, certain: false } } : undefined;
}

function readZone(reader: Reader, point: Point): Zone | undefined {
  return attempt(reader, () => {
    const [, name, hours, minutes] = take(reader, ZONE_ABBREVIATION) ?? [];
    if (name !== undefined)
      return createZone(hours === undefined ? (ABBREVIATIONS[name] ?? "UTC") : `${hours}:${minutes ?? "00"}`);
    const offset = readOffset(reader, point);
    if (offset !== undefined) return createZone(offset);
    const area = take(reader, AREA_ZONE)?.[1];
    return area === undefined ? undefined : zoneNamed(area);
  });
}

/** A minus may also join two clock times: it is an offset's only behind a written-out date and time. */
function readOffset(reader: Reader, point: Point): string | undefined {
  const before = reader.text.slice(Math.max(0, reader.at - 22), reader.at);
  const isIso = point.calendar?.kind === "date" && (/\s$/.test(before) || /T[\d:.,]+$/.test(before));
  if (reader.text.charAt(reader.at) === "-" && !isIso) return undefined;
  return take(reader, OFFSET)?.[0];
}

function zoneNamed(name: string): Zone | undefined {
  try {
    return createZone(name);
  } catch {
    return undefined;
  }
}

/**
 * The time that a point means: where it leaves the date open, the latest that is not after `latest` (ms since the
 * epoch). A clock time has no length.
 */
export function resolvePoint(point: Point, { now, zone: ownZone }: Viewpoint, latest = now): TimeRange {
  if (point.ago !== undefined) return { start: now - point.ago, end: now - point.ago };
  const zone = point.zone ?? ownZone;
  let found: TimeRange = { start: now, end: now };
  for (const wall of wallsOf(point.calendar, dayOf(now, zone))) {
    const from = wall.from + startIn(point);
    const to = point.clock ? from : point.part ? wall.from + point.part.to * HOUR : wall.to;
    found = { start: zone.fromWall(from), end: zone.fromWall(to) };
    // At 3 a.m. "this morning" is what there has been of it.
    if (found.start > now && point.part?.name === "morning" && !point.clock)
      found = { start: Math.min(found.start, zone.fromWall(wall.from)), end: found.end };
    if (found.start <= latest) break;
    if (point.part && point.clock) found = { start: zone.fromWall(from - DAY), end: zone.fromWall(to - DAY) };
  }
  return found;
}

/** Milliseconds behind the midnight of its day at which a point begins: 2 a.m. "last night" is in the day after. */
function startIn({ clock, part }: Point): number {
  if (!clock) return (part?.from ?? 0) * HOUR;
  return part && clock.ms < part.to * HOUR - DAY ? clock.ms + DAY : clock.ms;
}

/** Midnight, as a wall, of the day that an instant is in. */
export function dayOf(instant: number, zone: Zone): number {
  return Math.floor((instant + zone.offsetAt(instant)) / DAY) * DAY;
}

/** The last instant that a clock shows the time it shows at `instant`: an hour later where daylight saving ends. */
export function lastOccurrence(instant: number, zone: Zone): number {
  const wall = instant + zone.offsetAt(instant);
  const later = wall - zone.offsetAt(instant + 3 * HOUR);
  return later > instant && later + zone.offsetAt(later) === wall ? later : instant;
}
