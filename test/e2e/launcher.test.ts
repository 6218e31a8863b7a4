import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtProgram, makeFolder } from "./program.ts";

const home = makeFolder();
/** Makes any Node look too old to the launcher. */
const old = join(home, "old.cjs");

beforeAll(async () => {
  await builtProgram();
  writeFileSync(old, 'Object.defineProperty(process.versions, "node", { value: "20.20.0" });');
}, 60_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A copy of the launcher without anything around it but what is asked for. */
function copyLauncher(name: string, program: string, parts: readonly string[]): string {
  const folder = join(home, name);
  mkdirSync(folder);
  for (const part of ["bin", "package.json", ...parts])
    cpSync(join(program, part), join(folder, part), { recursive: true });
  return folder;
}

function run(folder: string, args: readonly string[]) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, ["--require", old, join(folder, "bin/logai.mjs"), ...args], {
      env: { HOME: home },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (text) => (stdout += text));
    child.stderr.on("data", (text) => {
      stderr += text;
      if (stderr.includes("ready")) child.kill("SIGTERM");
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** A stand-in for the Node that comes with the package. */
function installNode(folder: string, script: string): void {
  const bin = join(folder, "node_modules/node/bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "node"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, "node"), 0o755);
}

test("an old Node without a new one next to it: one line, exit 1", async () => {
  const folder = copyLauncher("alone", await builtProgram(), ["dist"]);
  const { code, stdout, stderr } = await run(folder, ["--help"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(
    /^logai: Node 24 or newer is needed; this is v[\d.]+\. Get it from https:\/\/nodejs\.org\n$/,
  );
});

test("what the first releases of Node 24 say of their SQLite is not shown, other warnings are", async () => {
  const said = join(home, "said.cjs");
  const texts = ["SQLite is an experimental feature and might change at any time", "The disk is on fire"];
  const emit = texts.map((text) => `process.emitWarning(${JSON.stringify(text)}, "ExperimentalWarning");`);
  writeFileSync(said, `setImmediate(() => { ${emit.join(" ")} });`);
  const program = await builtProgram();
  const args = ["--require", said, join(program, "bin/logai.mjs"), "sanitize"];
  const options = { env: { HOME: home }, input: "a line\n", encoding: "utf8" } as const;
  const { stdout, stderr } = spawnSync(process.execPath, args, options);
  expect(stdout).toBe("a line\n");
  expect(stderr).toContain("The disk is on fire");
  expect(stderr).not.toContain("SQLite is");
});

test("a checkout that was not built: one line, exit 1", async () => {
  const folder = copyLauncher("unbuilt", await builtProgram(), []);
  const { code, stderr } = await run(folder, ["--help"]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: "logai: it is not built; run npm run build in its folder\n",
  });
});

test("the version needs neither", async () => {
  const folder = copyLauncher("version", await builtProgram(), []);
  expect(await run(folder, ["--version"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test.skipIf(process.platform === "win32")(
  "the Node next to it runs the program, with its exit code",
  async () => {
    const folder = copyLauncher("next-to-it", await builtProgram(), ["dist"]);
    mkdirSync(join(folder, "node_modules/node/bin"), { recursive: true });
    symlinkSync(process.execPath, join(folder, "node_modules/node/bin/node"));
    expect(await run(folder, ["--help"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Usage: logai"),
    });
    expect(await run(folder, ["nonsense"])).toMatchObject({ code: 2 });
  },
);

test.skipIf(process.platform === "win32")("signals reach it, and how it ended is passed on", async () => {
  const folder = copyLauncher("signals", await builtProgram(), ["dist"]);
  installNode(folder, 'trap "exit 7" TERM; echo ready >&2; while :; do sleep 0.05; done');
  expect((await run(folder, ["logs"])).code).toBe(7);
  installNode(folder, "kill -KILL $$");
  expect((await run(folder, ["logs"])).code).toBe(137);
});

test("the launcher is one file that an old Node can parse", () => {
  const syntax = execFileSync(process.execPath, [
    "--check",
    join(import.meta.dirname, "../../bin/logai.mjs"),
  ]);
  expect(syntax.toString()).toBe("");
});
