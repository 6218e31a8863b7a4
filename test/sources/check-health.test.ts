import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkHealth } from "../../src/sources/cloudwatch/check-health.ts";
import { type ConnectionOptions, openConnection } from "../../src/sources/cloudwatch/client.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import type { HealthCheck } from "../../src/sources/source.ts";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { T } from "../peers/cloudwatch-client.ts";
import { accessDenied, EXPIRED_TOKEN, UNRECOGNIZED_CLIENT } from "../peers/cloudwatch-errors.ts";
import { ZONE } from "../tools/tool-folder.ts";

const GROUP = "/shop/checkout";
const { signal } = new AbortController();
let peer: CloudWatchPeer;

beforeEach(async () => {
  peer = await startCloudWatch({ clock: () => T });
  peer.addGroup({ name: "/shop/big", storedBytes: 1e12, creationTime: T - 86_400_000 });
  peer.addGroup({ name: GROUP, storedBytes: 1000, creationTime: T - 86_400_000 });
  peer.addEvents(GROUP, "web", [{ timestamp: T - 60_000, message: "ERROR payment failed" }]);
});
afterEach(() => peer.close());

interface CheckOptions extends Partial<ConnectionOptions> {
  readonly patience?: number;
  readonly linkedAccounts?: boolean;
  readonly signal?: AbortSignal;
}

async function check(options: CheckOptions = {}): Promise<readonly HealthCheck[]> {
  const { patience, linkedAccounts = false, ...connection } = options;
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  const opened = await openConnection({
    region: peer.region,
    profile: undefined,
    env: {},
    access: { endpoint: peer.endpoint, credentials },
    pace: { sleep: async () => {} },
    ...connection,
  });
  const health = { linkedAccounts, now: () => T, ...(patience === undefined ? {} : { patience }) };
  return checkHealth(opened, health, options.signal ?? signal);
}

function deny(...operations: readonly string[]): void {
  const plan = operations.map((operation) => ({ operation, effect: accessDenied({ operation }) }));
  peer.setFaults({ plan });
}

const rowOf = (rows: readonly HealthCheck[], name: string) => rows.find((row) => row.name === name);
const namesOf = (rows: readonly HealthCheck[]) =>
  rows.map(({ name }) => name).filter((name) => name.includes(":"));
/** What the shell would be told. */
const isWell = (rows: readonly HealthCheck[]) => rows.every(({ ok, isOptional }) => ok || isOptional);

describe("where all is well", () => {
  test("each permission is tried, in the smallest group, and changes nothing", async () => {
    const rows = await check();
    expect(rows.filter(({ ok }) => !ok)).toEqual([]);
    expect(rowOf(rows, "cloudwatch region")?.detail).toBe(`us-east-1, at ${peer.endpoint}`);
    expect(rowOf(rows, "sts:GetCallerIdentity")?.detail).toContain("user/on-call (account 123456789012)");
    expect(rowOf(rows, "logs:DescribeLogGroups")?.detail).toBe("2 log groups");
    expect(rowOf(rows, "logs:FilterLogEvents")?.detail).toBe(GROUP);
    const made = new Set(peer.calls.map(({ operation }) => operation));
    expect(made).toEqual(new Set(namesOf(rows).map((name) => name.split(":")[1])));
    expect([...made].filter((name) => /^(?:Put|Create|Delete|Update|Tag|Associate)/.test(name))).toEqual([]);
  });

  test("the query is of a second and a row, and no Live Tail session is opened", async () => {
    await check();
    const inputs = (name: string) =>
      peer.calls.filter(({ operation }) => operation === name).map((c) => c.input);
    expect(inputs("StartQuery")).toEqual([
      expect.objectContaining({
        logGroupNames: [GROUP],
        limit: 1,
        startTime: T / 1000 - 1,
        endTime: T / 1000,
      }),
    ]);
    expect(inputs("StopQuery")).toHaveLength(1);
    expect(inputs("StartLiveTail")).toMatchObject([
      { logGroupIdentifiers: [expect.stringMatching(/:log-group:\/shop\/checkout-logai-doctor$/)] },
    ]);
    expect(peer.liveTails()).toEqual([]);
  });

  test("a source that reads linked accounts is checked with them, by ARNs", async () => {
    const rows = await check({ linkedAccounts: true });
    expect(isWell(rows)).toBe(true);
    const [listing] = peer.calls.filter(({ operation }) => operation === "DescribeLogGroups");
    expect(listing?.input).toMatchObject({ includeLinkedAccounts: true });
  });
});

