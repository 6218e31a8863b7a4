import { rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { builtProgram, makeFolder, run } from "./program.ts";

const home = makeFolder();
const END = Date.UTC(2026, 2, 12, 6);
const METRIC = { namespace: "Shop", name: "Errors" };
let peer: CloudWatchPeer;

beforeAll(async () => {
  await builtProgram();
  peer = await startCloudWatch();
  peer.addGroup({ name: "/shop/checkout", creationTime: END - 86_400_000 });
  peer.addEvents("/shop/checkout", "web", [{ timestamp: END - 600_000, message: "ERROR payment failed" }]);
  peer.addMetricFilter({ group: "/shop/checkout", pattern: "ERROR", metric: METRIC });
  peer.addAlarm({
    name: "checkout-errors",
    state: "ALARM",
    changed: END - 540_000,
    watches: { metric: METRIC, statistic: "Sum", threshold: 0 },
  });
}, 60_000);
beforeEach(() => peer.setFaults({}));
afterAll(async () => {
  await peer.close();
  rmSync(home, { recursive: true, force: true });
});

const ask = (question: string) =>
  run(["ask", question], {
    home,
    env: {
      AWS_REGION: peer.region,
      AWS_ENDPOINT_URL: peer.endpoint,
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      LOGAI_LLM_PROVIDER: "offline",
    },
  });

function deny(...operations: readonly string[]): void {
  const effect = { kind: "error", code: "AccessDeniedException" } as const;
  peer.setFaults({ plan: operations.map((operation) => ({ operation, effect })) });
}

test("an answer from alarms alone is one, also where no log group may be listed", async () => {
  deny("DescribeLogGroups", "ListLogGroups", "FilterLogEvents");
  const { code, stdout } = await ask("any alarms?");
  expect(stdout).toContain("1 alarm is in ALARM");
  expect(code).toBe(0);
});

test("alarms do not make an answer of logs that were refused, and refused alarms make none", async () => {
  deny("FilterLogEvents");
  const blind = await ask("errors in checkout in the last hour");
  expect(blind.stdout).toContain("Nothing could be read");
  expect(blind.stdout).toContain("checkout-errors");
  expect(blind.code).toBe(1);
  deny("DescribeAlarms");
  expect(await ask("any alarms?")).toMatchObject({ code: 1 });
  const sighted = await ask("errors in checkout in the last hour");
  expect(sighted.stdout).toContain("payment failed");
  expect(sighted.stdout).toContain("`list_alarms` failed: Access denied");
  expect(sighted.code).toBe(0);
});
