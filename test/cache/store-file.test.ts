import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cache } from "../../src/cache/cache.ts";
import { CACHE_SPEC } from "../../src/cache/schema.ts";
import { createStore } from "../../src/cache/store.ts";
import { type Database, openDatabase } from "../../src/database.ts";
import { startChild } from "../database/children.ts";
import { HOUR, KEY, makeChunk, makeEvent, makeNoise, NOON, OWNER } from "./cache-events.ts";
import { layOut, NO_USAGE, readAll, SETTINGS } from "./clocked-cache.ts";

let folder = "";
let path = "";
let clock = { now: NOON };
const opened: Cache[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "logai-store-"));
  path = join(folder, "cache.db");
  clock = { now: NOON };
});

afterEach(() => {
  for (const cache of opened.splice(0)) cache.close();
  rmSync(folder, { recursive: true });
});

function open(): { readonly cache: Cache; readonly database: Database } {
  const database = openDatabase(path, CACHE_SPEC);
  const onWarning = (text: string) => expect.unreachable(text);
  const cache = createStore(database, { ...SETTINGS, now: () => clock.now, onWarning });
  opened.push(cache);
  return { cache, database };
}

describe("a store in a file", () => {
  it("knows after it was closed what it knew before", async () => {
    const first = open().cache;
    await first.keep(KEY, makeChunk(0, 10, 1));
    first.keepResult(OWNER, "other", "key", { a: 1 }, NOON);
    first.recordUse(OWNER, [], { ...NO_USAGE, sparedCalls: 4 });
    const before = first.status();
    first.close();
    const { cache } = open();
    expect(cache.status()).toEqual(before);
    expect(await readAll(cache, KEY, { start: 0, end: 10 })).toEqual(makeChunk(0, 10, 1).events);
    expect(cache.findResult(OWNER, "other", "key")?.value).toEqual({ a: 1 });
  });

  it("keeps nothing once it is closed, and says nothing of it", async () => {
    const { cache } = open();
    const keeping = cache.keep(KEY, makeChunk(0, 10, 1));
    cache.close();
    cache.close();
    await keeping;
    expect(layOut(open().cache.plan(KEY, { start: 0, end: 10 }))).toBe("0 gap 10");
  });

  it("forgets a chunk that is damaged", async () => {
    const { cache, database } = open();
    await cache.keep(KEY, makeChunk(0, 10, 1));
    damage(database);
    const [part] = cache.plan(KEY, { start: 0, end: 10 });
    expect(part?.chunk && (await cache.read(part.chunk))).toBeUndefined();
    expect(layOut(cache.plan(KEY, { start: 0, end: 10 }))).toBe("0 gap 10");
  });

  it("forgets a damaged chunk when another would join it, and keeps that one", async () => {
    const { cache, database } = open();
    await cache.keep(KEY, makeChunk(0, 10, 1));
    damage(database);
    await cache.keep(KEY, makeChunk(10, 20, 1));
    expect(layOut(cache.plan(KEY, { start: 0, end: 20 }))).toBe("0 gap 10 known 20");
  });

  it("forgets a result that is damaged", () => {
    const { cache, database } = open();
    cache.keepResult(OWNER, "other", "key", { a: 1 }, NOON);
    database.exec("UPDATE results SET payload = x'28b52ffd00'");
    expect(cache.findResult(OWNER, "other", "key")).toBeUndefined();
    expect(cache.status().entries).toBe(0);
  });

  it("gives back the space of what is cleared", async () => {
    const { cache } = open();
    await keepNoise(cache, 20);
    cache.clear();
    expect(statSync(path).size).toBeLessThan(100_000);
  });

  it("gives back the space of what was too old, little by little", async () => {
    const { cache, database } = open();
    await keepNoise(cache, 20);
    const pagesOf = () => Number(Object.values(database.prepare("PRAGMA page_count").get() ?? {})[0]);
    const full = pagesOf();
    clock.now += 25 * HOUR;
    cache.keepResult(OWNER, "other", "key", 1, clock.now);
    expect(pagesOf()).toBeLessThan(full / 10);
  });

  it("takes about as much of the disk as it says", async () => {
    const { cache, database } = open();
    await keepNoise(cache, 20);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const { bytes } = cache.status();
    expect(statSync(path).size).toBeGreaterThan(bytes * 0.9);
    expect(statSync(path).size).toBeLessThan(bytes * 1.1);
  });
});

describe("several processes on one file", () => {
  const SCRIPT = "cache/keep-child.ts";

  it("all keep what they have, where their spans overlap too", async () => {
    const children = ["0", "5"].map((first) => startChild(SCRIPT, path, first, "10", "40"));
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0]);
    const { cache } = open();
    expect(await readAll(cache, KEY, { start: 0, end: 405 })).toEqual(makeChunk(0, 405, 1).events);
  });

  it.each([10, 25])("have what was kept when one is killed after %i chunks", async (count) => {
    const child = startChild(SCRIPT, path, "0", "20", "10000");
    await child.reach(count);
    child.process.kill("SIGKILL");
    expect(await child.ended).toBeNull();
    const { cache, database } = open();
    expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    for (const at of child.lines.map(Number))
      expect(await readAll(cache, KEY, { start: at, end: at + 10 })).toEqual(
        makeChunk(at, at + 10, 1).events,
      );
  });
});

function damage(database: Database): void {
  database.exec(
    "UPDATE payloads SET payload = CAST(substr(payload, 1, 40) || x'00' || substr(payload, 42) AS BLOB)",
  );
}

/** Chunks of about 100 KB as stored, that do not adjoin. */
async function keepNoise(cache: Cache, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const events = [makeEvent(index * 20, { message: makeNoise(100_000, index) })];
    await cache.keep(KEY, { ...makeChunk(index * 20, index * 20 + 10, 1), events });
  }
}
