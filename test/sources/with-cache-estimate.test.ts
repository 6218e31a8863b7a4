import { describe, expect, it } from "vitest";
import type { LogSource, ScanEstimate } from "../../src/sources/source.ts";
import { ERRORS, everyMinute, group, HOUR, lastHour, MINUTE, NOON, openCached } from "./cache-fixture.ts";

const { signal } = new AbortController();
const SCAN: ScanEstimate = { bytes: 5_000_000_000, dollars: 0.025, basis: "the metric IncomingBytes" };

function openBilled() {
  const cached = openCached({ arrivals: everyMinute(NOON - 3 * HOUR, NOON) });
  const inner: LogSource = { ...cached.inner, estimateScan: async () => SCAN };
  const source = cached.open(inner);
  const estimate = (window: { start: number; end: number }) => source.estimateScan?.([group], window, signal);
  const read = async (window: { start: number; end: number }, filter?: typeof ERRORS) => {
    const request = { group, window, signal, ...(filter ? { filter } : {}) };
    for await (const _ of source.fetch(request));
  };
  return { ...cached, estimate, read };
}

describe("what a scan would read", () => {
  it("is nothing where all events are known", async () => {
    const { estimate, read } = openBilled();
    await read(lastHour(NOON - HOUR));
    expect(await estimate(lastHour(NOON - HOUR))).toMatchObject({ bytes: 0, dollars: 0 });
    expect(await estimate({ start: NOON - 2 * HOUR, end: NOON - 2 * HOUR + MINUTE })).toMatchObject({
      bytes: 0,
    });
  });

  it("is what the source says where a part is not, or no longer, known, or only what a filter leaves", async () => {
    const { estimate, read, clock } = openBilled();
    await read(lastHour(NOON - 2 * HOUR), ERRORS);
    expect(await estimate(lastHour(NOON - 2 * HOUR))).toEqual(SCAN);
    await read(lastHour(NOON - HOUR));
    expect(await estimate({ start: NOON - 2 * HOUR, end: NOON - HOUR + 1 })).toEqual(SCAN);
    clock.at += 25 * HOUR;
    expect(await estimate(lastHour(NOON - HOUR))).toEqual(SCAN);
  });
});
