import { closeSync, fstatSync, openSync, readdirSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { z } from "zod";
import { openCache } from "../../src/cache/open-cache.ts";
import { createRandom } from "../../src/demo/random.ts";
import { startChild } from "../database/children.ts";
import { useFolder } from "../database/folder.ts";
import { NOON } from "./cache-events.ts";
import { readAll, SETTINGS } from "./clocked-cache.ts";
import { eventsOf, GROUPS, type Kept, keyOf, LAST } from "./kill-rounds.ts";

/**
 * Two processes keep chunks in one file, and both are killed (SIGKILL) at random moments: while they open it, migrate it,
 * write to it. LOGAI_TEST_KILLS says how many times a process is killed; 200 are a full run. It shows that nothing depends
 * on the end of a process; it shows nothing of a machine that loses its power.
 */
const KILLS = Number(process.env.LOGAI_TEST_KILLS ?? 40);
const SEED = Number(process.env.LOGAI_TEST_SEED ?? 1);
const KEPT = z.object({ group: z.number(), start: z.number(), end: z.number() });

const inFolder = useFolder();

it(`keeps what it said it kept, and gives nothing wrong, after ${KILLS} kills`, async () => {
  const random = createRandom(SEED);
  const path = inFolder("cache.db");
  const all: Kept[] = [];
  for (let killed = 0; killed < KILLS; killed += 2) {
    const told = await Promise.all([killed, killed + 1].map((seed) => killOne(path, seed, random.next())));
    expect(checkPages(path)).toBe("ok");
    all.push(...told.flat());
    await expectKept(path, told.flat());
  }
  await expectKept(path, all);
  await expectRight(path);
  expect(readdirSync(inFolder()).filter((name) => /corrupt|foreign|newer/.test(name))).toEqual([]);
  expect(all.length).toBeGreaterThan(KILLS);
}, 600_000);

it("goes on, and gives nothing wrong, when the file is damaged again and again while processes write", async () => {
  const random = createRandom(SEED);
  const path = inFolder("cache.db");
  const children = [1, 2, 3].map((seed) =>
    startChild("cache/cache-child.ts", "keep-for-ever", path, `${seed}`),
  );
  for (let round = 1; round <= 4; round += 1) {
    await Promise.all(children.map((child) => child.reach(child.lines.length + 30)));
    const file = openSync(path, "r+");
    writeSync(
      file,
      Buffer.alloc(20_000, round),
      0,
      undefined,
      Math.floor(random.next() * fstatSync(file).size),
    );
    closeSync(file);
  }
  await Promise.all(children.map((child) => child.reach(child.lines.length + 30)));
  for (const { process, ended, lines } of children) {
    process.kill("SIGKILL");
    expect(await ended).toBeNull();
    expect(lines.filter((line) => line.includes("warning")).length).toBeLessThan(2);
  }
  await expectRight(path, () => undefined);
});

/** @returns what it told before it was killed */
async function killOne(path: string, seed: number, moment: number): Promise<readonly Kept[]> {
  const child = startChild("cache/cache-child.ts", "keep-for-ever", path, String(SEED * 1000 + seed));
  // One in four while it starts, and opens the file.
  if (moment > 0.25) await child.reach(1);
  await sleep(moment * 200);
  child.process.kill("SIGKILL");
  expect(await child.ended).toBeNull();
  return child.lines.map((line) => KEPT.parse(JSON.parse(line)));
}

function checkPages(path: string): unknown {
  using database = new DatabaseSync(path);
  return database.prepare("PRAGMA integrity_check").get()?.integrity_check;
}

function open(path: string, onWarning: (text: string) => void = (text) => expect.unreachable(text)) {
  return openCache(path, { ...SETTINGS, maxEntries: 100_000, now: () => NOON, onWarning });
}

async function expectKept(path: string, all: readonly Kept[]): Promise<void> {
  const cache = open(path);
  for (const kept of all) expect(await readAll(cache, keyOf(kept.group), kept)).toEqual(eventsOf(kept));
  cache.close();
}

async function expectRight(path: string, onWarning?: (text: string) => void): Promise<void> {
  const cache = open(path, onWarning);
  for (let group = 0; group < GROUPS; group += 1) {
    for (const { chunk } of cache.plan(keyOf(group), { start: 0, end: 2 * LAST })) {
      if (chunk) expect(await cache.read(chunk)).toEqual(eventsOf({ group, ...chunk.span }));
    }
  }
  cache.close();
}
