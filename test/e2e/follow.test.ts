import { appendFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawn } from "@lydell/node-pty";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { builtProgram, environmentOf, makeFolder, type Ran, type RunOptions, run } from "./program.ts";

const home = makeFolder();
const NOW = Date.parse("2026-03-12T06:00:00Z");
const LIVE = { intervalMs: 20, lifeMs: Number.POSITIVE_INFINITY };
let peer: CloudWatchPeer;

beforeAll(async () => {
  peer = await startCloudWatch();
  await builtProgram();
}, 60_000);
afterAll(async () => {
  await peer.close();
  rmSync(home, { recursive: true, force: true });
});

let serial = 0;
let group: string;
beforeEach(() => {
  serial += 1;
  group = `/app/${serial}`;
  peer.addGroup({ name: group });
  peer.setFaults({ liveTail: LIVE });
});

const say = (message: string, timestamp = NOW, name = group) =>
  peer.addEvents(name, "s", [{ timestamp, message }]);
const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");

interface Running {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** As Ctrl-C does; resolves when the program has ended. */
  stop(): Promise<Ran>;
  readonly ended: Promise<Ran>;
}

function access(): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: peer.endpoint,
    AWS_REGION: peer.region,
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
  };
}

function start(args: readonly string[], options: Partial<RunOptions> = {}): Running {
  let stdout = "";
  let stderr = "";
  let kill = () => {};
  const ended = run(args, {
    home,
    env: access(),
    ...options,
    onStart: (child) => {
      child.stdout?.on("data", (text: string) => {
        stdout += text;
      });
      kill = () => child.kill("SIGINT");
    },
    onStderr: (text) => {
      stderr = text;
    },
  });
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    stop: async () => {
      await expect.poll(() => stdout + stderr).not.toBe("");
      kill();
      return ended;
    },
    ended,
  };
}

const soon = { timeout: 10_000 };

