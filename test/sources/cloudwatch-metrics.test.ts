import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import { createSender } from "../../src/sources/cloudwatch/call.ts";
import { openConnection } from "../../src/sources/cloudwatch/client.ts";
import { createCloudWatchMetrics } from "../../src/sources/cloudwatch/metrics.ts";
import { choosePeriod } from "../../src/sources/cloudwatch/metrics-data.ts";
import type { LogMetrics } from "../../src/sources/metrics.ts";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { T } from "../peers/cloudwatch-client.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const ERRORS = { namespace: "Shop", name: "Errors", dimensions: {} };
const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const { signal } = new AbortController();

let peer: CloudWatchPeer;
let metrics: LogMetrics;
let now = T;

beforeEach(async () => {
  now = T + HOUR;
  peer = await startCloudWatch({ clock: () => now });
  const access = { endpoint: peer.endpoint, credentials: CREDENTIALS };
  const connection = { region: peer.region, profile: undefined, env: {}, access };
  const send = createSender(hasty(connection));
  metrics = createCloudWatchMetrics({
    connect: async () => ({ ...(await openConnection(connection)), send }),
    now: () => now,
  });
});

afterEach(() => peer.close());

/** Pauses pass at once. */
function hasty({ region, profile }: { readonly region: string; readonly profile: string | undefined }) {
  let time = 0;
  const sleep = async (ms: number) => {
    time += ms;
  };
  return { region, profile, clock: () => time, sleep };
}

const operations = () => peer.calls.map(({ operation }) => operation);

function deny(operation: string): void {
  const effect = { kind: "error", code: "AccessDeniedException", message: "no" } as const;
  peer.setFaults({ plan: [{ operation, effect }] });
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw new Error(`no Failure but ${String(error)}`);
}

describe("an alarm", () => {
  it("leads to its metric, the metric's filter, its log group and pattern", async () => {
    peer.addMetricFilter({ group: "/shop/checkout", pattern: '"payment failed"', metric: ERRORS });
    peer.addAlarm({
      name: "checkout-errors",
      state: "ALARM",
      reason: "Threshold Crossed: 3 datapoints",
      description: "Orders fail",
      changed: T,
      watches: { metric: ERRORS, statistic: "Sum", threshold: 5, evaluate: 3, breach: 2 },
    });
    expect(await metrics.listAlarms({ limit: 10, signal })).toEqual({
      alarms: [
        {
          name: "checkout-errors",
          state: "alarm",
          reason: "Threshold Crossed: 3 datapoints",
          description: "Orders fail",
          changed: T,
          metrics: [ERRORS],
          condition: "Sum of Errors > 5 for 2 of 3 periods of 60 s",
          logs: [
            {
              group: "/shop/checkout",
              counted: { by: "filter", pattern: '"payment failed"', metric: "Errors" },
            },
          ],
        },
      ],
      hasMore: false,
      remarks: [],
    });
  });

  it("over an expression names its metrics, one over alarms its rule, one over a query its groups", async () => {
    peer.addAlarm({
      name: "rate",
      watches: {
        expression: "errors / orders * 100",
        metrics: {
          errors: { ...ERRORS, statistic: "Sum" },
          orders: { namespace: "Shop", name: "Orders", statistic: "Sum" },
        },
        period: 300,
        threshold: 1,
        comparison: "GreaterThanOrEqualToThreshold",
      },
    });
    peer.addAlarm({
      name: "band",
      watches: { metric: ERRORS, statistic: "p95", comparison: "GreaterThanUpperThreshold" },
    });
    peer.addAlarm({ name: "all", watches: { rule: 'ALARM("rate") OR ALARM("band")' } });
    peer.addAlarm({
      name: "log",
      watches: {
        query: "filter @message like /ERROR/",
        groups: [
          "/shop/cart",
          "arn:aws:logs:us-east-1:123456789012:log-group:/shop/own",
          "arn:aws:logs:us-east-1:210987654321:log-group:/shop/other",
        ],
        aggregation: "count(*)",
        threshold: 3,
      },
    });
    const { alarms } = await metrics.listAlarms({ limit: 10, signal });
    const byName = Object.fromEntries(alarms.map((alarm) => [alarm.name, alarm]));
    expect(byName.rate).toMatchObject({
      condition: "errors / orders * 100 >= 1 for 1 of 1 periods of 300 s",
      metrics: [{ name: "Errors" }, { name: "Orders" }],
    });
    expect(byName.band?.condition).toBe("p95 of Errors above the expected band for 1 of 1 periods of 60 s");
    expect(byName.all).toMatchObject({ metrics: [], logs: [], condition: 'ALARM("rate") OR ALARM("band")' });
    expect(byName.log).toMatchObject({ metrics: [], condition: "count(*) > 3 for 1 of 1 query results" });
    expect(byName.log?.logs.map(({ group }) => group)).toEqual([
      "/shop/cart",
      "/shop/own",
      "/shop/other@210987654321",
    ]);
  });

  it("without the permission to see metric filters is told without its logs, and that this is so", async () => {
    peer.addAlarm({ name: "one", watches: { metric: ERRORS } });
    deny("DescribeMetricFilters");
    const { alarms, remarks } = await metrics.listAlarms({ limit: 10, signal });
    expect(alarms).toMatchObject([{ name: "one", logs: [] }]);
    expect(remarks).toEqual([
      expect.stringMatching(/^Which log groups feed the alarms is not known: .*logs:DescribeMetricFilters/),
    ]);
  });

  it("that may not be seen at all is a failure that names the permission", async () => {
    const message = "User: arn:x is not authorized to perform: cloudwatch:DescribeAlarms on resource: *";
    const effect = { kind: "error", code: "AccessDeniedException", message } as const;
    peer.setFaults({ plan: [{ operation: "DescribeAlarms", effect }] });
    const failure = await failureOf(metrics.listAlarms({ limit: 10, signal }));
    expect(failure).toMatchObject({
      code: "access-denied",
      message: expect.stringContaining("cloudwatch:DescribeAlarms"),
    });
  });
});

