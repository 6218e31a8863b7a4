import { readCalendar } from "./time-calendar.ts";
import { DAY, DURATION, HOUR, MINUTE, readDuration, unitOf } from "./time-duration.ts";
import {
  dayOf,
  lastOccurrence,
  type Point,
  readBareHour,
  readPoint,
  resolvePoint,
  type Viewpoint,
} from "./time-point.ts";
import type { TimeRange } from "./time-range.ts";
import { attempt, type Reader, take, words } from "./time-reader.ts";

/** A stretch of time in words. */
export type Phrase =
  | { readonly kind: "rolling"; readonly ms: number; readonly vague: boolean }
  | { readonly kind: "range"; readonly from: Point; readonly to: Point }
  | { readonly kind: "since" | "until"; readonly point: Point }
  | {
      readonly kind: "beside";
      readonly ms: number;
      readonly side: "before" | "after" | "both";
      readonly point: Point;
    }
  | { readonly kind: "point"; readonly point: Point };

const UNIT = "(minute|hour|day|week|month)";
const FEW = words(
  "(?:(?:in|over|during|within|for) )?(?:the )?(?:last|past|previous) few (minutes|hours|days)",
);
const FEW_AGO = words("a few (minutes|mins|hours|days) ago|just now|(?:a )?(?:moment|minute)s? ago");
const ROLLING = new RegExp(
  `(?:(?:in|over|during|within|for|from) )?(?:the )?(?:last|past|previous) ${DURATION}`,
  "iuy",
);
const ROLLING_UNIT = words(
  `(?:(?:in|over|during|within|for|from) the (?:last|past)|(?:the )?past) ${UNIT}|(?:the )?last (minute|hour|day)`,
);
const BESIDE = new RegExp(
  `(?:(?:in|during|for|over) )?(?:the )?(?:(?:last|first) )?${DURATION} {1,3}(before and after|before|until|after|from|following|(?:on )?either side of) {1,3}`,
  "iuy",
);
const BESIDE_UNIT = words(`(?:(?:in|during) )?the ${UNIT} {1,3}(before|after|following)`);
const BETWEEN = words("between|from|since");
const JOINT = /\s{0,3}(?:(?:and|to|until|till|through|up to)(?= )|-|–|—|\.\.|\/)\s{0,3}/iuy;
const SINCE = words("since|after|starting(?: at| from)?|from");
const UNTIL = words("until|till|before|up to|prior to|by");
const LEAD = /(?:at|on|in|during|for) {1,3}(?:the )?/iuy;
const SPACE = /\s{1,3}/uy;

/** Reads the words for one stretch of time. */
export function readPhrase(reader: Reader): Phrase | undefined {
  return (
    attempt(reader, () => readBeside(reader)) ??
    attempt(reader, () => readRolling(reader)) ??
    attempt(reader, () => readRange(reader)) ??
    attempt(reader, () => readOpenEnded(reader)) ??
    attempt(reader, () => readSinglePoint(reader))
  );
}

function readBeside(reader: Reader): Phrase | undefined {
  const counted = take(reader, BESIDE);
  const found = counted ?? take(reader, BESIDE_UNIT);
  if (!found) return undefined;
  if (!counted) take(reader, SPACE);
  const point = readPoint(reader);
  if (!point || point.ago !== undefined) return undefined;
  const ms = counted ? readDuration(found[1] ?? "", found[2] ?? "") : unitOf(found[1] ?? "");
  const side = sideOf(found[counted ? 3 : 2]?.toLowerCase() ?? "");
  return { kind: "beside", ms, side, point };
}

function sideOf(preposition: string): "before" | "after" | "both" {
  if (/and|either/.test(preposition)) return "both";
  return /before|until/.test(preposition) ? "before" : "after";
}

