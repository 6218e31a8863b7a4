import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Child {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  readonly lines: readonly string[];
  /** Resolves when it prints this many lines, or ends before. */
  reach(lines: number): Promise<void>;
  /** Its exit code; null where it was killed. All it printed is in `lines` then. */
  readonly ended: Promise<number | null>;
}

/** Another process that runs a script of the tests with the Node of this one. */
export function startChild(script: string, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, ["--no-warnings", join(import.meta.dirname, "..", script), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const waiting: { readonly lines: number; readonly resolve: () => void }[] = [];
  let isOver = false;
  const wake = () => {
    for (const { lines: wanted, resolve } of waiting) if (isOver || lines.length >= wanted) resolve();
  };
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    wake();
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      isOver = true;
      wake();
      resolve(code);
    });
  });
  const reach = (wanted: number) =>
    new Promise<void>((resolve) => {
      if (isOver || lines.length >= wanted) resolve();
      else waiting.push({ lines: wanted, resolve });
    });
  return { process: child, lines, reach, ended };
}
