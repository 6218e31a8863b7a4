import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");
const BUILDS = join(ROOT, "node_modules/.cache/logai-e2e");
/** What a build is made of. */
const SOURCES = ["src/**/*.ts", "bin/*", "package.json", "rolldown.config.ts"];

let built: Promise<string> | undefined;

/** The folder of the built program, made once for a state of the sources and shared by all who test it. */
export function builtProgram(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const hash = createHash("sha256");
  for (const file of globSync(SOURCES, { cwd: ROOT }).sort()) {
    const { size, mtimeMs } = statSync(join(ROOT, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  const folder = join(BUILDS, hash.digest("hex").slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(BUILDS, { recursive: true });
  removeOldBuilds();
  const draft = mkdtempSync(join(BUILDS, "draft-"));
  const rolldown = join(ROOT, "node_modules/rolldown/bin/cli.mjs");
  const args = [rolldown, "-c", "rolldown.config.ts", "-d", join(draft, "dist")];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  cpSync(join(ROOT, "bin"), join(draft, "bin"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(draft, "package.json"));
  try {
    renameSync(draft, folder);
  } catch {
    // Another worker was faster.
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

function removeOldBuilds(): void {
  for (const name of readdirSync(BUILDS)) {
    const path = join(BUILDS, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 3_600_000) rmSync(path, { recursive: true, force: true });
  }
}

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly home: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Piped in and ended; "open" is a pipe into which nothing ever comes. Nothing (as from /dev/null) unless told. */
  readonly input?: string | Buffer | "open";
  /** Called when the program is started, to send it signals. */
  readonly onStart?: (child: ReturnType<typeof spawn>) => void;
  /** Called with what has come on stderr so far, so that a test can act on it. */
  readonly onStderr?: (text: string, child: ReturnType<typeof spawn>) => void;
  /** Ends reading of stdout after the first bytes, as `head` does. */
  readonly closeEarly?: boolean;
}

/** The environment of a run: a home of its own, a fixed clock, and no key. */
export function environmentOf({ home, env }: Pick<RunOptions, "home" | "env">): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: home,
    TZ: "UTC",
    LANG: "C.UTF-8",
    LOGAI_NOW: "2026-03-12T06:00:00Z",
    ...env,
  };
}

/** Runs the built program to its end. */
export async function run(args: readonly string[], options: RunOptions): Promise<Ran> {
  const launcher = join(await builtProgram(), "bin/logai.mjs");
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: options.cwd ?? options.home,
    env: environmentOf(options),
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  options.onStart?.(child);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (options.closeEarly) child.stdout?.destroy();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    options.onStderr?.(stderr, child);
  });
  if (options.input !== undefined && options.input !== "open") {
    child.stdin?.on("error", () => {}).end(options.input);
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
}

/** A new empty folder below the system's temporary one; the test removes it. */
export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "logai-e2e-"));
}
