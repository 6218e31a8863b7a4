import fc from "fast-check";
import { expect, test } from "vitest";
import { flatten, isQuoted } from "../../../src/agent/quotes.ts";
import { quoteBlock, quoteText } from "../../../src/models/offline/quote.ts";

const json = fc
  .dictionary(
    fc.constantFrom("message", "msg", "error", "status", "time", "user", "duration_ms", "stack", "a b", "x"),
    fc.oneof(fc.string({ maxLength: 300 }), fc.integer(), fc.object({ maxDepth: 1 }), fc.constant(null)),
  )
  .map((value) => JSON.stringify(value));
const text = fc.oneof(
  json,
  json.map((one) => one.slice(0, one.length / 2)),
  fc.array(fc.lorem({ maxCount: 60, mode: "words" })).map((lines) => lines.join("\n")),
);

test("every piece of a quote stands in the text, in order", () => {
  fc.assert(
    fc.property(text, (line) => {
      const quoted = quoteText(line);
      if (!/\w/.test(quoted.replaceAll("…", ""))) return;
      expect(isQuoted(quoted, [flatten(line)]), quoted).toBe(true);
    }),
  );
});

test("a quote is one line and never long", () => {
  fc.assert(
    fc.property(text, (line) => {
      expect(quoteText(line)).not.toContain("\n");
      expect(quoteText(line).length).toBeLessThan(700);
    }),
  );
});

test("of JSON the message and the telling fields are quoted", () => {
  const line = `{"time":"2026-01-10T10:00:00Z","level":"ERROR","pid":7,"hostname":"a","message":"pool exhausted","pool_size":20,"trace_id":"00ff","active":20}`;
  expect(quoteText(line)).toBe(`… "message":"pool exhausted","pool_size":20 … "active":20`);
});

test("of a trace its first line and its last cause are quoted", () => {
  const trace = "OrderFailed: no stock\n\tat a.B(B.java:1)\nCaused by: x.Timeout: 5 s\n\tat y";
  expect(quoteText(trace)).toBe("OrderFailed: no stock … Caused by: x.Timeout: 5 s …");
});

test("lines are sorted by time, shown once, and name their group where there are several", () => {
  const lines = [
    "[e2] 2026-01-10T10:00:02.000Z error a.log | it broke",
    "[e1] 2026-01-10T10:00:01.000Z warn b.log (b.log.1) | it creaks",
    "[e2] 2026-01-10T10:00:02.000Z error a.log | it broke",
  ];
  expect(quoteBlock(lines).split("\n")).toEqual([
    "```text",
    "[e1] 2026-01-10T10:00:01.000Z warn b.log (b.log.1) | it creaks",
    "[e2] 2026-01-10T10:00:02.000Z error a.log | it broke",
    "```",
  ]);
  expect(quoteBlock(lines.slice(0, 1))).toContain("[e2] 2026-01-10T10:00:02.000Z error … it broke");
});
