import {
  type CloudWatchClient,
  DescribeAlarmHistoryCommand,
  type DescribeAlarmHistoryCommandInput,
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandInput,
  DescribeAlarmsForMetricCommand,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  ListMetricsCommand,
  type ListMetricsCommandInput,
} from "@aws-sdk/client-cloudwatch";
import {
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  type DescribeMetricFiltersCommandInput,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "./cloudwatch.ts";
import { connect, failureOf, T } from "./cloudwatch-client.ts";
import { connectMonitoring } from "./monitoring-client.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const ERRORS = { namespace: "Shop", name: "Errors", dimensions: { Service: "checkout" } };
const LATENCY = { namespace: "Shop", name: "Latency" };

let peer: CloudWatchPeer;
let client: CloudWatchClient;
let now = T;

beforeEach(async () => {
  now = T;
  peer = await startCloudWatch({ clock: () => now });
  client = connectMonitoring(peer);
});

afterEach(async () => {
  client.destroy();
  await peer.close();
});

function addThreeKinds(): void {
  peer.addAlarm({
    name: "checkout-errors",
    state: "ALARM",
    reason: "Threshold Crossed",
    description: "Orders fail",
    changed: T,
    watches: { metric: ERRORS, statistic: "Sum", period: 60, threshold: 5, evaluate: 3, breach: 2 },
  });
  peer.addAlarm({
    name: "checkout-rate",
    watches: {
      expression: "errors / orders * 100",
      metrics: { errors: { ...ERRORS, statistic: "Sum" }, orders: { ...LATENCY, statistic: "SampleCount" } },
      threshold: 1,
    },
  });
  peer.addAlarm({ name: "all", state: "ALARM", watches: { rule: 'ALARM("checkout-errors")' } });
  peer.addAlarm({
    name: "checkout-log",
    watches: { query: "filter level = 'error'", groups: ["/shop/checkout"], aggregation: "count(*)" },
  });
}

describe("alarms", () => {
  it("come with all that the client's own types have a place for", async () => {
    addThreeKinds();
    const { MetricAlarms = [], CompositeAlarms } = await client.send(new DescribeAlarmsCommand({}));
    expect(CompositeAlarms).toEqual([]);
    expect(MetricAlarms).toMatchObject([
      {
        AlarmName: "checkout-errors",
        AlarmArn: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:checkout-errors",
        AlarmDescription: "Orders fail",
        StateValue: "ALARM",
        StateReason: "Threshold Crossed",
        StateTransitionedTimestamp: new Date(T),
        Namespace: "Shop",
        MetricName: "Errors",
        Dimensions: [{ Name: "Service", Value: "checkout" }],
        Statistic: "Sum",
        Period: 60,
        Threshold: 5,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        ComparisonOperator: "GreaterThanThreshold",
      },
      { AlarmName: "checkout-rate", StateValue: "OK" },
    ]);
    expect(MetricAlarms[1]?.Metrics).toMatchObject([
      { Id: "e1", Expression: "errors / orders * 100", ReturnData: true },
      { Id: "errors", MetricStat: { Stat: "Sum", Metric: { MetricName: "Errors" } }, ReturnData: false },
      { Id: "orders" },
    ]);
  });

  it("are of the kinds, the state, the prefix and the names asked for", async () => {
    addThreeKinds();
    const names = async (input: DescribeAlarmsCommandInput) => {
      const {
        MetricAlarms = [],
        CompositeAlarms = [],
        LogAlarms = [],
      } = await client.send(new DescribeAlarmsCommand(input));
      return [...CompositeAlarms, ...MetricAlarms, ...LogAlarms].map(({ AlarmName }) => AlarmName);
    };
    const AlarmTypes = ["MetricAlarm", "CompositeAlarm", "LogAlarm"] as const;
    expect(await names({ AlarmTypes: [...AlarmTypes] })).toEqual([
      "all",
      "checkout-errors",
      "checkout-rate",
      "checkout-log",
    ]);
    expect(await names({ AlarmTypes: [...AlarmTypes], StateValue: "ALARM" })).toEqual([
      "all",
      "checkout-errors",
    ]);
    expect(await names({ AlarmNamePrefix: "checkout-r" })).toEqual(["checkout-rate"]);
    expect(await names({ AlarmNames: ["all", "checkout-rate"] })).toEqual(["checkout-rate"]);
    expect(await names({ AlarmTypes: ["LogAlarm"] })).toEqual(["checkout-log"]);
    const both = client.send(new DescribeAlarmsCommand({ AlarmNames: ["all"], AlarmNamePrefix: "a" }));
    expect(await failureOf(both)).toMatchObject({ name: "ValidationException", status: 400 });
  });

  it("come in pages of at most a hundred", async () => {
    for (let index = 100; index < 330; index += 1)
      peer.addAlarm({ name: `a${index}`, watches: { metric: ERRORS } });
    const sizes: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new DescribeAlarmsCommand({ MaxRecords: 100, NextToken }));
      sizes.push(page.MetricAlarms?.length ?? 0);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(sizes).toEqual([100, 100, 30]);
    const bad = client.send(new DescribeAlarmsCommand({ NextToken: "nonsense" }));
    expect(await failureOf(bad)).toMatchObject({ name: "InvalidNextToken" });
    const many = client.send(new DescribeAlarmsCommand({ MaxRecords: 101 }));
    expect(await failureOf(many)).toMatchObject({ name: "ValidationException" });
  });

  it("are found by the metric, with exactly its dimensions", async () => {
    addThreeKinds();
    const find = async (Dimensions: { Name: string; Value: string }[]) =>
      (
        await client.send(
          new DescribeAlarmsForMetricCommand({ Namespace: "Shop", MetricName: "Errors", Dimensions }),
        )
      ).MetricAlarms?.map(({ AlarmName }) => AlarmName);
    expect(await find([{ Name: "Service", Value: "checkout" }])).toEqual(["checkout-errors"]);
    expect(await find([])).toEqual([]);
  });

  it("have a history, newest first, of one kind of alarm at a time", async () => {
    peer.addAlarmHistory([
      { alarm: "one", at: T, from: "OK", to: "ALARM", reason: "12 > 5" },
      { alarm: "one", at: T + MINUTE, from: "ALARM", to: "OK" },
      { alarm: "one", at: T + MINUTE, from: "OK", to: "OK", type: "ConfigurationUpdate" },
      { alarm: "all", at: T, from: "OK", to: "ALARM", kind: "CompositeAlarm" },
    ]);
    const history = (input: DescribeAlarmHistoryCommandInput) =>
      client.send(new DescribeAlarmHistoryCommand({ HistoryItemType: "StateUpdate", ...input }));
    const { AlarmHistoryItems: items = [] } = await history({});
    expect(items).toMatchObject([
      { HistorySummary: "Alarm updated from ALARM to OK", Timestamp: new Date(T + MINUTE) },
      { AlarmName: "one", AlarmType: "MetricAlarm", HistorySummary: "Alarm updated from OK to ALARM" },
    ]);
    expect(JSON.parse(items[1]?.HistoryData ?? "")).toMatchObject({
      oldState: { stateValue: "OK" },
      newState: { stateValue: "ALARM", stateReason: "12 > 5" },
    });
    const composite = await history({ AlarmTypes: ["CompositeAlarm"] });
    expect(composite.AlarmHistoryItems).toMatchObject([{ AlarmName: "all" }]);
    const early = await history({ StartDate: new Date(T - 1), EndDate: new Date(T + 1) });
    expect(early.AlarmHistoryItems).toHaveLength(1);
    const first = await history({ MaxRecords: 1, ScanBy: "TimestampAscending" });
    expect(first.AlarmHistoryItems).toMatchObject([{ Timestamp: new Date(T) }]);
    expect(first.NextToken).toBeDefined();
  });
});