describe("a list of alarms", () => {
  it("has those in alarm first, whatever their names, and tells that there are more", async () => {
    for (let index = 100; index < 250; index += 1)
      peer.addAlarm({ name: `a${index}`, watches: { metric: { namespace: "AWS/EC2", name: "CPU" } } });
    peer.addAlarm({ name: "z", state: "ALARM", watches: { rule: "ALARM(a100)" } });
    const names = async (limit: number, prefix = "") => {
      const { alarms, hasMore } = await metrics.listAlarms({ limit, prefix, signal });
      return { names: alarms.map(({ name }) => name), hasMore };
    };
    expect(await names(3)).toEqual({ names: ["z", "a100", "a101"], hasMore: true });
    expect(await names(1)).toEqual({ names: ["z"], hasMore: true });
    expect(await names(1, "z")).toEqual({ names: ["z"], hasMore: false });
    expect(await names(1, "a249")).toEqual({ names: ["a249"], hasMore: false });
    const all = await names(200);
    expect(all.names).toHaveLength(151);
    expect(all.hasMore).toBe(false);
    // Metrics of AWS's own services are never counted from logs.
    expect(operations()).not.toContain("DescribeMetricFilters");
    const quiet = await metrics.listAlarms({ state: "insufficient-data", limit: 5, signal });
    expect(quiet.alarms).toEqual([]);
  });

  it("is one of metric alarms where the service refuses the other kinds", async () => {
    peer.addAlarm({ name: "metric", watches: { metric: ERRORS } });
    peer.addAlarm({ name: "composite", watches: { rule: "ALARM(metric)" } });
    const when = (kind: string) => (input: unknown) => JSON.stringify(input).includes(kind);
    const refuse = (kind: string, code: string) =>
      peer.setFaults({
        plan: [{ operation: "DescribeAlarms", when: when(kind), effect: { kind: "error", code } }],
      });
    const names = async () =>
      (await metrics.listAlarms({ limit: 9, signal })).alarms.map(({ name }) => name).sort();
    refuse("LogAlarm", "ValidationException");
    expect(await names()).toEqual(["composite", "metric"]);
    refuse("CompositeAlarm", "AccessDeniedException");
    expect(await names()).toEqual(["metric"]);
  });

  it("asks for all filters at once where there are many metrics", async () => {
    for (let index = 0; index < 8; index += 1) {
      const metric = { namespace: "Shop", name: `M${index}` };
      peer.addAlarm({ name: `a${index}`, watches: { metric } });
      peer.addMetricFilter({ group: "/shop/checkout", pattern: `P${index}`, metric });
    }
    const { alarms } = await metrics.listAlarms({ limit: 50, signal });
    expect(alarms.map(({ logs }) => logs[0]?.counted)).toMatchObject(
      alarms.map((_, index) => ({ pattern: `P${index}` })),
    );
    expect(operations().filter((one) => one === "DescribeMetricFilters")).toHaveLength(1);
  });
});

