import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LogSource } from "../../src/sources/source.ts";
import { coveredMs, readBoth } from "../../src/tools/fold.ts";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { accessDenied } from "../peers/cloudwatch-errors.ts";
import { storing, textsOf } from "./cloud-logs.ts";
import { failureOf, openSource, openTools } from "./run-tools.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2025, 10, 20, 12);
const GROUP = "/ecs/checkout";
const ARN = `arn:aws:logs:us-east-1:123456789012:log-group:${GROUP}`;
const WINDOW = { log_group: GROUP, start_time: String(NOON - HOUR), end_time: String(NOON) };
const BIG = storing(300e6);
const HUGE = storing(5e9);

let peer: CloudWatchPeer;

beforeEach(async () => {
  peer = await startCloudWatch({ clock: () => NOON });
});

afterEach(() => peer.close());

/** An hour of orders, before and after somebody broke the key; an hour before the window the cache was cold. */
function addGroup(storedBytes: number, more: { class?: "STANDARD" | "INFREQUENT_ACCESS" } = {}): void {
  peer.addGroup({ name: GROUP, creationTime: NOON - 30 * DAY, storedBytes, ...more });
  const say = (start: number, count: number, text: (index: number) => string) =>
    peer.addEvents(
      GROUP,
      "web",
      Array.from({ length: count }, (_, index) => ({
        timestamp: start + index * 10_000,
        message: text(index),
      })),
    );
  say(NOON - HOUR + 1000, 300, (index) => `INFO order ${index} paid`);
  say(NOON - HOUR / 2 + 2000, 90, (index) => `ERROR cannot read signing key ${index}`);
  say(NOON - 2 * HOUR + 1000, 300, (index) => `INFO order ${index} paid`);
  say(NOON - 2 * HOUR + 3000, 40, () => "WARN cache is cold");
}

const sourceOf = () => openSource(peer, NOON);

const open = ({ limit = 1, hasBudget = true }: { limit?: number; hasBudget?: boolean } = {}) =>
  openTools({ sources: [sourceOf()], now: () => NOON, limit, hasBudget });

