import { DAY, DURATION, readDuration, unitOf } from "./time-duration.ts";
import type { TimeRange } from "./time-range.ts";

/** The window of a question that goes on from another one, and the words that moved it; none where it is the same. */
export interface FollowUp {
  readonly window: TimeRange;
  readonly words: string | undefined;
}

const QUOTED = /"[^"\n]{0,300}"|`[^`\n]{0,300}`/gu;
const SPAN = `(?:the )?(?:(?:previous|next) )?(?:${DURATION}|(?<single>minute|hour|day|week))`;
const BEFORE = new RegExp(
  `\\b(?:${SPAN} (?:before|earlier)(?: that| then)?|(?:just |right )?before (?:that|then))\\b`,
  "iu",
);
const AFTER = new RegExp(
  `\\b(?:${SPAN} (?:after|later)(?: that| then)?|(?:just |right )?after (?:that|then|wards))\\b`,
  "iu",
);
const UNTIL_NOW =
  /\b(?:still|(?:ever )?since(?: then)?|meanwhile|in the meantime|until now|by now|right now|now|currently|at the moment)\b/iu;
/** Further back "still" no longer asks about all that lies between. */
const LONGEST = 7 * DAY;

/**
 * "And the hour before that?", "is it still failing?": the window of a question that names no time of its own, from that of
 * the question before it. Half-open; all times ms since the epoch.
 */
export function followWindow(question: string, earlier: TimeRange, now: number): FollowUp {
  const text = question.slice(0, 4000).replace(QUOTED, (quoted) => "\0".repeat(quoted.length));
  const length = earlier.end - earlier.start;
  const before = BEFORE.exec(text);
  if (before) {
    const start = earlier.start - (lengthIn(before) ?? length);
    return { window: { start, end: earlier.start }, words: before[0] };
  }
  const after = AFTER.exec(text);
  if (after && earlier.end < now) {
    const end = Math.min(now, earlier.end + (lengthIn(after) ?? length));
    return { window: { start: earlier.end, end }, words: after[0] };
  }
  const until = UNTIL_NOW.exec(text);
  if (until && earlier.start < now && now - earlier.start <= LONGEST)
    return { window: { start: earlier.start, end: now }, words: until[0] };
  return { window: earlier, words: undefined };
}

/** The time that the words name, ms. */
function lengthIn(found: RegExpExecArray): number | undefined {
  const [, amount, unit] = found;
  if (amount !== undefined && unit !== undefined) return readDuration(amount, unit);
  const single = found.groups?.single;
  return single === undefined ? undefined : unitOf(single);
}