function readRolling(reader: Reader): Phrase | undefined {
  const recent = take(reader, FEW) ?? take(reader, FEW_AGO);
  if (recent) return { kind: "rolling", ms: fewOf(recent[1] ?? "minutes"), vague: true };
  const counted = take(reader, ROLLING);
  if (counted?.[1] && counted[2])
    return { kind: "rolling", ms: readDuration(counted[1], counted[2]), vague: false };
  const unit = take(reader, ROLLING_UNIT);
  if (!unit) return undefined;
  const half = take(reader, words(" and a half")) ? 1.5 : 1;
  return { kind: "rolling", ms: unitOf(unit[1] ?? unit[2] ?? "") * half, vague: false };
}

/** "A few" has no length of its own; it is read generously. */
function fewOf(unit: string): number {
  if (unit.startsWith("m")) return 15 * MINUTE;
  return unit.startsWith("h") ? 6 * HOUR : 5 * DAY;
}

/** Two times, perhaps behind the day that both are on; hours without minutes count where a day or "pm" is told. */
function readRange(reader: Reader): Phrase | undefined {
  take(reader, LEAD);
  const calendar = attempt(reader, () => {
    const named = readCalendar(reader);
    return named && take(reader, SPACE) && take(reader, BETWEEN) && named;
  });
  const announced = calendar !== undefined || take(reader, BETWEEN) !== undefined;
  take(reader, SPACE);
  const from = readPoint(reader) ?? (announced ? readBareHour(reader) : undefined);
  if (!from || !take(reader, JOINT)) return undefined;
  const to = readPoint(reader) ?? (announced ? readBareHour(reader) : undefined);
  if (!to) return undefined;
  return joinPoints(calendar ? { ...from, calendar } : from, to, announced);
}

/** Lets each end of a range tell the other what it leaves out: the day, the zone, a.m. or p.m. */
function joinPoints(from: Point, to: Point, announced: boolean): Phrase | undefined {
  const calendar = from.calendar ?? (from.clock ? to.calendar : undefined);
  const zone = from.zone ?? to.zone;
  const shared = { ...(zone ? { zone } : {}) };
  if (from.clock?.certain === false && to.clock?.certain === false && !calendar && !zone) return undefined;
  if (!announced && (from.clock === undefined) !== (to.clock === undefined) && from.ago === undefined)
    return undefined;
  const early = from.clock && { ...from, clock: nearTo(from.clock, to.clock) };
  return {
    kind: "range",
    from: { ...(early ?? from), ...shared, ...(calendar ? { calendar } : {}) },
    to: { ...to, ...shared },
  };
}

type Clock = NonNullable<Point["clock"]>;

/** Of the two readings of an uncertain hour the one that ends up closest before the other end. */
function nearTo(clock: Clock, end: Clock | undefined): Clock {
  if (clock.certain || !end?.certain || clock.ms > 12 * HOUR) return clock;
  const noon = { ms: (clock.ms + 12 * HOUR) % DAY, certain: true };
  return noon.ms < end.ms ? noon : clock;
}

function readOpenEnded(reader: Reader): Phrase | undefined {
  const kind = take(reader, SINCE) ? "since" : take(reader, UNTIL) ? "until" : undefined;
  if (!kind || !take(reader, SPACE)) return undefined;
  take(reader, /the /iuy);
  const point = readPoint(reader);
  return point && { kind, point };
}

function readSinglePoint(reader: Reader): Phrase | undefined {
  const point = readPoint(reader) ?? (take(reader, LEAD) ? readPoint(reader) : undefined);
  // "Now" alone is no stretch of time: what is asked about is the present state.
  return point && point.ago !== 0 ? { kind: "point", point } : undefined;
}

