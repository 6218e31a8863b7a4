import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cache } from "../../src/cache/cache.ts";
import { type CacheOpenOptions, openCache } from "../../src/cache/open-cache.ts";
import { CACHE_SPEC } from "../../src/cache/schema.ts";
import { describeCache } from "../contracts/cache.ts";
import { useFolder } from "../database/folder.ts";
import { KEY, makeChunk, makeEvent, makeNoise, NOON, OWNER } from "./cache-events.ts";
import { layOut, NO_USAGE, readAll, SETTINGS } from "./clocked-cache.ts";

const inFolder = useFolder();
const opened: Cache[] = [];
let path: string;
let warnings: string[];

beforeEach(() => {
  path = inFolder("cache", "cache.db");
  warnings = [];
});
afterEach(() => {
  for (const cache of opened.splice(0)) cache.close();
});

function open(options: CacheOpenOptions = {}): Cache {
  const onWarning = (text: string) => warnings.push(text);
  const cache = openCache(path, { ...SETTINGS, now: () => NOON, onWarning }, options);
  opened.push(cache);
  return cache;
}

/** A cache that knows from 0 to 10 and ten chunks of noise behind it, closed. */
async function fill(): Promise<void> {
  const cache = open();
  await cache.keep(KEY, makeChunk(0, 10, 1));
  for (let at = 100; at < 200; at += 10) {
    const events = [makeEvent(at, { message: makeNoise(30_000, at) })];
    await cache.keep(KEY, { ...makeChunk(at, at + 5, 1), events });
  }
  cache.close();
}

function overwrite(position: number, length: number, byte = 0xa5): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(length, byte), 0, undefined, position);
  closeSync(file);
}

/** That the cache does all that a cache does, in a file or in memory. */
async function expectInUse(cache: Cache): Promise<void> {
  expect(layOut(cache.plan(KEY, { start: 0, end: 10 }))).toBe("0 gap 10");
  await cache.keep(KEY, makeChunk(0, 10, 1));
  expect(await readAll(cache, KEY, { start: 0, end: 10 })).toEqual(makeChunk(0, 10, 1).events);
  cache.keepResult(OWNER, "other", "key", 1, NOON);
  expect(cache.findResult(OWNER, "other", "key")?.value).toBe(1);
  cache.recordUse(OWNER, [], NO_USAGE);
  expect(cache.status()).toMatchObject({ entries: 2 });
  expect(cache.clear()).toBe(2);
  expect(cache.status()).toMatchObject({ entries: 0, shares: [] });
}

describeCache("a cache in a file", (settings) => {
  const cache = openCache(inFolder("contract", `${opened.length}.db`), settings);
  opened.push(cache);
  return cache;
});

it("knows after it was closed what it knew before, and warns of nothing", async () => {
  await fill();
  expect(await readAll(open(), KEY, { start: 0, end: 10 })).toEqual(makeChunk(0, 10, 1).events);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(warnings).toEqual([]);
});

it("is in use on a file system that several machines share", async () => {
  await expectInUse(open({ fileSystem: () => 0x6969 }));
  expect(readdirSync(inFolder("cache")).filter((name) => name.endsWith("-wal"))).toEqual([]);
  expect(warnings).toEqual([]);
});

it("is made of a file without a byte, without a word", async () => {
  mkdirSync(inFolder("cache"));
  writeFileSync(path, "");
  await expectInUse(open());
  expect(warnings).toEqual([]);
});

