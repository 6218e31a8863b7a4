/** Told to the model after a break. */
export const CONTINUE =
  "The connection broke after your last words. Continue exactly where they end, without repeating them.";

/** As much of a continuation is held back before it is shown, characters: a repetition is hardly longer. */
const LOOK_AHEAD = 240;
/** Shorter coincidences happen between words that both belong there. */
const LEAST_OVERLAP = 12;

/** Passes text on as it comes, but for what was said before the break. */
export interface Joiner {
  /** What may be shown now. */
  push(text: string): string;
  /** The rest, at the end. */
  flush(): string;
}

/**
 * Joins a continuation to the text before it. Models repeat some words in spite of being told not to; the beginning is
 * held back until that can be seen.
 */
export function createJoiner(before: string): Joiner {
  let held = "";
  let joined = before === "";
  const release = (): string => {
    const text = joined ? held : held.slice(overlapOf(before, held));
    joined = true;
    held = "";
    return text;
  };
  return {
    push(text) {
      held += text;
      return joined || held.length >= LOOK_AHEAD ? release() : "";
    },
    flush: release,
  };
}

/** How many characters at the start of `after` repeat the end of `before`; white space at the seam does not matter. */
function overlapOf(before: string, after: string): number {
  const lead = after.length - after.trimStart().length;
  const start = after.slice(lead);
  for (const tail of [before, before.trimEnd()]) {
    for (let size = Math.min(tail.length, start.length); size >= LEAST_OVERLAP; size -= 1) {
      if (tail.endsWith(start.slice(0, size))) return lead + size;
    }
  }
  return 0;
}
