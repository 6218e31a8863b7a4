import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { TimeRange } from "../../src/log/time-range.ts";
import { createZone } from "../../src/log/zone.ts";
import { estimateScan, type SizedGroup } from "../../src/sources/cloudwatch/estimate.ts";
import { costOfScan, scanPriceOf } from "../../src/sources/cloudwatch/prices.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import type { LogSource } from "../../src/sources/source.ts";
import {
  addLoad,
  DAY,
  even,
  HOUR,
  type LoadedPeer,
  lastOf,
  MINUTE,
  NOW,
  startLoaded,
  uneven,
  WINDOWS,
} from "./cloudwatch-load.ts";

const { signal } = new AbortController();
const DENIED = { kind: "error", code: "AccessDeniedException", message: "Not you." } as const;
const opened: LoadedPeer[] = [];

async function open(options?: Parameters<typeof startLoaded>[0]): Promise<LoadedPeer> {
  const loaded = await startLoaded(options);
  opened.push(loaded);
  return loaded;
}

afterEach(() => Promise.all(opened.splice(0).map((loaded) => loaded.close())));

async function estimate(source: LogSource, groups: readonly string[], window: TimeRange) {
  const found = await source.estimateScan?.(groups, window, signal);
  if (!found) throw new Error("This source estimates nothing.");
  return found;
}

function expectNear(bytes: number, scanned: number): void {
  expect(Math.abs(bytes / scanned - 1)).toBeLessThan(0.02);
}

