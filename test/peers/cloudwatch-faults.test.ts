import {
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "./cloudwatch.ts";
import { connect, failureOf, range, T } from "./cloudwatch-client.ts";
import {
  accessDenied,
  clockSkewed,
  EXPIRED_TOKEN,
  limitExceeded,
  notImplemented,
  OPERATION_ABORTED,
  SERVICE_UNAVAILABLE,
  THROTTLED,
  UNRECOGNIZED_CLIENT,
} from "./cloudwatch-errors.ts";
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

  it("hits a share of the calls, the same ones for the same seed", async () => {
    const hitsOf = async (seed: number, more: Partial<PlannedFault> = {}) => {
      plan({ effect: THROTTLED, share: 0.3, seed, ...more });
      const hits: boolean[] = [];
      for (let call = 0; call < 100; call += 1)
        hits.push(
          await describeGroups().then(
            () => false,
            () => true,
          ),
        );
      return hits;
    };
    const count = (hits: boolean[]) => hits.filter(Boolean).length;
    const first = await hitsOf(7);
    expect(count(first)).toBeGreaterThan(15);
    expect(count(first)).toBeLessThan(45);
    expect(await hitsOf(7)).toEqual(first);
    expect(await hitsOf(8)).not.toEqual(first);
    expect(count(await hitsOf(7, { times: 4 }))).toBe(4);
    expect(count(await hitsOf(7, { share: 0 }))).toBe(0);
    expect((await hitsOf(7, { after: 50 })).indexOf(true)).toBe(50 + first.indexOf(true));
  });

  it("hits calls of a time span only, the end not counted in", async () => {
    plan({ effect: THROTTLED, between: [T + 10, T + 20] });
    for (const [after, isHit] of [
      [9, false],
      [10, true],
      [19, true],
      [20, false],
    ] as const) {
      now = T + after;
      if (isHit) expect(await failureOf(describeGroups())).toMatchObject({ name: "ThrottlingException" });
      else await describeGroups();
    }
  });

  it("lets a key expire after so many calls, whatever they are, and takes a new one", async () => {
    peer.setFaults({ callsPerKey: 2 });
    await describeGroups();
    await filter();
    const expired = { name: "ExpiredTokenException", status: 400 };
    expect(await failureOf(filter())).toMatchObject(expired);
    expect(await failureOf(describeGroups())).toMatchObject(expired);
    const renewed = connect(peer, { accessKeyId: "ASIARENEWED" });
    await describeGroups(renewed);
    expect(peer.calls.at(-1)).toMatchObject({ accessKeyId: "ASIARENEWED" });
    await describeGroups(renewed);
    expect(await failureOf(describeGroups(renewed))).toMatchObject(expired);
    renewed.destroy();
  });

  it("has AWS's words for what goes wrong", async () => {
    const resource = "arn:aws:logs:us-east-1:123456789012:log-group:/a:log-stream:";
    const cases = [
      [THROTTLED, "ThrottlingException", "Rate exceeded"],
      [EXPIRED_TOKEN, "ExpiredTokenException", "The security token included in the request is expired"],
      [
        UNRECOGNIZED_CLIENT,
        "UnrecognizedClientException",
        "security token included in the request is invalid",
      ],
      [OPERATION_ABORTED, "OperationAbortedException", "A conflicting operation is currently in progress"],
      [SERVICE_UNAVAILABLE, "ServiceUnavailableException", "The service cannot complete the request."],
      [limitExceeded(30), "LimitExceededException", "query concurrency limit of [30] reached."],
      [notImplemented("ListLogGroups"), "InternalFailure", "not yet implemented"],
      [
        accessDenied({ operation: "FilterLogEvents", resource }),
        "AccessDeniedException",
        "User: arn:aws:sts::123456789012:assumed-role/x/y is not authorized to perform: logs:FilterLogEvents " +
          `on resource: ${resource} because no identity-based policy allows the logs:FilterLogEvents action`,
      ],
      [
        accessDenied({ operation: "DescribeLogGroups", isExplicit: true }),
        "AccessDeniedException",
        "on resource: arn:aws:logs:us-east-1:123456789012:log-group::log-stream: with an explicit deny",
      ],
      [
        clockSkewed({ signed: T - 600_000, now: T }),
        "InvalidSignatureException",
        "Signature expired: 20260301T115000Z is now earlier than 20260301T115500Z (20260301T120000Z - 5 min.)",
      ],
      [
        clockSkewed({ signed: T + 600_000, now: T }),
        "InvalidSignatureException",
        "Signature not yet current: 20260301T121000Z is still later than 20260301T120500Z (20260301T120000Z + 5 min.)",
      ],
    ] as const;
    for (const [effect, name, message] of cases) {
      plan({ effect });
      const failure = await failureOf(describeGroups());
      expect(failure).toMatchObject({ name, message: expect.stringContaining(message) });
    }
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
      { operation: "DescribeLogGroups", input: { limit: 3 }, accessKeyId: "AKIDEXAMPLE", time: T + 5 },
    ]);
  });
});
