import { existsSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cache } from "../../src/cache/cache.ts";
import { type CacheOpenOptions, openCache } from "../../src/cache/open-cache.ts";
import { type Database, openDatabase } from "../../src/database.ts";
import { useFolder } from "../database/folder.ts";
import { KEY, makeChunk, makeEvent, makeNoise, NOON, OWNER } from "./cache-events.ts";
import { layOut, NO_USAGE, readAll, SETTINGS } from "./clocked-cache.ts";

const inFolder = useFolder();
const opened: Cache[] = [];
let path: string;
let warnings: string[];
let now: number;
let databases: Database[];

beforeEach(() => {
  path = inFolder("cache.db");
  warnings = [];
  databases = [];
  now = NOON;
});
afterEach(() => {
  for (const cache of opened.splice(0)) cache.close();
});

function open(options: CacheOpenOptions = {}): Cache {
  const onWarning = (text: string) => warnings.push(text);
  const cache = openCache(path, { ...SETTINGS, now: () => now, onWarning }, { open: note, ...options });
  opened.push(cache);
  return cache;
}

const note: typeof openDatabase = (...given) => {
  const database = openDatabase(...given);
  databases.push(database);
  return database;
};

/** Fills so many pages at most from now on, as if the disk had no more. */
function limitRoom(pages: number): void {
  const database = databases.at(-1);
  const { page_count: count } = database?.prepare("PRAGMA page_count").get() ?? {};
  database?.exec(`PRAGMA max_page_count = ${Number(count) + pages}`);
}

const noise = (at: number) => ({
  ...makeChunk(at, at + 5, 1),
  events: [makeEvent(at, { message: makeNoise(30_000, at) })],
});
const known = async (cache: Cache, at: number) =>
  (await readAll(cache, KEY, { start: at, end: at + 5 }))?.[0]?.message === makeNoise(30_000, at);

describe("a disk that gets full", () => {
  it("has nothing more written to it, and what is known is read", async () => {
    const cache = open();
    await cache.keep(KEY, noise(0));
    limitRoom(5);
    await cache.keep(KEY, noise(10));
    expect(warnings).toEqual([
      expect.stringMatching(/^Nothing more is cached: .*the disk is full\. Set LOGAI/),
    ]);
    expect(await known(cache, 0)).toBe(true);
    expect(await known(cache, 10)).toBe(false);
    cache.recordUse(OWNER, [], { ...NO_USAGE, sparedCalls: 1 });
    cache.keepResult(OWNER, "other", "key", 1, NOON);
    expect(cache.findResult(OWNER, "other", "key")).toBeUndefined();
    expect(cache.status()).toMatchObject({ entries: 1, usage: { sparedCalls: 0 } });
    expect(warnings).toHaveLength(1);
  });

  it("is as empty as can be once the cache is cleared, which then is in use again", async () => {
    const cache = open();
    for (let at = 0; at < 200; at += 10) await cache.keep(KEY, noise(at));
    limitRoom(5);
    await cache.keep(KEY, noise(500));
    expect(warnings).toHaveLength(1);
    expect(cache.clear()).toBe(20);
    expect(cache.status().entries).toBe(0);
    expect(statSync(path).size + statSync(`${path}-wal`).size).toBeLessThan(300_000);
    await cache.keep(KEY, noise(500));
    expect(await known(cache, 500)).toBe(true);
    expect(warnings).toHaveLength(1);
  });

  it("has 64 MB left for others", async () => {
    let free = 64 * 2 ** 20;
    const cache = open({ freeBytes: () => free });
    await cache.keep(KEY, noise(0));
    free -= 1;
    now += 10_000;
    await cache.keep(KEY, noise(10));
    cache.keepResult(OWNER, "other", "key", 1, NOON);
    expect(warnings).toEqual([expect.stringContaining(`less than 64 MB are free on the disk of ${path}`)]);
    expect([await known(cache, 0), await known(cache, 10)]).toEqual([true, false]);
    expect(cache.clear(KEY.group)).toBe(1);
    free += 1;
    now += 10_000;
    await cache.keep(KEY, noise(20));
    expect(await known(cache, 20)).toBe(true);
    expect(warnings).toHaveLength(1);
  });
});

