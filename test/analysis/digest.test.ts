import fc from "fast-check";
import { expect, test } from "vitest";
import { OTHER_STREAMS } from "../../src/analysis/counts.ts";
import { createDigest } from "../../src/analysis/digest.ts";
import { matchesTemplate } from "../../src/analysis/match.ts";
import type { DigestSummary } from "../../src/analysis/summary.ts";
import { textOf } from "../../src/analysis/text.ts";
import type { LogEvent } from "../../src/log/event.ts";
import { event, eventsOf } from "./events.ts";

function digest(
  events: readonly LogEvent[],
  options?: { maxTemplates?: number; maxStreams?: number },
): DigestSummary {
  const result = createDigest(options);
  for (const each of events) result.add(each);
  return result.summarize();
}

const word = fc.oneof(
  fc.constantFrom(
    "user",
    "login",
    "failed",
    "for",
    "GET",
    "/api/orders/17",
    "10.0.0.1:80",
    "=",
    "()",
    "<*>",
    "  ",
  ),
  fc.string({ maxLength: 8 }),
  fc.integer().map(String),
);
const message = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "));
const anyEvent = fc.record({
  message,
  timestamp: fc.option(fc.integer({ min: 1.6e12, max: 1.6e12 + 1e8 }), { nil: undefined }),
  level: fc.constantFrom(undefined, "info" as const, "warn" as const, "error" as const),
  group: fc.constantFrom("a", "b"),
});

test("every event is in a template or counted as outside", () => {
  fc.assert(
    fc.property(
      fc.array(anyEvent, { maxLength: 200 }),
      fc.integer({ min: 1, max: 20 }),
      (parts, maxTemplates) => {
        const summary = digest(parts.map(event), { maxTemplates });
        const inside = summary.templates.reduce((sum, { count }) => sum + count, 0);
        expect(inside + summary.eventsOutsideTemplates).toBe(parts.length);
        expect(summary.templates.length).toBeLessThanOrEqual(maxTemplates);
      },
    ),
  );
});

test("the histogram and the bins of templates hold every event that has a time", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 200 }), (parts) => {
      const summary = digest(parts.map(event));
      const total = summary.histogram?.bins.reduce((sum, bin) => sum + bin.total, 0) ?? 0;
      expect(total).toBe(parts.length - summary.untimed);
      const binned = summary.templates.reduce((sum, { bins }) => sum + bins.reduce((a, b) => a + b, 0), 0);
      expect(binned).toBe(total);
      for (const { bins } of summary.templates) expect(bins.length).toBe(summary.histogram?.bins.length ?? 0);
    }),
  );
});

test("a template's text matches its examples, and each of its wildcards has a parameter", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 200 }), (parts) => {
      for (const { text, examples, parameters, count } of digest(parts.map(event)).templates) {
        expect(examples.length).toBe(Math.min(count, 4));
        for (const example of examples) expect(matchesTemplate(text, textOf(example)), text).toBe(true);
        expect(parameters.length).toBe(text.split("<*>").length - 1);
      }
    }),
  );
});

test("a summary in between changes nothing", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 100 }), fc.nat(100), (parts, at) => {
      const events = parts.map(event);
      const interrupted = createDigest();
      events.forEach((each, index) => {
        if (index === at) interrupted.summarize();
        interrupted.add(each);
      });
      expect(interrupted.summarize()).toEqual(digest(events));
    }),
  );
});

test("events that differ in values share a template, with the commonest values", () => {
  const lines = Array.from({ length: 300 }, (_, i) => `order ${i} of customer ${i % 3} took ${i * 7} ms`);
  const [template, ...others] = digest(eventsOf(lines)).templates;
  expect(others).toEqual([]);
  expect(template?.text).toBe("order <*> of customer <*> took <*> ms");
  expect(template?.parameters[1]).toEqual({
    distinct: 3,
    distinctCapped: false,
    top: [
      { value: "0", count: 100 },
      { value: "1", count: 100 },
      { value: "2", count: 100 },
    ],
  });
  expect(template?.parameters[0]?.distinctCapped).toBe(true);
  expect(template?.examples[0]?.message).toBe(lines[0]);
  expect(template?.examples[3]?.message).toBe(lines[299]);
});

