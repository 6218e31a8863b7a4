import { describe, expect, it } from "vitest";
import type { QuestionScope } from "../../src/agent/events.ts";
import { resolveScope } from "../../src/agent/scope.ts";
import { openToolFolder, ZONE } from "../tools/tool-folder.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 2, 12, 9);
const FILES = { "app.log": "2026-03-12T05:00:00Z INFO one\n2026-03-12T06:00:00Z ERROR two\n" };
const DATA = { start: Date.UTC(2026, 2, 12, 5), end: Date.UTC(2026, 2, 12, 6) + 1 };

const EARLIER: QuestionScope = {
  window: { start: Date.UTC(2026, 2, 12, 2), end: Date.UTC(2026, 2, 12, 3) },
  zone: "UTC",
  from: "question",
  words: "between 2 and 3",
  baseline: undefined,
};

async function scopeOf(question: string, earlier?: QuestionScope, flags: { since?: string } = {}) {
  await using folder = await openToolFolder(FILES);
  const { signal } = new AbortController();
  const { directory } = folder;
  const { since } = flags;
  return await resolveScope({
    question,
    since,
    until: undefined,
    earlier,
    directory,
    now: NOW,
    zone: ZONE,
    signal,
  });
}

describe("the window of a question", () => {
  it("is that of the question before it, where it names none", async () => {
    expect(await scopeOf("who was hit?", EARLIER)).toMatchObject({ window: EARLIER.window, from: "earlier" });
  });

  it("is seen from the question before it, where its words are", async () => {
    const { start } = EARLIER.window;
    expect(await scopeOf("and the hour before that?", EARLIER)).toMatchObject({
      window: { start: start - HOUR, end: start },
      from: "earlier",
      words: "the hour before that",
    });
  });

  it("is its own, where it or a flag names one", async () => {
    const own = await scopeOf("and between 04:00 and 05:00?", EARLIER);
    expect(own).toMatchObject({ from: "question", window: { start: Date.UTC(2026, 2, 12, 4) } });
    const flagged = await scopeOf("who was hit?", EARLIER, { since: "2h" });
    expect(flagged).toMatchObject({ from: "flags", window: { start: NOW - 2 * HOUR, end: NOW } });
  });

  it("is the range of the data, where nothing else was meant before either", async () => {
    const first = await scopeOf("what is wrong?");
    expect(first).toMatchObject({ from: "data", window: DATA });
    expect(await scopeOf("and after that?", first)).toMatchObject({ from: "data", window: DATA });
  });
});
