import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { openCache } from "../../src/cache/open-cache.ts";
import { useFolder } from "../database/folder.ts";
import { KEY, makeChunk, NOON } from "./cache-events.ts";
import { SETTINGS } from "./clocked-cache.ts";

const inFolder = useFolder();
const CHILD = join(import.meta.dirname, "cache-child.ts");

const TOLD = z.object({ known: z.array(z.number()), entries: z.number(), cleared: z.number() });

/** A mount namespace of one's own takes Linux, and rights that containers often do not give. */
const CAN_MOUNT = runIn("/tmp", "mount -t tmpfs -o size=1m tmpfs /tmp", "true") !== undefined;

/** What a command prints after others were run, with the folder as $1; undefined where they cannot be. */
function runIn(folder: string, before: string, after: string): string | undefined {
  try {
    const script = `${before} && ${after}`;
    const args = ["-rm", "sh", "-c", script, "sh", folder, process.execPath, CHILD];
    return execFileSync("unshare", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

/** What the child printed: its warnings, and what became of the chunks. */
function fillIn(folder: string, mount: string, task: string) {
  const output = runIn(folder, mount, `"$2" --no-warnings "$3" ${task} "$1/cache.db"`) ?? "";
  return output
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

describe.skipIf(!CAN_MOUNT)("a cache on a disk of its own (where unshare -rm may mount one)", () => {
  it("that gets full reads what it has, and is emptied", () => {
    const mount = 'mount -t tmpfs -o size=1m tmpfs "$1"';
    const [warned, told, ...more] = fillIn(inFolder(), mount, "fill-to-the-end");
    expect(warned).toEqual({ warning: expect.stringContaining("the disk is full") });
    expect(told).toMatchObject({ isInUse: true });
    const { known, entries, cleared } = TOLD.parse(told);
    expect(known).toEqual(Array.from({ length: known.length }, (_, index) => index * 10));
    expect(known.length).toBeGreaterThan(2);
    expect([entries, cleared]).toEqual([known.length, known.length]);
    expect(more).toEqual([]);
  });

  it("that has no room at all is off", () => {
    const mount = 'mount -t tmpfs -o size=8k tmpfs "$1"';
    const [warned, told, ...more] = fillIn(inFolder(), mount, "fill-to-the-end");
    expect(warned).toEqual({ warning: expect.stringMatching(/^The cache is off: .*the disk is full/) });
    expect(told).toMatchObject({ entries: 60, isInUse: true });
    expect(more).toEqual([]);
  });

  it("with less than 64 MB is not written to", () => {
    const mount = 'mount -t tmpfs -o size=60m tmpfs "$1"';
    expect(fillIn(inFolder(), mount, "fill")).toEqual([
      { warning: expect.stringContaining("less than 64 MB are free") },
      { known: [], entries: 0, cleared: 0, isInUse: false },
    ]);
  });

  it("that is read-only is off, whether there is a file or not", async () => {
    const mount = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"';
    for (const folder of [inFolder("with"), inFolder("without")]) mkdirSync(folder);
    const settings = { ...SETTINGS, now: () => NOON, onWarning: () => undefined };
    const cache = openCache(inFolder("with", "cache.db"), settings);
    await cache.keep(KEY, makeChunk(0, 10, 1));
    cache.close();
    for (const folder of [inFolder("with"), inFolder("without")]) {
      const files = readdirSync(folder);
      const [warned, told] = fillIn(folder, mount, "fill");
      expect(warned).toEqual({ warning: expect.stringMatching(/^The cache is off: .*read-only/) });
      expect(told).toMatchObject({ entries: 60, isInUse: true });
      expect(readdirSync(folder)).toEqual(files);
    }
  });
});
