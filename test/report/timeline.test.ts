import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDigest } from "../../src/analysis/digest.ts";
import type { LogEvent } from "../../src/log/event.ts";
import { createZone } from "../../src/log/zone.ts";
import { layOutTimeline, ticksOf } from "../../src/report/timeline.ts";
import type { SessionReading } from "../../src/sessions/session.ts";

const START = Date.UTC(2026, 2, 12, 2);
const HOUR = 3_600_000;
const LEVELS = ["error", "warn", "info", undefined] as const;

interface Said {
  readonly at: number;
  readonly level: (typeof LEVELS)[number];
}

function readingOf(
  group: string,
  said: readonly Said[],
  window = { start: START, end: START + HOUR },
): SessionReading {
  const digest = createDigest();
  for (const [index, { at, level }] of said.toSorted((a, b) => a.at - b.at).entries()) {
    const event: LogEvent = {
      id: String(index),
      group,
      stream: group,
      timestamp: at,
      message: "something happened",
      bodyStart: 0,
      level,
      levelInferred: false,
    };
    digest.add(event);
  }
  const count = said.length;
  return {
    source: "memory",
    request: { group, window, filter: undefined, streamPrefix: undefined },
    digest: digest.summarize(),
    newest: [],
    ledger: {
      source: "memory",
      groups: [group],
      window,
      matched: count,
      returned: 0,
      analysed: count,
      scannedBytes: 0,
      notices: [],
    },
    samples: undefined,
    templatesFrom: undefined,
  };
}

const said = (start: number, length: number) =>
  fc.array(
    fc.record({ at: fc.integer({ min: start, max: start + length - 1 }), level: fc.constantFrom(...LEVELS) }),
    { minLength: 1, maxLength: 200 },
  );

describe("a timeline", () => {
  it("shows each event of the window once, in bars that do not leave it or meet", () => {
    fc.assert(
      fc.property(
        said(START, HOUR),
        said(START, HOUR),
        fc.integer({ min: 1, max: 400 }),
        (one, other, hours) => {
          const window = { start: START, end: START + hours * HOUR };
          const readings = [readingOf("one", one, window), readingOf("other", other, window)];
          const timeline = layOutTimeline(readings, window, 12);
          expect(timeline?.axis).toEqual(window);
          for (const chart of timeline?.charts ?? []) {
            const all = chart.group === "one" ? one : other;
            expect(chart.events).toBe(all.length);
            expect(chart.errors).toBe(all.filter(({ level }) => level === "error").length);
            expect(chart.warnings).toBe(all.filter(({ level }) => level === "warn").length);
            const bars = chart.bars.toSorted((a, b) => a.start - b.start);
            expect(bars.length).toBeLessThanOrEqual(241);
            for (const [at, { start, end }] of bars.entries()) {
              expect(start).toBeGreaterThanOrEqual(bars[at - 1]?.end ?? window.start);
              expect(end).toBeLessThanOrEqual(window.end);
              expect(end).toBeGreaterThan(start);
            }
          }
        },
      ),
    );
  });

  it("is in the order in which errors began; groups without an onset come last", () => {
    const burst = (minute: number): Said[] =>
      Array.from({ length: 60 }, (_, at) => ({ at: START + minute * 60_000 + at * 10_000, level: "error" }));
    const quiet: Said[] = Array.from({ length: 60 }, (_, at) => ({ at: START + at * 60_000, level: "info" }));
    const readings = [
      readingOf("quiet", quiet),
      readingOf("late", [...quiet, ...burst(40)]),
      readingOf("early", [...quiet, ...burst(20)]),
    ];
    const timeline = layOutTimeline(readings, { start: START, end: START + HOUR }, 2);
    expect(timeline?.charts.map(({ group }) => group)).toEqual(["early", "late"]);
    expect(timeline?.charts.map(({ onset }) => onset?.at)).toEqual([
      START + 20 * 60_000,
      START + 40 * 60_000,
    ]);
    expect(timeline?.left).toEqual(["quiet"]);
  });

  it("tells what of it was not read", () => {
    const readings = [
      readingOf("half", [{ at: START, level: "info" }], { start: START, end: START + HOUR / 2 }),
      readingOf("whole", [{ at: START, level: "info" }]),
    ];
    const timeline = layOutTimeline(readings, { start: START, end: START + HOUR }, 12);
    expect(timeline?.charts.find(({ group }) => group === "half")?.read.end).toBe(START + HOUR / 2);
    expect(timeline?.charts.find(({ group }) => group === "whole")?.read).toEqual(timeline?.axis);
  });

  it("is none where nothing has a time", () => {
    expect(layOutTimeline([], { start: START, end: START + HOUR }, 12)).toBeUndefined();
  });
});

describe("the times of an axis", () => {
  it.each(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"])(
    "are few, round and within it: %s",
    (name) => {
      const zone = createZone(name);
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 3e10 }), fc.integer({ min: 0, max: 2e12 }), (length, start) => {
          const ticks = ticksOf({ start, end: start + length }, zone);
          expect(ticks.length).toBeLessThanOrEqual(7);
          for (const { at, label } of ticks) {
            expect(at).toBeGreaterThanOrEqual(start);
            expect(at).toBeLessThanOrEqual(start + length);
            expect(label).toMatch(/^(?:\d\d-\d\d ?)?(?:\d\d:\d\d(?::\d\d)?)?$/);
          }
        }),
      );
    },
  );

  it("are of the zone's clock", () => {
    const labels = ticksOf({ start: START, end: START + 2 * HOUR }, createZone("Asia/Kolkata"));
    expect(labels.map(({ label }) => label)).toEqual(["07:30", "08:00", "08:30", "09:00", "09:30"]);
  });
});
