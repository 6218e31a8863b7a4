import { rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { builtProgram, makeFolder, run } from "./program.ts";

const home = makeFolder();
const NOON = Date.UTC(2026, 2, 12, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const GROUP = "/shop/checkout";
/** Of 30 days, each hour of which held 5 GB. */
const HUGE = 5e9 * 0.15 * 24 * 30;
let peer: CloudWatchPeer;

beforeAll(async () => {
  await builtProgram();
}, 60_000);

beforeEach(async () => {
  peer = await startCloudWatch({ region: "eu-central-1" });
  peer.addGroup({ name: GROUP, creationTime: NOON - 30 * DAY, storedBytes: HUGE });
  const say = (start: number, count: number, text: (index: number) => string) =>
    peer.addEvents(
      GROUP,
      "web",
      Array.from({ length: count }, (_, at) => ({ timestamp: start + at * 1000, message: text(at) })),
    );
  say(NOON - HOUR + 500, 40, (at) => `INFO order ${at} placed`);
  say(NOON - HOUR + 700, 10, (at) => `ERROR payment ${at} failed`);
  say(NOON - 2 * HOUR + 500, 40, (at) => `INFO order ${at} placed`);
  return () => peer.close();
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

const patterns = (...args: readonly string[]) =>
  run(["patterns", GROUP, "--since", String(NOON - HOUR), "--until", String(NOON), ...args], {
    home,
    env: {
      AWS_REGION: "eu-central-1",
      AWS_ENDPOINT_URL: peer.endpoint,
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      LOGAI_NOW: new Date(NOON).toISOString(),
    },
  });

test("templates of what takes minutes to read come from the engine, with what that cost", async () => {
  const { code, stdout, stderr } = await patterns("--max-scan-cost", "1");
  expect(stderr).toContain("Scanned by 1 billed query");
  expect(stderr).toContain("too much here to be read event by event");
  expect(stdout).toContain("2 templates of 50 events");
  expect(stdout).toContain("ERROR payment <*> failed");
  expect(code).toBe(0);
  expect(peer.calls.filter(({ operation }) => operation === "FilterLogEvents")).toEqual([]);
});

test("a comparison tells what is new by the engine's diff", async () => {
  const { stdout } = await patterns("--compare", "1h", "--json", "--max-scan-cost", "1");
  expect(JSON.parse(stdout)).toMatchObject({
    fresh: [{ text: "ERROR payment <*> failed", level: "error", before: 0, now: 10 }],
    changed: [],
    vanished: [],
  });
});

test("a scan above the budget is not made", async () => {
  const { code, stderr } = await patterns("--max-scan-cost", "0.01");
  expect(stderr).toContain("was not run");
  expect(code).toBe(4);
  expect(peer.calls.filter(({ operation }) => operation === "StartQuery")).toEqual([]);
});
