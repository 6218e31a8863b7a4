import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, describe, expect, it } from "vitest";
import { startCloudWatch } from "./cloudwatch.ts";
import { connect, failureOf, T } from "./cloudwatch-client.ts";
import { addShop, continueShop } from "./cloudwatch-shop.ts";

const SCRIPT = fileURLToPath(new URL("./cloudwatch-serve.ts", import.meta.url));
const HOUR = 3_600_000;

const atEnd: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of atEnd.splice(0)) await end();
});

/** Starts the script, and reads what it says until it is ready. */
async function serve(...options: string[]) {
  const child = spawn(process.execPath, [SCRIPT, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  atEnd.push(() => child.kill());
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line.startsWith("AWS_ENDPOINT_URL=")) break;
  }
  const client = connect({ endpoint: lines[0] ?? "", region: "us-east-1" });
  atEnd.push(() => client.destroy());
  return { lines, client };
}

async function countEvents(client: CloudWatchLogsClient, logGroupName: string, more: object = {}) {
  let count = 0;
  for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, ...more }))
    count += events.length;
  return count;
}

describe("a peer in a process of its own", () => {
  it("tells what is in its shop", async () => {
    const { lines, client } = await serve();
    const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({}));
    expect(logGroups.map(({ logGroupName }) => logGroupName)).toEqual([
      "/aws/lambda/auth-service-prod",
      "/aws/lambda/report-export-prod",
      "/aws/lambda/user-service-prod",
      "/aws/rds/cluster/orders/error",
      "/ecs/checkout-api",
    ]);
    const told = lines.slice(1, -1).map((line) => {
      const [, group = "", ...counts] =
        /^(\S+): (\d+) events, (\d+) errors in the last hour, (\d+) in the last 24 hours$/.exec(line) ?? [];
      return [group, ...counts.map(Number)] as const;
    });
    expect(told).toHaveLength(5);
    for (const [group, events, , errorsLastDay = 0] of told) {
      expect(await countEvents(client, group)).toBe(events);
      const errors = await countEvents(client, group, { filterPattern: "ERROR" });
      expect(errors).toBeGreaterThanOrEqual(errorsLastDay);
    }
  });

  it("has one big group, and is as slow and as strict as it is told", async () => {
    const options = ["--events", "3000", "--latency", "1", "--rate", "FilterLogEvents=2"];
    const { lines, client } = await serve("--groups", "big", ...options);
    expect(lines[1]).toBe("/big/app: 3000 events, 15 errors in the last hour, 15 in the last 24 hours");
    expect(await countEvents(client, "/big/app")).toBe(3000);
    expect(await countEvents(client, "/big/app", { filterPattern: "ERROR" })).toBe(15);
    const calls = Array.from({ length: 3 }, () => countEvents(client, "/big/app"));
    expect(await failureOf(Promise.all(calls))).toMatchObject({ name: "ThrottlingException" });
    await Promise.allSettled(calls);
  });
});

describe("the shop", () => {
  it("has the errors that it says it has, most of them in the hour before now, and goes on", async () => {
    const peer = await startCloudWatch({ clock: () => T });
    const client = connect(peer);
    atEnd.push(
      () => client.destroy(),
      () => peer.close(),
    );
    const truth = addShop(peer, { now: T });
    for (const { group, events, errorsLastHour, errorsLastDay } of truth) {
      expect(await countEvents(client, group)).toBe(events);
      expect(await countEvents(client, group, { endTime: T - 26 * HOUR - 1 })).toBe(0);
      const since = (ms: number) => countEvents(client, group, { filterPattern: "ERROR", startTime: T - ms });
      expect([await since(HOUR), await since(24 * HOUR)]).toEqual([errorsLastHour, errorsLastDay]);
    }
    const [auth, , , , empty] = truth;
    expect(auth?.errorsLastHour).toBeGreaterThan(50);
    expect(auth?.errorsLastDay).toBeLessThan(2 * (auth?.errorsLastHour ?? 0));
    expect(empty?.events).toBe(0);
    continueShop(peer, { from: T, to: T + 60_000 });
    const input = { logGroupName: "/ecs/checkout-api", startTime: T };
    const { events = [] } = await client.send(new FilterLogEventsCommand(input));
    expect(events.length).toBeGreaterThan(0);
  });
});
