import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "threads",
    isolate: false,
    // Most of the time goes to child processes, which one worker would wait for.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 20_000,
    // The counts, for whoever asks after the run (.ci/run does).
    reporters: ["default", ["json", { outputFile: "node_modules/.cache/tests.json" }]],
    // One clock, one zone, no colour and no key for every test: the machine it runs on must not matter.
    env: { TZ: "UTC", NO_COLOR: "1", ANTHROPIC_API_KEY: "" },
  },
});
