import {
  type CloudWatchLogsClient,
  GetQueryResultsCommand,
  ListAnomaliesCommand,
  ListLogAnomalyDetectorsCommand,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "./cloudwatch.ts";
import { connect, failureOf, T } from "./cloudwatch-client.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ARN = "arn:aws:logs:us-east-1:123456789012:log-group:/api";

let peer: CloudWatchPeer;
let client: CloudWatchLogsClient;

beforeEach(async () => {
  peer = await startCloudWatch();
  client = connect(peer);
  peer.addGroup({ name: "/api" });
  const say = (start: number, messages: readonly string[]) =>
    peer.addEvents(
      "/api",
      "s",
      messages.map((message, index) => ({ timestamp: start + 1000 + index * 1000, message })),
    );
  say(T, ["[INFO] took 5 ms from 10.0.0.1", "[INFO] took 7 ms from 10.0.0.2", "ERROR no key 3f2a9bc1d4"]);
  say(T - HOUR, ["[INFO] took 9 ms from 10.0.0.3", "WARN slow"]);
  say(T - DAY, ["ERROR no key 77aa9bc1d4", "ERROR no key 88aa9bc1d4"]);
});

afterEach(async () => {
  client.destroy();
  await peer.close();
});

async function run(queryString: string, names = ["/api"]) {
  const window = { startTime: T / 1000, endTime: (T + HOUR) / 1000 };
  const input = { logGroupNames: names, queryString, ...window };
  const { queryId } = await client.send(new StartQueryCommand(input));
  const { results = [], statistics } = await client.send(new GetQueryResultsCommand({ queryId }));
  const rows = results.map((row) => Object.fromEntries(row.map(({ field = "", value }) => [field, value])));
  return { rows, statistics };
}

describe("pattern", () => {
  it("gives the documented columns, commonest first, with named tokens", async () => {
    const { rows, statistics } = await run("pattern @message");
    expect(rows).toMatchObject([
      {
        "@pattern": "[INFO] took <Token-1> ms from <IPAddress-2>",
        "@ratio": String(2 / 3),
        "@sampleCount": "2",
        "@severityLabel": "INFO",
      },
      { "@pattern": "ERROR no key <ID-1>", "@sampleCount": "1", "@severityLabel": "ERROR" },
    ]);
    expect(statistics).toMatchObject({ recordsMatched: 3 });
  });

  it("gives samples and times too", async () => {
    const { rows } = await run("filter @message like /ERROR/ | pattern @message | sort @sampleCount desc");
    expect(rows).toHaveLength(1);
    expect(JSON.parse(rows[0]?.["@logSamples"] ?? "")).toEqual([
      { timestamp: T + 3000, message: "ERROR no key 3f2a9bc1d4" },
    ]);
    expect(JSON.parse(rows[0]?.["@visualization"] ?? "")).toEqual({ timeWindowCountMapping: { [T]: 1 } });
  });

  it("is for the standard class only, and so is diff", async () => {
    peer.addGroup({ name: "/rare", class: "INFREQUENT_ACCESS" });
    expect(await failureOf(run("pattern @message", ["/rare"]))).toMatchObject({
      name: "InvalidParameterException",
    });
  });
});

describe("diff", () => {
  const changes = async (query: string) =>
    new Map(
      (await run(query)).rows.map((row) => [row["@pattern"], [row["@sampleCount"], row["@diffEventCount"]]]),
    );

  it("compares with the period directly before, filters included, and scans both", async () => {
    expect(await changes("pattern @message | diff")).toEqual(
      new Map([
        ["[INFO] took <Token-1> ms from <IPAddress-2>", ["2", "1"]],
        ["WARN slow", ["0", "-1"]],
        ["ERROR no key <ID-1>", ["1", "1"]],
      ]),
    );
    const { statistics } = await run("filter @message like /took/ | pattern @message | diff");
    expect(statistics).toMatchObject({ recordsScanned: 5, recordsMatched: 3 });
  });

  it("compares with the day before", async () => {
    expect((await changes("pattern @message | diff previousDay")).get("ERROR no key <ID-1>")).toEqual([
      "1",
      "-1",
    ]);
  });

  it("is taken behind pattern only", async () => {
    expect(await failureOf(run("fields @message | diff"))).toMatchObject({
      name: "MalformedQueryException",
      message: expect.stringContaining("Diff operation has to be used after Pattern"),
    });
    expect(await failureOf(run("pattern @message | diff yesterday"))).toMatchObject({
      name: "MalformedQueryException",
    });
  });
});

describe("anomalies", () => {
  beforeEach(() => {
    peer.addDetector({ name: "api", groups: [ARN] });
    peer.addDetector({ name: "other", groups: [`${ARN}2`] });
    const seen = { firstSeen: T, lastSeen: T + HOUR };
    peer.addAnomaly({ detector: "api", pattern: "ERROR <*>", priority: "HIGH", active: true, ...seen });
    peer.addAnomaly({ detector: "api", pattern: "WARN <*>", state: "Suppressed", ...seen });
    peer.addAnomaly({ detector: "other", pattern: "INFO <*>", ...seen });
  });

  it("are of detectors, which are listed by group", async () => {
    const { anomalyDetectors = [] } = await client.send(
      new ListLogAnomalyDetectorsCommand({ filterLogGroupArn: ARN }),
    );
    expect(anomalyDetectors).toMatchObject([{ detectorName: "api", logGroupArnList: [ARN] }]);
    const { anomalies = [] } = await client.send(
      new ListAnomaliesCommand({
        anomalyDetectorArn: anomalyDetectors[0]?.anomalyDetectorArn,
        suppressionState: "UNSUPPRESSED",
      }),
    );
    expect(anomalies).toMatchObject([
      {
        patternString: "ERROR <*>",
        priority: "HIGH",
        state: "Active",
        active: true,
        firstSeen: T,
        lastSeen: T + HOUR,
        logGroupArnList: [ARN],
      },
    ]);
  });

  it("come in pages", async () => {
    const patterns: unknown[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(new ListAnomaliesCommand({ limit: 1, nextToken }));
      patterns.push(...(page.anomalies ?? []).map(({ patternString }) => patternString));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(patterns).toEqual(["ERROR <*>", "WARN <*>", "INFO <*>"]);
  });

  it("of a detector that is not there are an error", async () => {
    const anomalyDetectorArn = "arn:aws:logs:us-east-1:123456789012:anomaly-detector:none";
    expect(await failureOf(client.send(new ListAnomaliesCommand({ anomalyDetectorArn })))).toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});