const countOf = (operation: string) => peer.calls.filter((call) => call.operation === operation).length;
describe("compare_periods", () => {
  it("compares what takes too long to read by the engine's patterns, and reads no event", async () => {
    addGroup(BIG);
    const { call, approved, recorded } = open();
    const { data, ledger, summary } = await call("compare_periods", WINDOW);
    expect(countOf("FilterLogEvents")).toBe(0);
    expect(countOf("StartQuery")).toBe(1);
    expect(summary).toBe("1 new, 1 vanished, 0 changed");
    expect(data).toMatchObject({
      errors: 90,
      onset: null,
      levels: { error: 90, info: 300 },
      baseline: { errors: 0, ledger: { matched: 340 } },
      new: [
        {
          template: "ERROR cannot read signing key <*>",
          level: "error",
          count: 90,
          baseline_count: 0,
          example: null,
          sample: "ERROR cannot read signing key 0",
        },
      ],
      vanished: [{ template: "WARN cache is cold", baseline_count: 40 }],
    });
    expect(approved).toHaveLength(1);
    expect(approved[0]?.bytes).toBeGreaterThan(500e6);
    expect(recorded).toEqual([ledger?.scan]);
    expect(ledger).toMatchObject({
      matched: 730,
      analysed: 730,
      scan: { estimatedBytes: approved[0]?.bytes },
    });
    expect(textsOf(ledger?.notices)).toContain("the source's engine counted it");
    expect(ledger?.link).toContain("logs-insights");
  });

  it("reads what can be read, and what no budget was given for", async () => {
    addGroup(storing(50e6));
    await open().call("compare_periods", WINDOW);
    addGroup(BIG);
    await open({ hasBudget: false }).call("compare_periods", WINDOW);
    expect(countOf("StartQuery")).toBe(0);
  });

  it("reads what takes minutes where the engine is not to be had, and nothing that takes longer", async () => {
    addGroup(BIG);
    const { data } = await open({ limit: 0 }).call("compare_periods", WINDOW);
    expect(data).toMatchObject({ errors: 90, new: [{ example: expect.stringContaining("[e1]") }] });
    const effect = accessDenied({ operation: "StartQuery" });
    peer.setFaults({ plan: [{ operation: "StartQuery", effect }] });
    expect((await open().call("compare_periods", WINDOW)).data).toMatchObject({ errors: 90 });
    peer.setFaults({});
    addGroup(HUGE);
    expect(await failureOf(open({ limit: 0 }).call("compare_periods", WINDOW))).toMatchObject({
      code: "budget",
    });
  });

  it("mines the events that a query hands out where the class knows no patterns", async () => {
    addGroup(BIG, { class: "INFREQUENT_ACCESS" });
    const { call, approved, recorded } = open();
    const { data, ledger } = await call("compare_periods", WINDOW);
    expect(data).toMatchObject({ errors: 90, new: [{ example: expect.stringContaining("[e1]") }] });
    expect(approved).toHaveLength(2);
    expect(recorded).toHaveLength(2);
    expect(ledger?.scan?.bytes).toBe(recorded.reduce((sum, { bytes }) => sum + bytes, 0));
    const queries = peer.calls.filter(({ operation }) => operation === "StartQuery");
    expect(JSON.stringify(queries)).not.toContain("pattern @message");
  });

  it("shows the open anomalies of a detector, and of a refusal only a notice", async () => {
    addGroup(1000);
    const before = (await open().call("compare_periods", WINDOW)).data;
    expect(before).not.toHaveProperty("anomalies");
    peer.addDetector({ name: "all", groups: [ARN] });
    const seen = { firstSeen: NOON - HOUR / 2, lastSeen: NOON - 60_000, active: true };
    peer.addAnomaly({ detector: "all", pattern: "ERROR cannot read <*>", priority: "HIGH", ...seen });
    expect((await open().call("compare_periods", WINDOW)).data).toMatchObject({
      anomalies_total: 1,
      anomalies: [
        {
          template: "ERROR cannot read <*>",
          priority: "HIGH",
          state: "Active",
          is_ongoing: true,
          first: "2025-11-20T11:30:00.000Z",
          last: "2025-11-20T11:59:00.000Z",
        },
      ],
    });
    const effect = accessDenied({ operation: "ListAnomalies" });
    peer.setFaults({ plan: [{ operation: "ListAnomalies", effect }] });
    const { data, ledger } = await open().call("compare_periods", WINDOW);
    expect(data).toMatchObject({ errors: 90 });
    expect(data).not.toHaveProperty("anomalies");
    expect(textsOf(ledger?.notices)).toContain("logs:ListAnomalies is missing");
  });
});