describe("a file that cannot be read as it is", () => {
  const spoilt: readonly (readonly [string, string, () => void])[] = [
    ["with a damaged header", "foreign", () => overwrite(0, 100)],
    ["with damage behind the header", "corrupt", () => overwrite(100, 4000)],
    ["with damage in the middle", "corrupt", () => overwrite(10 * 4096, 20 * 4096)],
    ["with zeros in the middle", "corrupt", () => overwrite(10 * 4096, 20 * 4096, 0)],
    ["that was cut off", "corrupt", () => truncateSync(path, 50_000)],
    ["that is a text", "foreign", () => writeFileSync(path, "Dear diary,\n".repeat(999))],
    ["that is of a newer version", "newer", () => new DatabaseSync(path).exec("PRAGMA user_version = 99")],
    ["that lacks a table", "corrupt", () => new DatabaseSync(path).exec("DROP TABLE results")],
    ["of another application", "foreign", () => new DatabaseSync(path).exec("PRAGMA application_id = 7")],
  ];

  it.each(spoilt)("%s is set aside, and begun anew", async (_, kind, spoil) => {
    await fill();
    spoil();
    const before = readFileSync(path);
    const cache = open();
    const target = `${path}.${kind}-20260301-120000`;
    expect(warnings).toEqual([expect.stringContaining("The cache is begun anew: ")]);
    expect(warnings[0]).toContain(`What there was is now ${target}.`);
    expect(readFileSync(target).equals(before)).toBe(true);
    await expectInUse(cache);
    cache.close();
    await expectInUse(open());
    expect(warnings).toHaveLength(1);
  });

  it("with a torn log keeps what the log still tells", async () => {
    const cache = open();
    for (let at = 0; at < 200; at += 10) {
      const events = [makeEvent(at, { message: makeNoise(30_000, at) })];
      await cache.keep(KEY, { ...makeChunk(at, at + 5, 1), events });
    }
    const original = path;
    path = inFolder("copy.db");
    for (const suffix of ["", "-wal"]) copyFileSync(original + suffix, path + suffix);
    truncateSync(`${path}-wal`, Math.floor(statSync(`${path}-wal`).size / 2));
    const copy = open();
    const { entries } = copy.status();
    expect(entries).toBeGreaterThan(0);
    expect(entries).toBeLessThan(20);
    expect(warnings).toEqual([]);
  });

  it("gives its own events or none, wherever it is damaged", async () => {
    await fill();
    const good = readFileSync(path);
    const damage = fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      length: fc.integer({ min: 1, max: 9000 }),
      byte: fc.integer({ min: 0, max: 255 }),
    });
    const law = fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (places) => {
      path = inFolder(`${opened.length}.db`);
      writeFileSync(path, good);
      for (const { at, length, byte } of places) {
        const position = Math.floor(at * good.length);
        overwrite(position, Math.min(length, good.length - position), byte);
      }
      const cache = open();
      expect([undefined, makeChunk(0, 10, 1).events]).toContainEqual(
        await readAll(cache, KEY, { start: 0, end: 10 }),
      );
      for (let at = 100; at < 200; at += 10) {
        const events = await readAll(cache, KEY, { start: at, end: at + 5 });
        expect([undefined, makeNoise(30_000, at)]).toContain(events?.[0]?.message);
      }
      await cache.keep(KEY, makeChunk(500, 510, 1));
      expect(await readAll(cache, KEY, { start: 500, end: 510 })).toEqual(makeChunk(500, 510, 1).events);
      cache.close();
    });
    await fc.assert(law, { numRuns: Number(process.env.LOGAI_TEST_DAMAGES ?? 60) });
  });
});

describe("a path that cannot be used", () => {
  const OFF: readonly (readonly [string, () => string])[] = [
    ["is a folder", () => inFolder()],
    ["is a device", () => "/dev/full"],
    ["is in a folder of the system", () => "/proc/logai/cache.db"],
    ["leads through a file", () => inFolder("file", "cache.db")],
    ["is behind a link to nowhere", () => inFolder("link", "cache.db")],
  ];

  it.each(OFF)("as it %s: the cache is off, and in memory", async (_, make) => {
    writeFileSync(inFolder("file"), "");
    symlinkSync("nowhere", inFolder("link"));
    path = make();
    const cache = open();
    expect(warnings).toEqual([expect.stringMatching(/^The cache is off: .*LOGAI_CACHE_DIR.*--no-cache\.$/)]);
    expect(warnings[0]).toContain(path);
    await expectInUse(cache);
    expect(warnings).toHaveLength(1);
  });

  it("as another process holds it for too long: nothing is set aside", async () => {
    await fill();
    using holder = new DatabaseSync(path);
    holder.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    await expectInUse(open({ busyMs: 20 }));
    expect(warnings).toEqual([expect.stringContaining(`${path} is held by another process`)]);
    expect(readdirSync(inFolder("cache")).filter((name) => name.includes("corrupt"))).toEqual([]);
  });

  it("as making it anew does not help: it is tried once", async () => {
    await fill();
    let opens = 0;
    const cache = open({
      open: (...given) => {
        opens += 1;
        writeFileSync(path, "not what was written");
        throw Object.assign(new Error("malformed"), { errcode: 11, given });
      },
    });
    expect(opens).toBe(2);
    expect(warnings).toHaveLength(1);
    await expectInUse(cache);
  });
});

it("is a database whose name SQLite knows", () => {
  open();
  using reader = new DatabaseSync(path, { readOnly: true });
  const { application_id: id } = reader.prepare("PRAGMA application_id").get() ?? {};
  expect(id).toBe(CACHE_SPEC.applicationId);
});
