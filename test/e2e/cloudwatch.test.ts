import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type RawServer, startRawServer, stream, textEvents, toolEvents } from "../peers/anthropic-raw.ts";
import { accessDenied, THROTTLED } from "../peers/cloudwatch-errors.ts";
import type { Effect } from "../peers/cloudwatch-faults.ts";
import { AUTH, type CloudShop, openCloudShop, RARE, USERS } from "./cloud-shop.ts";
import { makeFolder, type Ran } from "./program.ts";

const ERRORS = "Show me errors from the auth-service in the last hour";
const COMPARE = "Compare error rates between auth-service and user-service over the last 24 hours";

let shop: CloudShop;

beforeAll(async () => {
  shop = await openCloudShop();
}, 60_000);
afterAll(() => shop.close());
afterEach(() => shop.peer.setFaults({}));

describe("the offline analyst", () => {
  test("shows the errors of a service, right to the event", async () => {
    const { code, stdout, stderr } = await shop.logai(["ask", ERRORS]);
    expect(code).toBe(0);
    const { errorsLastHour } = shop.truth(AUTH);
    expect(stdout).toContain(`${errorsLastHour} errors`);
    expect(stdout).toContain("access denied by key policy");
    expect(stdout).toContain("Window: 2026-03-12 05:00 to 06:00 UTC (1h)");
    expect(stdout).toContain(`Looked at: ${AUTH} (cloudwatch)`);
    expect(stdout).toContain("all verified");
    expect(stdout).not.toMatch(/@example\.com|203\.0\.113/);
    expect(stderr).toMatch(/^read \S+: [\d,]+ events, \d+\.\d s\nSession .*\n$/);
  });

  test("compares the error rates of two services", async () => {
    const { code, stdout } = await shop.logai(["ask", COMPARE, "--json"]);
    expect(code).toBe(0);
    const { answer, check, ledger } = JSON.parse(stdout);
    for (const group of [AUTH, USERS])
      expect(answer.replaceAll("*", "")).toMatch(
        new RegExp(`${group}.*\\b${shop.truth(group).errorsLastDay}\\b`),
      );
    expect(answer).toMatch(/highest error rate: 0\.\d\d%/);
    expect(check.unverified).toEqual([]);
    expect(ledger.flatMap(({ groups }: { groups: string[] }) => groups).sort()).toEqual([AUTH, USERS]);
  });

  test("says how many calls were refused for their rate", async () => {
    shop.peer.setFaults({ plan: [{ operation: "FilterLogEvents", effect: THROTTLED, times: 2 }] });
    const { code, stdout } = await shop.logai(["ask", ERRORS]);
    expect(code).toBe(0);
    expect(stdout).toContain(`${shop.truth(AUTH).errorsLastHour} errors`);
    expect(stdout.replace(/\s+/g, " ")).toContain(
      "CloudWatch refused 2 calls for their rate; all were repeated.",
    );
  });

  test("never takes a group that may not be read for one without errors", async () => {
    const operation = "FilterLogEvents";
    shop.peer.setFaults({ plan: [{ operation, effect: accessDenied({ operation }) }] });
    const { code, stdout } = await shop.logai(["ask", ERRORS]);
    expect(code).toBe(1);
    expect(stdout.replace(/\s+/g, " ")).toContain("logs:FilterLogEvents is missing");
    expect(stdout).not.toMatch(/no errors/i);
  });
});

