import { CACHE_SPEC } from "../../src/cache/schema.ts";
import { createStore } from "../../src/cache/store.ts";
import { openDatabase } from "../../src/database.ts";
import { HOUR, KEY, MINUTE, makeChunk, NOON } from "./cache-events.ts";

/** A process of its own that keeps chunks of 10 ms, one after the other, and prints the start of each once it is kept. */
const [path = "", first = "0", step = "10", count = "1"] = process.argv.slice(2);
const settings = {
  ...{ maxBytes: 100e6, maxEntries: 10_000, eventLife: 24 * HOUR, tailLife: MINUTE },
  ...{ now: () => NOON, onWarning: () => undefined },
};
const cache = createStore(openDatabase(path, CACHE_SPEC), settings);
for (let index = 0; index < Number(count); index += 1) {
  const start = Number(first) + index * Number(step);
  await cache.keep(KEY, makeChunk(start, start + 10, 1));
  process.stdout.write(`${start}\n`);
}
cache.close();