describe("an estimate by the bytes that came in", () => {
  it("is within 2 % of what is scanned where the load is even, and never below", async () => {
    const { peer, source, scan } = await open();
    addLoad(peer, "even", even);
    for (const [name, length] of WINDOWS) {
      const [{ bytes, basis }, scanned] = [
        await estimate(source, ["even"], lastOf(length)),
        await scan(["even"], lastOf(length)),
      ];
      expect(basis).toBe("bytes that came in during the window (IncomingBytes)");
      expect(bytes, name).toBeGreaterThanOrEqual(scanned);
      // The minute that a window begins in counts whole, which is more than 2 % of the shortest.
      expect(bytes, name).toBeLessThanOrEqual(length < HOUR ? scanned + even(NOW) : scanned * 1.02);
    }
  });

  it("follows a load that is not even", async () => {
    const { peer, source, scan } = await open();
    addLoad(peer, "uneven", uneven);
    for (const [name, length] of WINDOWS.filter(([, long]) => long >= HOUR)) {
      const { bytes } = await estimate(source, ["uneven"], lastOf(length));
      const scanned = await scan(["uneven"], lastOf(length));
      expect(bytes, name).toBeGreaterThanOrEqual(scanned);
      expect(bytes, name).toBeLessThanOrEqual(scanned * 1.05);
    }
  });

  it("asks for all groups at once", async () => {
    const { peer, source, scan } = await open();
    const names = ["a", "b", "c"];
    for (const name of names) addLoad(peer, name, even, { age: DAY });
    const { bytes } = await estimate(source, [...names, "a"], lastOf(6 * HOUR));
    expectNear(bytes, await scan(names, lastOf(6 * HOUR)));
    expect(peer.calls.filter(({ operation }) => operation === "GetMetricData")).toHaveLength(1);
  });

  it("follows the pages of an answer", async () => {
    const { peer, source } = await open();
    addLoad(peer, "a", even, { age: DAY });
    addLoad(peer, "b", uneven, { age: DAY });
    const whole = await estimate(source, ["a", "b"], lastOf(6 * HOUR));
    peer.setFaults({ paging: { maxEvents: 50 } });
    expect(await estimate(source, ["a", "b"], lastOf(6 * HOUR))).toEqual(whole);
    expect(peer.calls.filter(({ operation }) => operation === "GetMetricData").length).toBeGreaterThan(2);
  });

  it("counts nothing that the retention has taken, and nothing of the future", async () => {
    const { peer, source, scan } = await open();
    addLoad(peer, "short", even, { retentionDays: 3 });
    const window = { start: NOW - 10 * DAY, end: NOW + 10 * DAY };
    const { bytes } = await estimate(source, ["short"], window);
    expectNear(bytes, await scan(["short"], window));
  });

  it("goes by the size of a group that has no such metric", async () => {
    const { peer, source, scan } = await open();
    addLoad(peer, "metered", uneven);
    addLoad(peer, "bare", even, { hasMetric: false });
    const { bytes, basis } = await estimate(source, ["metered", "bare"], lastOf(DAY));
    expectNear(bytes, await scan(["metered", "bare"], lastOf(DAY)));
    expect(basis).toMatch(
      /^bytes that came in during the window of 1 group \(IncomingBytes\); the window's share of the stored bytes of 1 group/,
    );
  });

  it("goes by sizes where metrics are denied, and asks for them no second time", async () => {
    const { peer, source, scan } = await open({
      faults: {
        plan: [{ operation: "GetMetricData", effect: DENIED }],
      },
    });
    addLoad(peer, "even", even);
    for (const [, length] of WINDOWS) {
      const { bytes, basis } = await estimate(source, ["even"], lastOf(length));
      expectNear(bytes, await scan(["even"], lastOf(length)));
      expect(basis).toContain("share of the stored bytes, taken to be compressed to 15 %");
    }
    expect(peer.calls.filter(({ operation }) => operation === "GetMetricData")).toHaveLength(1);
  });

  it("goes by sizes where data of the metric is missing", async () => {
    const { peer, source } = await open();
    addLoad(peer, "even", even, { hasMetric: false });
    const dimensions = { LogGroupName: "even" };
    peer.putMetric({ namespace: "AWS/Logs", name: "IncomingBytes", dimensions, status: "PartialData" }, [
      { at: NOW - HOUR, value: 1 },
    ]);
    expect((await estimate(source, ["even"], lastOf(DAY))).basis).toMatch(/^the window's share/);
  });

  it("goes by the metrics where groups may not be described", async () => {
    const { peer, source, scan } = await open({
      faults: {
        plan: [{ operation: "DescribeLogGroups", effect: DENIED }],
      },
    });
    addLoad(peer, "even", even);
    const known = await estimate(source, ["even"], lastOf(DAY));
    expectNear(known.bytes, await scan(["even"], lastOf(DAY)));
    const unknown = await estimate(source, ["even", "other"], lastOf(DAY));
    expect(unknown).toMatchObject({ bytes: known.bytes, dollars: undefined });
    expect(unknown.basis).toMatch(/; size not known and not counted: other$/);
  });

  it("names the account of a linked group", async () => {
    const { peer } = await open();
    addLoad(peer, "own", even, { age: DAY });
    peer.addGroup({ name: "theirs", account: "210987654321", creationTime: NOW - DAY, storedBytes: 150 });
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
    const source = createCloudWatchSource({
      zone: createZone("UTC"),
      now: () => NOW,
      env: {},
      region: peer.region,
      linkedAccounts: true,
      access: { endpoint: peer.endpoint, credentials },
    });
    const { bytes } = await estimate(source, ["theirs@210987654321"], lastOf(12 * HOUR));
    expect(bytes).toBe(500);
    expect(peer.calls.find(({ operation }) => operation === "GetMetricData")?.input).toMatchObject({
      MetricDataQueries: [{ AccountId: "210987654321" }],
    });
  });

  it("is not made for a group that does not exist", async () => {
    const { peer, source } = await open();
    addLoad(peer, "checkout", even, { age: HOUR });
    await expect(estimate(source, ["chekout"], lastOf(HOUR))).rejects.toMatchObject({
      code: "group-not-found",
    });
  });
});

const facts = { region: "us-east-1", now: NOW };

function sized(rest: Partial<SizedGroup> = {}): SizedGroup {
  return {
    name: "g",
    storedBytes: 1_500_000_000,
    created: NOW - 10 * DAY,
    retentionDays: undefined,
    ...rest,
  };
}

describe("an estimate by what is stored", () => {
  it("is the window's share of the group's life, at the region's price", () => {
    expect(estimateScan([sized()], lastOf(DAY), facts)).toMatchObject({ bytes: 1e9, dollars: 0.005 });
    expect(estimateScan([sized({ retentionDays: 2 })], lastOf(DAY), facts).bytes).toBe(5e9);
    expect(estimateScan([sized({ retentionDays: 90 })], lastOf(DAY), facts).bytes).toBe(1e9);
  });

  it("is all of a group whose age nobody tells", () => {
    expect(estimateScan([sized({ created: undefined })], lastOf(MINUTE), facts).bytes).toBe(1e10);
  });

  it("is nothing of a window in which the group holds nothing", () => {
    const future = { start: NOW + DAY, end: NOW + 2 * DAY };
    const before = { start: NOW - 30 * DAY, end: NOW - 20 * DAY };
    for (const window of [future, before])
      expect(estimateScan([sized()], window, facts)).toEqual({
        bytes: 0,
        dollars: 0,
        basis: "nothing is kept of the window",
      });
    expect(estimateScan([sized()], { start: NOW - DAY, end: NOW + 99 * DAY }, facts).bytes).toBe(1e9);
  });

  it("has no price where a size is not known", () => {
    const unknown = sized({ name: "u", storedBytes: undefined });
    const found = estimateScan([sized(), unknown], lastOf(DAY), facts);
    expect(found).toMatchObject({ bytes: 1e9, dollars: undefined });
    expect(found.basis).toMatch(/of 1 group, .*; size not known and not counted: u$/);
    // Just made, and maybe not yet counted.
    const young = sized({ storedBytes: 0, created: NOW - HOUR });
    expect(estimateScan([young], lastOf(DAY), facts).dollars).toBeUndefined();
    expect(estimateScan([sized({ storedBytes: 0 })], lastOf(DAY), facts).dollars).toBe(0);
  });

  it("grows with the window, and two windows that meet make up one", () => {
    const group = fc.record({
      name: fc.constant("g"),
      storedBytes: fc.nat({ max: 1e12 }),
      created: fc.option(fc.integer({ min: NOW - 900 * DAY, max: NOW - 2 * DAY }), { nil: undefined }),
      retentionDays: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
    });
    const instant = fc.integer({ min: NOW - 1000 * DAY, max: NOW + 100 * DAY });
    fc.assert(
      fc.property(group, fc.tuple(instant, instant, instant), (one, instants) => {
        fc.pre(one.created !== undefined || one.retentionDays !== undefined);
        const [start = 0, middle = 0, end = 0] = instants.toSorted((a, b) => a - b);
        const bytesOf = (window: TimeRange) => estimateScan([one], window, facts).bytes;
        const whole = bytesOf({ start, end });
        expect(whole).toBeGreaterThanOrEqual(bytesOf({ start, end: middle }));
        expect(whole).toBeLessThanOrEqual(Math.ceil(one.storedBytes / 0.15));
        const sum = bytesOf({ start, end: middle }) + bytesOf({ start: middle, end });
        expect(Math.abs(sum - whole)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("the price of a scan", () => {
  it("is the region's, or a bound above all that are known, and says so", () => {
    expect(scanPriceOf("eu-central-1")).toEqual({ dollars: 0.0063, remark: undefined });
    const { dollars = 0, remark } = scanPriceOf("sa-east-1");
    for (const region of ["us-east-1", "eu-west-1", "eu-central-1", "ap-northeast-1"])
      expect(dollars).toBeGreaterThan(scanPriceOf(region).dollars ?? Number.NaN);
    expect(remark).toBe("price in sa-east-1 not known, $0.01 a GB taken as a bound");
    const { basis } = estimateScan([sized()], lastOf(DAY), { ...facts, region: "sa-east-1" });
    expect(basis).toMatch(/; price in sa-east-1 not known/);
  });

  it("is not told in another currency", () => {
    expect(costOfScan(1e9, "cn-north-1")).toBeUndefined();
    expect(scanPriceOf("cn-north-1").remark).toBe("price in cn-north-1 not known");
    expect(scanPriceOf("constructor").dollars).toBe(0.01);
  });
});
