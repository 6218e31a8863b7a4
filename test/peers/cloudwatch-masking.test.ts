import {
  type CloudWatchLogsClient,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  StartLiveTailCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "./cloudwatch.ts";
import { connect, failureOf, T } from "./cloudwatch-client.ts";

let peer: CloudWatchPeer;
let client: CloudWatchLogsClient;

const logGroupName = "/masked";
const arn = "arn:aws:logs:us-east-1:123456789012:log-group:/masked";
const events = [
  { timestamp: T, message: "login of ann@example.com", masked: "login of ***************" },
  { timestamp: T + 1, message: "login failed" },
];

beforeAll(async () => {
  peer = await startCloudWatch();
  peer.addGroup({ name: logGroupName });
  peer.addEvents(logGroupName, "s", events);
  client = connect(peer);
});

afterAll(async () => {
  client.destroy();
  await peer.close();
});

afterEach(() => peer.setFaults({}));

describe("masked data", () => {
  const filter = (more: object) => client.send(new FilterLogEventsCommand({ logGroupName, ...more }));
  const get = (more: object) =>
    client.send(new GetLogEventsCommand({ logGroupName, logStreamName: "s", startFromHead: true, ...more }));

  it.each([
    ["FilterLogEvents", filter],
    ["GetLogEvents", get],
  ])("stays masked in %s, for who may not unmask it and for who does not", async (_, read) => {
    const textsOf = async (input: object) => (await read(input)).events?.map(({ message }) => message);
    const masked = ["login of ***************", "login failed"];
    expect(await textsOf({})).toEqual(masked);
    expect(await textsOf({ unmask: false })).toEqual(masked);
    expect(await failureOf(textsOf({ unmask: true }))).toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining(`not authorized to perform: logs:Unmask on resource: ${arn}`),
    });
    peer.setFaults({ allowsUnmask: true });
    expect(await textsOf({})).toEqual(masked);
    expect(await textsOf({ unmask: true })).toEqual(["login of ann@example.com", "login failed"]);
  });

  it("is not found by what it hides", async () => {
    expect((await filter({ filterPattern: "%ann%" })).events).toEqual([]);
    expect((await filter({ filterPattern: "login" })).events).toHaveLength(2);
  });

  it("stays masked in Live Tail", async () => {
    peer.setFaults({ liveTail: { intervalMs: 5 } });
    const { responseStream } = await client.send(new StartLiveTailCommand({ logGroupIdentifiers: [arn] }));
    peer.addEvents(logGroupName, "s", events);
    for await (const { sessionUpdate } of responseStream ?? []) {
      if (!sessionUpdate?.sessionResults?.length) continue;
      expect(sessionUpdate.sessionResults.map(({ message }) => message)).toEqual([
        "login of ***************",
        "login failed",
      ]);
      break;
    }
  });
});
