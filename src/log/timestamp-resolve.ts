import { dayOf, type Stamp } from "./timestamp-stamp.ts";
import type { Zone } from "./zone.ts";

/** A written time as an instant. */
export interface ResolvedTime {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly zoneAssumed: boolean;
  readonly yearAssumed: boolean;
}

export type Resolve = (stamp: Stamp) => ResolvedTime | undefined;

const DAY = 86_400_000;
const QUARTER_HOUR = 900_000;
/** 29 February occurs at least once in nine years. */
const YEARS_BACK = 9;

/**
 * @param zone for times that give none
 * @param reference ms since the epoch; a time without a year is put in the latest year in which it lies at most a day after it
 */
export function createResolve(zone: Zone, reference: number): Resolve {
  const toInstant = memoizeZone(zone);
  const lastYear = new Date(reference + 2 * DAY).getUTCFullYear();

  function resolveYearless(stamp: Stamp): number | undefined {
    const date = new Date(stamp.wall);
    const timeOfDay = stamp.wall - Math.floor(stamp.wall / DAY) * DAY;
    for (let year = lastYear; year > lastYear - YEARS_BACK; year--) {
      const day = dayOf(year, date.getUTCMonth() + 1, date.getUTCDate());
      if (day === undefined) continue;
      const wall = day + timeOfDay;
      const instant = stamp.offset === undefined ? toInstant(wall) : wall - stamp.offset;
      if (instant <= reference + DAY) return instant;
    }
    return undefined;
  }

  return (stamp) => {
    const zoneAssumed = stamp.offset === undefined;
    if (stamp.yearless) {
      const timestamp = resolveYearless(stamp);
      return timestamp === undefined ? undefined : { timestamp, zoneAssumed, yearAssumed: true };
    }
    const timestamp = stamp.offset === undefined ? toInstant(stamp.wall) : stamp.wall - stamp.offset;
    return { timestamp, zoneAssumed, yearAssumed: false };
  };
}

/** Within a quarter of an hour of wall-clock time the shift is one: neighbouring lines need no look at the zone. */
function memoizeZone(zone: Zone): (wall: number) => number {
  let quarter = Number.NaN;
  let shift = 0;
  return (wall) => {
    const current = Math.floor(wall / QUARTER_HOUR);
    if (current !== quarter) {
      shift = zone.fromWall(wall) - wall;
      quarter = current;
    }
    return wall + shift;
  };
}
