import { describe, expect, it } from "vitest";
import { followWindow } from "../../src/log/time-follow-up.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EARLIER = { start: Date.UTC(2026, 2, 12, 2), end: Date.UTC(2026, 2, 12, 4) };
const NOW = Date.UTC(2026, 2, 12, 9);

describe("the window of a question that goes on from another", () => {
  it.each([
    ["how many of them were KMS errors?", EARLIER, undefined],
    [
      "and the hour before that?",
      { start: EARLIER.start - HOUR, end: EARLIER.start },
      "the hour before that",
    ],
    [
      "what about 30 minutes before?",
      { start: EARLIER.start - 30 * MINUTE, end: EARLIER.start },
      "30 minutes before",
    ],
    ["And two days earlier?", { start: EARLIER.start - 2 * DAY, end: EARLIER.start }, "two days earlier"],
    ["what happened before that?", { start: EARLIER.start - 2 * HOUR, end: EARLIER.start }, "before that"],
    ["and after that?", { start: EARLIER.end, end: EARLIER.end + 2 * HOUR }, "after that"],
    ["the hour after that?", { start: EARLIER.end, end: EARLIER.end + HOUR }, "the hour after that"],
    ["and the day after that?", { start: EARLIER.end, end: NOW }, "the day after that"],
    ["is it still failing?", { start: EARLIER.start, end: NOW }, "still"],
    ["what has changed since then?", { start: EARLIER.start, end: NOW }, "since then"],
    ['who logs "before that"?', EARLIER, undefined],
    ["was the pool resized before the errors?", EARLIER, undefined],
  ])("%s", (question, window, words) => {
    expect(followWindow(question, EARLIER, NOW)).toEqual({ window, words });
  });

  it("is not stretched over weeks", () => {
    expect(followWindow("is it still failing?", EARLIER, NOW + 30 * DAY).window).toEqual(EARLIER);
  });
});
