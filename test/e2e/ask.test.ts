import type { ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lexer, walkTokens } from "marked";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refuseKey, startModelServer, streamAnswer } from "./model-server.ts";
import { builtProgram, makeFolder, type Ran, type RunOptions, run } from "./program.ts";
import { writeShopLogs } from "./shop-logs.ts";

const home = makeFolder();
const logs = join(home, "logs");
const KEY = "sk-ant-test-0123456789abcdef";
const ask = (args: readonly string[], options: Partial<RunOptions> = {}): Promise<Ran> =>
  run(["ask", ...args], { home, ...options });

beforeAll(async () => {
  writeShopLogs(logs);
  await builtProgram();
}, 60_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("an answer", () => {
  test("stands on stdout with its ledger; what was read stands on stderr", async () => {
    const { code, stdout, stderr } = await ask(["what is wrong?", "logs"]);
    expect(code).toBe(0);
    expect(stdout).toContain("12 errors");
    expect(stdout).toMatch(/Looked at: .*api\.log/);
    expect(stdout).toMatch(/Window: 2026-03-12 01:00.* UTC/);
    expect(stdout).toContain("all verified");
    expect(stdout).not.toContain("user9@example.com");
    expect(stderr).toContain("No ANTHROPIC_API_KEY is set");
    expect(stderr).toMatch(/read api\.log: 120 events, \d+\.\d s/);
    expect(stderr).not.toContain("fetch_logs");
  });

  test("is one object with --json, its citations resolved", async () => {
    const { code, stdout } = await ask(["what is wrong?", "logs", "--json"]);
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({
      question: "what is wrong?",
      answered: true,
      model: { provider: "offline" },
      window: { from: "data", zone: "UTC" },
      check: { unverified: [] },
      error: null,
    });
    const event = answer.citations.find(({ level }: { level?: string }) => level === "error");
    expect(event).toMatchObject({ kind: "event", group: "api.log", stream: "api.log" });
    expect(event.timestamp).toMatch(/^2026-03-12T01:/);
    expect(event.text).toContain("payment failed for [EMAIL_REDACTED]");
    expect(answer.answer).toContain(`[${event.ref}]`);
    expect(answer.tools.length).toBeGreaterThan(1);
    expect(answer.ledger[0]).toMatchObject({ source: "local", matched: expect.any(Number) });
    expect(answer.usage).toBeTruthy();
  });

  test("is an event a line with --format stream-json", async () => {
    const { stdout } = await ask(["what is wrong?", "logs", "--format", "stream-json"]);
    const types = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).type);
    expect(types[0]).toBe("question-start");
    expect(types.at(-1)).toBe("finish");
    expect(types).toContain("answer-checked");
  });

  test("is Markdown with --format markdown", async () => {
    const { stdout } = await ask(["what is wrong?", "logs", "--format", "markdown"]);
    expect(stdout).toContain("```text\n[e");
    expect(stdout).toMatch(/\n---\n\n- Looked at: /);
  });

  test("is Markdown without HTML, whatever the model says and the logs are called", async () => {
    const server = await startModelServer((response) =>
      streamAnswer(response, `\\\`<img src=x>\` \`\`<img src=y> ${"y".repeat(12_000)}\`\``, {
        ends: true,
      }),
    );
    const event = "2026-03-12T01:00:00Z ERROR disk full\n";
    writeFileSync(join(home, "<img src=log>.log"), event);
    try {
      const env = { ANTHROPIC_API_KEY: KEY, LOGAI_LLM_BASE_URL: server.url };
      const said = await ask(["what is wrong?", "logs", "--format", "markdown"], { env });
      const named = await ask(["what is wrong?", "<img src=log>.log", "--format", "markdown"]);
      expect(said.stdout).toContain("yyy");
      expect(named.stdout).toContain("Looked at: &lt;img src=log>.log");
      for (const { stdout } of [said, named]) {
        walkTokens(lexer(stdout), ({ type, raw }) => expect(type, raw).not.toBe("html"));
      }
    } finally {
      await server.close();
    }
  });

  test("says nothing on stderr with --quiet, and nothing of a key with --offline", async () => {
    expect((await ask(["what is wrong?", "logs", "--quiet"])).stderr).toBe("");
    const offline = [
      await ask(["what is wrong?", "logs", "--offline"]),
      await ask(["what is wrong?", "logs"], { env: { LOGAI_LLM_PROVIDER: "offline" } }),
    ];
    for (const { stderr } of offline) expect(stderr).not.toContain("KEY");
  });

  test("is given about what is piped in, with or without the word ask", async () => {
    const input = "2026-03-12T01:00:00Z ERROR disk full on sda1\n";
    for (const args of [["ask", "what is wrong?"], ["what is wrong?"], [], ["ask", "what is wrong?", "-"]]) {
      const { code, stdout } = await run(args, { home, input });
      expect(code).toBe(0);
      expect(stdout).toContain("disk full");
    }
  });

  test("shows the exact bytes that go to the model", async () => {
    const { stderr } = await ask(["what is wrong?", "logs", "--show-egress"]);
    const bodies = stderr.split("\n").filter((line) => line.startsWith("{"));
    expect(bodies.length).toBeGreaterThan(0);
    for (const body of bodies) expect(() => JSON.parse(body)).not.toThrow();
    expect(stderr).not.toMatch(/user\d+@example\.com/);
  });

  test("is none where no log could be read", async () => {
    writeFileSync(
      join(home, "core.dat"),
      Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7) % 256)),
    );
    const { code, stderr } = await ask(["what is wrong?", "core.dat"]);
    expect(code).toBe(1);
    expect(stderr).toContain("core.dat is a binary file");
  });
});

