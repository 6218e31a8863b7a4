import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkAnswer } from "../../src/agent/check.ts";
import type { TimeRange } from "../../src/log/time-range.ts";
import { createZone } from "../../src/log/zone.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import { createSender } from "../../src/sources/cloudwatch/call.ts";
import { openConnection } from "../../src/sources/cloudwatch/client.ts";
import { createCloudWatchMetrics } from "../../src/sources/cloudwatch/metrics.ts";
import { createDirectory } from "../../src/sources/directory.ts";
import { createLocalSource } from "../../src/sources/local/source.ts";
import type { LogSource } from "../../src/sources/source.ts";
import { estimateTokens } from "../../src/tools/budget.ts";
import { createEvidence } from "../../src/tools/evidence.ts";
import { toolsFor } from "../../src/tools/toolbox.ts";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;
const T = Date.UTC(2026, 2, 12, 2);
const NOW = T + HOUR;
const ZONE = createZone("+01:00");
const WINDOW = { start: T, end: NOW };
const ERRORS = { namespace: "Shop", name: "Errors" };

let peer: CloudWatchPeer;
let other: CloudWatchPeer;

beforeEach(async () => {
  peer = await startCloudWatch({ clock: () => NOW });
  other = await startCloudWatch({ clock: () => NOW });
});

afterEach(() => Promise.all([peer.close(), other.close()]));

