#!/usr/bin/env node
// Starts LogAI on a runtime that is new enough. Plain JavaScript that any Node since 14.8 can read.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const NEEDED = 24;
// Objects that live for a moment only, by the million, otherwise take 200 MB before they are looked at; as in npm start.
const MEMORY = ["--max-semi-space-size=8", "--heap-growing-percent=50"];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const own = here("../node_modules/node/bin/node");

function fail(line) {
  process.stderr.write(`logai: ${line}\n`);
  process.exitCode = 1;
}

/** The first releases of Node 24 call their SQLite experimental at each start. */
function hideSqliteWarning() {
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).includes("SQLite is an experimental")) emitWarning.call(process, warning, ...rest);
  };
}

if (process.argv.length === 3 && ["--version", "-V"].includes(process.argv[2])) {
  process.stdout.write(`${JSON.parse(readFileSync(here("../package.json"), "utf8")).version}\n`);
} else if (!existsSync(here("../dist/cli.js"))) {
  fail("it is not built; run npm run build in its folder");
} else if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  module.enableCompileCache?.();
  hideSqliteWarning();
  await import("../dist/cli.js");
} else if (existsSync(own)) {
  let child;
  // Before there is a child, for it may be quicker than this line. Ctrl-C reaches the whole group by itself: the child
  // decides when and how it ends.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child = spawn(own, [...MEMORY, ...process.argv.slice(1)], { stdio: "inherit" });
  child.on("error", (error) => fail(`${own} cannot be started: ${error.message}`));
  child.on("close", (status, signal) => {
    process.exitCode = status ?? 128 + (signal === null ? 1 : constants.signals[signal]);
  });
} else {
  fail(`Node ${NEEDED} or newer is needed; this is ${process.version}. Get it from https://nodejs.org`);
}
