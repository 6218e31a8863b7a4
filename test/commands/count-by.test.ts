import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCounter } from "../../src/commands/count-by.ts";
import type { LogEvent } from "../../src/log/event.ts";
import { createZone } from "../../src/log/zone.ts";

const utc = createZone("UTC");

function eventOf(part: Partial<LogEvent>): LogEvent {
  return {
    id: "1",
    group: "g",
    stream: "s",
    timestamp: undefined,
    message: "",
    bodyStart: 0,
    level: undefined,
    levelInferred: false,
    ...part,
  };
}

describe("over time", () => {
  test("every event with a time is in one row, and rows begin at full hours of the zone", () => {
    const zones = ["UTC", "Asia/Kolkata", "America/St_Johns", "Europe/Berlin"].map(createZone);
    const times = fc.array(fc.integer({ min: 0, max: 4_000_000_000_000 }), { maxLength: 50 });
    fc.assert(
      fc.property(times, fc.constantFrom(...zones), fc.constantFrom("hour", "minute"), (stamps, zone, by) => {
        const counter = createCounter(by, zone);
        for (const timestamp of stamps) counter.add(eventOf({ timestamp }));
        const rows = counter.rows();
        expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(stamps.length);
        for (const { key } of rows) expect(key).toMatch(by === "hour" ? /:00:00 / : /:\d\d:00 /);
      }),
    );
  });

  test("an hour that the clock has twice is two rows", () => {
    const counter = createCounter("hour", createZone("Europe/Berlin"));
    // 02:30 summer time and, an hour later, 02:30 winter time.
    for (const hour of [0, 1]) counter.add(eventOf({ timestamp: Date.UTC(2025, 9, 26, hour, 30) }));
    expect(counter.rows().map(({ key }) => key)).toEqual([
      "2025-10-26 02:00:00 +02:00",
      "2025-10-26 02:00:00 +01:00",
    ]);
  });

  test("gaps are drawn, events without a time are told", () => {
    const counter = createCounter("minute", utc);
    for (const timestamp of [0, 1, 180_000, undefined]) counter.add(eventOf({ timestamp, level: "error" }));
    expect(counter.rows()).toEqual([
      { key: "1970-01-01 00:00:00 UTC", count: 2, errors: 2 },
      { key: "1970-01-01 00:03:00 UTC", count: 1, errors: 1 },
    ]);
    expect(counter.histogram?.()?.bins.map(({ total }) => total)).toEqual([2, 0, 0, 1]);
    expect(counter.remarks()).toEqual(["1 events without a time are in no row"]);
  });

  test("what is too long to be drawn is not", () => {
    const counter = createCounter("minute", utc);
    for (const timestamp of [0, 8_000_000_000_000]) counter.add(eventOf({ timestamp }));
    expect(counter.histogram?.()).toBeUndefined();
  });
});

test("levels come worst first, and inferred ones are told", () => {
  const counter = createCounter("level", utc);
  for (const level of ["info", "error", undefined, "fatal", "info"] as const)
    counter.add(eventOf({ level, levelInferred: level === "fatal" }));
  expect(counter.rows()).toEqual([
    { key: "fatal", count: 1 },
    { key: "error", count: 1 },
    { key: "info", count: 2 },
    { key: "none", count: 1 },
  ]);
  expect(counter.remarks()).toHaveLength(1);
});

test("a word that objects carry is the name of a field like others", () => {
  const counter = createCounter("constructor", utc);
  counter.add(eventOf({ message: '{"constructor":"x"}' }));
  expect(counter.rows()).toEqual([{ key: "x", count: 1 }]);
});
