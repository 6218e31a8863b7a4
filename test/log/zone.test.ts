import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createZone } from "../../src/log/zone.ts";

const HOUR = 3_600_000;
const wall = (text: string) => Date.parse(`${text}Z`);

describe("a zone", () => {
  it.each([
    ["UTC", "2025-08-02T12:00Z", 0],
    ["gmt", "2025-08-02T12:00Z", 0],
    ["+02:00", "2025-08-02T12:00Z", 2],
    ["-0330", "2025-08-02T12:00Z", -3.5],
    ["UTC+5", "2025-08-02T12:00Z", 5],
    ["Europe/Berlin", "2025-08-02T12:00Z", 2],
    ["Europe/Berlin", "2025-01-02T12:00Z", 1],
    ["America/New_York", "2025-08-02T12:00Z", -4],
    ["Asia/Kathmandu", "2025-08-02T12:00Z", 5.75],
    ["Europe/Berlin", "2025-10-26T00:59:59.999Z", 2],
    ["Europe/Berlin", "2025-10-26T01:00:00Z", 1],
    ["Australia/Lord_Howe", "2025-01-02T12:00Z", 11],
    ["Australia/Lord_Howe", "2025-07-02T12:00Z", 10.5],
  ])("%s at %s is %d hours from UTC", (name, instant, hours) => {
    expect(createZone(name).offsetAt(Date.parse(instant))).toBe(hours * HOUR);
  });

  it.each([
    ["Europe/Berlin", "2025-03-30T01:59:59", "2025-03-30T00:59:59.000Z"],
    ["Europe/Berlin", "2025-03-30T02:30:00", "2025-03-30T01:30:00.000Z"],
    ["Europe/Berlin", "2025-03-30T03:00:00", "2025-03-30T01:00:00.000Z"],
    ["Europe/Berlin", "2025-10-26T02:30:00", "2025-10-26T00:30:00.000Z"],
    ["Europe/Berlin", "2025-10-26T03:00:00", "2025-10-26T02:00:00.000Z"],
    ["America/New_York", "2025-03-09T02:30:00", "2025-03-09T07:30:00.000Z"],
    ["America/New_York", "2025-11-02T01:30:00", "2025-11-02T05:30:00.000Z"],
    ["Australia/Lord_Howe", "2025-10-05T02:15:00", "2025-10-04T15:45:00.000Z"],
    ["+05:30", "2025-08-02T00:00:00", "2025-08-01T18:30:00.000Z"],
  ])("%s reads %s on the wall as %s", (name, local, instant) => {
    expect(new Date(createZone(name).fromWall(wall(local))).toISOString()).toBe(instant);
  });

  it("refuses a name that it does not know", () => {
    expect(() => createZone("Europe/Nowhere")).toThrow("Unknown time zone 'Europe/Nowhere'.");
  });

  it("reads back the wall-clock time of any instant, the second of two equal ones apart", () => {
    const name = fc.constantFrom(
      "UTC",
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Asia/Kathmandu",
    );
    const instant = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2037, 0) });
    fc.assert(
      fc.property(name, instant, (zoneName, ms) => {
        const zone = createZone(zoneName);
        const back = zone.fromWall(ms + zone.offsetAt(ms));
        expect(back + zone.offsetAt(back)).toBe(ms + zone.offsetAt(ms));
        expect(back).toBeLessThanOrEqual(ms);
        expect(ms - back).toBeLessThanOrEqual(HOUR);
      }),
      { numRuns: 1000 },
    );
  });
});
