import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { builtProgram, makeFolder, run } from "./program.ts";

const home = makeFolder();
const START = Date.UTC(2026, 2, 12, 5);
const GROUP = "/shop/checkout";
const HOST =
  "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/";
let peer: CloudWatchPeer;

beforeAll(async () => {
  await builtProgram();
  peer = await startCloudWatch({ region: "eu-central-1" });
  peer.addGroup({ name: GROUP, creationTime: START - 86_400_000 });
  peer.addEvents(
    GROUP,
    "web/[1]",
    Array.from({ length: 40 }, (_, at) => ({
      timestamp: START + at * 60_000,
      message:
        at % 8 === 7
          ? `ERROR payment ${at} failed, see [help](https://evil.example/${at}) \u202e`
          : `INFO order ${at} placed`,
    })),
  );
}, 60_000);
afterAll(async () => {
  await peer.close();
  rmSync(home, { recursive: true, force: true });
});

const ask = (args: readonly string[]) =>
  run(["ask", "what failed?", "--since", "1h", ...args], {
    home,
    env: {
      AWS_REGION: "eu-central-1",
      AWS_ENDPOINT_URL: peer.endpoint,
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      LOGAI_LLM_PROVIDER: "offline",
    },
  });

test("an answer about CloudWatch leads to the very place in the console", async () => {
  const { code, stdout } = await ask(["--json"]);
  expect(code).toBe(0);
  const { citations, ledger } = JSON.parse(stdout);
  const events = citations.filter(({ kind }: { kind: string }) => kind === "event");
  expect(events.length).toBeGreaterThan(0);
  for (const { link, timestamp } of events) {
    const at = Date.parse(timestamp);
    const place = `${HOST}log-group/$252Fshop$252Fcheckout/log-events/web$252F$255B1$255D`;
    expect(link).toContain(`${place}$3Fstart$3D${at - 60_000}$26end$3D${at + 60_000}$26refEventId$3D`);
  }
  const window = `$26start$3D${START}$26end$3D${START + 3_600_000}`;
  expect(ledger[0].link).toContain(window);
});

test("an answer in text names the addresses below its ledger, each whole on its line", async () => {
  const { stdout } = await ask([]);
  const lines = stdout.split("\n");
  const at = lines.findIndex((line) => /^. Console:$/.test(line));
  expect(at).toBeGreaterThan(lines.findIndex((line) => line.includes("Looked at:")));
  const addresses = lines.slice(at + 1).filter((line) => line !== "");
  expect(addresses.length).toBeLessThanOrEqual(4);
  for (const line of addresses)
    expect(line).toMatch(/^ {2}(\[e\d+\]|\/shop\/checkout, the window:) https:\/\/[\w\-.$:/?#=]+$/);
  expect(addresses.at(-1)).toContain("the window");
});

test("an answer in Markdown has them as links", async () => {
  const { stdout } = await ask(["--format", "markdown"]);
  const [item = ""] = /^- Console: .*$/m.exec(stdout) ?? [];
  expect(item).toMatch(/\[e\d+\]\(<https:\/\/eu-central-1\.console\.aws\.amazon\.com\/[\w\-.$:/?#=]+>\)/);
  expect(item).not.toContain("evil");
  expect(item).toContain("[/shop/checkout, the window](<https://");
});