describe("logai demo", () => {
  test("answers with nothing but a folder to write to", async () => {
    const { code, stdout } = await run(["demo", "--ask", "How many errors does each service have?"], {
      home,
    });
    expect(code).toBe(0);
    expect(stdout).toContain("payment-service.log");
  }, 60_000);

  test("says what to do where the folder cannot be written", async () => {
    writeFileSync(join(home, "a-file"), "");
    const env = { LOGAI_CACHE_DIR: join(home, "a-file/cache") };
    const { code, stdout, stderr } = await run(["demo"], { home, env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("Set LOGAI_CACHE_DIR to a folder of yours");
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe("the model", () => {
  test("refuses the key: exit 3, one message, and no key in it", async () => {
    const server = await startModelServer(refuseKey);
    try {
      const env = { ANTHROPIC_API_KEY: KEY, LOGAI_LLM_BASE_URL: server.url };
      const { code, stdout, stderr } = await ask(["what is wrong?", "logs"], { env });
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      expect(stderr).toBe(
        "Error: Authentication failed. Please check your API key.\n  Set ANTHROPIC_API_KEY, or use --offline.\n",
      );
      expect(server.keys).toEqual([KEY]);
      const json = await ask(["what is wrong?", "logs", "--json"], { env });
      expect(json.code).toBe(3);
      expect(JSON.parse(json.stdout)).toMatchObject({ answered: false, error: { code: "authentication" } });
      expect(json.stdout + json.stderr).not.toContain(KEY);
    } finally {
      await server.close();
    }
  });

  test("is down: --offline is offered before the first wait", async () => {
    const env = { ANTHROPIC_API_KEY: KEY, LOGAI_LLM_BASE_URL: "http://127.0.0.1:9/v1" };
    const { code, stderr } = await ask(["what is wrong?", "logs"], {
      env,
      onStderr: (text, child) => {
        if (text.includes("Trying again")) child.kill("SIGINT");
      },
    });
    expect(stderr).toContain("The model cannot be reached");
    expect(stderr).toContain("--offline");
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(130);
  });

  test("answers over its service, with nothing unsanitised sent", async () => {
    const server = await startModelServer((response) =>
      streamAnswer(response, "All is well, said user1@example.com.", { ends: true }),
    );
    try {
      const env = { ANTHROPIC_API_KEY: KEY, LOGAI_LLM_BASE_URL: server.url };
      const { code, stdout } = await ask(["is bob@example.com well?", "logs"], { env });
      expect(code).toBe(0);
      expect(stdout).toContain("All is well");
      expect(server.bodies.join("")).toContain("[EMAIL_REDACTED]");
      expect(server.bodies.join("")).not.toContain("bob@example.com");
    } finally {
      await server.close();
    }
  });

  test("is interrupted: exit 130, with what had come", async () => {
    let child: ChildProcess | undefined;
    const server = await startModelServer((response) => {
      streamAnswer(response, "The first half of an answer", { ends: false });
      setTimeout(() => {
        child?.kill("SIGINT");
      }, 700);
    });
    try {
      const env = { ANTHROPIC_API_KEY: KEY, LOGAI_LLM_BASE_URL: server.url };
      const onStart = (started: ChildProcess) => {
        child = started;
      };
      const { code, stdout, stderr } = await ask(["what is wrong?", "logs"], { env, onStart });
      expect(code).toBe(130);
      expect(stdout).toContain("The first half of an answer");
      expect(stdout).toContain("Not complete: the answer was broken off here.");
      expect(stderr).toMatch(/^Interrupted\.\nSession \w{6}: go on with logai ask -c "\.\.\."\n$/);
      const json = await ask(["what is wrong?", "logs", "--json"], { env, onStart });
      expect(json.code).toBe(130);
      expect(JSON.parse(json.stdout)).toMatchObject({
        answered: false,
        answer: "The first half of an answer",
        error: { code: "interrupted" },
      });
    } finally {
      await server.close();
    }
  });
});

describe("a budget", () => {
  test("that is used up refuses with exit 4", async () => {
    const server = await startModelServer((response) => streamAnswer(response, "x", { ends: false }));
    try {
      const env = { ANTHROPIC_API_KEY: KEY, LOGAI_LLM_BASE_URL: server.url, LOGAI_MAX_SECONDS: "1" };
      const { code, stderr } = await ask(["what is wrong?", "logs"], { env });
      expect(code).toBe(4);
      expect(stderr).toContain("longer than its budget of 1 seconds");
    } finally {
      await server.close();
    }
  });
});

test("a bug is one line on the screen, and its stack is in the log", async () => {
  const state = join(home, "state");
  mkdirSync(state);
  const preload = join(state, "break.mjs");
  const body = "Array.prototype.flatMap = whole; throw new RangeError('made for the test');";
  writeFileSync(
    preload,
    `const whole = Array.prototype.flatMap;\nArray.prototype.flatMap = () => { ${body} };\n`,
  );
  const env = { NODE_OPTIONS: `--import=${preload}`, XDG_STATE_HOME: state };
  const { code, stdout, stderr } = await ask(["what is wrong?", "logs"], { env });
  const log = join(state, "logai/logs/app.log");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("Error: This is a bug in LogAI: made for the test. Details are in");
  expect(stderr).toContain(log);
  expect(stderr).not.toMatch(/^\s+at /m);
  const entry = JSON.parse(readFileSync(log, "utf8").trimEnd().split("\n").at(-1) ?? "");
  expect(entry).toMatchObject({ level: "ERROR", message: "bug" });
  expect(entry.stack).toContain("RangeError: made for the test\n    at ");
});