describe("a language model", () => {
  const within = { start_time: "1h ago", end_time: "now" };
  let model: RawServer | undefined;

  afterEach(async () => {
    await model?.close();
    model = undefined;
  });

  const askModel = async (
    question: string,
    replies: Parameters<typeof startRawServer>[0],
    more: string[] = [],
  ) => {
    model = await startRawServer(replies);
    const env = {
      LOGAI_LLM_PROVIDER: "anthropic",
      ANTHROPIC_API_KEY: "sk-ant-test-0123456789abcdef",
      LOGAI_LLM_BASE_URL: model.baseUrl,
    };
    return shop.logai(["ask", question, ...more], { env });
  };
  const call = (name: string, input: object) => ({
    id: `toolu_${name}_${JSON.stringify(input).length}`,
    name,
    input,
  });

  test("finds the group, reads its errors, and its numbers hold", async () => {
    const { errorsLastHour } = shop.truth(AUTH);
    const { code, stdout } = await askModel(ERRORS, [
      stream(toolEvents([call("list_log_groups", { prefix: "/aws/lambda" })])),
      stream(toolEvents([call("fetch_logs", { log_group: AUTH, filter_pattern: "ERROR", ...within })])),
      stream(textEvents(`The auth-service logged ${errorsLastHour} errors in the last hour [q2].`)),
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain(`logged ${errorsLastHour} errors in the last hour [q2]`);
    expect(stdout).toContain("all verified");
    expect(model?.bodies.at(1)).toContain(AUTH);
    expect(model?.bodies.at(2)).toContain("access denied by key policy");
    expect(model?.bodies.join("")).not.toMatch(/@example\.com|203\.0\.113/);
  });

  test("is caught where a number is not what was read", async () => {
    const wrong = shop.truth(AUTH).errorsLastHour + 1;
    const { code, stdout } = await askModel(
      ERRORS,
      [
        stream(toolEvents([call("fetch_logs", { log_group: AUTH, filter_pattern: "ERROR", ...within })])),
        stream(textEvents(`The auth-service logged ${wrong} errors in the last hour [q1].`)),
      ],
      ["--json"],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).check.unverified).toHaveLength(1);
  });

  test("compares two services by calls side by side", async () => {
    const [auth, users] = [shop.truth(AUTH), shop.truth(USERS)];
    const day = { start_time: "24h ago", end_time: "now", group_by: "level" };
    const { code, stdout } = await askModel(
      COMPARE,
      [
        stream(
          toolEvents([
            call("get_log_statistics", { log_group: AUTH, ...day }),
            call("get_log_statistics", { log_group: USERS, ...day, limit: 1 }),
          ]),
        ),
        stream(
          textEvents(
            `auth-service had ${auth.errorsLastDay} errors [q1], user-service ${users.errorsLastDay} errors [q2].`,
          ),
        ),
      ],
      ["--json"],
    );
    expect(code).toBe(0);
    const { check, ledger } = JSON.parse(stdout);
    expect(check.unverified).toEqual([]);
    expect(ledger.map(({ groups }: { groups: string[] }) => groups)).toEqual([[AUTH], [USERS]]);
  });
});

/** Runs the program and interrupts it as soon as it has come so far. */
async function interrupt(args: readonly string[], isTime: () => boolean): Promise<Ran> {
  let child: ChildProcess | undefined;
  const watch = setInterval(() => {
    if (!isTime()) return;
    clearInterval(watch);
    child?.kill("SIGINT");
  }, 5);
  const ran = await shop.logai(args, {
    onStart: (started) => {
      child = started;
    },
  });
  clearInterval(watch);
  return ran;
}

describe("Ctrl-C", () => {
  const counter = () => {
    const from = shop.peer.calls.length;
    return (operation: string) =>
      shop.peer.calls.slice(from).filter((call) => call.operation === operation).length;
  };

  // An answer that takes a minute is longer than a test may.
  test.each([
    ["logs", ["logs", AUTH, "--since", "24h", "--all"]],
    ["stats", ["stats", AUTH, "--since", "24h"]],
    ["ask", ["ask", "errors in auth-service in the last 24 hours"]],
  ])("ends %s in the middle of a slow fetch", async (_name, args) => {
    const effect: Effect = { kind: "latency", ms: 60_000 };
    shop.peer.setFaults({
      paging: { maxEvents: 50 },
      plan: [{ operation: "FilterLogEvents", after: 3, effect }],
    });
    const count = counter();
    const { code, stderr } = await interrupt(args, () => count("FilterLogEvents") > 3);
    expect(code).toBe(130);
    expect(stderr).not.toMatch(/Error|\n\s+at /);
  });

  test.each([
    ["logs", ["logs", RARE, "--since", "1h"]],
    ["stats", ["stats", RARE, "--since", "1h"]],
    ["ask", ["ask", `errors in ${RARE} in the last hour`]],
  ])("ends %s in the middle of a slow query, and the query with it", async (_name, args) => {
    shop.peer.setFaults({ paging: { queryPolls: Number.MAX_SAFE_INTEGER } });
    const count = counter();
    const { code } = await interrupt(args, () => count("GetQueryResults") > 1);
    expect(code).toBe(130);
    expect(count("StartQuery")).toBe(1);
    expect(count("StopQuery")).toBe(1);
  });
});

describe("a budget of nothing", () => {
  test.each([
    ["logs", ["logs", RARE, "--since", "1h"]],
    ["stats", ["stats", RARE, "--since", "1h"]],
    ["ask", ["ask", `errors in ${RARE} in the last hour`]],
  ])("lets %s scan nothing that is billed", async (_name, args) => {
    const from = shop.peer.calls.length;
    const { code, stderr } = await shop.logai([...args, "--max-scan-cost", "0"]);
    expect(code).toBe(4);
    expect(stderr).toContain("was not run: the limit for scans is $0.");
    expect(shop.peer.calls.slice(from).map(({ operation }) => operation)).not.toContain("StartQuery");
  });

  test("is raised by a yes", async () => {
    const { code, stdout, stderr } = await shop.logai([
      "logs",
      RARE,
      "--since",
      "1h",
      "--max-scan-cost",
      "0",
      "--yes",
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain("audit trail broken");
    expect(stderr).toContain("Scanned by 1 billed query");
  });
});

describe("the commands", () => {
  test("groups lists all, with sizes and what is peculiar", async () => {
    const { code, stdout, stderr } = await shop.logai(["groups"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toHaveLength(1 + 6);
    expect(stdout).toMatch(/auth-service-prod +[\d.]+ MB +30 days +2026-03-12 05:59/);
    expect(stdout).toMatch(/report-export-prod .*no streams/);
    expect(stdout).toMatch(/\/archive\/audit .*Infrequent Access/);
  });

  test("groups says how old its list is, where it was not made now", async () => {
    const home = makeFolder();
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    const first = await shop.logai(["groups"], { home });
    const second = await shop.logai(["groups"], { home });
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(second).toMatchObject({ code: 0, stdout: first.stdout });
    expect(second.stderr).toMatch(/^Which groups there are comes from the cache, read at .* ago\)\.\n$/);
  });

  test("logs gives the newest, or counts them all", async () => {
    const newest = await shop.logai([
      "logs",
      AUTH,
      "--since",
      "1h",
      "--filter",
      "ERROR",
      "--limit",
      "5",
      "--json",
    ]);
    expect(newest.code).toBe(0);
    const times = newest.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).timestamp);
    expect(times).toHaveLength(5);
    expect(times).toEqual(times.toSorted());
    const counted = await shop.logai(["logs", AUTH, "--since", "24h", "--filter", "ERROR", "--count"]);
    expect(counted).toMatchObject({ code: 0, stdout: `${shop.truth(AUTH).errorsLastDay}\n` });
  });

  test("logs names near groups where there is no such one", async () => {
    const { code, stdout, stderr } = await shop.logai(["logs", "/aws/lambda/auth-servce-prod"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`Log group '/aws/lambda/auth-servce-prod' not found. Did you mean '${AUTH}'`);
  });

  test("stats counts levels, patterns folds them", async () => {
    const { errorsLastHour } = shop.truth(AUTH);
    const stats = await shop.logai(["stats", AUTH, "--since", "1h"]);
    expect(stats.stdout).toMatch(new RegExp(`^error +${errorsLastHour} `, "m"));
    const patterns = await shop.logai(["patterns", AUTH, "--since", "1h", "--compare", "1h"]);
    expect(patterns.code).toBe(0);
    expect(patterns.stdout).toMatch(/new +0 +\d+ +error +Could not read signing key/);
  });

  test("doctor tells who, where and what is allowed", async () => {
    const { code, stdout } = await shop.logai(["doctor"]);
    expect(code).toBe(0);
    expect(stdout).toContain("arn:aws:iam::123456789012:user/on-call (account 123456789012)");
    expect(stdout).toMatch(/region +us-east-1, at http:\/\/127\.0\.0\.1/);
    expect(stdout).toMatch(/^ok +logs:FilterLogEvents /m);
  });

  test("doctor names the permission that is missing, and exits with 3", async () => {
    const operation = "FilterLogEvents";
    shop.peer.setFaults({ plan: [{ operation, effect: accessDenied({ operation }) }] });
    const { code, stdout } = await shop.logai(["doctor"]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^FAIL +logs:FilterLogEvents .*logs:FilterLogEvents is missing\.$/m);
  });

  test("a group that is named is read without the permission to list", async () => {
    const plan = ["DescribeLogGroups", "ListLogGroups"].map((operation) => ({
      operation,
      effect: accessDenied({ operation }),
    }));
    shop.peer.setFaults({ plan });
    const { code, stdout } = await shop.logai([
      "logs",
      AUTH,
      "--since",
      "1h",
      "--filter",
      "ERROR",
      "--count",
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${shop.truth(AUTH).errorsLastHour}\n` });
  });
});
