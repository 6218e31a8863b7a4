// Times whole commands side by side, in turn, so that a change of the machine's speed meets both alike.
import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";

/** Runs a command to its end with its output thrown away; milliseconds of wall time. */
export function timeCommand([program, ...args], env = process.env) {
  const started = performance.now();
  const { status, error, stderr } = spawnSync(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env,
    maxBuffer: 1 << 30,
  });
  if (error || status !== 0)
    throw new Error(`${program} ${args.join(" ")} failed (${status}): ${error ?? stderr}`);
  return performance.now() - started;
}

/** Medians of two commands, run A B A B ... after one warm-up each, and the median of their ratios pair by pair. */
export function compareCommands(a, b, runs, env) {
  timeCommand(a, env);
  timeCommand(b, env);
  const pairs = Array.from({ length: runs }, () => [timeCommand(a, env), timeCommand(b, env)]);
  return {
    a: median(pairs.map(([ms]) => ms)),
    b: median(pairs.map(([, ms]) => ms)),
    ratio: median(pairs.map(([first, second]) => first / second)),
  };
}

export function median(values) {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)];
}