/** A source that has nothing but its metrics. */
function sourceOf({ endpoint, region }: CloudWatchPeer, name: string): LogSource {
  const access = { endpoint, credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" } };
  const connection = { region, profile: undefined, env: {}, access };
  let time = 0;
  const sleep = async (ms: number) => {
    time += ms;
  };
  const send = createSender({ region, profile: undefined, clock: () => time, sleep });
  const metrics = createCloudWatchMetrics({
    connect: async () => ({ ...(await openConnection(connection)), send }),
    now: () => NOW,
  });
  return { ...createLocalSource({ name, paths: [], zone: ZONE, now: () => NOW }), metrics };
}

/** Runs a tool as the loop does. */
function open(
  sources: readonly LogSource[] = [sourceOf(peer, "prod")],
  { window = WINDOW, resultTokens = 6000 }: { window?: TimeRange | undefined; resultTokens?: number } = {},
) {
  const directory = createDirectory(sources);
  const evidence = createEvidence();
  const { signal } = new AbortController();
  const shared = { directory, evidence, zone: ZONE, window, signal, resultTokens };
  const environment = { ...shared, now: () => NOW, report: () => undefined };
  const call = async (name: string, input: unknown) => {
    const tool = toolsFor(directory.sources).find((one) => one.name === name);
    if (!tool) throw new Error(`no tool ${name}`);
    const ref = evidence.reserveResult();
    const outcome = await tool.run(input, environment, ref);
    evidence.store({ ref, tool: name, input: {}, data: outcome.data, ledger: undefined, readings: [] });
    return outcome;
  };
  /** Which claims of an answer do not hold. */
  const unverified = (answer: string) =>
    checkAnswer(answer, { evidence, sanitizer: createSanitizer(), zone: ZONE }).report.unverified;
  return { call, unverified };
}

/** What the sanitiser takes for a secret in a result that holds none. */
function redactedIn(data: object) {
  return createSanitizer().sanitize(JSON.stringify(data)).counts;
}

function addShop(to: CloudWatchPeer): void {
  to.addAlarm({
    name: "checkout-errors",
    state: "ALARM",
    reason: "Threshold Crossed: 1 datapoint [12.0 (12/03/26 02:50:00)] was greater than the threshold (5.0).",
    changed: T + 50 * MINUTE,
    watches: { metric: ERRORS, statistic: "Sum", threshold: 5 },
  });
  to.addAlarm({ name: "disk", watches: { metric: { namespace: "AWS/EC2", name: "DiskUsed" } } });
  to.addMetricFilter({ group: "/shop/checkout", pattern: '"payment failed"', metric: ERRORS });
  to.addAlarmHistory([
    { alarm: "checkout-errors", at: T + 50 * MINUTE, from: "OK", to: "ALARM", reason: "12 > 5" },
    { alarm: "disk", at: T - 30 * MINUTE, from: "OK", to: "ALARM", reason: "full" },
    { alarm: "disk", at: T - 2 * HOUR, from: "ALARM", to: "OK" },
  ]);
}

describe("list_alarms", () => {
  test("tells what rings, what feeds it, and what changed in or shortly before the window", async () => {
    addShop(peer);
    const { data, summary } = await open().call("list_alarms", {});
    expect(data).toMatchObject({
      as_of: "2026-03-12T04:00:00.000+01:00",
      returned: 2,
      in_alarm: 1,
      changes: [
        { alarm: "disk", at: "2026-03-12T02:30:00.000+01:00", from: "ok", to: "alarm", reason: "full" },
        { alarm: "checkout-errors", at: "2026-03-12T03:50:00.000+01:00", reason: "12 > 5" },
      ],
      alarms: [
        {
          name: "checkout-errors",
          state: "alarm",
          since: "2026-03-12T03:50:00.000+01:00",
          condition: "Sum of Errors > 5 for 1 of 1 periods of 60 s",
          metrics: [{ ...ERRORS, dimensions: {} }],
          logs: [{ log_group: "/shop/checkout", filter_pattern: '"payment failed"' }],
        },
        { name: "disk", state: "ok", since: null },
      ],
    });
    expect(data).not.toHaveProperty("truncated");
    expect(summary).toBe("1 of 2 alarms in alarm, 2 changes around the window");
    expect(redactedIn(data)).toEqual({});
  });

  test("takes a state, a prefix and a limit", async () => {
    addShop(peer);
    const { call } = open();
    expect((await call("list_alarms", { state: "ok" })).data).toMatchObject({ alarms: [{ name: "disk" }] });
    expect((await call("list_alarms", { prefix: "check" })).data).toMatchObject({
      returned: 1,
      changes: [{ alarm: "checkout-errors" }],
    });
    expect((await call("list_alarms", { limit: 1 })).data).toMatchObject({
      alarms: [{ name: "checkout-errors" }],
      truncated: expect.stringContaining("narrow by state or prefix"),
    });
  });

  test("says what it could not find out, and fails only where there are no alarms to tell", async () => {
    addShop(peer);
    const deny = (...operations: string[]) =>
      peer.setFaults({
        plan: operations.map((operation) => ({
          operation,
          effect: { kind: "error", code: "AccessDeniedException" },
        })),
      });
    const { call } = open();
    deny("DescribeAlarmHistory", "DescribeMetricFilters");
    const { data } = await call("list_alarms", {});
    expect(data).toMatchObject({
      returned: 2,
      changes: [],
      notices: [
        expect.stringMatching(/^Which log groups feed the alarms is not known: Access denied/),
        expect.stringMatching(/^When alarms changed is not known: Access denied/),
      ],
    });
    deny("DescribeAlarms");
    await expect(call("list_alarms", {})).rejects.toMatchObject({ code: "access-denied" });
  });

  test("asks all sources, and names each with the group names that the other tools take", async () => {
    addShop(peer);
    other.addAlarm({ name: "lag", state: "ALARM", changed: T, watches: { rule: "ALARM(a)" } });
    const local = createLocalSource({ name: "files", paths: [], zone: ZONE, now: () => NOW });
    const { call } = open([sourceOf(peer, "prod"), local, sourceOf(other, "stage")]);
    const { data } = await call("list_alarms", {});
    expect(data.alarms).toMatchObject([
      { source: "prod", name: "checkout-errors", logs: [{ log_group: "prod:/shop/checkout" }] },
      { source: "stage", name: "lag" },
      { source: "prod", name: "disk" },
    ]);
    expect(data.changes).toMatchObject([{ source: "prod" }, { source: "prod" }]);
    other.setFaults({
      plan: [{ operation: "DescribeAlarms", effect: { kind: "error", code: "AccessDeniedException" } }],
    });
    const rest = await call("list_alarms", {});
    expect(rest.data).toMatchObject({
      returned: 2,
      notices: [expect.stringMatching(/^stage: Access denied/)],
    });
  });

  test("fits many alarms into its room, those that ring in full", async () => {
    addShop(peer);
    const watches = { metric: { namespace: "AWS/EC2", name: "CPUUtilization" }, threshold: 90 };
    for (let index = 0; index < 300; index += 1)
      peer.addAlarm({ name: `host-${index}`, reason: "x".repeat(300), watches });
    const { call } = open(undefined, { resultTokens: 3000 });
    const { data } = await call("list_alarms", { limit: 500 });
    expect(estimateTokens(data)).toBeLessThan(3000);
    expect(data).toMatchObject({
      in_alarm: 1,
      truncated: expect.any(String),
    });
    const [first, ...others] = JSON.parse(JSON.stringify(data.alarms));
    expect(first).toMatchObject({ name: "checkout-errors", logs: [{ log_group: "/shop/checkout" }] });
    expect(others.at(-1)).toEqual({ name: expect.any(String), state: "ok", since: null });
  });
});

describe("get_metric", () => {
  const input = { ...ERRORS, statistic: "sum", start_time: "1h ago" };
  const quiet = Array.from({ length: 50 }, (_, index) => ({ at: T + index * MINUTE, value: index % 2 }));
  const burst = [7, 12, 9, 8, 11].map((value, index) => ({ at: T + (50 + index) * MINUTE, value }));

  test("tells the extremes, the total, the latest, and when it left its usual range", async () => {
    peer.putMetric(ERRORS, [...quiet, ...burst]);
    const { call, unverified } = open();
    const { data, summary } = await call("get_metric", input);
    expect(data).toMatchObject({
      metric: { ...ERRORS, dimensions: {} },
      statistic: "sum",
      series: [
        {
          source: "prod",
          period_seconds: 60,
          periods_with_data: 55,
          min: 0,
          min_at: "2026-03-12T03:00:00.000+01:00",
          max: 12,
          max_at: "2026-03-12T03:51:00.000+01:00",
          latest: 11,
          latest_at: "2026-03-12T03:54:00.000+01:00",
          total: 72,
          left_usual_range: {
            at: "2026-03-12T03:50:00.000+01:00",
            value: 7,
            usual_low: 0,
            usual_high: 1,
            back_at: null,
          },
        },
      ],
    });
    expect(JSON.stringify(data)).toContain('["2026-03-12T03:52:00.000+01:00",9]');
    expect(summary).toBe("55 points, highest 12");
    expect(redactedIn(data)).toEqual({});
    expect(unverified("72 errors in all, at most 12 a minute, at 03:51; 9 at 03:52 [q1].")).toEqual([]);
    expect(unverified("The peak was 4711, at 03:17:30 [q1].")).toMatchObject([
      { text: "4711" },
      { text: "03:17:30" },
    ]);
  });

  test("thins a long series to true points, and takes a period that is not over as no fall", async () => {
    const steady = Array.from({ length: 24 * 60 }, (_, index) => ({
      at: NOW - 24 * HOUR + index * MINUTE,
      value: index === 700 ? 500 : 10,
    }));
    peer.putMetric(ERRORS, [...steady, { at: NOW, value: 1 }]);
    const { call } = open();
    const { data } = await call("get_metric", {
      ...input,
      start_time: "24h ago",
      end_time: "2026-03-12T03:05:00Z",
    });
    const [series] = JSON.parse(JSON.stringify(data.series));
    expect(series).toMatchObject({ period_seconds: 300, min: 50, max: 540, latest: 1 });
    expect(series.latest_note).toContain("not over");
    expect(series.points.length).toBeLessThanOrEqual(60);
    expect(series.points.map(([, value]: [string, number]) => value)).toContain(540);
    expect(series.thinned).toContain("of each 5 periods");
    expect(series).not.toHaveProperty("left_usual_range");
  });

  test("without data says whether there is such a metric, and what may be meant", async () => {
    peer.putMetric({ ...ERRORS, dimensions: { Service: "cart" } }, [{ at: T, value: 1 }]);
    const { call } = open();
    const { data, summary } = await call("get_metric", input);
    expect(data.series).toMatchObject([
      {
        points: [],
        note: expect.stringContaining("no such metric"),
        may_be_meant: [{ ...ERRORS, dimensions: { Service: "cart" } }],
      },
    ]);
    expect(summary).toBe("no data");
    const cart = { ...input, dimensions: { Service: "cart" }, start_time: "10m ago" };
    expect((await call("get_metric", cart)).data.series).toMatchObject([
      { points: [], note: "The metric exists and has no data in this window." },
    ]);
  });

  test("says that data is missing, and refuses a window that is none", async () => {
    peer.putMetric({ ...ERRORS, status: "PartialData" }, quiet);
    const { call } = open();
    expect((await call("get_metric", input)).data.series).toMatchObject([
      { incomplete: expect.stringContaining("missing") },
    ]);
    const wrong = call("get_metric", { ...input, end_time: "2h ago" });
    await expect(wrong).rejects.toMatchObject({ code: "invalid-time" });
  });
});
