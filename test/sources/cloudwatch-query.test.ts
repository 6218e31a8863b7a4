import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import type { LogQuery } from "../../src/log/query.ts";
import { createZone } from "../../src/log/zone.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import { createScanBudget, type ScanBudget } from "../../src/sources/scan-budget.ts";
import type { QueryRequest } from "../../src/sources/source.ts";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 2, 1, 12);
const START = NOW - 8 * HOUR;
const GROUP = "/app";
const COUNT = 480;
const BYTES = COUNT * "INFO served 000".length;

let peer: CloudWatchPeer;

beforeAll(async () => {
  peer = await startCloudWatch();
  // What is stored is 15 % of what came in, evenly, so that the estimate is what is scanned.
  peer.addGroup({ name: GROUP, creationTime: START, storedBytes: BYTES * 0.15 });
  peer.addEvents(
    GROUP,
    "s",
    Array.from({ length: COUNT }, (_, at) => ({
      timestamp: START + at * 60_000,
      message: `${at % 8 === 0 ? "WARN" : "INFO"} served ${String(at).padStart(3, "0")}`,
    })),
  );
});
afterEach(() => peer.setFaults({}));
afterAll(() => peer.close());

const PRICE = (BYTES / 1e9) * 0.005;
const BY_LEVEL: LogQuery = {
  filters: [],
  groupBy: ["level"],
  aggregates: [{ function: "count" }],
  limit: 10,
};

function ask(query: LogQuery, { approve }: Pick<ScanBudget, "approve">, more: Partial<QueryRequest> = {}) {
  const source = createCloudWatchSource({
    zone: createZone("UTC"),
    now: () => NOW,
    env: {},
    region: peer.region,
    access: {
      endpoint: peer.endpoint,
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    },
  });
  const window = { start: START, end: NOW };
  const { signal } = new AbortController();
  const asked = source.query?.({ groups: [GROUP], window, query, signal, approve, ...more });
  if (!asked) throw new Error("It has queries.");
  return asked;
}

const countOf = (operation: string) => peer.calls.filter((call) => call.operation === operation).length;

describe("a query that the service gives up", () => {
  it("is asked in parts that make exactly the whole, and all that is scanned is estimated and told", async () => {
    const budget = createScanBudget({ limit: 1 });
    peer.setFaults({ paging: { longestQuery: (2 * HOUR) / 1000 } });
    const before = countOf("StartQuery");
    const result = await ask(BY_LEVEL, budget);
    expect(result.rows).toEqual([
      ["info", COUNT - COUNT / 8],
      ["warn", COUNT / 8],
    ]);
    expect(result).toMatchObject({ matched: COUNT, isComplete: true });
    // One of 8 hours, two of 4, and four of 2.
    expect(countOf("StartQuery") - before).toBe(7);
    // Where two windows meet, the second is scanned by both, and counted by one.
    expect(result.scan?.bytes).toBeGreaterThan(3 * BYTES);
    expect(result.scan?.bytes).toBeLessThan(3.02 * BYTES);
    expect(result.scan?.estimatedDollars).toBeCloseTo(3 * PRICE, 9);
    expect(budget.spent).toBeCloseTo(3 * PRICE, 9);
  });

  it("is not asked again beyond the budget: what was answered is marked as a part", async () => {
    peer.setFaults({ paging: { longestQuery: (2 * HOUR) / 1000 } });
    const before = countOf("StartQuery");
    const result = await ask(BY_LEVEL, createScanBudget({ limit: 1.5 * PRICE }));
    expect(countOf("StartQuery") - before).toBe(1);
    expect(result.isComplete).toBe(false);
    expect(result.notices.map(({ kind }) => kind)).toContain("truncated");
  });

  it("is not cut where parts would not add up", async () => {
    peer.setFaults({ paging: { longestQuery: (2 * HOUR) / 1000 } });
    const before = countOf("StartQuery");
    const p95 = { ...BY_LEVEL, groupBy: [], aggregates: [{ function: "p95", field: "ms" } as const] };
    const result = await ask(p95, createScanBudget({ limit: 1 }));
    expect(countOf("StartQuery") - before).toBe(1);
    expect(result.isComplete).toBe(false);
  });
});

describe("a query", () => {
  it("that fails in the service is a failure", async () => {
    peer.setFaults({ paging: { queryEnd: "Failed" } });
    await expect(ask(BY_LEVEL, createScanBudget({ limit: 1 }))).rejects.toMatchObject({
      code: "source-unavailable",
      message: "Logs Insights ended the query: failed.",
    });
  });

  it("is stopped in the service when it is left", async () => {
    peer.setFaults({ paging: { queryPolls: 1000 } });
    const before = countOf("StopQuery");
    const controller = new AbortController();
    const asked = ask(BY_LEVEL, createScanBudget({ limit: 1 }), {
      signal: controller.signal,
      onWait: () => controller.abort(),
    });
    await expect(asked).rejects.toMatchObject({ code: "interrupted" });
    expect(countOf("StopQuery") - before).toBe(1);
  });

  it("is not run beyond the budget", async () => {
    const before = countOf("StartQuery");
    const error = await ask(BY_LEVEL, createScanBudget({ limit: 0 })).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({ code: "budget" });
    expect(countOf("StartQuery")).toBe(before);
  });
});
