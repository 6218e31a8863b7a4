import { describe, expect, test } from "vitest";
import type { Difference } from "../../src/sessions/differences.ts";
import type { ReplayOutcome, Standing } from "../../src/sessions/replay.ts";
import type { SessionCall } from "../../src/sessions/session.ts";
import { describeReplay, describeReplayedCall, describeStanding } from "../../src/ui/replay-view.ts";
import { widthOf } from "../../src/ui/text-width.ts";

const CALL: SessionCall = {
  round: 1,
  id: "a",
  tool: "fetch_logs",
  input: { log_group: "api.log", start_time: "1h ago" },
  ms: 12,
  result: {
    ref: "q2",
    summary: "137 matched",
    data: {},
    ledger: undefined,
    readings: [],
    isRepeated: false,
  },
};
const linesOf = (outcome: ReplayOutcome, columns = 200) =>
  describeReplayedCall(CALL, outcome, columns).map(String);
const differing = (differences: readonly Difference[]): ReplayOutcome => ({
  kind: "different",
  summary: "139 matched",
  differences,
});
const changed = (path: string, before: Difference["before"], now: Difference["now"], item?: string) => ({
  ...{ path, before, now },
  ...(item === undefined ? {} : { item }),
});

describe("a call that was run again", () => {
  test("is one line where nothing differs", () => {
    expect(linesOf({ kind: "same" })).toEqual(["same     [q2] fetch_logs api.log: 137 matched"]);
  });

  test("tells why it was not run", () => {
    expect(linesOf({ kind: "not-run", reason: "It is gone." })).toEqual([
      "not run  [q2] fetch_logs api.log: 137 matched",
      "         It is gone.",
    ]);
  });

  test("tells counts before lists, and what follows from them last", () => {
    const outcome = differing([
      changed("ledger.in_window", 137, 139),
      changed("histogram.total[0]", 3, 4),
      changed("histogram.total[2]", 3, 4),
      changed("first", "a", "b"),
      changed("events[3]", undefined, "ERROR new"),
      changed("templates[1].count", 1137, 12, "timed out <*>"),
      changed("levels.error", 7, 9),
      changed("ledger.matched", 137, 139),
    ]);
    expect(linesOf(outcome)).toEqual([
      "DIFFERS  [q2] fetch_logs api.log: 137 matched, now 139 matched",
      "         ledger.matched: 137, now 139",
      "         levels.error: 7, now 9",
      "         templates[1].count of 'timed out <*>': 1,137, now 12",
      '         events[3]: new "ERROR new"',
      '         first: "a", now "b"',
      "         histogram.total[]: 2 changed, such as 3, now 4",
      "         ledger.in_window: 137, now 139",
    ]);
  });

  test("tells many of one list in one line, and is never long", () => {
    const events = Array.from({ length: 30 }, (_, index) =>
      changed(
        `events[${index}]`,
        index < 20 ? `old ${index}` : undefined,
        index > 9 ? `new ${index}` : undefined,
      ),
    );
    expect(linesOf(differing(events))[1]).toBe(
      '         events[]: 10 changed, 10 new, 10 gone, such as "new 20"',
    );
    const many = Array.from({ length: 40 }, (_, index) => changed(`member${index}`, index, index + 1));
    const lines = linesOf(differing(many));
    expect(lines).toHaveLength(9);
    expect(lines.at(-1)).toBe("         and 33 more places: see --json");
  });

  test("fits the screen, and shows no control sequence", () => {
    const outcome = differing([changed("events[0]", "x ".repeat(400), `\u001b[2J${"y".repeat(900)}`)]);
    for (const columns of [40, 80, 120])
      for (const line of describeReplayedCall(CALL, outcome, columns)) {
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
        expect(String(line)).not.toContain("\u001b[2J");
      }
  });
});

const REPORT = { citations: [], checked: 9, unverified: [], uncited: 0 };
const standing = (more: Partial<Standing> = {}): Standing => ({
  ...{ report: REPORT, lost: [], changed: [], asKept: [] },
  ...more,
});

describe("an answer", () => {
  test("holds, may still hold, or no longer holds", () => {
    expect(describeStanding(standing())).toEqual(["The answer holds: 9 claims checked against the replay"]);
    expect(describeStanding(standing({ changed: ["q2"] }))).toEqual([
      "The answer may still hold: 9 claims checked against the replay",
      "What it cites has changed: [q2]",
    ]);
    const lost = [
      { kind: "number", text: "137", refs: ["q2", "q2"] },
      { kind: "number", text: "137", refs: ["q2", "q2"] },
      { kind: "reference", text: "e5", refs: ["e5"] },
    ] as const;
    expect(describeStanding(standing({ lost, asKept: ["q3"] }))).toEqual([
      "The answer NO LONGER HOLDS: 3 of 9 claims: '137' [q2], [e5]",
      "Held against what was kept, because not run again: [q3]",
    ]);
  });

  test("that cites nothing, or nothing that was run, is not said to hold", () => {
    expect(describeStanding(standing({ report: { ...REPORT, checked: 0 } }))[0]).toContain(
      "cites no evidence",
    );
    const citations = [{ ref: "q2", kind: "result", tool: "fetch_logs", input: {} }] as const;
    expect(describeStanding(standing({ report: { ...REPORT, citations }, asKept: ["q2"] }))[0]).toContain(
      "not checked again",
    );
  });
});

test("a replay is summed up", () => {
  const tally = { same: 3, different: 1, notRun: 2, lostAnswers: 1 };
  expect(describeReplay(tally, false)).toEqual([
    "6 tool calls over local logs and the cache, no source was asked: 3 the same, 1 different, 2 not run again",
    "1 answer no longer holds",
    "What was not run again may be had of its source: --fresh asks it",
  ]);
  expect(describeReplay({ ...tally, notRun: 0, lostAnswers: 0 }, true)).toEqual([
    "4 tool calls over the sources as they are now: 3 the same, 1 different",
  ]);
});