test("words that only vary are found by their number", () => {
  const names = ["alice", "bob", "carol", "dave", "erin", "frank"];
  const lines = names.flatMap((name) => [
    `session opened for user ${name}`,
    `session closed for user ${name}`,
  ]);
  const texts = digest(eventsOf(lines)).templates.map(({ text }) => text);
  expect(texts).toEqual(["session opened for user <*>", "session closed for user <*>"]);
});

test("a template takes the most severe level of its events, and a written one before an inferred one", () => {
  const events = [
    event({ message: "disk 1 full", level: "fatal", levelInferred: true }),
    event({ message: "disk 2 full", level: "error" }),
    event({ message: "disk 3 full", level: "error", levelInferred: true }),
  ];
  expect(digest(events).templates).toMatchObject([{ level: "fatal", levelInferred: true, count: 3 }]);
});

test("errors, warnings and the rest are folded apart, even where they read alike", () => {
  const events = eventsOf(Array.from({ length: 100 }, (_, i) => `GET /a/${i} took ${i} ms`)).map((each, i) =>
    event({ ...each, level: i === 40 || i === 41 ? "error" : i === 50 ? "warn" : "info" }),
  );
  const { templates } = digest(events);
  expect(templates.map(({ level, count }) => [level, count])).toEqual([
    ["info", 97],
    ["error", 2],
    ["warn", 1],
  ]);
  expect(new Set(templates.map(({ text }) => text))).toEqual(new Set(["GET <*> took <*> ms"]));
  expect(templates[1]?.examples.map(({ id }) => id)).toEqual(["40", "41"]);
});

test("a rare error outlives a flood of different texts", () => {
  const letters = (i: number) => String(i).replace(/\d/g, (digit) => String.fromCharCode(97 + Number(digit)));
  const flood = Array.from({ length: 2000 }, (_, i) =>
    event({ message: `${letters(i)} (${letters(i * 7)})`, id: String(i) }),
  );
  flood.splice(700, 0, event({ message: "disk is full", level: "error" }));
  const { templates, eventsOutsideTemplates } = digest(flood, { maxTemplates: 20 });
  expect(eventsOutsideTemplates).toBeGreaterThan(0);
  expect(templates.map(({ text }) => text)).toContain("disk is full");
});

test("a stack trace is told by its first line and its last cause", () => {
  const trace = (id: number, cause: string) =>
    `request ${id} failed\n\tat a.B.c(B.java:1)\nCaused by: x.First: a\n\tat y\nCaused by: ${cause}: gone\n\tat z`;
  const texts = digest(
    eventsOf([
      trace(1, "java.io.IOException"),
      trace(2, "java.io.IOException"),
      trace(3, "a.TimeoutException"),
    ]),
  ).templates.map(({ text }) => text);
  expect(texts).toEqual([
    "request <*> failed Caused by: java.io.IOException",
    "request <*> failed Caused by: a.TimeoutException",
  ]);
});

test("streams beyond the bound are counted together", () => {
  const events = Array.from({ length: 5 }, (_, i) => event({ message: "x", stream: `s${i}` }));
  expect(digest(events, { maxStreams: 2 }).streams).toEqual(
    new Map([
      ["s0", 1],
      ["s1", 1],
      [OTHER_STREAMS, 3],
    ]),
  );
});

test("very many different texts stay bounded and are counted", () => {
  const scramble = (i: number) => ((i * 2654435761) % 4294967296).toString(36).replace(/\d/g, "x");
  const lines = Array.from({ length: 3000 }, (_, i) => `${scramble(i)} ${scramble(i + 7)}! (${scramble(i)})`);
  const summary = digest(eventsOf(lines), { maxTemplates: 50 });
  expect(summary.templates.length).toBeLessThanOrEqual(50);
  const inside = summary.templates.reduce((sum, { count }) => sum + count, 0);
  expect(inside + summary.eventsOutsideTemplates).toBe(3000);
});