/** The stretch that a phrase means, and whether its bounds are only meant roughly. */
export function resolvePhrase(phrase: Phrase, view: Viewpoint): { window: TimeRange; approximate: boolean } {
  switch (phrase.kind) {
    case "rolling":
      return { window: { start: view.now - phrase.ms, end: view.now }, approximate: phrase.vague };
    case "range":
      return {
        window: resolveRange(phrase.from, phrase.to, view),
        approximate: isVague(phrase.from) || isVague(phrase.to),
      };
    case "since": {
      const { start } = resolvePoint(phrase.point, view);
      return {
        window: { start, end: Math.max(view.now, start + MINUTE) },
        approximate: isVague(phrase.point),
      };
    }
    case "until":
      return { window: resolveUntil(phrase.point, view), approximate: isVague(phrase.point) };
    case "beside": {
      const { start, end } = resolvePoint(phrase.point, view);
      const window = {
        start: phrase.side === "after" ? end : start - phrase.ms,
        end: phrase.side === "before" ? start : end + phrase.ms,
      };
      return { window, approximate: isVague(phrase.point) };
    }
    case "point":
      return resolveAround(phrase.point, view);
  }
}

function isVague(point: Point): boolean {
  return point.vague === true || point.part !== undefined;
}

function resolveRange(from: Point, to: Point, view: Viewpoint): TimeRange {
  const inherits = to.calendar === undefined && to.ago === undefined;
  const target = inherits ? undefined : resolvePoint(to, view);
  const { start } = resolvePoint(from, view, target ? Math.min(view.now, target.start) : view.now);
  const zone = to.zone ?? view.zone;
  if (target && target.end > start) return { start, end: lastOccurrence(target.end, zone) };
  const wall = dayOf(start, zone) + (to.clock?.ms ?? (to.part?.to ?? 24) * HOUR);
  const sameDay = lastOccurrence(zone.fromWall(wall), zone);
  if (sameDay > start) return { start, end: sameDay };
  // Daylight saving can skip the whole stretch: what follows, at its length, stands in for it.
  const length = (to.clock?.ms ?? 0) - (from.clock?.ms ?? 0);
  return { start, end: length > 0 ? start + length : zone.fromWall(wall + DAY) };
}

/** From the midnight before; from a day before, where the point is a midnight itself. */
function resolveUntil(point: Point, view: Viewpoint): TimeRange {
  const zone = point.zone ?? view.zone;
  const { start: end } = resolvePoint(point, view);
  const midnight = zone.fromWall(dayOf(end, zone));
  return {
    start: midnight < end ? midnight : zone.fromWall(dayOf(end, zone) - DAY),
    end: lastOccurrence(end, zone),
  };
}

/** A day, or a stretch around a moment: 15 minutes either side of a clock time, 30 where it says "around". */
function resolveAround(point: Point, view: Viewpoint): { window: TimeRange; approximate: boolean } {
  const { start, end } = resolvePoint(point, view);
  if (point.ago !== undefined && point.ago >= DAY && point.ago < 7 * DAY) {
    const wall = dayOf(start, view.zone);
    return {
      window: { start: view.zone.fromWall(wall), end: view.zone.fromWall(wall + DAY) },
      approximate: false,
    };
  }
  if (end > start) return { window: { start, end }, approximate: isVague(point) };
  const margin = point.ago === undefined ? (point.vague ? 30 : 15) * MINUTE : marginOf(point.ago);
  return { window: { start: start - margin, end: start + margin }, approximate: true };
}

function marginOf(ago: number): number {
  return ago >= DAY ? 3.5 * DAY : Math.min(30 * MINUTE, Math.max(5 * MINUTE, ago / 4));
}

/** True for a phrase that names a day and no time in it. */
export function isWholeDay(phrase: Phrase): boolean {
  return (
    phrase.kind === "point" &&
    phrase.point.calendar !== undefined &&
    !phrase.point.clock &&
    !phrase.point.part
  );
}

/** The phrase with the day that another names, where it tells a clock time and no day; undefined otherwise. */
export function withDayOf(phrase: Phrase, day: Phrase): Phrase | undefined {
  if (!isWholeDay(day) || day.kind !== "point" || phrase.kind === "rolling") return undefined;
  const { calendar } = day.point;
  const point = phrase.kind === "range" ? phrase.from : phrase.point;
  if (!calendar || !point.clock || point.calendar) return undefined;
  const dated = { ...point, calendar };
  return phrase.kind === "range" ? { ...phrase, from: dated } : { ...phrase, point: dated };
}