describe.skipIf(process.platform === "win32")("logai logs --follow", () => {
  test("prints the newest events, then what comes, with the group in front, until Ctrl-C", async () => {
    peer.addGroup({ name: `${group}/b` });
    for (let index = 0; index < 3; index += 1) say(`INFO old ${index}`, NOW - 1000 + index);
    const running = start(["logs", group, `${group}/b`, "--follow", "--limit", "2", "--filter", "-secret"]);
    await expect.poll(() => linesOf(running.stdout()), soon).toHaveLength(2);
    await expect.poll(() => peer.liveTails().length, soon).toBe(1);
    say("WARN one", NOW + 1);
    say("a secret", NOW + 1);
    await expect.poll(() => linesOf(running.stdout()), soon).toHaveLength(3);
    say("two", NOW + 2, `${group}/b`);
    await expect.poll(() => linesOf(running.stdout()), soon).toHaveLength(4);
    const { code, stdout, stderr } = await running.stop();
    expect(linesOf(stdout)).toEqual([
      `2026-03-12T05:59:59.001Z INFO   ${group} old 1`,
      `2026-03-12T05:59:59.002Z INFO   ${group} old 2`,
      `2026-03-12T06:00:00.001Z WARN   ${group} one`,
      `2026-03-12T06:00:00.002Z -      ${group}/b two`,
    ]);
    expect(stderr).toMatch(/^Live Tail costs .*\nFollowed 2 groups for .*; 4 events\.\n$/);
    expect(code).toBe(130);
    await expect.poll(peer.liveTails, soon).toEqual([]);
  });

  test("gives one JSON object a line, of the same shape as without following", async () => {
    const running = start(["logs", group, "-f", "--json"]);
    await expect.poll(() => peer.liveTails().length, soon).toBe(1);
    await expect.poll(running.stderr, soon).toContain("Live Tail costs");
    say("ERROR \u001b[31mred", NOW + 1);
    await expect.poll(running.stdout, soon).toContain("\n");
    const { stdout } = await running.stop();
    expect(linesOf(stdout).map((line) => JSON.parse(line))).toEqual([
      {
        timestamp: "2026-03-12T06:00:00.001Z",
        group,
        stream: "s",
        level: "error",
        levelInferred: false,
        message: "ERROR \u001b[31mred",
        id: expect.any(String),
      },
    ]);
  });

  test("goes on after the session's time is up, and polls where there is no session any more", async () => {
    const running = start(["logs", group, "--follow"]);
    await expect.poll(() => peer.liveTails().length, soon).toBe(1);
    await expect.poll(running.stderr, soon).toContain("Live Tail costs");
    const [session] = peer.liveTails();
    session?.end("timeout");
    say("between");
    await expect.poll(running.stdout, soon).toContain("between");
    await expect.poll(running.stderr, soon).toContain("its three hours are over");
    await expect.poll(() => peer.liveTails().length, soon).toBe(1);
    peer.setFaults({ liveTail: LIVE, unknownOperations: ["StartLiveTail"] });
    peer.liveTails()[0]?.end("close");
    await expect
      .poll(running.stderr, soon)
      .toContain("the endpoint does not know StartLiveTail. Looking every 2 s");
    say("polled");
    await expect.poll(running.stdout, soon).toContain("polled");
    const { stdout } = await running.stop();
    expect(linesOf(stdout)).toHaveLength(2);
  }, 30_000);

  test("ends quietly when its reader goes away", async () => {
    say("first", NOW - 1);
    const running = start(["logs", group, "--follow", "--quiet"], { closeEarly: true });
    await expect.poll(running.stdout, soon).toContain("first");
    await expect.poll(() => peer.liveTails().length, soon).toBe(1);
    const more = setInterval(() => say("more"), 50);
    const { code, stderr } = await running.ended;
    clearInterval(more);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test.each([
    [["--all"], "--all does not go with --follow"],
    [["--count"], "--count does not go with --follow"],
    [["--until", "now"], "--until does not go with --follow"],
    [["--limit", "0"], "--limit takes a whole number from 1 to"],
    [["-"], "Standard input cannot be followed"],
  ])("refuses %j", async (words, message) => {
    const { code, stdout, stderr } = await start(["logs", group, "--follow", ...words]).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  test("says that there is no such group", async () => {
    const { code, stderr } = await start(["logs", "/app/none", "--follow"]).ended;
    expect(code).toBe(1);
    expect(stderr).toContain("'/app/none' not found");
  });

  test("reads a file on as it grows and is rotated", async () => {
    const log = join(home, "grown.log");
    const lines = Array.from(
      { length: 12 },
      (_, index) => `2026-03-12T05:00:${10 + index}.000Z INFO line ${index}\n`,
    );
    writeFileSync(log, lines.slice(0, -1).join(""));
    const running = start(["logs", "grown.log", "--follow"], { env: {} });
    await expect.poll(() => linesOf(running.stdout()), soon).toHaveLength(10);
    appendFileSync(log, lines.at(-1) ?? "");
    await expect.poll(running.stdout, soon).toContain("line 11");
    renameSync(log, `${log}.1`);
    writeFileSync(log, "2026-03-12T05:01:00.000Z ERROR after the rotation\n");
    await expect.poll(running.stdout, soon).toContain("after the rotation");
    const { code, stdout } = await running.stop();
    expect(code).toBe(130);
    expect(linesOf(stdout)).toHaveLength(12);
  });

  test("tells a terminal how it goes", async () => {
    const child = spawn(
      process.execPath,
      [join(await builtProgram(), "bin/logai.mjs"), "logs", group, "-f"],
      {
        name: "xterm-256color",
        cols: 100,
        rows: 30,
        cwd: home,
        env: environmentOf({ home, env: access() }),
      },
    );
    let bytes = "";
    child.onData((text) => {
      bytes += text;
    });
    const code = new Promise<number>((resolve) => child.onExit(({ exitCode }) => resolve(exitCode)));
    await expect.poll(() => bytes, soon).toContain("following 1 group, live; 0 events");
    say("one");
    await expect.poll(() => bytes, soon).toContain("following 1 group, live; 1 event");
    child.write("\u0003");
    expect(await code).toBe(130);
    expect(bytes).toContain("Followed 1 group for");
  });
});
