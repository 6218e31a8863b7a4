// The figures of the README: each is a ratio against a named peer, both measured in this run on this machine.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeBigLog } from "./big-log.mjs";
import { compareCommands } from "./measure.mjs";

const logai = [process.execPath, fileURLToPath(new URL("../bin/logai.mjs", import.meta.url))];
const scratch = mkdtempSync(join(tmpdir(), "logai-bench-"));
const env = { ...process.env, HOME: scratch, ANTHROPIC_API_KEY: "", LC_ALL: "C" };
const MEGABYTES = Number(process.env.BENCH_MB ?? 500);

/** name, our command, the peer's, runs, and the bytes that both go through (for MB/s). */
function report(name, ours, peerName, peer, runs, bytes) {
  const { a, b, ratio } = compareCommands(ours, peer, runs, env);
  const speed = (ms) => (bytes ? `, ${Math.round(bytes / 1000 / ms).toLocaleString("en-US")} MB/s` : "");
  console.log(
    `${name}: ${a.toFixed(0)} ms${speed(a)}; ${peerName}: ${b.toFixed(0)} ms${speed(b)}; ratio ${ratio.toFixed(2)}`,
  );
}

try {
  console.log(
    `Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model ?? "?"}, median of pairs`,
  );
  const bare = [process.execPath, "-e", "0"];
  const small = join(scratch, "small");
  mkdirSync(small);
  for (const name of ["api", "web", "jobs"]) {
    writeFileSync(join(small, `${name}.log`), `2026-01-01T00:00:00Z INFO ${name} started\n`.repeat(100));
  }
  report("logai --version", [...logai, "--version"], "node -e 0", bare, 15);
  report("logai --help", [...logai, "--help"], "node -e 0", bare, 15);
  report("logai groups, 3 small files", [...logai, "groups", "--in", small], "node -e 0", bare, 15);

  const file = writeBigLog(join(scratch, "big.log"), MEGABYTES * 1_000_000);
  const bytes = MEGABYTES * 1_000_000;
  const rare = "order 6999993 ";
  report(
    `logai logs --count, one hit in ${MEGABYTES} MB`,
    [...logai, "logs", "big.log", "--in", file, "--count", "--filter", `"${rare}"`],
    "grep -c",
    ["grep", "-c", rare, file],
    5,
    bytes,
  );
  report(
    `logai logs --count, one line in 1000 of ${MEGABYTES} MB`,
    [...logai, "logs", "big.log", "--in", file, "--count", "--filter", '"Failed password"'],
    "grep -c",
    ["grep", "-c", "Failed password", file],
    5,
    bytes,
  );
  report(
    `logai stats, all of ${MEGABYTES} MB`,
    [...logai, "stats", "big.log", "--in", file],
    "wc -l",
    ["wc", "-l", file],
    3,
    bytes,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