describe("a permission that is missing", () => {
  test("for reading is a fault with its action and what to do", async () => {
    deny("FilterLogEvents");
    const rows = await check();
    expect(isWell(rows)).toBe(false);
    expect(rows.filter(({ ok }) => !ok)).toEqual([
      {
        name: "logs:FilterLogEvents",
        ok: false,
        detail: `Access denied for ${GROUP}. Check AWS permissions: logs:FilterLogEvents is missing.`,
        hint: expect.stringContaining("Allow logs:FilterLogEvents"),
      },
    ]);
  });

  test("for what only adds is told with what does not work without it", async () => {
    deny("StartQuery", "StartLiveTail", "DescribeAlarms");
    const rows = await check();
    expect(isWell(rows)).toBe(true);
    const missing = rows.filter(({ ok }) => !ok);
    expect(missing.map(({ name }) => name)).toEqual([
      "logs:StartQuery",
      "logs:StartLiveTail",
      "cloudwatch:DescribeAlarms",
    ]);
    for (const { detail, isOptional } of missing) {
      expect(detail).toMatch(/^missing; .{20}/);
      expect(isOptional).toBe(true);
    }
    expect(missing.map(({ hint }) => hint !== undefined)).toEqual([false, false, true]);
    // Without a query of its own it asks for one that there is not.
    expect(rowOf(rows, "logs:GetQueryResults")).toMatchObject({ ok: true });
  });

  test("to stop queries is seen, though the query has ended by itself", async () => {
    deny("StopQuery");
    expect(rowOf(await check(), "logs:StopQuery")).toMatchObject({ ok: false, isOptional: true });
  });

  test("for some groups only is no fault", async () => {
    const when = (input: unknown) => JSON.stringify(input).includes(GROUP);
    peer.setFaults({
      plan: [{ operation: "FilterLogEvents", when, effect: accessDenied({ operation: "FilterLogEvents" }) }],
    });
    expect(rowOf(await check(), "logs:FilterLogEvents")).toEqual({
      name: "logs:FilterLogEvents",
      ok: true,
      detail: "/shop/big, but not 1 smaller",
    });
  });

  test("by an explicit deny is told so", async () => {
    const effect = accessDenied({ operation: "StartQuery", isExplicit: true });
    peer.setFaults({ plan: [{ operation: "StartQuery", effect }] });
    const row = rowOf(await check(), "logs:StartQuery");
    expect(row?.detail).toMatch(/^forbidden by an identity-based policy; nothing is counted/);
  });

  test("to list groups leaves to be tried what needs none", async () => {
    deny("DescribeLogGroups");
    const rows = await check();
    expect(isWell(rows)).toBe(false);
    expect(rowOf(rows, "logs:DescribeLogGroups")).toMatchObject({ ok: false });
    expect(rowOf(rows, "logs:FilterLogEvents")?.detail).toMatch(/^not tested: no log group/);
    expect(rowOf(rows, "cloudwatch:DescribeAlarms")).toMatchObject({ ok: true });
  });
});

describe("what stands in the way of all is told once, with what to do", () => {
  const only = (rows: readonly HealthCheck[]) => {
    const [place, fault, ...more] = rows;
    expect(place).toMatchObject({ name: "cloudwatch region", ok: true });
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ name: "cloudwatch", ok: false });
    expect(isWell(rows)).toBe(false);
    return { detail: fault?.detail ?? "", hint: fault?.hint ?? "" };
  };

  test("expired credentials", async () => {
    peer.setFaults({ plan: [{ effect: EXPIRED_TOKEN }] });
    const { detail, hint } = only(await check());
    expect(detail).toMatch(/credentials have expired/);
    expect(hint).toContain("aws sso login");
  });

  test("a key that AWS does not know", async () => {
    peer.setFaults({ plan: [{ effect: UNRECOGNIZED_CLIENT }] });
    expect(only(await check()).detail).toContain("does not know the access key");
  });

  test("no credentials", async () => {
    const credentials = async () => {
      throw Object.assign(new Error("Could not load credentials from any providers"), {
        name: "CredentialsProviderError",
      });
    };
    const { detail, hint } = only(await check({ access: { endpoint: peer.endpoint, credentials } }));
    expect(detail).toBe("No AWS credentials were found.");
    expect(hint).toMatch(/AWS_ACCESS_KEY_ID.*aws sso login/);
  });

  test("an endpoint of another region", async () => {
    const { detail, hint } = only(await check({ region: "eu-west-1" }));
    expect(detail).toContain("the endpoint is of another region than eu-west-1");
    expect(hint).toContain("--region");
  });

  test("nothing at the endpoint's address", async () => {
    const { endpoint } = peer;
    await peer.close();
    const credentials = { accessKeyId: "A", secretAccessKey: "s" };
    const { detail, hint } = only(await check({ access: { endpoint, credentials } }));
    expect(detail).toMatch(/cannot be reached: nothing listens at 127\.0\.0\.1/);
    expect(hint).toContain("AWS_ENDPOINT_URL");
  });

  test("no answer in time, whatever it is that hangs", async () => {
    peer.setFaults({ latencyMs: 60_000 });
    const slow = only(await check({ patience: 100 }));
    expect(slow.detail).toBe("No answer to DescribeLogGroups within 0.1 s.");
    expect(slow.hint).toContain("com.amazonaws.us-east-1.logs");
    const credentials = () => new Promise<never>(() => {});
    const hung = await check({ patience: 100, access: { endpoint: peer.endpoint, credentials } });
    expect(only(hung).detail).toContain("No answer");
  });

  test("no region, and none that could be one", async () => {
    const source = (region: string | undefined) =>
      createCloudWatchSource({
        region,
        zone: ZONE,
        now: () => T,
        env: {},
        access: { endpoint: peer.endpoint, credentials: { accessKeyId: "A", secretAccessKey: "s" } },
      });
    expect(await source("us_east").checkHealth(signal)).toEqual([
      {
        name: "cloudwatch",
        ok: false,
        detail: "'us_east' is not the name of an AWS region.",
        hint: expect.stringContaining("--region"),
      },
    ]);
  });
});

