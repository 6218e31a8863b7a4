import { rmSync } from "node:fs";
import { join } from "node:path";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtProgram, environmentOf, makeFolder } from "./program.ts";
import { writeShopLogs } from "./shop-logs.ts";

const home = makeFolder();

beforeAll(async () => {
  writeShopLogs(join(home, "logs"));
  await builtProgram();
}, 60_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Seen {
  readonly code: number;
  /** What a person sees in the end. */
  readonly lines: readonly string[];
  /** Every byte that was written. */
  readonly bytes: string;
}

interface Options {
  readonly columns: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly onText?: (text: string, press: (keys: string) => void) => void;
}

/** Runs the program in a terminal of its own. */
async function look(args: readonly string[], { columns, env = {}, onText }: Options): Promise<Seen> {
  const launcher = join(await builtProgram(), "bin/logai.mjs");
  const screen = new xterm.Terminal({ cols: columns, rows: 200, allowProposedApi: true, convertEol: false });
  const child = spawn(process.execPath, [launcher, ...args], {
    name: env.TERM ?? "xterm-256color",
    cols: columns,
    rows: 200,
    cwd: home,
    env: environmentOf({ home, env }),
  });
  let bytes = "";
  child.onData((text) => {
    bytes += text;
    screen.write(text);
    onText?.(bytes, (keys) => child.write(keys));
  });
  const code = await new Promise<number>((resolve) => child.onExit(({ exitCode }) => resolve(exitCode)));
  await new Promise<void>((resolve) => screen.write("", resolve));
  const all = Array.from(
    { length: 200 },
    (_, at) => screen.buffer.active.getLine(at)?.translateToString(true) ?? "",
  );
  const last = all.findLastIndex((line) => line !== "");
  return { code, lines: all.slice(0, last + 1), bytes };
}

describe.skipIf(process.platform === "win32")("in a terminal", () => {
  test("an answer wraps between words, and the progress line is gone in the end", async () => {
    const { code, lines, bytes } = await look(["ask", "what is wrong?", "logs"], { columns: 80 });
    expect(code).toBe(0);
    expect(bytes).toContain("\u001b[2K");
    const text = lines.join("\n");
    expect(text).not.toContain("thinking");
    expect(lines[0]).toBe("No ANTHROPIC_API_KEY is set: the built-in offline analyst answers.");
    expect(lines[1]).toMatch(/^read (api|jobs\/worker)\.log: \d+ events, \d+\.\d s$/);
    expect(text).toContain("· Looked at: api.log, jobs/worker.log (local)");
  });

  test("counts are drawn, in as many columns as there are", async () => {
    for (const columns of [80, 200]) {
      const { lines } = await look(["stats", "logs/api.log", "--by", "hour"], { columns });
      expect(lines[0]).toBe("api.log: 120 events by hour");
      expect(lines[1]).toMatch(/^01:00 {2}█+░+ +60 \(6 err\)$/);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });

  test("NO_COLOR leaves no styling, TERM=dumb no control sequence at all", async () => {
    const plain = await look(["stats", "logs/api.log"], { columns: 80, env: { NO_COLOR: "1" } });
    expect(plain.bytes).not.toContain("\u001b[1");
    const dumb = await look(["stats", "logs/api.log"], { columns: 80, env: { TERM: "dumb" } });
    expect(dumb.bytes).not.toContain("\u001b");
    expect(dumb.lines.join("\n")).toContain("#");
    const coloured = await look(["stats", "logs/api.log"], { columns: 80 });
    expect(coloured.bytes).toContain("\u001b[1;96m");
  });

  test("Ctrl-C ends a question: one word, exit 130, and again if need be", async () => {
    for (const keys of ["\u0003", "\u0003\u0003"]) {
      let isPressed = false;
      const { code, lines } = await look(["demo"], {
        columns: 80,
        env: { LOGAI_CACHE_DIR: join(home, "cache") },
        onText: (text, press) => {
          if (isPressed || !text.includes("reading")) return;
          isPressed = true;
          press(keys);
        },
      });
      expect(isPressed).toBe(true);
      expect(code).toBe(130);
      expect(lines.filter((line) => line.includes("Interrupted")).length).toBeLessThanOrEqual(1);
      expect(lines.join("\n")).not.toMatch(/^\s+at /m);
    }
  }, 60_000);

  test("without a word shows its help, and waits for nothing", async () => {
    const { code, lines } = await look([], { columns: 80 });
    expect(code).toBe(0);
    expect(lines[0]).toBe("Usage: logai [command] [options]");
    expect((await look(["sanitize"], { columns: 80 })).code).toBe(2);
  });
});
