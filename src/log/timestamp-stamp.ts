/** A time as it is written: its wall clock, and what the text leaves open. */
export interface Stamp {
  /** Index behind its last character. */
  readonly end: number;
  /** The wall clock as if it were UTC, ms since the epoch; in the year 2000 where `yearless`. */
  readonly wall: number;
  /** Milliseconds east of UTC; undefined where the text gives no zone. */
  readonly offset: number | undefined;
  readonly yearless: boolean;
}

const DAY = 86_400_000;
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Start of a day as UTC, ms since the epoch; undefined for a date that does not exist. */
export function dayOf(year: number, month: number, day: number): number | undefined {
  if (year < 1970 || year > 2199 || month < 1 || month > 12 || day < 1) return undefined;
  if (day > (DAYS_IN_MONTH[month - 1] ?? 0)) return undefined;
  if (month === 2 && day === 29 && (year % 4 !== 0 || (year % 100 === 0 && year % 400 !== 0)))
    return undefined;
  // Days from 1 March on, so that the leap day is a year's last (H. Hinnant, "days_from_civil").
  const shifted = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return (shifted * 365 + leapDays + dayOfYear - 719_468) * DAY;
}
