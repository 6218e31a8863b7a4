import { expect, test } from "vitest";
import type { AgentEvent } from "../../src/agent/events.ts";
import type { Ledger } from "../../src/log/ledger.ts";
import { TOOLS } from "../../src/tools/toolbox.ts";
import { describeCall, describeReading } from "../../src/ui/tool-view.ts";

const ledger: Ledger = {
  source: "local",
  groups: ["api.log"],
  window: undefined,
  matched: 1200,
  returned: 20,
  analysed: 1200,
  scannedBytes: 9,
  notices: [],
};

function ended(part: Partial<Ledger> | undefined, repeated = false): AgentEvent & { type: "tool-end" } {
  const whole = part && { ...ledger, ...part };
  return {
    type: "tool-end",
    call: "1",
    tool: "fetch_logs",
    ref: "q1",
    summary: "s",
    ms: 1234,
    repeated,
    ledger: whole,
  };
}

test("every tool has words of its own while it runs", () => {
  for (const { name } of TOOLS) expect(describeCall(name, {})).not.toBe(name);
  expect(describeCall("fetch_logs", { log_group: "api.log", limit: 5 })).toBe("reading api.log");
  expect(describeCall("search_logs", { log_group_prefixes: ["a", "b", "c", "d"] })).toBe(
    "searching 4 log groups",
  );
});

test("a reading tells what, how much and how long; what reads nothing is no news", () => {
  expect(describeReading(ended({}))).toBe("read api.log: 1,200 events, 1.2 s");
  expect(describeReading(ended({ filter: "ERROR", matched: 3, inWindow: 1200 }))).toBe(
    "read api.log: 3 of 1,200 events match 'ERROR', 1.2 s",
  );
  expect(describeReading(ended(undefined))).toBeUndefined();
  expect(describeReading(ended({}, true))).toBeUndefined();
});

test("a long filter is cut", () => {
  const line = describeReading(ended({ filter: "?word ".repeat(100) })) ?? "";
  expect(line).toContain("…'");
  expect(line.length).toBeLessThan(100);
});
