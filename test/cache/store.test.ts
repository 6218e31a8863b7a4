import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { CACHE_SPEC } from "../../src/cache/schema.ts";
import { createStore } from "../../src/cache/store.ts";
import { openDatabase } from "../../src/database.ts";
import { describeCache } from "../contracts/cache.ts";

const opened: (() => void)[] = [];

afterEach(() => {
  for (const close of opened.splice(0)) close();
});

describeCache("a store in memory", (settings) => {
  const cache = createStore(openDatabase(":memory:", CACHE_SPEC), settings);
  opened.push(cache.close);
  return cache;
});

describeCache("a store in a file", (settings) => {
  const folder = mkdtempSync(join(tmpdir(), "logai-cache-"));
  const cache = createStore(openDatabase(join(folder, "cache.db"), CACHE_SPEC), settings);
  opened.push(() => {
    cache.close();
    rmSync(folder, { recursive: true });
  });
  return cache;
});
