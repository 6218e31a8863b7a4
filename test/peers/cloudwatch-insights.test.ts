import {
  type CloudWatchLogsClient,
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
  StartQueryCommand,
  type StartQueryCommandInput,
  StopQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "./cloudwatch.ts";
import { connect, failureOf, range, T } from "./cloudwatch-client.ts";

const S = T / 1000;
const LEVELS = ["info", "info", "WARN", "error"];

let peer: CloudWatchPeer;
let client: CloudWatchLogsClient;

beforeAll(async () => {
  peer = await startCloudWatch();
  client = connect(peer);
  peer.addGroup({ name: "/api" });
  const lines = Array.from({ length: 8 }, (_, index) => ({
    timestamp: T + index * 30_000,
    message: JSON.stringify({ level: LEVELS[index % 4], http: { status: 200 + index } }),
  }));
  peer.addEvents("/api", "a", lines.slice(0, 5));
  peer.addEvents("/api", "b", lines.slice(5));
  peer.addGroup({ name: "/big" });
  peer.addEvents("/big", "s", range(25));
});

afterAll(async () => {
  client.destroy();
  await peer.close();
});

afterEach(() => peer.setFaults({}));

async function start(queryString: string, more: Partial<StartQueryCommandInput> = {}): Promise<string> {
  const window = { startTime: S, endTime: S + 3600 };
  const input = { logGroupName: "/api", ...window, queryString, ...more };
  return (await client.send(new StartQueryCommand(input))).queryId ?? "";
}

function poll(queryId: string, more: object = {}): Promise<GetQueryResultsCommandOutput> {
  return client.send(new GetQueryResultsCommand({ queryId, ...more }));
}

async function rowsOf(queryString: string, more: Partial<StartQueryCommandInput> = {}) {
  const { results = [] } = await poll(await start(queryString, more));
  return results.map((row) => Object.fromEntries(row.map(({ field, value }) => [field, value])));
}

async function statusesOf(queryString: string): Promise<unknown[]> {
  const rows = await rowsOf(`fields http.status | ${queryString} | sort http.status`);
  return rows.map((row) => Number(row["http.status"]) - 200);
}

describe("how a query ends", () => {
  it("says where the text is wrong, as the SDK hands it on", async () => {
    const thrown: unknown = await start("fields a | nonsense").catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      name: "MalformedQueryException",
      queryCompileError: {
        location: { startCharOffset: 11, endCharOffset: 19 },
        message: "unexpected command",
      },
    });
  });

  it.each(["Failed", "Timeout"] as const)("%s where it is planned, after its time", async (queryEnd) => {
    peer.setFaults({ paging: { queryPolls: 1, queryEnd } });
    const queryId = await start("fields @message");
    expect((await poll(queryId)).status).toBe("Scheduled");
    expect(await poll(queryId)).toMatchObject({ status: queryEnd, results: [] });
  });

  it("refuses pattern, and finds no fields, in groups of the Infrequent Access class", async () => {
    peer.addGroup({ name: "/rare", class: "INFREQUENT_ACCESS" });
    peer.addEvents("/rare", "s", [{ timestamp: T, message: '{"level":"error"}' }]);
    const rare = { logGroupName: "/rare" };
    expect(await failureOf(start("pattern @message", rare))).toMatchObject({
      name: "InvalidParameterException",
    });
    expect(await rowsOf("filter ispresent(level)", rare)).toEqual([]);
    expect(await rowsOf("pattern @message")).toHaveLength(3);
  });
});