describe("metrics", () => {
  const stat = (Stat: string, Period = 60, metric: { name: string } = LATENCY) => ({
    Id: "m1",
    MetricStat: { Metric: { Namespace: "Shop", MetricName: metric.name }, Period, Stat },
  });
  const get = (input: Partial<GetMetricDataCommandInput>) =>
    client.send(
      new GetMetricDataCommand({
        MetricDataQueries: [stat("Sum")],
        StartTime: new Date(T),
        EndTime: new Date(T + 10 * MINUTE),
        ScanBy: "TimestampAscending",
        ...input,
      }),
    );

  it("are computed for each period, and absent where there was no sample", async () => {
    now = T + 10 * MINUTE;
    const values = [4, 1, 2, 3];
    peer.putMetric(
      LATENCY,
      values.map((value, index) => ({ at: T + index * 1000, value })),
    );
    peer.putMetric(LATENCY, [{ at: T + 2 * MINUTE + 5, value: 7 }]);
    const expected = { Sum: 10, Average: 2.5, Minimum: 1, Maximum: 4, SampleCount: 4, p50: 2, p99: 4 };
    for (const [name, value] of Object.entries(expected)) {
      const { MetricDataResults: [result] = [] } = await get({ MetricDataQueries: [stat(name)] });
      expect(result?.Timestamps, name).toEqual([new Date(T), new Date(T + 2 * MINUTE)]);
      expect(result, name).toMatchObject({ Id: "m1", Label: "Latency", StatusCode: "Complete" });
      expect(result?.Values?.[0], name).toBe(value);
    }
    const late = await get({ MetricDataQueries: [stat("Sum", 300)], ScanBy: "TimestampDescending" });
    expect(late.MetricDataResults).toMatchObject([{ Values: [17] }]);
    const before = await get({ EndTime: new Date(T + 2 * MINUTE) });
    expect(before.MetricDataResults).toMatchObject([{ Values: [10] }]);
  });

  it("of another dimension are another metric", async () => {
    peer.putMetric(ERRORS, [{ at: T, value: 1 }]);
    const { MetricDataResults } = await get({ MetricDataQueries: [stat("Sum", 60, ERRORS)] });
    expect(MetricDataResults).toMatchObject([{ Values: [], StatusCode: "Complete" }]);
  });

  it("are partial data as long as a token follows, and where the service says so at the end", async () => {
    peer.putMetric(
      { ...LATENCY, status: "PartialData" },
      Array.from({ length: 5 }, (_, index) => ({ at: T + index * MINUTE, value: index })),
    );
    const first = await get({ MaxDatapoints: 3 });
    expect(first).toMatchObject({
      MetricDataResults: [{ Values: [0, 1, 2], StatusCode: "PartialData" }],
      NextToken: expect.any(String),
    });
    const second = await get({ MaxDatapoints: 3, NextToken: first.NextToken });
    expect(second).toMatchObject({ MetricDataResults: [{ Values: [3, 4], StatusCode: "PartialData" }] });
    expect(second.NextToken).toBeUndefined();
  });

  it("that are old are there in long periods only", async () => {
    peer.putMetric(LATENCY, [{ at: T, value: 1 }]);
    const found = async (age: number, Period: number) => {
      now = T + age;
      const { MetricDataResults: [result] = [] } = await get({ MetricDataQueries: [stat("Sum", Period)] });
      return result?.Values?.length;
    };
    expect(await found(14 * DAY, 60)).toBe(1);
    expect(await found(16 * DAY, 60)).toBe(0);
    expect(await found(16 * DAY, 300)).toBe(1);
    expect(await found(64 * DAY, 300)).toBe(0);
    expect(await found(64 * DAY, 3600)).toBe(1);
  });

  it("are refused for a period or a window that is none", async () => {
    const period = get({ MetricDataQueries: [stat("Sum", 90)] });
    expect(await failureOf(period)).toMatchObject({ name: "ValidationException" });
    const window = get({ EndTime: new Date(T) });
    expect(await failureOf(window)).toMatchObject({ name: "ValidationException" });
  });

  it("are listed by namespace, name and dimension, in pages", async () => {
    peer.putMetric(ERRORS, [{ at: T, value: 1 }]);
    peer.putMetric({ ...ERRORS, dimensions: { Service: "cart" } }, [{ at: T - DAY, value: 1 }]);
    peer.putMetric({ namespace: "AWS/Logs", name: "IncomingBytes" }, [{ at: T, value: 1 }]);
    const list = async (input: ListMetricsCommandInput) =>
      (await client.send(new ListMetricsCommand(input))).Metrics?.length;
    expect(await list({})).toBe(3);
    expect(await list({ Namespace: "Shop", MetricName: "Errors" })).toBe(2);
    expect(await list({ Namespace: "shop" })).toBe(0);
    expect(await list({ Dimensions: [{ Name: "Service" }] })).toBe(2);
    expect(await list({ Dimensions: [{ Name: "Service", Value: "cart" }] })).toBe(1);
    expect(await list({ RecentlyActive: "PT3H" })).toBe(2);
    peer.setFaults({ paging: { maxItems: 2 } });
    const { Metrics, NextToken } = await client.send(new ListMetricsCommand({}));
    expect(Metrics).toHaveLength(2);
    expect(await list({ NextToken })).toBe(1);
  });
});

