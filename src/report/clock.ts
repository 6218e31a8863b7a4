import { DAY } from "../log/time-duration.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { Zone } from "../log/zone.ts";
import { isoInZone } from "../tools/render.ts";

/** A date holds so many ms before and after 1970. */
const LATEST = 8.64e15;

/** Wall-clock time as `2026-03-12T02:47:03.123`; of what is no date, the number. */
export function wallTime(ms: number, zone: Zone): string {
  return isDate(ms) ? new Date(ms + zone.offsetAt(ms)).toISOString().slice(0, -1) : `${ms} ms`;
}

/** The instant as ISO 8601 with the zone's offset; null where there is none. */
export function isoTime(ms: number | undefined, zone: Zone): string | null {
  if (ms === undefined) return null;
  return isDate(ms) ? isoInZone(ms, zone) : `${ms} ms after 1970`;
}

/** `02:47:03` for a reader who knows the day; `03-12 02:47:03` where the span has several. */
export function shortTime(ms: number, span: TimeRange, zone: Zone): string {
  const wall = wallTime(ms, zone);
  if (!isDate(ms)) return wall;
  const clock = wall.slice(11, 19);
  const isSameDay = [span.start, span.end - 1].every((edge) => dayOf(edge, zone) === dayOf(ms, zone));
  return isSameDay ? clock : `${wall.slice(5, 10)} ${clock}`;
}

export function dayOf(ms: number, zone: Zone): string {
  return wallTime(ms, zone).slice(0, 10);
}

function isDate(ms: number): boolean {
  return Math.abs(ms) <= LATEST - DAY;
}
