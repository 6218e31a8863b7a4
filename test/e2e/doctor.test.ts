import { rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { accessDenied } from "../peers/cloudwatch-errors.ts";
import { builtProgram, makeFolder, run } from "./program.ts";

const home = makeFolder();
let peer: CloudWatchPeer;

beforeAll(async () => {
  await builtProgram();
  peer = await startCloudWatch();
  peer.addGroup({ name: "/shop/checkout", creationTime: Date.now() - 86_400_000 });
}, 60_000);
beforeEach(() => peer.setFaults({}));
afterAll(async () => {
  await peer.close();
  rmSync(home, { recursive: true, force: true });
});

const doctor = (...args: readonly string[]) =>
  run(["doctor", ...args], {
    home,
    env: {
      AWS_REGION: peer.region,
      AWS_ENDPOINT_URL: peer.endpoint,
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
    },
  });

function deny(operation: string): void {
  peer.setFaults({ plan: [{ operation, effect: accessDenied({ operation }) }] });
}

test("what only adds is a warning, with what does not work without it", async () => {
  deny("StartLiveTail");
  const { code, stdout } = await doctor();
  expect(code).toBe(0);
  expect(stdout).toMatch(/^warn +logs:StartLiveTail +missing; following looks for new events every 2 s\.$/m);
  expect(stdout).toMatch(/^ok +logs:FilterLogEvents +\/shop\/checkout$/m);
  const { stdout: json } = await doctor("--json");
  const rows = json
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows.filter(({ ok }) => !ok)).toMatchObject([{ name: "logs:StartLiveTail", isOptional: true }]);
});

test("what reading takes is a fault, and the exit code says so", async () => {
  deny("FilterLogEvents");
  const { code, stdout } = await doctor();
  expect(code).toBe(3);
  expect(stdout).toMatch(/^FAIL +logs:FilterLogEvents +Access denied.*\n +.*Allow logs:FilterLogEvents/m);
});