describe("Insights queries", () => {
  it("gives the newest events first, with a pointer, unless told otherwise", async () => {
    const rows = await rowsOf("fields @timestamp, @logStream, @log | limit 1");
    expect(rows).toEqual([
      {
        "@timestamp": "2026-03-01 12:03:30.000",
        "@logStream": "b",
        "@log": "123456789012:/api",
        "@ptr": expect.any(String),
      },
    ]);
  });

  it.each([
    ['filter level = "error"', [3, 7]],
    ['filter level != "info" and not http.status >= 206', [2, 3]],
    ["filter @message like /(?i)warn|ERROR/", [2, 3, 6, 7]],
    ['filter @message not like "info"', [2, 3, 6, 7]],
    ['filter level in ["WARN", "error"] and (http.status < 203 or http.status = 207)', [2, 7]],
    ["filter ispresent(none)", []],
    ["filter ispresent(http.status) | filter http.status <= 201 # the first", [0, 1]],
  ])("%s", async (query, expected) => {
    expect(await statusesOf(query.replace(/ #.*/, ""))).toEqual(expected);
  });

  it("counts by bin, and cuts an over-long bin down", async () => {
    const minutes = await rowsOf("stats count(*) as n by bin(1m) as minute | sort minute | limit 2");
    expect(minutes).toEqual([
      { minute: "2026-03-01 12:00:00.000", n: "2" },
      { minute: "2026-03-01 12:01:00.000", n: "2" },
    ]);
    expect(await rowsOf("stats count(*) by bin(300s)")).toHaveLength(4);
    expect(await rowsOf("stats count(*) by bin(5m)")).toEqual([
      { "bin(5m)": "2026-03-01 12:00:00.000", "count(*)": "8" },
    ]);
    const byStream = await rowsOf(
      'filter level = "info" | stats count() by @logStream | sort @logStream desc',
    );
    expect(byStream).toEqual([
      { "@logStream": "b", "count(*)": "1" },
      { "@logStream": "a", "count(*)": "3" },
    ]);
  });

  it("takes both ends of the window in seconds, and tells the cost", async () => {
    const window = { startTime: S + 30, endTime: S + 60 };
    const { statistics } = await poll(await start('filter level = "WARN"', window));
    expect(statistics).toMatchObject({
      recordsScanned: 2,
      recordsMatched: 1,
      resultCount: 1,
      logGroupsScanned: 1,
    });
    expect(statistics?.bytesScanned).toBe(2 * '{"level":"info","http":{"status":201}}'.length);
  });

  it("runs for as many polls as it is told, and can be stopped meanwhile only", async () => {
    peer.setFaults({ paging: { queryPolls: 2 } });
    const queryId = await start("fields @message");
    expect(await poll(queryId)).toMatchObject({ status: "Scheduled", results: [] });
    const running = await poll(queryId);
    expect([running.status, running.results?.length]).toEqual(["Running", 4]);
    const complete = await poll(queryId);
    expect([complete.status, complete.results?.length]).toEqual(["Complete", 8]);
    const stop = (id: string) => client.send(new StopQueryCommand({ queryId: id }));
    expect(await failureOf(stop(queryId))).toMatchObject({ name: "InvalidParameterException" });
    const other = await start("fields @message");
    expect((await stop(other)).success).toBe(true);
    expect((await poll(other)).status).toBe("Cancelled");
  });

  it("pages through the results", async () => {
    const queryId = await start("fields @message | sort @timestamp", { logGroupName: "/big" });
    const messages: (string | undefined)[] = [];
    const sizes: number[] = [];
    for (let nextToken: string | undefined; ; ) {
      const page: GetQueryResultsCommandOutput = await poll(queryId, { maxItems: 10, nextToken });
      messages.push(...(page.results ?? []).map(([first]) => first?.value));
      sizes.push(page.results?.length ?? 0);
      nextToken = page.nextToken;
      if (nextToken === undefined) break;
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(messages).toEqual([...range(25)].map(({ message }) => message));
  });

  it("refuses what it cannot do", async () => {
    for (const query of [
      "fields",
      "parse @message '*' as a, b",
      "parse @message /no group/",
      "filter @timestamp > 3",
      "limit 0",
      "filter a ~ 1",
    ])
      expect(await failureOf(start(query)), query).toMatchObject({ name: "MalformedQueryException" });
    const both = start("fields a", { logGroupNames: ["/big"] });
    expect(await failureOf(both)).toMatchObject({ name: "InvalidParameterException" });
    const missing = start("fields a", { logGroupName: "/none" });
    expect(await failureOf(missing)).toMatchObject({ name: "ResourceNotFoundException" });
    expect(await failureOf(poll("none"))).toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("runs a hundred queries at once and no more", async () => {
    peer.setFaults({ paging: { queryPolls: 1 } });
    const ids = [];
    for (let index = 0; index < 100; index += 1) ids.push(await start("limit 1"));
    expect(await failureOf(start("limit 1"))).toMatchObject({ name: "LimitExceededException" });
    await poll(ids[0] ?? "");
    await start("limit 1");
  });
});
