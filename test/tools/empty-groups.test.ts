import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileFilter } from "../../src/log/filter-match.ts";
import type { FetchRequest } from "../../src/sources/source.ts";
import { readGroup } from "../../src/tools/read.ts";
import { T } from "../peers/cloudwatch-client.ts";
import { accessDenied, THROTTLED } from "../peers/cloudwatch-errors.ts";
import { type PacedPeer, startPaced } from "../sources/cloudwatch-paced.ts";

const HOUR = 3_600_000;
const lastHour = { start: T - HOUR, end: T };
let paced: PacedPeer;

beforeAll(async () => {
  paced = await startPaced();
  const { peer } = paced;
  for (const name of ["/live", "/silent", "/empty"])
    peer.addGroup({ name, creationTime: T - 30 * 24 * HOUR });
  peer.addEvents("/live", "web/1", [
    { timestamp: T - 1000, message: "INFO ok" },
    { timestamp: T - 900, message: "ERROR down" },
  ]);
  peer.addEvents("/silent", "web/1", [{ timestamp: T - 5 * HOUR, message: "ERROR long ago" }]);
});
afterAll(() => paced.peer.close());

const read = (request: Omit<FetchRequest, "signal">) =>
  readGroup(paced.open(), request, {
    signal: new AbortController().signal,
    report: () => undefined,
    now: paced.clock.now,
  });

describe("why there is nothing", () => {
  it.each<[string, Omit<FetchRequest, "signal">, string]>([
    ["a group that is silent", { group: "/silent", window: lastHour }, "no-events-in-window"],
    [
      "a silent group, filtered",
      { group: "/silent", window: lastHour, filter: compileFilter("ERROR") },
      "no-events-in-window",
    ],
    [
      "a filter without a match",
      { group: "/live", window: lastHour, filter: compileFilter("FATAL") },
      "filter-matches-nothing",
    ],
    [
      "a filter in the wrong case",
      { group: "/live", window: lastHour, filter: compileFilter("error") },
      "filter-matches-nothing",
    ],
    [
      "streams that there are not",
      { group: "/live", window: lastHour, streamPrefix: "db/" },
      "filter-matches-nothing",
    ],
    ["a group without any event", { group: "/empty", window: lastHour }, "group-is-empty"],
    ["a group without any event, all of it", { group: "/empty", window: undefined }, "group-is-empty"],
  ])("is told of %s", async (_name, request, reason) => {
    const { ledger } = await read(request);
    expect(ledger).toMatchObject({ matched: 0, empty: reason });
  });

  it("is no matter of a group that has events", async () => {
    const { ledger } = await read({ group: "/live", window: lastHour, filter: compileFilter("ERROR") });
    expect(ledger.matched).toBe(1);
    expect(ledger.empty).toBeUndefined();
  });

  it("is a failure where the group is missing, or may not be read", async () => {
    await expect(read({ group: "/lve", window: lastHour })).rejects.toMatchObject({
      code: "group-not-found",
      message: "Log group '/lve' not found. Did you mean '/live'?",
    });
    const operation = "FilterLogEvents";
    paced.peer.setFaults({ plan: [{ operation, effect: accessDenied({ operation }) }] });
    await expect(read({ group: "/live", window: lastHour })).rejects.toMatchObject({ code: "access-denied" });
    paced.peer.setFaults({});
  });
});

it("the ledger tells of calls that were refused for their rate", async () => {
  paced.peer.setFaults({ plan: [{ operation: "FilterLogEvents", effect: THROTTLED, times: 3 }] });
  const { ledger } = await read({ group: "/live", window: { start: T - 2 * HOUR, end: T - 600 } });
  paced.peer.setFaults({});
  expect(ledger.matched).toBe(2);
  expect(ledger.notices.map(({ text }) => text)).toEqual([
    "CloudWatch refused 3 calls for their rate; all were repeated.",
    "The window ends within the last 5 minutes: the newest events may not have arrived yet.",
  ]);
});
