import { DAY } from "./time-duration.ts";
import { attempt, type Reader, take, words } from "./time-reader.ts";

/** A stretch of the calendar as people name it. Days are walls: ms since the epoch as if it were UTC. */
export type CalendarName =
  | { readonly kind: "date"; readonly wall: number }
  | { readonly kind: "day-of-year"; readonly month: number; readonly day: number }
  | { readonly kind: "month-of-year"; readonly month: number; readonly year: number | undefined }
  | { readonly kind: "weekday"; readonly weekday: number; readonly beforeToday: boolean }
  | { readonly kind: "days" | "weeks" | "weekends" | "months"; readonly back: number };

/** A stretch of wall-clock time. */
interface Wall {
  readonly from: number;
  readonly to: number;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTH =
  "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?";
const FULL_WEEKDAY = "sunday|monday|tuesday|wednesday|thursday|friday|saturday";
const SHORT_WEEKDAY = "sun|mon|tues?|wed|thu(?:rs?)?|fri|sat";
const YEAR = "(?:,? {1,3}(\\d{4})(?![\\d:]))?";

const ISO_DATE = /(\d{4})([-/])(\d{2})\2(\d{2})(?![\d/_]|-\d|\.\d|[-.]\p{L}|(?!T\d)\p{L})/iuy;
const DOTTED_DATE = words("(\\d{1,2})\\.(\\d{1,2})\\.(\\d{4})");
const DAY_MONTH = words(`(\\d{1,2})(?:st|nd|rd|th)?(?: of)? {1,3}${MONTH}${YEAR}`);
const MONTH_DAY = words(`${MONTH} {1,3}(?:the )?(\\d{1,2})(?:st|nd|rd|th)?(?! ?[ap]\\.?m\\b|:\\d)${YEAR}`);
const IN_MONTH = words(`(?:(?:in|during) {1,3}|(?<=since {1,3}))${MONTH}(?:,? {1,3}(\\d{4}))?`);
const WEEKDAY_BEFORE_DATE =
  /(?:on {1,3})?(?:(?:sun|mon|tues|wednes|thurs|fri|satur)day|sun|mon|tue|wed|thu|fri|sat)\.?,? {1,3}/iuy;
/** Short names are words too (sun, sat, wed): they count only behind a word that announces a day. */
const WEEKDAY = words(
  `(?:(last|this|on)(?: (last))? {1,3})?(${FULL_WEEKDAY})|(last|this|on) {1,3}(${SHORT_WEEKDAY})|` +
    `(?<=(?:since|from|until|till|before|after|between|than) {1,3})(${SHORT_WEEKDAY})`,
);
const NAMED = words(
  "the day before yesterday|yesterday|(?:earlier )?today|(?:this|last) (?:week(?:end)?|month)|the weekend",
);
const ANNOUNCED = /(?:on|since|from|until|till|before|after|between|of|to|and)\s{1,3}$/iu;

/** Reads the name of a day, a weekend, a week or a month. */
export function readCalendar(reader: Reader): CalendarName | undefined {
  return (
    attempt(reader, () => {
      take(reader, WEEKDAY_BEFORE_DATE);
      return readDate(reader);
    }) ??
    readMonth(reader) ??
    readWeekday(reader) ??
    readNamed(reader)
  );
}

function readDate(reader: Reader): CalendarName | undefined {
  return attempt(reader, () => {
    const iso = take(reader, ISO_DATE);
    if (iso) return dateOf(Number(iso[1]), Number(iso[3]) - 1, Number(iso[4]));
    const dotted = take(reader, DOTTED_DATE);
    if (dotted) return dateOf(Number(dotted[3]), Number(dotted[2]) - 1, Number(dotted[1]));
    const before = reader.text.slice(Math.max(0, reader.at - 12), reader.at);
    const dayFirst = take(reader, DAY_MONTH);
    const [day, month, year] = dayFirst ? dayFirst.slice(1) : reorder(take(reader, MONTH_DAY));
    if (day === undefined || month === undefined) return undefined;
    // "2 may fail" is no date; "2 May" and "on 2 may" are.
    if (month === "may" && year === undefined && !ANNOUNCED.test(before)) return undefined;
    const index = MONTHS.indexOf(month.slice(0, 3).toLowerCase());
    if (year !== undefined) return dateOf(Number(year), index, Number(day));
    return dateOf(2024, index, Number(day)) && { kind: "day-of-year", month: index, day: Number(day) };
  });
}

function reorder(found: RegExpExecArray | undefined): (string | undefined)[] {
  return found ? [found[2], found[1], found[3]] : [];
}

function dateOf(year: number, month: number, day: number): CalendarName | undefined {
  const wall = Date.UTC(year, month, day);
  const date = new Date(wall);
  return date.getUTCMonth() === month && date.getUTCDate() === day ? { kind: "date", wall } : undefined;
}

function readMonth(reader: Reader): CalendarName | undefined {
  const found = take(reader, IN_MONTH);
  if (!found?.[1]) return undefined;
  const month = MONTHS.indexOf(found[1].slice(0, 3).toLowerCase());
  return { kind: "month-of-year", month, year: found[2] === undefined ? undefined : Number(found[2]) };
}

function readWeekday(reader: Reader): CalendarName | undefined {
  const found = take(reader, WEEKDAY);
  const name = found?.[3] ?? found?.[5] ?? found?.[6];
  if (!found || !name) return undefined;
  const beforeToday = [found[1], found[2], found[4]].some((lead) => lead?.toLowerCase() === "last");
  return { kind: "weekday", weekday: WEEKDAYS.indexOf(name.slice(0, 3).toLowerCase()), beforeToday };
}

function readNamed(reader: Reader): CalendarName | undefined {
  const name = take(reader, NAMED)?.[0].toLowerCase();
  if (name === undefined) return undefined;
  if (name.includes("today")) return { kind: "days", back: 0 };
  if (name.endsWith("yesterday")) return { kind: "days", back: name === "yesterday" ? 1 : 2 };
  const back = name.startsWith("last") ? 1 : 0;
  if (name.endsWith("weekend")) return { kind: "weekends", back };
  return { kind: name.endsWith("month") ? "months" : "weeks", back };
}

/** The stretches that a name can mean, the likeliest first; `today` is the midnight that today began with. */
export function* wallsOf(name: CalendarName | undefined, today: number): Generator<Wall> {
  if (name === undefined) {
    yield day(today);
    yield day(today - DAY);
    return;
  }
  const year = new Date(today).getUTCFullYear();
  switch (name.kind) {
    case "date":
      yield day(name.wall);
      return;
    case "day-of-year":
      for (let back = 0; back <= 8; back++) {
        const date = dateOf(year - back, name.month, name.day);
        if (date?.kind === "date") yield day(date.wall);
      }
      return;
    case "month-of-year":
      yield month(name.year ?? year, name.month);
      if (name.year === undefined) yield month(year - 1, name.month);
      return;
    case "weekday": {
      const since = (new Date(today).getUTCDay() - name.weekday + 7) % 7;
      const back = since === 0 && name.beforeToday ? 7 : since;
      yield day(today - back * DAY);
      yield day(today - (back + 7) * DAY);
      return;
    }
    case "days":
      yield day(today - name.back * DAY);
      return;
    case "months":
      yield month(year, new Date(today).getUTCMonth() - name.back);
      return;
    case "weeks":
    case "weekends": {
      const monday = today - ((new Date(today).getUTCDay() + 6) % 7) * DAY - 7 * DAY * name.back;
      if (name.kind === "weeks") yield { from: monday, to: monday + 7 * DAY };
      else
        for (const week of [0, 7]) yield { from: monday + (5 - week) * DAY, to: monday + (7 - week) * DAY };
    }
  }
}

function day(from: number): Wall {
  return { from, to: from + DAY };
}

function month(year: number, index: number): Wall {
  return { from: Date.UTC(year, index, 1), to: Date.UTC(year, index + 1, 1) };
}