describe("fetch_logs", () => {
  it("reads to the end what takes seconds or a few minutes", async () => {
    addGroup(BIG);
    const { data } = await open().call("fetch_logs", { ...WINDOW, limit: 5 });
    expect(countOf("StartQuery")).toBe(0);
    expect(data).toMatchObject({ truncated: expect.stringContaining("all were analysed") });
  });

  it("of a huge window reads the newest events only, and has the engine count the rest", async () => {
    addGroup(HUGE);
    const { call, recorded } = open();
    const { data, ledger } = await call("fetch_logs", { ...WINDOW, limit: 5 });
    expect(countOf("FilterLogEvents")).toBe(1);
    expect(recorded).toEqual([ledger?.scan]);
    expect(ledger).toMatchObject({ matched: 390, analysed: 390, returned: 5 });
    expect(data).toMatchObject({
      truncated:
        "showing the newest 5 of 390 matching events; the templates and counts of all are those of the source's engine",
      levels: { error: 90, info: 300 },
      histogram: null,
      templates: [
        {
          template: "ERROR cannot read signing key <*>",
          count: 90,
          examples: [],
          sample: expect.any(String),
        },
        { template: "INFO order <*> paid", count: 300 },
      ],
      events: Array.from({ length: 5 }, () => expect.stringMatching(/^\[e\d\] 2025-11-20T11:/)),
    });
    expect(textsOf(ledger?.notices)).toContain("too much here to be read event by event");
  });

  it("applies a filter of terms there, and says what to do about another one", async () => {
    addGroup(HUGE);
    const { call } = open();
    const { ledger } = await call("fetch_logs", { ...WINDOW, filter_pattern: "signing" });
    expect(ledger).toMatchObject({ matched: 90, filter: "signing" });
    expect(await failureOf(call("fetch_logs", { ...WINDOW, filter_pattern: "{ $.a = 1 }" }))).toMatchObject({
      code: "invalid-filter",
      hint: expect.stringContaining("query_logs"),
    });
    const none = await call("fetch_logs", { ...WINDOW, filter_pattern: "nothing" });
    expect(none.ledger).toMatchObject({ matched: 0, empty: "filter-matches-nothing" });
  });

  it("does not look on and on for events that match seldom", async () => {
    addGroup(HUGE);
    peer.addEvents(
      GROUP,
      "batch",
      Array.from({ length: 1000 }, (_, index) => ({ timestamp: NOON - 1000 + index, message: "INFO tick" })),
    );
    peer.setFaults({ paging: { maxScanned: 5 } });
    const { ledger } = await open().call("fetch_logs", { ...WINDOW, filter_pattern: "signing" });
    expect(countOf("FilterLogEvents")).toBe(50);
    expect(ledger).toMatchObject({ matched: 90, returned: 0 });
    expect(textsOf(ledger?.notices)).toContain("in 50 pages only");
  });

  it("asks for the scan, and fails with a hint where it is refused", async () => {
    addGroup(HUGE);
    const { call } = open({ limit: 0.001 });
    expect(await failureOf(call("fetch_logs", WINDOW))).toMatchObject({
      code: "budget",
      hint: expect.stringContaining("Narrow the window"),
    });
    expect(countOf("StartQuery")).toBe(0);
  });

  it("leaves a context whose patterns can be looked at, and whose events cannot be related", async () => {
    addGroup(HUGE);
    const { call } = open();
    const { data } = await call("fetch_logs", WINDOW);
    const analysed = await call("analyze_error_pattern", { context_id: data.context_id });
    expect(analysed.data).toMatchObject({
      errors: 90,
      groups: [
        { first_error: null, templates: [{ template: "ERROR cannot read signing key <*>", count: 90 }] },
      ],
    });
    const related = call("correlate_events", { context_ids: [data.context_id] });
    expect((await failureOf(related)).message).toContain("counted, not read");
  });
});

describe("a reading that was cut to the newest events", () => {
  it("is compared by the time that it covers", async () => {
    addGroup(1000);
    const source = sourceOf();
    const cut: LogSource = {
      ...source,
      async *fetch(request) {
        const text = "Further ones may be missing.";
        const notices = [{ kind: "truncated", text } as const];
        if (request.window?.end !== NOON) return yield* source.fetch(request);
        const window = { start: NOON - HOUR / 4, end: NOON };
        for await (const page of source.fetch({ ...request, window })) yield { ...page, notices };
      },
    };
    const { environment } = open();
    const window = { start: NOON - HOUR, end: NOON };
    const before = { start: NOON - 2 * HOUR, end: NOON - HOUR };
    const both = await readBoth(cut, { group: GROUP, window }, before, environment);
    expect(coveredMs(both.baseline)).toBe(HOUR);
    const first = both.current.digest.first ?? 0;
    expect(first).toBeGreaterThan(NOON - HOUR / 2);
    expect(coveredMs(both.current)).toBe(NOON - first);
    expect(textsOf(both.current.ledger.notices)).toContain("what came before is not compared");
    expect(textsOf(both.baseline.ledger.notices)).not.toContain("not compared");
  });
});
