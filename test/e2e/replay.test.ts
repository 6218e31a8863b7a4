import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { AUTH, type CloudShop, NOW, openCloudShop } from "./cloud-shop.ts";
import { makeFolder, type Ran, type RunOptions, run } from "./program.ts";
import { writeShopLogs } from "./shop-logs.ts";

const ERRORS = "Show me errors from the auth-service in the last hour";

let shop: CloudShop;
let home: string;

beforeAll(async () => {
  shop = await openCloudShop();
}, 60_000);
afterAll(() => shop.close());
beforeEach(() => {
  const folder = makeFolder();
  home = folder;
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

/** Runs the program with a home of the test's own, and tells what it asked the cloud for, be it who it is. */
async function logai(args: readonly string[], options: Partial<RunOptions> = {}) {
  const from = shop.peer.calls.length;
  const ran = await shop.logai(args, { home, ...options });
  return { ...ran, calls: shop.peer.calls.slice(from).map(({ operation }) => operation) };
}
/** As where no cloud is set up: nothing tells where one would be. */
const offline = (args: readonly string[]): Promise<Ran> => run(args, { home });

async function askErrors(options: Partial<RunOptions> = {}): Promise<string> {
  const { code, stderr } = await logai(["ask", ERRORS], options);
  expect(code).toBe(0);
  return /Session (\w{6}): go on/.exec(stderr)?.[1] ?? "";
}

const toolShape = z.object({
  ref: z.string().optional(),
  tool: z.string(),
  input: z.record(z.string(), z.unknown()),
  outcome: z.enum(["same", "different", "not-run"]),
  summary: z.string().optional(),
  reason: z.string().optional(),
  differences: z
    .array(z.object({ path: z.string(), before: z.unknown().optional(), now: z.unknown().optional() }))
    .optional(),
});
const claimShape = z.object({ kind: z.string(), text: z.string(), refs: z.array(z.string()) });
const replayShape = z.object({
  session: z.string(),
  fresh: z.boolean(),
  same: z.number(),
  different: z.number(),
  notRun: z.number(),
  lostAnswers: z.number(),
  questions: z.array(
    z.object({
      number: z.number(),
      question: z.string(),
      tools: z.array(toolShape),
      check: z
        .object({
          holds: z.boolean(),
          checked: z.number(),
          lost: z.array(claimShape),
          unverified: z.array(claimShape),
          uncited: z.number(),
          changed: z.array(z.string()),
          asKept: z.array(z.string()),
        })
        .nullable(),
    }),
  ),
});
const readReplay = ({ stdout }: Ran) => replayShape.parse(JSON.parse(stdout));

describe("a replay without the cloud", () => {
  test("is the same from the cache, and asks nobody, not even who it is", async () => {
    const id = await askErrors();
    expect(shop.peer.calls.map(({ operation }) => operation)).toContain("GetCallerIdentity");
    const there = await logai(["sessions", "replay", id]);
    expect({ code: there.code, calls: there.calls }).toEqual({ code: 0, calls: [] });
    const gone = await offline(["sessions", "replay", id.slice(0, 4)]);
    expect(gone).toEqual({ code: 0, signal: null, stdout: there.stdout, stderr: there.stderr });
    expect(gone.stdout).toContain(`Session ${id}, replayed offline`);
    expect(gone.stdout).toContain(`1. ${ERRORS}`);
    expect(gone.stdout).toMatch(new RegExp(`^same +\\[q2\\] fetch_logs ${AUTH}: [\\d]+ matched`, "m"));
    expect(gone.stdout).toMatch(/The answer holds: \d+ claims checked against the replay/);
    expect(gone.stdout).toMatch(
      /tool calls over local logs and the cache, no source was asked: \d+ the same, 0 different/,
    );
    expect(gone.stdout).not.toContain("DIFFERS");
  });

  test("is the same from entries that have expired, as long as they are there", async () => {
    const env = { LOGAI_CACHE_TTL_HOURS: "0.0001" };
    const id = await askErrors({ env });
    const replay = readReplay(await offline(["sessions", "replay", id, "--json"]));
    expect(replay).toMatchObject({ different: 0, lostAnswers: 0 });
    const read = replay.questions[0]?.tools.filter(({ tool }) => tool === "fetch_logs");
    expect(read?.map(({ outcome }) => outcome)).toContain("same");
    expect(read?.map(({ outcome }) => outcome)).not.toContain("not-run");
  });

  test("runs nothing where the cache was cleared, and says why", async () => {
    const id = await askErrors();
    await logai(["cache", "clear"]);
    const { code, stdout, calls } = await logai(["sessions", "replay", id]);
    expect({ code, calls }).toEqual({ code: 1, calls: [] });
    expect(stdout).toMatch(
      new RegExp(
        `^not run  \\[q2\\] .*\\n +A part of '${AUTH}' is not in the cache, and 'cloudwatch' is not asked\\.$`,
        "m",
      ),
    );
    expect(stdout).toContain("It builds on q2, which was not run again.");
    expect(stdout).toContain("The answer was not checked again: nothing that it cites was run again");
    expect(stdout).toMatch(/0 the same, 0 different, \d+ not\s+run again\n.*--fresh asks it/);
  });

  test("does not look into a cache that is switched off", async () => {
    const id = await askErrors();
    expect((await logai(["sessions", "replay", id, "--no-cache"])).code).toBe(1);
    expect((await logai(["sessions", "replay", id])).code).toBe(0);
  });

  test("goes over questions that were gone on with", async () => {
    const id = await askErrors();
    expect((await logai(["ask", "-c", "what changed in checkout in the last hour?"])).code).toBe(0);
    const replay = readReplay(await offline(["sessions", "replay", id, "--json"]));
    expect(replay.questions.map(({ number }) => number)).toEqual([1, 2]);
    expect(replay).toMatchObject({ session: id, fresh: false, different: 0, lostAnswers: 0 });
    expect(replay.same).toBe(replay.questions.flatMap(({ tools }) => tools).length - replay.notRun);
  });

  test("knows groups of several sources by their full names", async () => {
    writeShopLogs(join(home, "logs"));
    mkdirSync(join(home, ".logai"), { recursive: true });
    const sources = {
      shop: { type: "cloudwatch" },
      files: { type: "local", config: { paths: [join(home, "logs")] } },
    };
    writeFileSync(join(home, ".logai/config.yaml"), JSON.stringify({ data_sources: sources }));
    const { code, stdout } = await logai(["ask", ERRORS, "--json"]);
    expect(code).toBe(0);
    const { session } = JSON.parse(stdout);
    const replay = readReplay(await offline(["sessions", "replay", session, "--json"]));
    const tools = replay.questions[0]?.tools ?? [];
    expect(JSON.stringify(tools)).toContain(`shop:${AUTH}`);
    expect(replay).toMatchObject({ different: 0, lostAnswers: 0 });
    expect(tools.filter(({ outcome }) => outcome === "not-run").map(({ tool }) => tool)).toEqual([
      "list_alarms",
    ]);
  });
});

describe("a replay over the sources", () => {
  test("asks them, whatever the cache holds, and is the same where nothing changed", async () => {
    const id = await askErrors();
    const { calls, ...ran } = await logai(["sessions", "replay", id, "--fresh", "--json"]);
    expect(calls).toContain("FilterLogEvents");
    expect(ran.code).toBe(0);
    expect(readReplay(ran)).toMatchObject({ fresh: true, different: 0, notRun: 0, lostAnswers: 0 });
  });

  test("that are not to be reached runs nothing", async () => {
    const id = await askErrors();
    const env = { AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_MAX_ATTEMPTS: "1" };
    const { code, stdout } = await logai(["sessions", "replay", id, "--fresh"], { env });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^not run/m);
    expect(stdout).not.toContain("--fresh asks it");
  });

  test("tells what changed since, and which claims no longer hold", async () => {
    const id = await askErrors();
    const before = shop.truth(AUTH).errorsLastHour;
    const timestamp = NOW - 20 * 60_000;
    const messages = [1, 2].map((number) => `ERROR new kind of failure number ${number}`);
    shop.peer.addEvents(
      AUTH,
      "late",
      messages.map((message) => ({ timestamp, message })),
    );
    const cached = readReplay(await offline(["sessions", "replay", id, "--json"]));
    expect(cached).toMatchObject({ different: 0, lostAnswers: 0 });
    const told = await logai(["sessions", "replay", id, "--fresh"]);
    expect(told.code).toBe(0);
    expect(told.stdout).toMatch(new RegExp(`^DIFFERS  \\[q2\\] fetch_logs ${AUTH}: .*, now `, "m"));
    expect(told.stdout).toMatch(new RegExp(`^ +levels\\.error: ${before}, now ${before + 2}$`, "m"));
    expect(told.stdout).toMatch(/The answer NO LONGER HOLDS: \d+ of \d+ claims: /);
    expect(told.stdout).toContain("1 answer no longer holds");
    const { questions, lostAnswers } = readReplay(
      await logai(["sessions", "replay", id, "--fresh", "--json"]),
    );
    expect(lostAnswers).toBe(1);
    const [question] = questions;
    const q2 = question?.tools.find(({ ref }) => ref === "q2");
    expect(q2?.differences).toContainEqual({ path: "levels.error", before, now: before + 2 });
    expect(question?.check).toMatchObject({ holds: false, changed: ["q4"] });
    expect(question?.check?.lost.map(({ text }) => text).join()).toContain(String(before));
  });
});

describe("a replay of local logs", () => {
  test("of the demo is the same", async () => {
    const { stderr } = await offline(["demo", "--ask", "what is wrong?"]);
    const id = /Session (\w{6}): go on/.exec(stderr)?.[1] ?? "";
    const { code, stdout } = await offline(["sessions", "replay", id]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/15 the same, 0 different\n/);
    expect(stdout).toMatch(/The answer holds: \d+ claims/);
  });

  test("of several places reads each question's own", async () => {
    writeShopLogs(join(home, "logs"));
    const lines = (level: string) =>
      Array.from({ length: 9 }, (_, index) => `2026-03-12T05:00:${10 + index}Z ${level} no ${index}\n`).join(
        "",
      );
    writeFileSync(join(home, "other.log"), lines("ERROR"));
    expect((await offline(["ask", "what is wrong?", "logs"])).code).toBe(0);
    const { stderr } = await offline(["ask", "-c", "what is wrong here?", "other.log"]);
    const id = /Session (\w{6}): go on/.exec(stderr)?.[1] ?? "";
    expect(readReplay(await offline(["sessions", "replay", id, "--json"]))).toMatchObject({
      different: 0,
      notRun: 0,
      lostAnswers: 0,
    });
    writeFileSync(join(home, "other.log"), lines("INFO"));
    const replay = readReplay(await offline(["sessions", "replay", id, "--json"]));
    const kinds = replay.questions.map(({ tools }) => new Set(tools.map(({ outcome }) => outcome)));
    expect(kinds[0]).toEqual(new Set(["same"]));
    expect(kinds[1]).toContain("different");
  });

  test("that are gone, or were piped in, cannot be", async () => {
    writeShopLogs(join(home, "logs"));
    await offline(["ask", "what is wrong?", "logs"]);
    rmSync(join(home, "logs"), { recursive: true });
    const { stderr } = await run(["ask", "what is wrong?"], { home, input: "ERROR one\nERROR two\n" });
    const piped = /Session (\w{6}): go on/.exec(stderr)?.[1] ?? "";
    const [gone] = (await offline(["sessions", "--json"])).stdout
      .trim()
      .split("\n")
      .map((line) => z.object({ id: z.string() }).parse(JSON.parse(line)).id)
      .filter((id) => id !== piped);
    for (const id of [gone ?? "", piped]) {
      const { code, stdout } = await offline(["sessions", "replay", id]);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^not run/m);
      expect(stdout).not.toMatch(/^(same|DIFFERS)/m);
    }
  });
});
