import { writeSync } from "node:fs";
import type { Cache } from "../../src/cache/cache.ts";
import { openCache } from "../../src/cache/open-cache.ts";
import { KEY, makeChunk, makeEvent, makeNoise, NOON } from "./cache-events.ts";
import { keepForEver } from "./kill-rounds.ts";

/** A process of its own with a cache on a file; the tests read what it prints. */
const [task, path = "", seed = "0"] = process.argv.slice(2);
const say = (value: unknown) => writeSync(1, `${JSON.stringify(value)}\n`);
const settings = {
  ...{ maxBytes: 200e6, maxEntries: 100_000, eventLife: Infinity, tailLife: 60_000 },
  ...{ now: () => NOON, onWarning: (warning: string) => say({ warning }) },
};

/** Keeps more than there is room for, and tells what became of it. */
async function fill(cache: Cache): Promise<void> {
  const starts = Array.from({ length: 60 }, (_, index) => index * 10);
  for (const at of starts) await cache.keep(KEY, noise(at));
  const known = [];
  for (const at of starts) {
    const chunk = cache.plan(KEY, { start: at, end: at + 5 })[0]?.chunk;
    const events = chunk && (await cache.read(chunk));
    if (events) known.push(events[0]?.message === noise(at).events[0]?.message ? at : "wrong");
  }
  const { entries } = cache.status();
  const cleared = cache.clear();
  await cache.keep(KEY, noise(1000));
  const isInUse = cache.plan(KEY, { start: 1000, end: 1005 })[0]?.chunk !== undefined;
  say({ known, entries, cleared, isInUse });
}

const noise = (at: number) => ({
  ...makeChunk(at, at + 5, 1),
  events: [makeEvent(at, { message: makeNoise(50_000, at) })],
});

if (task === "fill") await fill(openCache(path, settings));
if (task === "fill-to-the-end") await fill(openCache(path, settings, { freeBytes: () => Infinity }));
if (task === "keep-for-ever") await keepForEver(openCache(path, settings), Number(seed), say);