describe("a history", () => {
  it("has the changes of all kinds of alarms in the window, newest first", async () => {
    peer.addAlarmHistory([
      { alarm: "early", at: T - 1, from: "OK", to: "ALARM" },
      { alarm: "one", at: T, from: "OK", to: "ALARM", reason: "12 > 5" },
      { alarm: "one", at: T + 5, from: "OK", to: "OK", type: "ConfigurationUpdate" },
      { alarm: "all", at: T + MINUTE, from: "INSUFFICIENT_DATA", to: "OK", kind: "CompositeAlarm" },
      { alarm: "broken", at: T + 2 * MINUTE, from: "ALARM", to: "OK", kind: "LogAlarm", data: "{" },
      { alarm: "late", at: T + HOUR, from: "OK", to: "ALARM" },
    ]);
    const window = { start: T, end: T + HOUR };
    expect(await metrics.alarmHistory({ window, limit: 10, signal })).toEqual([
      {
        alarm: "broken",
        at: T + 2 * MINUTE,
        from: "alarm",
        to: "ok",
        summary: "Alarm updated from ALARM to OK",
      },
      {
        alarm: "all",
        at: T + MINUTE,
        from: "insufficient-data",
        to: "ok",
        summary: "Alarm updated from INSUFFICIENT_DATA to OK",
      },
      { alarm: "one", at: T, from: "ok", to: "alarm", summary: "12 > 5" },
    ]);
    const last = await metrics.alarmHistory({ window, limit: 1, signal });
    expect(last).toMatchObject([{ alarm: "broken" }]);
    const one = await metrics.alarmHistory({ window, alarm: "one", limit: 10, signal });
    expect(one).toHaveLength(1);
  });

  it("is read to its last page", async () => {
    const change = (index: number) =>
      ({ alarm: `a${index}`, at: T + index, from: "OK", to: "ALARM" }) as const;
    peer.addAlarmHistory(Array.from({ length: 250 }, (_, index) => change(index)));
    const window = { start: T, end: T + HOUR };
    const all = await metrics.alarmHistory({ window, limit: 1000, signal });
    expect(new Set(all.map(({ alarm }) => alarm)).size).toBe(250);
    expect(all[0]?.alarm).toBe("a249");
  });
});

