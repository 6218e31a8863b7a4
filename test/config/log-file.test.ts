import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AppLogOptions, createAppLog, LARGEST_LOG_FILE } from "../../src/config/log-file.ts";
import { createSecret } from "../../src/config/secret.ts";

let folder: string;
let file: string;
let warnings: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "logai-"));
  file = join(folder, "logs", "app.log");
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(options: Partial<AppLogOptions> = {}) {
  return createAppLog({
    level: "INFO",
    file,
    now: () => Date.UTC(2025, 0, 31, 12),
    redact: (text) => text.replaceAll("hunter2", "[X]"),
    onWarning: (text) => warnings.push(text),
    ...options,
  });
}

const entries = (path = file) =>
  readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));

test("an entry is one JSON object a line, with time, level and fields", () => {
  const log = open();
  log.info("started", { version: "1" });
  log.error("line\nbreak");
  log.close();
  open().warn("again");
  const time = "2025-01-31T12:00:00.000Z";
  expect(entries()).toEqual([
    { time, level: "INFO", message: "started", version: "1" },
    { time, level: "ERROR", message: "line\nbreak" },
    { time, level: "WARN", message: "again" },
  ]);
});

test("nothing is made before the first entry that is kept", () => {
  const log = open();
  log.debug("too mild");
  expect(existsSync(join(folder, "logs"))).toBe(false);
  log.info("kept");
  expect(entries()).toHaveLength(1);
});

test("folder and file are the user's only, also a file that was there", () => {
  open().info("x");
  expect(statSync(join(folder, "logs")).mode & 0o777).toBe(0o700);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o644);
  open().info("x");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

describe("redaction", () => {
  test("covers the message, field names, and texts at any depth, errors included", () => {
    const lines: string[] = [];
    const log = open({ stderr: (line) => lines.push(line) });
    const cause = new Error("inner hunter2");
    log.error("a hunter2", {
      hunter2: "b hunter2",
      list: ["c hunter2", { deep: { deeper: "d hunter2" } }],
      error: new Error("e hunter2", { cause }),
      date: new Date(0),
      big: 10n,
      key: createSecret("sk-ant-0123456789"),
    });
    const text = readFileSync(file, "utf8");
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain("0123456789");
    expect(text.match(/\[X\]/g)?.length).toBeGreaterThanOrEqual(7);
    expect(text).toContain('"date":"1970-01-01T00:00:00.000Z","big":"10"');
    expect(lines.join()).toContain("[X]");
    expect(lines.join()).not.toContain("hunter2");
  });

  test("covers fields that are named like secrets, and secrets at the place where a text is clipped", () => {
    const log = open();
    log.info("login", {
      password: "p-123",
      apiKey: "k-123",
      inputTokens: 5,
      session: { authToken: "t-123" },
    });
    log.info(`${"x".repeat(7_996)}hunter2${"y".repeat(100)}`);
    const text = readFileSync(file, "utf8");
    expect(text).not.toMatch(/-123|hunt/);
    expect(text).toContain('"inputTokens":5');
  });

  test("an entry that cannot be redacted is lost, never written as it is", () => {
    const log = open({
      redact: () => {
        throw new Error("broken");
      },
    });
    log.info("hunter2");
    expect(existsSync(file)).toBe(false);
  });
});

test("no field breaks an entry: circles, huge texts, throwing getters, names of its own", () => {
  const circle: Record<string, unknown> = { name: "c" };
  circle.self = circle;
  const log = open();
  log.info("circle", { circle });
  log.info("huge", { text: "x".repeat(1_000_000), list: Array.from({ length: 10_000 }, () => 1) });
  log.info("getter", {
    get bad(): string {
      throw new Error("no");
    },
  });
  log.info("own", { level: "NONE", message: "other", time: 0 });
  expect(entries()).toMatchObject([
    { message: "circle" },
    { message: "huge" },
    { level: "INFO", message: "own" },
  ]);
  expect(statSync(file).size).toBeLessThan(20_000);
});

test("debug mode prints readable lines too, without control characters", () => {
  const lines: string[] = [];
  const log = open({ level: "DEBUG", stderr: (line) => lines.push(line) });
  log.debug("asked \u001b[31m", { rounds: 2, model: "m" });
  expect(lines).toEqual(["12:00:00.000 DEBUG asked \\u{1b}[31m rounds=2 model=m"]);
  expect(entries()).toHaveLength(1);
});

test("a file that is full becomes FILE.1, once", () => {
  open().info("first");
  writeFileSync(file, "{".repeat(LARGEST_LOG_FILE - 10));
  const log = open();
  log.info("second");
  log.info("third");
  expect(statSync(`${file}.1`).size).toBe(LARGEST_LOG_FILE - 10);
  expect(entries()).toMatchObject([{ message: "second" }, { message: "third" }]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a file that cannot be written is one warning, then silence", () => {
  const blocked = join(folder, "file");
  writeFileSync(blocked, "");
  const log = open({ file: join(blocked, "app.log") });
  log.info("a");
  log.error("b");
  log.close();
  expect(warnings).toEqual([
    expect.stringMatching(/^The log .*app\.log cannot be written and is off: E[A-Z]+: /),
  ]);
});

test("a file that is no log of the program is left alone", () => {
  const profile = join(folder, "profile");
  writeFileSync(profile, "alias l=ls\n", { mode: 0o644 });
  open({ file: profile }).info("$(boom)");
  expect(readFileSync(profile, "utf8")).toBe("alias l=ls\n");
  expect(statSync(profile).mode & 0o777).toBe(0o644);
  expect(warnings).toEqual([expect.stringContaining("it holds something else than this log")]);
});

test("a device is written and otherwise left alone", () => {
  const mode = statSync("/dev/null").mode;
  const log = open({ file: "/dev/null" });
  log.info("x");
  expect(warnings).toEqual([]);
  expect(statSync("/dev/null").mode).toBe(mode);
});

test("two programs share a file", () => {
  const [one, other] = [open(), open()];
  one.info("1");
  other.info("2");
  one.info("3");
  expect(entries()).toMatchObject([{ message: "1" }, { message: "2" }, { message: "3" }]);
});