describe("a file that is damaged while it is in use", () => {
  /** All but the first page, behind SQLite's back: to close the file again would drop SQLite's locks. */
  function spoil(): void {
    const { size } = statSync(path);
    writeSync(openSync(path, "r+"), Buffer.alloc(size - 4096, 0xa5), 0, undefined, 4096);
    // What SQLite has in memory it does not read again.
    databases.at(-1)?.exec("PRAGMA shrink_memory");
  }

  async function fillAndSpoil(): Promise<Cache> {
    const cache = open();
    for (let at = 0; at < 100; at += 10) await cache.keep(KEY, noise(at));
    databases.at(-1)?.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    spoil();
    return cache;
  }
  const asides = () => readdirSync(inFolder()).filter((name) => /^cache\.db\.corrupt-[-\d]+$/.test(name));

  const CALLS: Record<string, (cache: Cache) => unknown> = {
    plan: (cache) => cache.plan(KEY, { start: 0, end: 9 }),
    keep: (cache) => cache.keep(KEY, noise(1000)),
    recordUse: (cache) => cache.recordUse(OWNER, [], NO_USAGE),
    findResult: (cache) => cache.findResult(OWNER, "other", "key"),
    keepResult: (cache) => cache.keepResult(OWNER, "other", "key", 1, NOON),
    status: (cache) => cache.status(),
    clear: (cache) => cache.clear(),
    "clear of a group": (cache) => cache.clear(KEY.group),
  };

  it.each(Object.keys(CALLS))("is set aside by %s, and begun anew", async (name) => {
    const cache = await fillAndSpoil();
    const result = await CALLS[name]?.(cache);
    const expected: Record<string, unknown> = {
      plan: [{ window: { start: 0, end: 9 }, chunk: undefined }],
      status: expect.objectContaining({ entries: 0, maxBytes: SETTINGS.maxBytes }),
      clear: 0,
      "clear of a group": 0,
    };
    expect(result).toEqual(expected[name]);
    expect(asides()).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining("is damaged")]);
    await cache.keep(KEY, noise(2000));
    expect(await known(cache, 2000)).toBe(true);
    expect(await known(open(), 2000)).toBe(true);
    expect(warnings).toHaveLength(1);
  });

  it("is set aside when a chunk is read of it, and gives nothing of the new one for that", async () => {
    const cache = open();
    for (let at = 0; at < 100; at += 10) await cache.keep(KEY, noise(at));
    databases.at(-1)?.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const [part] = cache.plan(KEY, { start: 50, end: 55 });
    spoil();
    expect(part?.chunk && (await cache.read(part.chunk))).toBeUndefined();
    expect(asides()).toHaveLength(1);
    await cache.keep(KEY, noise(70));
    expect(part?.chunk && (await cache.read(part.chunk))).toBeUndefined();
    expect(await known(cache, 70)).toBe(true);
  });

  it("is set aside so often, and then there is memory", async () => {
    const cache = await fillAndSpoil();
    for (let round = 0; round < 4; round += 1) {
      cache.status();
      for (let at = 0; at < 100; at += 10) await cache.keep(KEY, noise(at));
      expect(await known(cache, 50)).toBe(true);
      if (!databases.at(-1)?.isOpen) break;
      databases.at(-1)?.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      spoil();
    }
    expect(asides()).toHaveLength(2);
    expect(warnings).toHaveLength(1);
  });
});

describe("a file that is no longer there", () => {
  it.each([
    ["deleted", () => rmSync(path)],
    [
      "deleted with its log",
      () =>
        ["", "-wal", "-shm"].forEach((suffix) => {
          rmSync(path + suffix);
        }),
    ],
    ["moved away", () => renameSync(path, inFolder("elsewhere.db"))],
    ["deleted with its folder", () => rmSync(inFolder(), { recursive: true })],
  ])("as it was %s: there is a new one, without a word", async (_, lose) => {
    const cache = open();
    await cache.keep(KEY, noise(0));
    lose();
    expect(layOut(cache.plan(KEY, { start: 0, end: 5 }))).toBe("0 gap 5");
    await cache.keep(KEY, noise(10));
    expect(await known(cache, 10)).toBe(true);
    expect(existsSync(path)).toBe(true);
    expect(await known(open(), 10)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it("as another cache began it anew: both go on with the new one", async () => {
    const first = open();
    await first.keep(KEY, noise(0));
    for (const suffix of ["", "-wal", "-shm"]) renameSync(path + suffix, inFolder(`aside.db${suffix}`));
    const second = open();
    await second.keep(KEY, noise(10));
    await first.keep(KEY, noise(20));
    await second.keep(KEY, noise(30));
    for (const cache of [first, second, open()]) {
      expect([await known(cache, 20), await known(cache, 30)]).toEqual([true, true]);
      expect(await known(cache, 0)).toBe(false);
    }
    expect(warnings).toEqual([]);
  });
});

describe("a file that another holds", () => {
  it("is read, and written to again a minute later", async () => {
    const cache = open({ busyMs: 10 });
    await cache.keep(KEY, noise(0));
    using holder = new DatabaseSync(path);
    holder.exec("BEGIN IMMEDIATE");
    await cache.keep(KEY, noise(10));
    cache.keepResult(OWNER, "other", "key", 1, NOON);
    expect(warnings).toEqual([expect.stringContaining(`${path} is held by another process`)]);
    expect([await known(cache, 0), await known(cache, 10)]).toEqual([true, false]);
    expect(cache.clear()).toBe(0);
    holder.exec("ROLLBACK");
    await cache.keep(KEY, noise(20));
    expect(await known(cache, 20)).toBe(false);
    now += 61_000;
    await cache.keep(KEY, noise(20));
    expect(await known(cache, 20)).toBe(true);
    expect(warnings).toHaveLength(1);
  });
});

it("has no fault where its database is closed in the middle of a call", async () => {
  const cache = open();
  const keeping = cache.keep(KEY, noise(0));
  cache.close();
  await keeping;
  expect(cache.plan(KEY, { start: 0, end: 9 })).toEqual([{ window: { start: 0, end: 9 }, chunk: undefined }]);
  await cache.keep(KEY, noise(10));
  cache.recordUse(OWNER, [], NO_USAGE);
  cache.keepResult(OWNER, "other", "key", 1, NOON);
  expect(cache.findResult(OWNER, "other", "key")).toBeUndefined();
  expect(cache.status()).toMatchObject({ entries: 0, maxEntries: SETTINGS.maxEntries });
  expect([cache.clear(), cache.clear(KEY.group)]).toEqual([0, 0]);
  cache.close();
  expect(warnings).toEqual([]);
});

it("warns once of an error that is none of the file, and goes on", async () => {
  const cache = open();
  databases.at(-1)?.exec("ALTER TABLE results RENAME TO others");
  expect(cache.findResult(OWNER, "other", "key")).toBeUndefined();
  cache.keepResult(OWNER, "other", "key", 1, NOON);
  expect(warnings).toEqual([expect.stringContaining("no such table")]);
  await cache.keep(KEY, noise(0));
});
