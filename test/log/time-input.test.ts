import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import { formatDuration, parseDuration } from "../../src/log/time-duration.ts";
import { formatInstant, formatWindow, parseInstant, parseWindow } from "../../src/log/time-input.ts";
import { createZone } from "../../src/log/zone.ts";

const UTC = createZone("UTC");
const BERLIN = createZone("Europe/Berlin");
const NEW_YORK = createZone("America/New_York");
const now = Date.parse("2025-08-06T15:00:00Z");

describe("an instant from a flag or a tool argument", () => {
  it.each([
    ["now", "2025-08-06T15:00:00.000Z"],
    ["2025-08-02T13:45:00Z", "2025-08-02T13:45:00.000Z"],
    ["2025-08-02t13:45:00.123z", "2025-08-02T13:45:00.123Z"],
    ["2025-08-02T13:45:00,5+05:30", "2025-08-02T08:15:00.500Z"],
    ["2025-08-02T13:45:00-0500", "2025-08-02T18:45:00.000Z"],
    ["2025-08-02T13:45", "2025-08-02T11:45:00.000Z"],
    ["2025-08-02 13:45:10", "2025-08-02T11:45:10.000Z"],
    ["2025-08-02 13:45 UTC", "2025-08-02T13:45:00.000Z"],
    ["2025-08-02 13:45:00 -05:00", "2025-08-02T18:45:00.000Z"],
    ["2025-08-02 13:45 America/New_York", "2025-08-02T17:45:00.000Z"],
    ["2025-08-02", "2025-08-01T22:00:00.000Z"],
    [" 2025/08/02 ", "2025-08-01T22:00:00.000Z"],
    ["Aug 2, 2025 13:45 UTC", "2025-08-02T13:45:00.000Z"],
    ["Sat Aug 02 2025 13:45:00 GMT+0200", "2025-08-02T11:45:00.000Z"],
    ["today", "2025-08-05T22:00:00.000Z"],
    ["yesterday", "2025-08-04T22:00:00.000Z"],
    ["yesterday 14:00", "2025-08-05T12:00:00.000Z"],
    ["14:30", "2025-08-06T12:30:00.000Z"],
    ["17:00", "2025-08-06T15:00:00.000Z"],
    ["17:01", "2025-08-05T15:01:00.000Z"],
    ["2pm UTC", "2025-08-06T14:00:00.000Z"],
    ["1h ago", "2025-08-06T14:00:00.000Z"],
    ["-1h", "2025-08-06T14:00:00.000Z"],
    ["now-1h", "2025-08-06T14:00:00.000Z"],
    ["30m ago", "2025-08-06T14:30:00.000Z"],
    ["90 minutes ago", "2025-08-06T13:30:00.000Z"],
    ["1h30m", "2025-08-06T13:30:00.000Z"],
    ["1.5 hours ago", "2025-08-06T13:30:00.000Z"],
    ["2 days ago", "2025-08-04T15:00:00.000Z"],
    ["an hour ago", "2025-08-06T14:00:00.000Z"],
    ["1754142300", "2025-08-02T13:45:00.000Z"],
    ["1754142300.25", "2025-08-02T13:45:00.250Z"],
    ["1754142300123", "2025-08-02T13:45:00.123Z"],
  ])("%s, in Berlin", (text, expected) => {
    expect(new Date(parseInstant(text, { now, zone: BERLIN })).toISOString()).toBe(expected);
  });

  it.each([
    "",
    "-",
    "soon",
    "503",
    "14",
    "2025-13-45",
    "2025-02-30",
    "25:00",
    "14:60",
    "2025-08-02T25:00Z",
    "2025-08-02 13:45 junk",
    "around 14:30",
    "99999999999999999",
    "1h agoo",
    "last hour",
    "ERROR yesterday",
  ])("refuses %j", (text) => {
    expect(() => parseInstant(text, { now, zone: UTC })).toThrow(
      expect.objectContaining({ code: "invalid-time", message: `Cannot read '${text}' as a time.` }),
    );
  });

  it("shows the accepted forms", () => {
    try {
      parseInstant("x".repeat(500), { now, zone: UTC });
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(Failure);
      expect((thrown as Failure).code).toBe("invalid-time");
      expect((thrown as Failure).message.length).toBeLessThan(100);
      expect((thrown as Failure).hint).toContain("1h ago");
    }
  });

  it("is read or refused, whatever the text, never a crash", () => {
    const piece = fc.constantFrom(
      "2025-08-02",
      "T",
      " ",
      "14:30",
      "Z",
      "+",
      "-",
      "1h",
      "ago",
      "yesterday",
      "at",
      "pm",
      "9",
      ".",
      "Europe/Nowhere",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 7 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          expect(Number.isFinite(parseInstant(input, { now, zone: NEW_YORK }))).toBe(true);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a window from flags", () => {
  const view = { now, zone: UTC, defaultSpanMs: 3_600_000 };

  it.each([
    [{}, "2025-08-06 14:00 to 15:00 UTC (1h)"],
    [{ since: "2h" }, "2025-08-06 13:00 to 15:00 UTC (2h)"],
    [{ since: "2h", until: "1h" }, "2025-08-06 13:00 to 14:00 UTC (1h)"],
    [{ until: "2025-08-02" }, "2025-08-01 23:00 to 2025-08-02 00:00 UTC (1h)"],
    [{ since: "yesterday", until: "today" }, "2025-08-05 00:00 to 2025-08-06 00:00 UTC (1d)"],
  ])("%j", (flags, expected) => {
    expect(formatWindow(parseWindow(flags, view), UTC)).toBe(expected);
  });

  it.each([
    [
      { since: "1h", until: "2h" },
      "it starts at '1h', 2025-08-06 14:00:00 UTC and ends at '2h', 2025-08-06 13:00:00 UTC.",
    ],
    [
      { since: "2030-01-01" },
      "it starts at '2030-01-01', 2030-01-01 00:00:00 UTC and ends at now, 2025-08-06 15:00:00 UTC.",
    ],
    [
      { since: "noon", until: "noon" },
      "it starts at 'noon', 2025-08-06 12:00:00 UTC and ends at 'noon', 2025-08-06 12:00:00 UTC.",
    ],
  ])("refuses %j", (flags, problem) => {
    expect(() => parseWindow(flags, view)).toThrow(
      expect.objectContaining({
        code: "invalid-time",
        message: `The window does not end after it starts: ${problem}`,
      }),
    );
  });
});

describe("times for people", () => {
  it.each([
    [0, UTC, "1970-01-01 00:00:00 UTC"],
    [now + 7, UTC, "2025-08-06 15:00:00.007 UTC"],
    [now, BERLIN, "2025-08-06 17:00:00 +02:00"],
    [now, NEW_YORK, "2025-08-06 11:00:00 -04:00"],
    [now, createZone("+05:30"), "2025-08-06 20:30:00 +05:30"],
    [9e15, UTC, "9000000000000000 ms after 1970"],
  ])("%d", (instant, zone, expected) => {
    expect(formatInstant(instant, zone)).toBe(expected);
  });

  it.each([
    ["2025-08-02T13:00Z", "2025-08-02T13:00:30Z", UTC, "2025-08-02 13:00:00 to 13:00:30 UTC (30s)"],
    [
      "2025-08-02T13:00Z",
      "2025-08-02T14:00Z",
      BERLIN,
      "2025-08-02 15:00 to 16:00 +02:00 (Europe/Berlin, 1h)",
    ],
    [
      "2025-10-25T22:00Z",
      "2025-10-26T23:00Z",
      BERLIN,
      "2025-10-26 00:00 +02:00 to 2025-10-27 00:00 +01:00 (Europe/Berlin, 1d 1h)",
    ],
    [
      "2025-10-26T00:30Z",
      "2025-10-26T01:30Z",
      BERLIN,
      "2025-10-26 02:30 +02:00 to 2025-10-26 02:30 +01:00 (Europe/Berlin, 1h)",
    ],
  ])("%s to %s", (start, end, zone, expected) => {
    expect(formatWindow({ start: Date.parse(start), end: Date.parse(end) }, zone)).toBe(expected);
  });

  it.each([
    [0, "0s"],
    [350, "350ms"],
    [1250, "1.25s"],
    [59_999, "59.99s"],
    [60_000, "1m"],
    [90_000, "1m 30s"],
    [5_400_000, "1h 30m"],
    [86_400_000 + 59_000, "1d"],
    [200_000_000, "2d 7h"],
    [-60_000, "-1m"],
  ])("%d ms is %s", (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });

  it("an instant is read back as it was written, in any zone, on any day", () => {
    const zone = fc.constantFrom(UTC, BERLIN, NEW_YORK, createZone("+05:30"), createZone("Asia/Kathmandu"));
    const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
    fc.assert(
      fc.property(instant, zone, zone, (ms, written, read) => {
        expect(parseInstant(formatInstant(ms, written), { now, zone: read })).toBe(ms);
      }),
      { numRuns: 1000 },
    );
  });

  it("a duration is read back to within its smaller unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 10 ** 10 }), (ms) => {
        const back = parseDuration(formatDuration(ms)) ?? Number.NaN;
        expect(back).toBeLessThanOrEqual(ms);
        expect(back).toBeGreaterThan(ms * 0.5);
      }),
    );
  });
});
