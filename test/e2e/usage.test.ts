import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { builtProgram, makeFolder, type Ran, type RunOptions, run } from "./program.ts";
import { writeShopLogs } from "./shop-logs.ts";

const home = makeFolder();
const logai = (args: string | readonly string[], options: Partial<RunOptions> = {}): Promise<Ran> =>
  run(typeof args === "string" ? args.split(" ") : args, { home, ...options });

beforeAll(async () => {
  writeShopLogs(join(home, "logs"));
  await builtProgram();
}, 60_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("wrong usage is told in a line or two, with what to do", () => {
  test.each<[readonly string[], number, string, string]>([
    [["asc", "x"], 2, "There is no command 'asc'. Did you mean 'ask'?", "logai --help"],
    [
      ["logs", "logs", "--limt", "3"],
      2,
      "Unknown option '--limt'. Did you mean --limit?",
      "logai logs --help",
    ],
    [["logs", "logs", "--format", "xml"], 2, "argument 'xml' is invalid", "logai logs --help"],
    [["ask"], 2, "Missing required argument 'question'.", "logai ask --help"],
    [["ask", " ", "logs"], 2, "The question is empty.", "logai ask"],
    [["demo", "--ask", ""], 2, "The question is empty.", "logai ask"],
    [["ask", "why", "does", "it", "fail"], 2, "The question is only 'why'", '"why does it fail"'],
    [
      ["logs", "logs", "--limit", "many"],
      2,
      "--limit takes a whole number from 1 to 1000000, not 'many'.",
      "",
    ],
    [["logs", "logs", "--format", "markdown"], 2, "--format markdown is only for ask and demo", ""],
    [["logs", "logs", "--since", "blah"], 2, "Cannot read 'blah' as a time.", "ISO 8601"],
    [
      ["logs", "logs", "--since", "1h", "--until", "2h"],
      2,
      "The window does not end after it starts",
      "earlier start",
    ],
    [["patterns", "logs", "--compare", "soon"], 2, "--compare takes a span such as 24h", ""],
    [["logs", "-"], 2, "nothing is piped in", "Pipe a log in"],
    [["sanitize"], 2, "Nothing is piped in.", "logai sanitize <"],
    [["config", "sett"], 2, "There is no 'config sett'.", "show, get, set"],
    [["logs"], 3, "There are no logs to look at", "Name files or folders"],
    [["groups"], 3, "There are no logs to look at", "logai demo"],
    [["ask", "what is wrong?"], 3, "There are no logs to look at", "logai demo"],
    [["ask", "what is wrong?", "lgos"], 1, "No such file or folder: lgos", "Look what is in"],
    [["logs", "./log"], 1, "No such file or folder: ./log", "logs"],
    [
      ["logs", "wrker", "--in", "logs"],
      1,
      "Log group 'wrker' not found. Did you mean 'jobs/worker.log'?",
      "",
    ],
    [
      ["groups", "wrker", "--in", "logs"],
      1,
      "No log group starts with 'wrker' or holds it.",
      "Did you mean 'jobs/worker.log'?",
    ],
  ])("logai %j", async (args, code, message, hint) => {
    const ran = await logai(args);
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: "" });
    expect(ran.stderr).toContain(`Error: `);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).toContain(hint);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
    expect(ran.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
  });

  test("a filter pattern is shown with the place where it breaks", async () => {
    const { code, stderr } = await logai(["logs", "logs", "--filter", "{ $.a = "]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      "Error: Invalid filter pattern: expected a value at position 9.\n  { $.a = \n          ^\n",
    );
  });

  test("--quiet keeps errors", async () => {
    expect((await logai("logs --quiet")).stderr).toContain("Error: There are no logs");
  });
});

