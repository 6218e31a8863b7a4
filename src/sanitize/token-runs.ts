/** Letters, digits, `_` and `-`: what nearly every token has a long run of. */
const RUN_CHARS = new Uint8Array(128);
for (let code = 0; code < 128; code++) RUN_CHARS[code] = /[\w-]/.test(String.fromCharCode(code)) ? 1 : 0;

/** Every token that the rules know by its shape has a run of this many characters. */
const RUN_MINIMUM = 16;

/**
 * Reports every longest run of token characters with at least RUN_MINIMUM of them. Ordinary text has few, so only
 * every sixteenth character is looked at until one is in a run (as Boyer and Moore do).
 */
export function visitRuns(text: string, visit: (start: number, end: number) => void): void {
  const { length } = text;
  const isRun = (at: number) => RUN_CHARS[text.charCodeAt(at)] === 1;
  let floor = 0;
  for (let at = RUN_MINIMUM - 1; at < length; at += RUN_MINIMUM) {
    if (!isRun(at)) continue;
    let start = at;
    while (start > floor && isRun(start - 1)) start--;
    let end = at + 1;
    while (end < length && isRun(end)) end++;
    if (end - start >= RUN_MINIMUM) visit(start, end);
    floor = end;
    at = end;
  }
}
