import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { type CloudShop, NOW, openCloudShop } from "./cloud-shop.ts";
import { makeFolder, run } from "./program.ts";

const CHECKOUT = "/ecs/checkout-api";
const KEYS = { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "secret" };

let shop: CloudShop;
let west: CloudWatchPeer;
let home: string;

beforeAll(async () => {
  shop = await openCloudShop();
  west = await startCloudWatch({ region: "eu-west-1" });
  west.addGroup({ name: CHECKOUT });
  west.addEvents(CHECKOUT, "s", [{ timestamp: NOW - 60_000, message: "ERROR in the west" }]);
}, 60_000);
afterAll(async () => {
  await west.close();
  await shop.close();
});
beforeEach(() => {
  home = makeFolder();
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** What somebody has in ~/.aws/config, with sections that this program does not know. */
function writeAwsConfig(): void {
  const vend = `console.log(JSON.stringify({Version:1,AccessKeyId:'AKIDPROCESS',SecretAccessKey:'s'}))`;
  mkdirSync(join(home, ".aws"), { recursive: true });
  writeFileSync(
    join(home, ".aws/config"),
    `[plugins]
cli_legacy = something
[weird section]
x = y

[profile east]
region = us-east-1
endpoint_url = ${shop.peer.endpoint}
aws_access_key_id = AKIDEAST
aws_secret_access_key = secret

[profile west]
region = eu-west-1
services = in-the-west
endpoint_url = http://127.0.0.1:9
aws_access_key_id = AKIDWEST
aws_secret_access_key = secret

[services in-the-west]
cloudwatch_logs =
  endpoint_url = ${west.endpoint}

[profile vended]
region = us-east-1
endpoint_url = ${shop.peer.endpoint}
credential_process = "${process.execPath}" -e "${vend}"

[profile broken]
region = us-east-1
endpoint_url = ${shop.peer.endpoint}
credential_process = "${process.execPath}" --no-such-option hunter2
`,
  );
}

/** With nothing of AWS in the environment but this. */
const logai = (args: readonly string[], env: Record<string, string> = {}) =>
  run(args, { home, env: { LOGAI_LLM_PROVIDER: "offline", AWS_EC2_METADATA_DISABLED: "true", ...env } });
const endpoint = () => ({ AWS_ENDPOINT_URL: shop.peer.endpoint });
const lastKey = (peer: CloudWatchPeer) => peer.calls.at(-1)?.accessKeyId;

describe("AWS's environment", () => {
  test("is enough, with nothing on stderr", async () => {
    const { code, stdout, stderr } = await logai(["groups"], {
      ...KEYS,
      ...endpoint(),
      AWS_REGION: "us-east-1",
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(CHECKOUT);
    expect(lastKey(shop.peer)).toBe("AKIDENV");
  });

  test("may have AWS_DEFAULT_REGION alone", async () => {
    const { code } = await logai(["groups"], { ...KEYS, ...endpoint(), AWS_DEFAULT_REGION: "us-east-1" });
    expect(code).toBe(0);
  });

  test.each([
    ["no region", {}, "No AWS region is set.", "Give --region"],
    [
      "a region that is none",
      { AWS_REGION: "nowhere" },
      "'nowhere' is not the name of an AWS region.",
      "--region",
    ],
  ])("with %s is told what to set", async (_name, region, message, hint) => {
    const { code, stdout, stderr } = await logai(["groups"], { ...KEYS, ...endpoint(), ...region });
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain(`Error: ${message}\n`);
    expect(stderr).toContain(hint);
    expect(stderr.trimEnd().split("\n")).toHaveLength(2);
  });

  test("without keys is told where they were looked for", async () => {
    const { code, stderr } = await logai(["groups"], { ...endpoint(), AWS_REGION: "us-east-1" });
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^Error: No AWS credentials were found\.\n {2}Looked at: AWS_ACCESS_KEY_ID, .*aws sso login/,
    );
  });
});

describe("a profile", () => {
  beforeEach(writeAwsConfig);

  test.each([
    ["east", "AKIDEAST", "auth-service-prod"],
    ["vended", "AKIDPROCESS", "auth-service-prod"],
  ])("%s leads to its address with its keys", async (profile, key, group) => {
    for (const [args, env] of [
      [["groups", "--profile", profile], {}],
      [["groups"], { AWS_PROFILE: profile }],
    ] as const) {
      const { code, stdout, stderr } = await logai(args, { ...env, LOGAI_CACHE_ENABLED: "false" });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain(group);
      expect(lastKey(shop.peer)).toBe(key);
    }
  });

  test.each([
    ["as an option", ["groups", "--profile", "west"], {}],
    ["in the environment", ["groups"], { AWS_PROFILE: "west" }],
  ])("leads to the address that its services section names, %s", async (_name, args, env) => {
    const { code, stdout, stderr } = await logai(args, env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(CHECKOUT);
    expect(stdout).not.toContain("auth-service-prod");
    expect(lastKey(west)).toBe("AKIDWEST");
  });

  test("goes before keys in the environment, without a word of the SDK on stderr", async () => {
    const { code, stderr } = await logai(["groups"], { AWS_PROFILE: "east", ...KEYS });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lastKey(shop.peer)).toBe("AKIDEAST");
  });

  test("that is missing is told, with those that there are", async () => {
    const { code, stdout, stderr } = await logai(["groups", "--profile", "missing"]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("there is no such profile in ~/.aws; there are broken, east, vended, west.");
    const withRegion = await logai(["groups", "--profile", "missing", "--region", "us-east-1"], endpoint());
    expect(withRegion.code).toBe(3);
    expect(withRegion.stderr).toContain(
      "No AWS credentials were found for profile 'missing': there is no such profile",
    );
  });

  test("whose credential_process fails is told, and nothing of its command", async () => {
    const { code, stdout, stderr } = await logai(["groups", "--profile", "broken"]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("for profile 'broken': its credential_process failed, or gave none.");
    expect(stderr).not.toContain("hunter2");
  });

  test("is what doctor goes by", async () => {
    const { stdout } = await logai(["doctor", "--profile", "east"]);
    expect(stdout).toMatch(/region +us-east-1, profile east, at http:\/\/127\.0\.0\.1/);
  });
});

describe("two accounts or regions as two sources", () => {
  beforeEach(() => {
    writeAwsConfig();
    mkdirSync(join(home, ".logai"));
    writeFileSync(
      join(home, ".logai/config.yaml"),
      `data_sources:
  prod: {type: cloudwatch, config: {profile: east}}
  dr: {type: cloudwatch, config: {profile: west}}
`,
    );
  });

  test("have groups whose names say where they are", async () => {
    const { code, stdout, stderr } = await logai(["groups"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const names = stdout.split("\n").map((line) => line.split(" ")[0]);
    expect(names).toContain(`prod:${CHECKOUT}`);
    expect(names).toContain(`dr:${CHECKOUT}`);
  });

  test("are read by the full name, and the bare one is not guessed", async () => {
    const full = await logai(["logs", `dr:${CHECKOUT}`, "--since", "1h"]);
    expect(full.code).toBe(0);
    expect(full.stdout).toContain("in the west");
    expect(full.stdout.trimEnd().split("\n")).toHaveLength(1);
    const bare = await logai(["logs", CHECKOUT, "--since", "1h"]);
    expect(bare.code).toBe(1);
    expect(bare.stderr).toContain(`'${CHECKOUT}' could be`);
    expect(bare.stderr).toContain("Use the full name.");
  });

  test("are read side by side for one question, each line with its place", async () => {
    const { code, stdout } = await logai(["ask", "errors of checkout-api in the last hour", "--json"]);
    expect(code).toBe(0);
    const { answer, check, ledger } = JSON.parse(stdout);
    const { errorsLastHour } = shop.truth(CHECKOUT);
    expect(answer).toContain(`\`prod:${CHECKOUT}\`: ${errorsLastHour} errors`);
    expect(answer).toContain(`\`dr:${CHECKOUT}\`: 1 error`);
    expect(check.unverified).toEqual([]);
    expect(ledger.flatMap(({ groups }: { groups: string[] }) => groups).sort()).toEqual([
      `dr:${CHECKOUT}`,
      `prod:${CHECKOUT}`,
    ]);
  });
});

describe("files that are here", () => {
  test.each(["app.log", "./app.log"])(
    "are read as %s where AWS is set up too, and is not asked",
    async (name) => {
      writeFileSync(join(home, "app.log"), "2026-01-01T00:00:00Z ERROR here\n");
      const before = shop.peer.calls.length;
      const env = { ...KEYS, AWS_REGION: "us-east-1", AWS_ENDPOINT_URL: shop.peer.endpoint };
      const { code, stdout } = await run(["logs", name], { home, env });
      expect({ code, stdout }).toEqual({ code: 0, stdout: "2026-01-01T00:00:00.000Z ERROR  here\n" });
      expect(shop.peer.calls.length).toBe(before);
    },
  );

  test("are missed by a path that is none", async () => {
    const env = { ...KEYS, AWS_REGION: "us-east-1", AWS_ENDPOINT_URL: shop.peer.endpoint };
    const { code, stderr } = await run(["logs", "./nope.log"], { home, env });
    expect(code).toBe(1);
    expect(stderr).toContain("No such file or folder: ./nope.log");
  });
});
