/** A date, a time of day, or both, as a text says it. */
export interface Moment {
  /** `YYYY-MM-DD`. */
  readonly date: string | undefined;
  /** Month and day where the year is not told, `MM-DD`. */
  readonly day: string | undefined;
  /** Time of day, ms. */
  readonly clock: number | undefined;
  /** How exactly the time of day is told, ms. */
  readonly precision: number;
  /** From UTC, minutes; undefined where the text does not tell it. */
  readonly offset: number | undefined;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTH =
  "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const CLOCK = "\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?";
const ZONE = "Z|UTC|GMT|[+-]\\d{2}:?\\d{2}";

/** Source of the pattern of a moment; the groups are read by `readMoment`. */
export const MOMENT = [
  `\\d{4}[-/]\\d{2}[-/]\\d{2}(?:(?:T|,? (?:at )?)${CLOCK}(?: ?(?:${ZONE})\\b)?)?`,
  `(?:${MONTH} \\d{1,2}(?![:\\d])(?:,? \\d{4}\\b)?|\\d{1,2} ${MONTH}\\b(?:,? \\d{4}\\b)?)`,
  `${CLOCK}(?: ?(?:[ap]\\.?m\\b|(?:${ZONE})\\b))?`,
].join("|");

const PARTS = new RegExp(
  `^(?:(?<year>\\d{4})[-/](?<month>\\d{2})[-/](?<date>\\d{2}))?.{0,5}?(?:(?<hour>\\d{1,2}):(?<minute>\\d{2})(?::(?<second>\\d{2})(?:[.,](?<fraction>\\d{1,9}))?)?)?(?: ?(?<half>[ap])\\.?m)?(?: ?(?<zone>${ZONE}))?$`,
  "i",
);
const NAMED = new RegExp(`^(?:(${MONTH}) (\\d{1,2})|(\\d{1,2}) (${MONTH}))(?:,? (\\d{4}))?$`, "i");

export function readMoment(raw: string): Moment | undefined {
  const named = NAMED.exec(raw);
  if (named) return namedDay(named[1] ?? named[4] ?? "", Number(named[2] ?? named[3]), named[5]);
  const parts = PARTS.exec(raw)?.groups;
  if (!parts) return undefined;
  const { year, month, date, hour, minute, second, fraction = "", half, zone } = parts;
  const shift =
    half === undefined ? 0 : (half.toLowerCase() === "p" ? 12 : 0) - (Number(hour) === 12 ? 12 : 0);
  const clock =
    hour === undefined
      ? undefined
      : ((Number(hour) + shift) * 60 + Number(minute)) * 60_000 +
        Number(second ?? 0) * 1000 +
        Number(`0.${fraction || "0"}`) * 1000;
  return {
    date: year === undefined ? undefined : `${year}-${month}-${date}`,
    day: undefined,
    clock,
    precision: second === undefined ? 60_000 : 1000 / 10 ** fraction.length,
    offset: zone === undefined ? undefined : readOffset(zone),
  };
}

function namedDay(month: string, day: number, year: string | undefined): Moment {
  const number = MONTHS.indexOf(month.slice(0, 3).toLowerCase()) + 1;
  const two = (value: number) => String(value).padStart(2, "0");
  const told = `${two(number)}-${two(day)}`;
  return {
    date: year === undefined ? undefined : `${year}-${told}`,
    day: year === undefined ? told : undefined,
    clock: undefined,
    precision: 0,
    offset: undefined,
  };
}

function readOffset(zone: string): number {
  const [, sign, hours, minutes] = /([+-])(\d{2}):?(\d{2})/.exec(zone) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}

/** Milliseconds since the epoch; undefined where date, time or offset are not told. */
export function instantOf({ date, clock, offset }: Moment): number | undefined {
  if (date === undefined || clock === undefined || offset === undefined) return undefined;
  return Date.parse(`${date}T00:00:00Z`) + clock - offset * 60_000;
}

/** The same instant as another offset shows it. */
function shiftTo(moment: Moment, offset: number): Moment {
  const instant = instantOf(moment);
  if (instant === undefined) return moment;
  const iso = new Date(instant + offset * 60_000).toISOString();
  return { ...moment, date: iso.slice(0, 10), clock: (instant + offset * 60_000) % 86_400_000, offset };
}

/** True where the told moment gives the claimed one, cut or rounded to the precision that is claimed. */
export function givesMoment(told: Moment, claimed: Moment): boolean {
  const there = claimed.offset === undefined ? told : shiftTo(told, claimed.offset);
  if (claimed.offset !== undefined && there.offset !== undefined && there.offset !== claimed.offset)
    return false;
  if (claimed.date !== undefined && claimed.date !== there.date) return false;
  if (claimed.day !== undefined && !there.date?.endsWith(claimed.day)) return false;
  if (claimed.clock === undefined) return true;
  if (there.clock === undefined) return false;
  const steps = there.clock / claimed.precision;
  const wanted = Math.round(claimed.clock / claimed.precision);
  return wanted === Math.floor(steps + 1e-6) || wanted === Math.round(steps);
}
