import {
  type CloudWatchLogsClient,
  GetLogGroupFieldsCommand,
  GetLogRecordCommand,
  GetQueryResultsCommand,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "./cloudwatch.ts";
import { connect, failureOf, T } from "./cloudwatch-client.ts";

let peer: CloudWatchPeer;
let client: CloudWatchLogsClient;

const logGroupName = "/records";
const MINUTE = 60_000;

beforeAll(async () => {
  peer = await startCloudWatch({ clock: () => T });
  client = connect(peer);
  peer.addGroup({ name: logGroupName });
  peer.addEvents(logGroupName, "s", [
    { timestamp: T - 20 * MINUTE, message: '{"old":1}' },
    { timestamp: T - 9 * MINUTE, message: '{"level":"ERROR","user":{"id":7}}' },
    { timestamp: T - 3 * MINUTE, message: '{"level":"INFO"}' },
    { timestamp: T - 2 * MINUTE, message: '{"email":"a@example.com"}', masked: '{"email":"*************"}' },
    { timestamp: T, message: "plain" },
  ]);
});

afterAll(async () => {
  client.destroy();
  await peer.close();
});

afterEach(() => peer.setFaults({}));

describe("GetLogGroupFields", () => {
  async function fieldsOf(time?: number) {
    const { logGroupFields = [] } = await client.send(new GetLogGroupFieldsCommand({ logGroupName, time }));
    return Object.fromEntries(logGroupFields.map(({ name, percent }) => [name, percent]));
  }

  it("tells in how many percent of the last 15 minutes' events a field is", async () => {
    const found = await fieldsOf();
    expect(found).toMatchObject({ "@message": 100, "@timestamp": 100, level: 50, "user.id": 25, email: 25 });
    expect(found).not.toHaveProperty("old");
  });

  it("looks at the eight minutes around a time in seconds", async () => {
    expect(await fieldsOf(T / 1000 - 17 * 60)).toMatchObject({ old: 50, level: 50 });
    expect(await fieldsOf(T / 1000 - 40 * 60)).toEqual({});
  });
});

describe("GetLogRecord", () => {
  const get = (logRecordPointer: string, unmask?: boolean) =>
    client.send(new GetLogRecordCommand({ logRecordPointer, unmask }));

  async function pointersOf() {
    const span = { startTime: T / 1000 - 1200, endTime: T / 1000 };
    const query = { logGroupName, ...span, queryString: "fields @message | sort @timestamp asc" };
    const { queryId } = await client.send(new StartQueryCommand(query));
    const { results = [] } = await client.send(new GetQueryResultsCommand({ queryId }));
    return results.map((row) => row.find(({ field }) => field === "@ptr")?.value ?? "");
  }

  it("gives all fields of what a query's @ptr points at", async () => {
    const [, second = ""] = await pointersOf();
    expect((await get(second)).logRecord).toEqual({
      "@ingestionTime": String(T - 9 * MINUTE + 250),
      "@log": "123456789012:/records",
      "@logStream": "s",
      "@message": '{"level":"ERROR","user":{"id":7}}',
      "@ptr": second,
      "@timestamp": String(T - 9 * MINUTE),
      level: "ERROR",
      "user.id": "7",
    });
    expect(await failureOf(get("cHRyOjk5"))).toMatchObject({ name: "InvalidParameterException" });
    expect(await failureOf(get("nonsense"))).toMatchObject({ name: "InvalidParameterException" });
  });

  it("masks, and unmasks where that is allowed", async () => {
    const [, , , fourth = ""] = await pointersOf();
    expect((await get(fourth)).logRecord).toMatchObject({ email: "*************" });
    expect(await failureOf(get(fourth, true))).toMatchObject({ name: "AccessDeniedException" });
    peer.setFaults({ allowsUnmask: true });
    expect((await get(fourth, true)).logRecord).toMatchObject({ email: "a@example.com" });
  });
});