describe("help", () => {
  test.each(["--help", "-h", "help", "logs --help", "help logs", ""])("logai %s", async (args) => {
    const { code, stdout, stderr } = await logai(args === "" ? [] : args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Usage: logai");
    expect(stdout).toContain(args.includes("logs") ? "--filter" : "Start here:");
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("the version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(await builtProgram(), "package.json"), "utf8"));
    for (const args of ["--version", "-V", "logs --version"]) {
      const { code, stdout } = await logai(args);
      if (args !== "logs --version") expect({ code, stdout }).toEqual({ code: 0, stdout: `${version}\n` });
    }
  });
});

describe("logai config", () => {
  const own = join(home, "own");
  const file = join(own, ".logai/config.yaml");
  const inOwn = (args: string, options: Partial<RunOptions> = {}) =>
    run(args.split(" "), { home: own, cwd: home, ...options });
  beforeEach(() => {
    rmSync(own, { recursive: true, force: true });
    mkdirSync(own);
  });

  test("init makes a file for the user only, once", async () => {
    const first = await inOwn("config init");
    expect(first).toMatchObject({ code: 0, stdout: `${file}\n` });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const second = await inOwn("config init");
    expect(second.code).toBe(3);
    expect(second.stderr).toContain("exists already");
    expect((await inOwn("config validate")).stdout).toContain(file);
  });

  test("set writes what get reads, and refuses what would not load", async () => {
    expect((await inOwn("config get theme")).stdout).toBe("dark\n");
    expect((await inOwn("config set theme light")).code).toBe(0);
    expect((await inOwn("config get LOGAI_THEME")).stdout).toBe("light\n");
    const wrong = await inOwn("config set theme pink");
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain("got 'pink'; takes one of dark, light");
    expect(readFileSync(file, "utf8")).toBe("theme: light\n");
    const unknown = await inOwn("config set thme light");
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean 'theme'?") });
    const over = await inOwn("config set theme dark", { env: { LOGAI_THEME: "light" } });
    expect(over.stderr).toContain("LOGAI_THEME is set in the environment and goes before it");
  });

  test("set takes a secret from stdin, and never shows it", async () => {
    const key = "sk-ant-0123456789abcdef";
    await inOwn("config set anthropic.api_key -", { input: `${key}\n` });
    expect(readFileSync(file, "utf8")).toContain(key);
    for (const command of ["config get anthropic.api_key", "config show", "config show --json", "doctor"]) {
      const { stdout, stderr } = await inOwn(command);
      expect(stdout).toContain("sk-a****cdef");
      expect(stdout + stderr).not.toContain(key);
    }
  });

  test("all faults of a file come at once", async () => {
    mkdirSync(join(own, ".logai"));
    writeFileSync(
      file,
      "theme: pink\ntimezone: Mars\nllm:\n  max_tokens: x\n  temprature: 3\nbudget: {max_rounds: 0}\n",
    );
    for (const command of ["config validate", "logs logs", "ask why? logs"]) {
      const { code, stdout, stderr } = await inOwn(command);
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      expect(stderr).toContain("5 settings are wrong:");
      for (const part of ["theme", "timezone", "llm.max_tokens", "'llm.temperature'?", "budget.max_rounds"])
        expect(stderr).toContain(part);
    }
    expect((await inOwn("--help")).code).toBe(0);
  });
});

describe("logai doctor", () => {
  test("checks everything and says how to mend it", async () => {
    const fine = await logai("doctor logs");
    expect(fine.code).toBe(0);
    expect(fine.stdout).toMatch(/^ok +model +no API key/m);
    writeFileSync(join(home, "a-file"), "");
    const { code, stdout } = await logai("doctor nowhere", {
      env: { LOGAI_CACHE_DIR: join(home, "a-file/x") },
    });
    expect(code).toBe(3);
    expect(stdout).toMatch(/^FAIL +cache folder +.*\n +Set LOGAI_CACHE_DIR/m);
    expect(stdout).toMatch(/^FAIL +.*nowhere/m);
    const faulty = await logai("doctor", { env: { LOGAI_THEME: "pink" } });
    expect(faulty.code).toBe(3);
    expect(faulty.stdout).toMatch(/^FAIL +settings +1 setting is wrong/m);
  });
});

describe("logai sanitize", () => {
  const dirty = "mail bob@example.com\tfrom 10.1.2.3\r\nfine \u001b[1mline\n";

  test("copies what is not found as it is, and counts on stderr", async () => {
    const { code, stdout, stderr } = await logai("sanitize", { input: dirty });
    expect(code).toBe(0);
    expect(stdout).toBe("mail [EMAIL_REDACTED]\tfrom [IP_REDACTED]\r\nfine \u001b[1mline\n");
    expect(stderr).toBe("2 items redacted (1 email, 1 IP)\n");
    expect((await logai("sanitize", { input: "" })).stdout).toBe("");
  });

  test("--check prints nothing and exits 1 where something was found", async () => {
    expect(await logai("sanitize --check", { input: dirty })).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "Found: 2 items (1 email, 1 IP)\n",
    });
    expect(await logai("sanitize --check", { input: "fine\n" })).toMatchObject({ code: 0, stdout: "" });
  });

  test("--json-strings takes and gives one JSON string a line", async () => {
    const key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----";
    const input = [`a@example.com\nb`, key, "fine"].map((text) => JSON.stringify(text)).join("\n");
    const { stdout } = await logai("sanitize --json-strings", { input });
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(["[EMAIL_REDACTED]\nb", "[PRIVATE_KEY_REDACTED]", "fine"]);
    const wrong = await logai("sanitize --json-strings", { input: '"a"\n{}\n' });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("Line 2 of standard input") });
  });
});

test.each(["SIGINT", "SIGTERM"] as const)("a log that never ends is left on %s", async (signal) => {
  const { code } = await logai("logs - --count", {
    input: "open",
    onStart: (child) => {
      const pour = () => {
        while (child.stdin?.write("2026-01-01T00:00:00Z INFO again\n".repeat(1000)));
      };
      child.stdin?.on("error", () => {}).on("drain", pour);
      pour();
      // By then it listens to signals; a program that does not would never end, and the test's limit would.
      setTimeout(() => child.kill(signal), 1500);
    },
  });
  expect(code).toBe(130);
});
