import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { openSource, openTools } from "./run-tools.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 2, 1, 12);
const START = NOW - 6 * HOUR;
const COUNT = 600;
const GROUP = "/ia/audit";

let peer: CloudWatchPeer;

beforeAll(async () => {
  peer = await startCloudWatch();
  peer.addGroup({
    name: GROUP,
    class: "INFREQUENT_ACCESS",
    creationTime: START,
    storedBytes: 10_000,
  });
  peer.addEvents(GROUP, "a", eventsFrom(0));
  peer.addEvents(GROUP, "b", eventsFrom(1));
});

afterAll(() => peer.close());

/** Every second of the events, one every 36 s in all; each tenth is an error, each third of the rest says no level. */
function* eventsFrom(first: number) {
  for (let at = first; at < COUNT; at += 2) yield { timestamp: START + at * 36_000, message: textOf(at) };
}

function textOf(at: number): string {
  if (at % 10 === 0) return `{"level":"error","msg":"refused","at":${at}}`;
  return at % 3 === 0 ? `plain line ${at}` : `INFO served ${at}`;
}

function open(limit = 1) {
  const tools = openTools({ sources: [openSource(peer, NOW)], now: () => NOW, limit });
  const count = (group_by: "level" | "hour" | "stream" | "minute") =>
    tools.call("get_log_statistics", {
      log_group: GROUP,
      start_time: String(START),
      end_time: String(NOW),
      group_by,
    });
  return { ...tools, count };
}

const ALL = Array.from({ length: COUNT }, (_, at) => textOf(at));
const ERRORS = ALL.filter((text) => text.includes("error")).length;

describe("statistics of a group that answers queries only", () => {
  it("are those of its events, by level", async () => {
    const { count } = open();
    const { data, ledger } = await count("level");
    const info = ALL.filter((text) => text.startsWith("INFO")).length;
    expect(data).toMatchObject({
      total: COUNT,
      errors: ERRORS,
      levels: { error: ERRORS, info, none: COUNT - ERRORS - info },
      first: new Date(START).toISOString(),
      last: new Date(START + (COUNT - 1) * 36_000).toISOString(),
    });
    expect(ledger).toMatchObject({ matched: COUNT, analysed: COUNT, groups: [GROUP] });
  });

  it("have a row for each hour, and for each stream", async () => {
    const { count } = open();
    const hours = (await count("hour")).data.rows;
    expect(hours).toHaveLength(6);
    expect(hours).toEqual(
      Array.from({ length: 6 }, (_, hour) => ({
        hour: new Date(START + hour * HOUR).toISOString(),
        count: COUNT / 6,
        errors: ERRORS / 6,
      })),
    );
    expect((await count("stream")).data.rows).toEqual([
      { stream: "a", count: COUNT / 2, errors: ERRORS },
      { stream: "b", count: COUNT / 2, errors: 0 },
    ]);
  });

  it("keep to 120 rows over time", async () => {
    const { data } = await open().count("minute");
    const rows = Array.isArray(data.rows) ? data.rows : [];
    expect(rows.length).toBeLessThanOrEqual(120);
    expect(rows.reduce((sum: number, row) => sum + Number(Reflect.get(Object(row), "count")), 0)).toBe(COUNT);
  });

  it("tell what was scanned against what was expected", async () => {
    const { count, recorded } = open();
    const { ledger } = await count("level");
    const bytes = ALL.reduce((sum, text) => sum + text.length, 0);
    expect(recorded).toEqual([ledger?.scan]);
    expect(ledger?.scan).toMatchObject({ bytes, dollars: (bytes / 1e9) * 0.005 });
    expect(ledger?.scan?.estimatedBytes).toBeGreaterThan(0);
    expect(ledger?.link).toContain("logs-insights");
  });

  it("are refused beyond the budget, before anything is scanned", async () => {
    const before = peer.calls.length;
    await expect(open(0).count("level")).rejects.toMatchObject({ code: "budget" });
    expect(peer.calls.slice(before).map(({ operation }) => operation)).not.toContain("StartQuery");
  });
});
