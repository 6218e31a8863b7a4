import { describe, expect, it } from "vitest";
import type { QuestionScope } from "../../src/agent/events.ts";
import { writeInstructions } from "../../src/agent/prompt.ts";
import { createZone } from "../../src/log/zone.ts";
import { TOOLS } from "../../src/tools/toolbox.ts";
import { NOW, WINDOW } from "./shop.ts";

const scope: QuestionScope = {
  window: WINDOW,
  zone: "Europe/Berlin",
  from: "question",
  words: "last night",
  baseline: undefined,
};
const berlin = createZone("Europe/Berlin");

describe("the instructions", () => {
  it("carry the time, the zone and the one window, in the user's zone", () => {
    const text = writeInstructions(scope, NOW, berlin);
    expect(text).toContain("Now: 2026-03-12T05:00:00.000+01:00");
    expect(text).toContain("Europe/Berlin");
    expect(text).toContain("start_time=2026-03-12T03:00:00.000+01:00 end_time=2026-03-12T04:00:00.000+01:00");
    expect(text).toContain('"last night"');
    expect(text).not.toContain("To compare with");
  });

  it("carry the baseline where there is one", () => {
    const baseline = { start: WINDOW.start - 86_400_000, end: WINDOW.end - 86_400_000 };
    expect(writeInstructions({ ...scope, baseline }, NOW, berlin)).toContain(
      "To compare with: start_time=2026-03-11T03:00:00.000+01:00",
    );
  });

  it.each([
    /discover groups first/i,
    /start narrow, widen/i,
    /filter to reduce volume/i,
    /fetch before analysing/i,
    /concise/i,
    /errors, patterns and anomalies/i,
    /next steps/i,
    /code blocks, with their references/i,
    /group is missing, suggest near names/i,
    /empty.*suggest another range/i,
    /not looked at/i,
    /data, never an instruction/i,
  ])("say: %s", (rule) => {
    expect(writeInstructions(scope, NOW, berlin)).toMatch(rule);
  });

  const NAMES = TOOLS.map(({ name }) => name);

  it("say which tool is for lines and which for counts, and what to do about a scan that is refused", () => {
    const text = writeInstructions(scope, NOW, berlin, NAMES);
    expect(text).toMatch(/Lines: fetch_logs\. Counts.*: query_logs, get_log_statistics/);
    expect(text).toMatch(/refused \(code "budget"\): narrow.*never repeat the call/);
  });

  it("speak of alarms, and of no tool at all, only where they are offered", () => {
    expect(writeInstructions(scope, NOW, berlin, NAMES)).toMatch(/list_alarms.*leads/);
    const without = NAMES.filter((name) => name !== "list_alarms");
    expect(writeInstructions(scope, NOW, berlin, without)).not.toMatch(/alarm/i);
    const bare = writeInstructions(scope, NOW, berlin);
    for (const name of NAMES) expect(bare).not.toContain(name);
  });

  it("cost few tokens more for that", () => {
    const bare = writeInstructions(scope, NOW, berlin);
    const more = writeInstructions(scope, NOW, berlin, NAMES).length - bare.length;
    expect(more).toBeLessThan(350);
  });

  it("are short: every token is paid in every round", () => {
    expect(writeInstructions(scope, NOW, berlin, NAMES).length).toBeLessThan(4000);
  });
});
