import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtProgram, makeFolder, type Ran, type RunOptions, run } from "./program.ts";
import { writeShopLogs } from "./shop-logs.ts";

const home = makeFolder();
const logs = join(home, "logs");
const logai = (args: string, options: Partial<RunOptions> = {}): Promise<Ran> =>
  run(args.split(" "), { home, ...options });
const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");
const jsonOf = (text: string) => linesOf(text).map((line) => JSON.parse(line));

beforeAll(async () => {
  writeShopLogs(logs);
  await builtProgram();
}, 60_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("logai logs", () => {
  test("prints the newest events in the order of time, and on stderr what that is of", async () => {
    const { code, stdout, stderr } = await logai("logs api.log --in logs --limit 2");
    expect(code).toBe(0);
    expect(linesOf(stdout)).toEqual([
      "2026-03-12T02:58:00.000Z INFO   request served path=/cart/118 in 121ms",
      "2026-03-12T02:59:00.000Z ERROR  payment failed for user119@example.com order=119",
    ]);
    expect(stderr).toBe(
      "120 events matched in all of the data; the newest 2 are shown, --limit or --all shows more.\n",
    );
  });

  test.each(["--all", "--limit 1000"])("merges several groups by time with %s", async (flag) => {
    const { stdout } = await logai(`logs logs ${flag} --json`);
    const events = jsonOf(stdout);
    expect(events).toHaveLength(180);
    const times = events.map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted());
    expect(new Set(events.map(({ group }) => group))).toEqual(new Set(["api.log", "jobs/worker.log"]));
  });

  test("gives one JSON object a line, of the shape that its help tells", async () => {
    const { stdout } = await logai("logs logs/api.log --limit 1 --json");
    expect(jsonOf(stdout)).toEqual([
      {
        timestamp: "2026-03-12T02:59:00.000Z",
        group: "api.log",
        stream: "api.log",
        level: "error",
        levelInferred: false,
        message: "2026-03-12T02:59:00.000Z ERROR payment failed for user119@example.com order=119",
        id: expect.any(String),
      },
    ]);
    const help = await logai("logs --help");
    for (const key of Object.keys(jsonOf(stdout)[0])) expect(help.stdout).toContain(key);
  });

  test("counts, filters and keeps to the window", async () => {
    expect((await logai("logs api --in logs --count --filter ERROR")).stdout).toBe("12\n");
    expect((await logai("logs logs --count")).stdout).toBe("180\n");
    const { stdout, stderr } = await logai("logs api --in logs --count --since 02:00 --until 02:30");
    expect(stdout).toBe("30\n");
    expect(stderr).toContain("in 2026-03-12 02:00 to 02:30 UTC (30m)");
  });

  test.each([
    ["--filter Error", "none matches. Filter patterns are case-sensitive."],
    ["--since 03:00 --until 04:00", "There are events, but none in this window."],
  ])("says why nothing is there: %s", async (flags, reason) => {
    const { code, stdout, stderr } = await logai(`logs api --in logs ${flags}`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain("0 events matched");
    expect(stderr).toContain(reason);
  });

  test("says that a log is empty", async () => {
    writeFileSync(join(home, "empty.log"), "");
    expect((await logai("logs empty.log")).stderr).toContain("The log is empty.");
  });

  test("writes what a terminal would obey as text", async () => {
    writeFileSync(
      join(home, "evil.log"),
      "2026-03-12T01:00:00Z ERROR \u001b[2J\u001b]0;x\u0007gone \u202e\n",
    );
    for (const flags of ["", " --json"]) {
      const { stdout } = await logai(`logs evil.log${flags}`);
      expect(stdout).toContain("gone");
      for (const sign of ["\u001b", "\u0007", "\u202e"]) expect(stdout).not.toContain(sign);
    }
  });

  test("ends quietly when its reader goes away", async () => {
    const many = Array.from({ length: 50_000 }, (_, at) => `2026-03-12T01:00:00Z INFO line ${at} of many`);
    writeFileSync(join(home, "many.log"), many.join("\n"));
    const { code, stderr } = await logai("logs many.log --all", { closeEarly: true });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test.runIf(process.platform === "linux")("tells that the output cannot be written", async () => {
    const launcher = join(await builtProgram(), "bin/logai.mjs");
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      const command = `"${process.execPath}" "${launcher}" logs logs --all > /dev/full`;
      execFile("sh", ["-c", command], { cwd: home, env: { HOME: home } }, (error, _out, text) =>
        resolve({ code: error?.code, stderr: text }),
      );
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: The output could not be written: ENOSPC.*\n.*\n$/);
  });
});

describe("names that are paths", () => {
  test("are read, a folder as all of its groups", async () => {
    expect((await logai("logs ./logs/api.log --count")).stdout).toBe("120\n");
    expect((await logai("logs ./logs --count")).stdout).toBe("180\n");
    expect((await logai("groups logs")).stdout).toContain("jobs/worker.log");
  });

  test("next to names of groups say where these are looked for", async () => {
    expect((await logai("logs worker logs --count")).stdout).toBe("60\n");
  });

  test("give way to a group of a configured source", async () => {
    const other = join(home, "other");
    mkdirSync(other);
    writeFileSync(join(other, "api.log"), "2026-03-12T01:00:00Z INFO the one of the source\n");
    const config = join(home, "sources.yaml");
    writeFileSync(config, `data_sources: {shop: {type: local, config: {paths: [${other}]}}}\n`);
    const { stdout } = await logai(`logs api.log --config ${config}`, { cwd: logs });
    expect(stdout).toContain("the one of the source");
    const path = await logai(`logs jobs/worker.log --count --config ${config}`, { cwd: logs });
    expect(path.stdout).toBe("60\n");
  });
});

describe("standard input", () => {
  const piped = "2026-03-12T01:00:00Z ERROR one\n2026-03-12T01:00:01Z INFO two\n";

  test("is the log where no path is given", async () => {
    expect((await logai("logs --count", { input: piped })).stdout).toBe("2\n");
    expect((await logai("logs - --count", { input: piped })).stdout).toBe("2\n");
    expect((await logai("stats", { input: piped })).stdout).toContain("stdin: 2 events by level");
    expect((await logai("groups", { input: piped })).stdout).toContain("stdin");
  });

  test("that stays open and silent is not waited for where paths are given", async () => {
    for (const command of [
      "groups --in logs",
      "logs logs --count",
      "stats logs",
      "patterns logs",
      "config path",
      "doctor logs",
    ]) {
      const { code } = await logai(command, { input: "open" });
      expect(code, command).toBe(0);
    }
  }, 60_000);

  test("that stays silent ends with what to do, and one that is empty at once", async () => {
    const [silent, empty] = await Promise.all([
      logai("logs", { input: "open" }),
      logai("logs", { input: "" }),
    ]);
    expect(silent.code).toBe(3);
    expect(silent.stderr).toContain("Nothing came on standard input for 5 s");
    expect(silent.stderr).toContain("give - as the path to wait");
    expect(empty.code).toBe(3);
    expect(empty.stderr).toContain("Standard input is empty");
  });

  test("that is empty gives way to configured sources, and that is said", async () => {
    const config = join(home, "piped.yaml");
    writeFileSync(config, `data_sources: {shop: {type: local, config: {paths: [${logs}]}}}\n`);
    const { stdout, stderr } = await logai(`groups --config ${config}`, { input: "" });
    expect(stdout).toContain("jobs/worker.log");
    expect(stderr).toContain("Standard input is empty; the configured sources are looked at instead.");
  });
});

test("a group of a configured source is read without a look at standard input", async () => {
  const config = join(home, "named.yaml");
  writeFileSync(config, `data_sources: {shop: {type: local, config: {paths: [${logs}]}}}\n`);
  const { stdout, stderr } = await logai(`logs api --count --config ${config}`, { input: "open" });
  expect(stdout).toBe("120\n");
  expect(stderr).not.toContain("Standard input");
  expect(stderr).not.toContain("standard input");
  const named = await logai(`logs --config ${config}`);
  expect(named).toMatchObject({ code: 2, stderr: expect.stringContaining("No log group is named.") });
});

describe("logai stats", () => {
  test("counts by level, worst first, and says what was counted", async () => {
    const { stdout, stderr } = await logai("stats api --in logs");
    expect(linesOf(stdout)).toEqual([
      "api.log: 120 events by level",
      "level  events  share",
      "error      12  10.0%",
      "info      108  90.0%",
    ]);
    expect(stderr).toContain("all 120 events counted");
  });

  test("counts by hours of the zone's clock, exactly", async () => {
    const { stdout } = await logai("stats api --in logs --by hour --timezone +05:30 --json");
    expect(jsonOf(stdout)[0].rows).toEqual([
      { key: "2026-03-12 06:00:00 +05:30", count: 30, errors: 3 },
      { key: "2026-03-12 07:00:00 +05:30", count: 60, errors: 6 },
      { key: "2026-03-12 08:00:00 +05:30", count: 30, errors: 3 },
    ]);
  });

  test("counts by minute, stream and a field", async () => {
    expect(jsonOf((await logai("stats api --in logs --by minute --json")).stdout)[0].rows).toHaveLength(120);
    expect((await logai("stats worker --in logs --by stream")).stdout).toContain("100.0%");
    const { stdout } = await logai("stats worker --in logs --by status --json");
    expect(jsonOf(stdout)[0].rows).toEqual([
      { key: "200", count: 40 },
      { key: "500", count: 20 },
    ]);
  });
});

describe("logai patterns", () => {
  test("folds events into templates", async () => {
    const { stdout, stderr } = await logai("patterns api --in logs --json");
    const templates = jsonOf(stdout);
    expect(templates.map(({ count, level }) => ({ count, level }))).toEqual([
      { count: 108, level: "info" },
      { count: 12, level: "error" },
    ]);
    expect(templates[1].text).toContain("payment failed for");
    expect(stderr).toContain("120 events in 2 templates");
  });

  test("compares with an earlier window", async () => {
    const quiet = Array.from(
      { length: 60 },
      (_, at) => `2026-03-11T04:${String(at).padStart(2, "0")}:00Z INFO tick ${at}`,
    );
    const loud = quiet.map((line) => line.replace("-11T", "-12T"));
    writeFileSync(
      join(home, "two-days.log"),
      [...quiet, ...loud, "2026-03-12T04:59:30Z ERROR disk full on sda"].join("\n"),
    );
    const { stdout } = await logai("patterns two-days.log --since 04:00 --until 05:00 --compare 24h --json");
    const [{ fresh, vanished, changed }] = jsonOf(stdout);
    expect(fresh.map(({ text, before, now }: Record<string, unknown>) => ({ text, before, now }))).toEqual([
      { text: "disk full on sda", before: 0, now: 1 },
    ]);
    expect({ vanished, changed }).toEqual({ vanished: [], changed: [] });
  });
});

test("a group that cannot be read does not hide the others, and is told", async () => {
  writeFileSync(join(home, "core.dat"), Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7) % 256)));
  for (const [command, part] of [
    ["logs core.dat logs/api.log --all", "request served"],
    ["stats core.dat logs/api.log", "120 events"],
    ["patterns core.dat logs/api.log", "request served"],
  ] as const) {
    const { code, stdout, stderr } = await logai(command);
    expect(code, command).toBe(1);
    expect(stdout, command).toContain(part);
    expect(stderr, command).toContain("core.dat is a binary file, not a log.");
  }
});
