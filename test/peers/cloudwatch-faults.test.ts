import {
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "./cloudwatch.ts";
import { connect, failureOf, range, T } from "./cloudwatch-client.ts";
import { type PlannedFault, QUOTAS } from "./cloudwatch-faults.ts";

let peer: CloudWatchPeer;
let client: CloudWatchLogsClient;
let now = T;

const logGroupName = "/test/faults";

beforeAll(async () => {
  peer = await startCloudWatch({ clock: () => now });
  client = connect(peer);
  peer.addGroup({ name: logGroupName });
  peer.addEvents(logGroupName, "s", range(1));
});

afterAll(async () => {
  client.destroy();
  await peer.close();
});

beforeEach(() => {
  now = T;
});

afterEach(() => peer.setFaults({}));

describe("faults", () => {
  const describeGroups = (over = client) => over.send(new DescribeLogGroupsCommand({}));
  const filter = () => client.send(new FilterLogEventsCommand({ logGroupName }));
  const plan = (...faults: PlannedFault[]) => peer.setFaults({ plan: faults });

  it.each(["bare", "namespaced", "header"] as const)("names errors the %s way", async (errorShape) => {
    const codes = [
      ["ResourceNotFoundException", 400],
      ["InvalidParameterException", 400],
      ["AccessDeniedException", 400],
      ["ExpiredTokenException", 400],
      ["UnrecognizedClientException", 400],
      ["ThrottlingException", 400],
      ["ServiceUnavailableException", 500],
    ] as const;
    for (const [code, status] of codes) {
      peer.setFaults({ errorShape, plan: [{ effect: { kind: "error", code, message: `why ${code}` } }] });
      const failure = await failureOf(describeGroups());
      expect(failure).toMatchObject({ name: code, message: `why ${code}`, status });
      expect(failure.id).toMatch(/^0{8}-0000-4000/);
    }
  });

  it("throttles each operation at its own rate", async () => {
    peer.setFaults({ rates: QUOTAS });
    for (let call = 0; call < 10; call += 1) await describeGroups();
    const throttled = { name: "ThrottlingException", message: "Rate exceeded", status: 400 };
    expect(await failureOf(describeGroups())).toMatchObject(throttled);
    expect((await filter()).events).toHaveLength(1);
    now += 99;
    expect(await failureOf(describeGroups())).toMatchObject(throttled);
    now += 101;
    await describeGroups();
    await describeGroups();
    expect(await failureOf(describeGroups())).toMatchObject(throttled);
    now += 60_000;
    for (let call = 0; call < 10; call += 1) await describeGroups();
    expect(await failureOf(describeGroups())).toMatchObject(throttled);
  });

  it("hits the planned calls only", async () => {
    const effect = { kind: "error", code: "AccessDeniedException" } as const;
    plan({ effect, operation: "DescribeLogGroups", after: 1, times: 1 });
    await describeGroups();
    expect(await failureOf(describeGroups())).toMatchObject({ name: "AccessDeniedException" });
    await describeGroups();
    plan({ effect, when: (input) => JSON.stringify(input).includes(logGroupName) });
    expect(await failureOf(filter())).toMatchObject({ name: "AccessDeniedException" });
    await describeGroups();
  });

  it("answers a 5xx that is not JSON", async () => {
    plan({ effect: { kind: "page", status: 503, body: "<html>Service Unavailable</html>" } });
    expect(await failureOf(describeGroups())).toMatchObject({ name: "SyntaxError", status: 503 });
  });

  it.each([0, 1, 20])("cuts the connection after %d bytes, and works again", async (afterBytes) => {
    plan({ effect: { kind: "cut", afterBytes }, times: 1 });
    const before = peer.abandoned();
    const { message } = await failureOf(describeGroups());
    expect(message).toMatch(/aborted|hang up|ECONNRESET|terminated/i);
    await describeGroups();
    expect(peer.abandoned()).toBe(before);
  });

  it("takes its time, and notices who does not wait", async () => {
    plan({ effect: { kind: "latency", ms: 60_000 }, times: 1 });
    const before = peer.calls.length;
    const controller = new AbortController();
    const abandoned = peer.abandoned();
    const waiting = failureOf(
      client.send(new DescribeLogGroupsCommand({}), { abortSignal: controller.signal }),
    );
    await expect.poll(() => peer.calls.length).toBe(before + 1);
    controller.abort();
    expect(await waiting).toMatchObject({ name: "AbortError" });
    await expect.poll(peer.abandoned).toBe(abandoned + 1);
    peer.setFaults({ latencyMs: 1 });
    await describeGroups();
  });

  it("does not know other operations, unsigned calls and other regions", async () => {
    const other = client.send(new ListTagsForResourceCommand({ resourceArn: "arn:aws:logs:::x" }));
    expect(await failureOf(other)).toMatchObject({ name: "UnknownOperationException", status: 400 });
    const elsewhere = connect(peer, { region: "eu-west-1" });
    expect(await failureOf(describeGroups(elsewhere))).toMatchObject({ name: "InvalidSignatureException" });
    elsewhere.destroy();
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "Logs_20140328.DescribeLogGroups",
    };
    const unsigned = await fetch(peer.endpoint, { method: "POST", headers, body: "{}" });
    expect([unsigned.status, await unsigned.json()]).toMatchObject([
      403,
      { __type: "MissingAuthenticationTokenException" },
    ]);
  });

  it("keeps every call with its time", async () => {
    const before = peer.calls.length;
    now = T + 5;
    await client.send(new DescribeLogGroupsCommand({ limit: 3 }));
    expect(peer.calls.slice(before)).toEqual([
      { operation: "DescribeLogGroups", input: { limit: 3 }, time: T + 5 },
    ]);
  });
});
