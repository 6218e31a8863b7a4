import { DAY, HOUR, MINUTE, unitOf } from "./time-duration.ts";
import { isWholeDay, type Phrase, readPhrase, resolvePhrase, withDayOf } from "./time-phrase.ts";
import { dayOf, type Viewpoint } from "./time-point.ts";
import type { TimeRange } from "./time-range.ts";
import { attempt, type Reader, take, words } from "./time-reader.ts";
import type { Zone } from "./zone.ts";

export interface QuestionWindow {
  readonly window: TimeRange;
  /** The part of the question that it came from. */
  readonly words: string;
  /** What the window is to be compared with, and the words that say so. */
  readonly baseline?: TimeRange & { readonly words: string };
  /** True where the words leave the bounds open: "around 14:30", "this morning". */
  readonly approximate: boolean;
}

/** What a window is compared with: the same stretch some days before, the stretch just before, or one of its own. */
type Baseline =
  | { readonly kind: "shifted"; readonly days: number }
  | { readonly kind: "before"; readonly ms: number | undefined }
  | { readonly kind: "phrase"; readonly phrase: Phrase };

interface Found<Meaning> {
  readonly meaning: Meaning;
  readonly at: number;
  readonly end: number;
}

/** A question is short; what is pasted behind it is log text, whose times are not the question's. */
const LONGEST_QUESTION = 4000;
/** Inside quotation marks or backticks stands log text, too. */
const QUOTED = /"[^"\n]{0,300}"|`[^`\n]{0,300}`/gu;
const WORD_START = /(?<![\p{L}\p{N}_./:@#+$=\\-])(?=[\p{L}\p{N}~])/gu;
const CONNECTOR =
  /(?:(?:as |when )?(?:compared|relative) (?:with|to)|different from|versus|vs\.?|against|than|unlike|(?:wasn't|weren't|not) (?:there|seen|present))(?=[ ,])/iuy;
const COMPARISON = /\b(?:compare|comparing|comparison|difference|differs?)\b/iu;
const COMPARED_WITH = /(?:with|to|and) {1,3}/iuy;
const FILLER = /[ ,]{1,3}(?:(?:it|they) (?:was|were) )?(?:(?:in|on|at|during|for) (?=the |last ))?/iuy;
const SAME_TIME = words(
  "(?:the )?same (?:time|hours?|period|window)(?: on| of)?(?: the)? (yesterday|day before|previous day|last week|week before|previous week)",
);
const DAY_BEFORE = words(
  "(?:the )?(?:day before(?! yesterday)|previous day|day earlier)|(?:the )?(?:week before|previous week|week earlier)|last week",
);
const JUST_BEFORE = words(
  "(?:the )?(?:(?:minute|hour|period|time) (?:before|earlier)(?: that)?|previous (?:minute|hour|period)|before that|before)",
);

/**
 * The window that a question's words name, and what it is compared with; undefined where it names none. Words are read
 * in `zone` unless they name one. Days and weeks follow the calendar there, so a day may have 23 or 25 hours; "last 24
 * hours" is real time. What leaves its date open is the latest that has begun, and no window that has begun goes
 * beyond now. "At 14:32" is 15 minutes either side, "around 14:30" 30.
 */
export function resolveQuestionWindow(
  question: string,
  view: { now: number; zone: Zone },
): QuestionWindow | undefined {
  const text = question.slice(0, LONGEST_QUESTION).replace(QUOTED, (quoted) => "\0".repeat(quoted.length));
  const { phrases, baseline } = findPhrases(text);
  const main = chooseMain(phrases);
  if (!main) return baseline && baselineAlone(question, baseline, view);
  const resolved = resolvePhrase(main.meaning, view);
  const window = clip(resolved.window, view.now);
  if (window.end <= window.start) return undefined;
  const result = { window, words: question.slice(main.at, main.end), approximate: resolved.approximate };
  if (!baseline) return result;
  return withBaseline(
    result,
    question.slice(baseline.at, baseline.end),
    resolveBaseline(baseline.meaning, window, view),
  );
}

function findPhrases(text: string): { phrases: Found<Phrase>[]; baseline: Found<Baseline> | undefined } {
  const phrases: Found<Phrase>[] = [];
  let baseline: Found<Baseline> | undefined;
  const reader: Reader = { text, at: 0 };
  const compares = COMPARISON.test(text);
  for (const { index } of text.matchAll(WORD_START)) {
    if (index < reader.at) continue;
    reader.at = index;
    const found = baseline
      ? undefined
      : attempt(reader, () => readBaseline(reader, compares && phrases.length > 0));
    if (found) {
      baseline = { ...found, end: reader.at };
      continue;
    }
    const meaning = readPhrase(reader);
    if (meaning) phrases.push({ meaning, at: index, end: reader.at });
  }
  return { phrases, baseline };
}

function readBaseline(reader: Reader, compares: boolean): Omit<Found<Baseline>, "end"> | undefined {
  if (!take(reader, CONNECTOR) && !(compares && take(reader, COMPARED_WITH))) return undefined;
  take(reader, FILLER);
  const at = reader.at;
  const meaning = readBaselineTime(reader);
  return meaning && { meaning, at };
}

function readBaselineTime(reader: Reader): Baseline | undefined {
  const same = take(reader, SAME_TIME)?.[1] ?? take(reader, DAY_BEFORE)?.[0];
  if (same !== undefined) return { kind: "shifted", days: /week/iu.test(same) ? 7 : 1 };
  const phrase = attempt(reader, () => readPhrase(reader));
  if (phrase) return { kind: "phrase", phrase };
  const before = take(reader, JUST_BEFORE)?.[0];
  if (before === undefined) return undefined;
  const unit = /minute|hour/iu.exec(before)?.[0];
  return { kind: "before", ms: unit === undefined ? undefined : unitOf(unit) };
}

/** The first phrase; a day and a clock time that stand apart belong together. */
function chooseMain(phrases: readonly Found<Phrase>[]): Found<Phrase> | undefined {
  const [first, ...others] = phrases;
  if (!first) return undefined;
  for (const other of others) {
    const meaning = withDayOf(other.meaning, first.meaning) ?? withDayOf(first.meaning, other.meaning);
    if (meaning) return { meaning, at: first.at, end: other.end };
  }
  return first;
}

/** "More errors than yesterday?" asks about today, "than last week" about the last seven days. */
function baselineAlone(
  question: string,
  { meaning, at, end }: Found<Baseline>,
  view: Viewpoint,
): QuestionWindow | undefined {
  const isWeek = meaning.kind === "shifted" && meaning.days === 7;
  const isDay = meaning.kind === "shifted" || (meaning.kind === "phrase" && isWholeDay(meaning.phrase));
  if (!isDay) return undefined;
  const today: Phrase = { kind: "point", point: { calendar: { kind: "days", back: 0 } } };
  const phrase: Phrase = isWeek ? { kind: "rolling", ms: 7 * DAY, vague: false } : today;
  const window = clip(resolvePhrase(phrase, view).window, view.now);
  if (window.end <= window.start) return undefined;
  const words = question.slice(at, end);
  return withBaseline({ window, words, approximate: true }, words, resolveBaseline(meaning, window, view));
}

function withBaseline(result: QuestionWindow, words: string, baseline: TimeRange): QuestionWindow {
  if (baseline.end <= baseline.start) return result;
  // "Compare yesterday with today" asks about the later of the two.
  if (baseline.start > result.window.start)
    return { ...result, window: baseline, words, baseline: { ...result.window, words: result.words } };
  return { ...result, baseline: { ...baseline, words } };
}

function resolveBaseline(baseline: Baseline, window: TimeRange, view: Viewpoint): TimeRange {
  if (baseline.kind === "shifted") return shiftDays(window, -baseline.days, view.zone);
  if (baseline.kind === "before") {
    const length = baseline.ms ?? window.end - window.start;
    return { start: window.start - length, end: window.start };
  }
  const ago = baseline.phrase.kind === "point" ? baseline.phrase.point.ago : undefined;
  if (ago !== undefined && ago > 0)
    return ago % DAY === 0
      ? shiftDays(window, -ago / DAY, view.zone)
      : { start: window.start - ago, end: window.end - ago };
  const other = clip(resolvePhrase(baseline.phrase, view).window, view.now);
  if (!isWholeDay(baseline.phrase) || window.end - window.start > 25 * HOUR) return other;
  // Like is compared with like: the same hours of the other day.
  const days = Math.round((dayOf(other.start, view.zone) - dayOf(window.start, view.zone)) / DAY);
  return other.end - other.start > 25 * HOUR || days >= 0 ? other : shiftDays(window, days, view.zone);
}

/** The same wall-clock times on another day. */
function shiftDays({ start, end }: TimeRange, days: number, zone: Zone): TimeRange {
  const shift = (instant: number) => zone.fromWall(instant + zone.offsetAt(instant) + days * DAY);
  return { start: shift(start), end: shift(end) };
}

function clip({ start, end }: TimeRange, now: number): TimeRange {
  // What begins this very moment ("today", asked at midnight) is about the minute that led to it.
  if (start === now) return { start: now - MINUTE, end: now };
  return start < now ? { start, end: Math.min(end, now) } : { start, end };
}