test("who you are may stay unknown", async () => {
  peer.setFaults({ plan: [{ operation: "GetCallerIdentity", effect: { kind: "latency", ms: 60_000 } }] });
  const rows = await check({ patience: 400 });
  expect(isWell(rows)).toBe(true);
  expect(rows.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(["sts:GetCallerIdentity"]);
});

test("a service beside the logs that there is no way to is told once", async () => {
  const operations = ["DescribeAlarms", "DescribeAlarmHistory", "GetMetricData", "ListMetrics"];
  const effect = { kind: "latency", ms: 60_000 } as const;
  peer.setFaults({ plan: operations.map((operation) => ({ operation, effect })) });
  const rows = await check({ patience: 400 });
  expect(isWell(rows)).toBe(true);
  expect(rows.filter(({ ok }) => !ok)).toEqual([
    expect.objectContaining({ name: "cloudwatch:*", isOptional: true, hint: expect.any(String) }),
  ]);
});

test("where there is no group, that is said, and no fault is seen in it", async () => {
  await peer.close();
  peer = await startCloudWatch({ clock: () => T });
  const rows = await check();
  expect(isWell(rows)).toBe(true);
  expect(rowOf(rows, "logs:DescribeLogGroups")).toMatchObject({
    ok: true,
    detail: "no log groups",
    hint: expect.stringContaining("--region"),
  });
  expect(rowOf(rows, "logs:FilterLogEvents")?.detail).toMatch(/^not tested: /);
});

test("groups of the delivery class are left alone, others than standard ones are queried", async () => {
  await peer.close();
  peer = await startCloudWatch({ clock: () => T });
  peer.addGroup({ name: "/out", class: "DELIVERY", creationTime: T - 86_400_000 });
  peer.addGroup({ name: "/rare", class: "INFREQUENT_ACCESS", storedBytes: 5, creationTime: T - 86_400_000 });
  const rows = await check();
  expect(rowOf(rows, "logs:StartQuery")?.detail).toContain("/rare");
  expect(rowOf(rows, "logs:FilterLogEvents")?.detail).toBe(
    "not tested: no log group of the Standard class is known here.",
  );
});

test("an interrupt ends all checks", async () => {
  const controller = new AbortController();
  peer.setFaults({ latencyMs: 60_000 });
  const checking = check({ signal: controller.signal });
  controller.abort();
  await expect(checking).rejects.toMatchObject({ code: "interrupted" });
});

test("the policies of the manual allow exactly what is tried here", async () => {
  const manual = readFileSync(new URL("../../docs/cloudwatch.md", import.meta.url), "utf8");
  const policies = [...manual.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = ""]) => JSON.parse(text));
  const actions = policies.map(({ Statement }) =>
    Statement.flatMap(({ Action }: { Action: string[] }) => Action).toSorted(),
  );
  const rows = await check();
  const essential = rows.filter(({ isOptional }) => !isOptional);
  expect(actions).toEqual([namesOf(rows).toSorted(), namesOf(essential).toSorted()]);
});
