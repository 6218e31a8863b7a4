#!/usr/bin/env node
// Starts LogAI on a runtime that is new enough. Plain JavaScript that any Node since 12 can read.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const NEEDED = 24;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const own = here("../node_modules/node/bin/node");

if (process.argv.length === 3 && ["--version", "-V"].includes(process.argv[2])) {
  process.stdout.write(`${JSON.parse(readFileSync(here("../package.json"), "utf8")).version}\n`);
} else if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  module.enableCompileCache?.();
  await import("../dist/cli.js");
} else if (existsSync(own)) {
  const child = spawn(own, [process.argv[1], ...process.argv.slice(2)], { stdio: "inherit" });
  // Ctrl-C reaches the whole group by itself: the child decides when and how it ends.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => process.stderr.write(`logai: ${own} cannot be started: ${error.message}\n`));
  child.on("close", (status) => {
    process.exitCode = status ?? 1;
  });
} else {
  process.stderr.write(
    `logai needs Node ${NEEDED} or newer; this is ${process.version}. Get it from https://nodejs.org\n`,
  );
  process.exitCode = 1;
}