describe("a metric", () => {
  const samples = (count: number, step = MINUTE) =>
    Array.from({ length: count }, (_, index) => ({ at: T + index * step, value: index }));

  it("has its points in the order of time, from the period that the window begins in", async () => {
    peer.putMetric(ERRORS, samples(10));
    const window = { start: T + 90_000, end: T + 4 * MINUTE };
    const series = await metrics.getMetric({ metric: ERRORS, statistic: "sum", window, signal });
    expect(series).toEqual({
      metric: ERRORS,
      statistic: "sum",
      periodMs: MINUTE,
      points: [1, 2, 3].map((value) => ({ at: T + value * MINUTE, value })),
      isComplete: true,
    });
  });

  it("is whole over all pages, and incomplete where the service says so at the end", async () => {
    peer.putMetric({ ...ERRORS, status: "InternalError" }, samples(50));
    peer.putMetric({ ...ERRORS, name: "Whole" }, samples(50));
    peer.setFaults({ paging: { maxEvents: 7 } });
    const window = { start: T, end: T + HOUR };
    const get = (name: string) =>
      metrics.getMetric({ metric: { ...ERRORS, name }, statistic: "maximum", window, signal });
    const whole = await get("Whole");
    expect(whole.points.map(({ value }) => value)).toEqual(samples(50).map(({ value }) => value));
    expect(whole.isComplete).toBe(true);
    expect(await get("Errors")).toMatchObject({ isComplete: false });
  });

  it("that is forbidden is a failure, and one without data is none", async () => {
    peer.putMetric({ ...ERRORS, status: "Forbidden" }, samples(5));
    const window = { start: T, end: T + HOUR };
    const forbidden = metrics.getMetric({ metric: ERRORS, statistic: "sum", window, signal });
    expect(await failureOf(forbidden)).toMatchObject({ code: "access-denied" });
    const metric = { ...ERRORS, name: "None" };
    const none = await metrics.getMetric({ metric, statistic: "sum", window, signal });
    expect(none).toMatchObject({ points: [], isComplete: true });
  });

  it("that is old is found all the same", async () => {
    peer.putMetric(ERRORS, samples(10));
    for (const days of [1, 14, 14.9, 15, 16, 62, 63, 64, 400]) {
      now = T + days * DAY;
      const window = { start: T, end: T + 10 * MINUTE };
      const { points } = await metrics.getMetric({ metric: ERRORS, statistic: "sum", window, signal });
      expect(
        points.reduce((sum, { value }) => sum + value, 0),
        `${days} days`,
      ).toBe(45);
    }
  });

  it("without data is answered with those that may be meant", async () => {
    peer.putMetric({ ...ERRORS, dimensions: { Service: "cart" } }, samples(1));
    peer.putMetric({ namespace: "Shop", name: "CheckoutErrors" }, samples(1));
    peer.putMetric({ namespace: "Shop", name: "Latency" }, samples(1));
    const near = async (namespace: string, name: string) =>
      (await metrics.nearMetrics({ metric: { namespace, name, dimensions: {} }, limit: 3, signal })).map(
        (metric) => [metric.namespace, metric.name, metric.dimensions],
      );
    expect(await near("Shop", "Errors")).toEqual([["Shop", "Errors", { Service: "cart" }]]);
    expect((await near("Shop", "latencies")).map(([, name]) => name)).toContain("Latency");
    expect(await near("shop", "Latency")).toEqual([["Shop", "Latency", {}]]);
    expect(await near("shop", "nothing")).toEqual([]);
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    stop.abort();
    const window = { start: T, end: T + HOUR };
    const work = metrics.getMetric({ metric: ERRORS, statistic: "sum", window, signal: stop.signal });
    expect(await failureOf(work)).toMatchObject({ code: "interrupted" });
  });
});

describe("a period", () => {
  it("has data of that age, is as long as wanted, and leaves a few hundred points", () => {
    const ages = fc.integer({ min: 0, max: 455 * DAY });
    const lengths = fc.integer({ min: 1, max: 455 * DAY });
    const hints = fc.option(fc.integer({ min: 1, max: 3 * DAY }), { nil: undefined });
    fc.assert(
      fc.property(ages, lengths, hints, (age, length, hint) => {
        const window = { start: now - age, end: now - age + length };
        const period = choosePeriod(window, now, hint);
        expect(period % 60).toBe(0);
        if (age >= 15 * DAY) expect(period % 300).toBe(0);
        if (age >= 63 * DAY) expect(period % 3600).toBe(0);
        expect(length / 1000 / period).toBeLessThanOrEqual(300);
        expect(period * 1000).toBeGreaterThanOrEqual(hint ?? 0);
      }),
    );
    expect(choosePeriod({ start: now - HOUR, end: now }, now)).toBe(60);
    expect(choosePeriod({ start: now - DAY, end: now }, now)).toBe(300);
  });
});