describe("the address", () => {
  it("is that of the logs, whose faults and calls it shares", async () => {
    peer.addGroup({ name: "/shop/checkout" });
    const logs = connect(peer);
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}));
    expect(logGroups).toHaveLength(1);
    await client.send(new DescribeAlarmsCommand({ MaxRecords: 7 }));
    expect(peer.calls.map(({ operation }) => operation)).toEqual(["DescribeLogGroups", "DescribeAlarms"]);
    expect(peer.calls[1]?.input).toEqual({ MaxRecords: 7 });
    logs.destroy();
  });

  it("refuses by operation, under the names that the client gives to its errors", async () => {
    const message =
      "User: arn:aws:iam::123456789012:user/on-call is not authorized to perform: cloudwatch:DescribeAlarms on resource: *";
    peer.setFaults({
      rates: { ListMetrics: 1 },
      plan: [
        {
          operation: "DescribeAlarms",
          effect: { kind: "error", code: "AccessDeniedException", message },
        },
        { operation: "GetMetricData", effect: { kind: "error", code: "InternalServiceFault", status: 500 } },
      ],
    });
    expect(await failureOf(client.send(new DescribeAlarmsCommand({})))).toMatchObject({
      name: "AccessDenied",
      message,
      status: 400,
      id: expect.stringMatching(/^0{8}-/),
    });
    await client.send(new ListMetricsCommand({}));
    expect(await failureOf(client.send(new ListMetricsCommand({})))).toMatchObject({ name: "Throttling" });
    await client.send(new DescribeAlarmHistoryCommand({}));
  });

  it("tells which log group feeds a metric", async () => {
    const logs = connect(peer);
    peer.addMetricFilter({ group: "/shop/checkout", pattern: "ERROR", metric: ERRORS });
    peer.addMetricFilter({ group: "/shop/cart", pattern: "{ $.level = 50 }", metric: LATENCY });
    const find = async (input: DescribeMetricFiltersCommandInput) =>
      (await logs.send(new DescribeMetricFiltersCommand(input))).metricFilters;
    expect(await find({ metricNamespace: "Shop", metricName: "Errors" })).toMatchObject([
      { logGroupName: "/shop/checkout", filterPattern: "ERROR", filterName: "Errors" },
    ]);
    expect(await find({})).toHaveLength(2);
    expect(await find({ logGroupName: "/shop/cart", filterNamePrefix: "Err" })).toEqual([]);
    expect(await failureOf(find({ metricName: "Errors" }))).toMatchObject({
      name: "InvalidParameterException",
    });
    logs.destroy();
  });
});
