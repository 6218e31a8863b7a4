import { existsSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { AUTH, type CloudShop, NOW, openCloudShop, USERS } from "./cloud-shop.ts";
import { makeFolder, type RunOptions } from "./program.ts";

const HOUR = 3_600_000;
const ERRORS = "Show me errors from the auth-service in the last hour";

let shop: CloudShop;
let home: string;

beforeAll(async () => {
  shop = await openCloudShop();
}, 60_000);
afterAll(() => shop.close());
beforeEach(() => {
  const folder = makeFolder();
  home = folder;
  shop.peer.setFaults({});
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const cacheFile = () => join(home, ".logai/cache/cache.db");

/** Runs the program with a home of the test's own, and tells which events it asked the cloud for. */
async function logai(args: readonly string[], options: Partial<RunOptions> = {}) {
  const from = shop.peer.calls.length;
  const ran = await shop.logai(args, { home, ...options });
  const fetched = shop.peer.calls
    .slice(from)
    .filter(({ operation }) => operation === "FilterLogEvents")
    .map(({ input }) => fetchInput.parse(input));
  return { ...ran, fetched };
}

const fetchInput = z.object({
  startTime: z.number().optional(),
  logStreamNames: z.array(z.string()).optional(),
});
const statusShape = z.object({
  enabled: z.boolean(),
  entries: z.number(),
  bytes: z.number(),
  events: z.object({ cached: z.number(), fetched: z.number(), hitRate: z.number().nullable() }),
  calls: z.object({ spared: z.number(), made: z.number(), hitRate: z.number().nullable() }),
  shares: z.array(z.object({ source: z.string(), group: z.string().nullable(), events: z.number() })),
});

async function status(options: Partial<RunOptions> = {}) {
  const { stdout } = await logai(["cache", "status", "--json"], options);
  return statusShape.parse(JSON.parse(stdout));
}

const READ = ["logs", AUTH, "--since", "1h", "--all"];

describe("what was read once", () => {
  test("is not fetched again, prints the same, and the ledger says where it came from", async () => {
    const first = await logai(READ);
    const second = await logai(READ);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(first.fetched).not.toEqual([]);
    expect(second.fetched).toEqual([]);
    expect(second.stdout).toBe(first.stdout);
    expect(first.stderr).not.toContain("cache");
    expect(second.stderr).toContain("from the cache");
  });

  test("answers a filter of which nothing was read", async () => {
    await logai(READ);
    const { fetched, stdout } = await logai([...READ, "--filter", "ERROR", "--count"]);
    expect(stdout).toBe(`${shop.truth(AUTH).errorsLastHour}\n`);
    expect(fetched).toEqual([]);
  });

  test("leaves only the rest of an overlapping window to fetch", async () => {
    const first = await logai(["logs", AUTH, "--since", "3h", "--until", "1h ago", "--all"]);
    const both = await logai(["logs", AUTH, "--since", "2h", "--all"]);
    const anew = await logai(["logs", AUTH, "--since", "2h", "--all", "--no-cache"]);
    expect(first.fetched).not.toEqual([]);
    expect(both.fetched).not.toEqual([]);
    for (const { startTime } of both.fetched) expect(startTime).toBeGreaterThanOrEqual(NOW - HOUR);
    expect(both.stdout).toBe(anew.stdout);
  });

  test("answers a question, which is still checked and has its ledger", async () => {
    const first = await logai(["ask", ERRORS, "--json"]);
    const second = await logai(["ask", ERRORS, "--json"]);
    // What stands around an event in its stream is looked for anew.
    expect(second.fetched.filter(({ logStreamNames }) => !logStreamNames)).toEqual([]);
    const [before, after] = [first, second].map(({ stdout }) => JSON.parse(stdout));
    expect(after.answer).toBe(before.answer);
    expect(after.check.unverified).toEqual([]);
    expect(JSON.stringify(after.ledger)).toContain("from the cache");
  });

  test("is kept by one run and used by another at the same time", async () => {
    const runs = await Promise.all([READ, READ, [...READ, "--filter", "ERROR"]].map((args) => logai(args)));
    for (const { code, stderr } of runs) {
      expect(code).toBe(0);
      expect(stderr).not.toMatch(/cannot|locked|busy/i);
    }
    expect(runs[1]?.stdout).toBe(runs[0]?.stdout);
    expect((await logai(READ)).fetched).toEqual([]);
  });
});

describe("--no-cache", () => {
  test("reads anew and leaves no file, and within the run nothing is read twice", async () => {
    const first = await logai(["ask", ERRORS, "--no-cache"]);
    expect(first.code).toBe(0);
    expect(existsSync(cacheFile())).toBe(false);
    const kept = await logai(["ask", ERRORS]);
    expect(first.fetched.length).toBe(kept.fetched.length);
    const again = await logai(["ask", ERRORS, "--no-cache"]);
    expect(again.fetched.length).toBe(kept.fetched.length);
  });

  test("writes nothing to a file that is there; the setting does the same", async () => {
    await logai(READ);
    const before = await status();
    for (const [args, env] of [
      [[...READ, "--no-cache"], {}],
      [READ, { LOGAI_CACHE_ENABLED: "false" }],
    ] as const) {
      const { fetched, stderr } = await logai(args, { env });
      expect(fetched).not.toEqual([]);
      expect(stderr).not.toContain("from the cache");
    }
    expect(await status()).toEqual(before);
  });
});

describe("logai cache", () => {
  test("status tells of a cache that is not there, and makes none", async () => {
    const { code, stdout } = await logai(["cache"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^entries +0 of at most 10,000$/m);
    expect(stdout).toMatch(/^size +0 B of at most 500 MB$/m);
    expect(stdout).toMatch(/^oldest +nothing is kept$/m);
    expect(existsSync(cacheFile())).toBe(false);
  });

  test("status counts what was kept and what was spared", async () => {
    await logai(READ);
    await logai(READ);
    const lastHour = Number((await logai([...READ, "--count"])).stdout);
    const told = await status();
    expect(told.shares.find(({ group }) => group === AUTH)?.events).toBe(lastHour);
    expect(told.events).toMatchObject({ fetched: lastHour, cached: 2 * lastHour });
    expect(told.calls.spared).toBe(2 * told.calls.made);
    expect(told.bytes).toBeGreaterThan(0);
    const { stdout } = await logai(["cache", "status"]);
    expect(stdout).toMatch(/^events +[\d,]+ of [\d,]+ events from the cache \(67%\)$/m);
    expect(stdout).toMatch(new RegExp(`^${AUTH} +[\\d,]+ +[\\d.]+ kB +2026-03-12 05:00 to `, "m"));
    expect(statSync(cacheFile()).mode & 0o777).toBe(0o600);
  });

  test("status tells that it is off, and by what", async () => {
    const { stdout } = await logai(["cache", "status"], { env: { LOGAI_CACHE_ENABLED: "false" } });
    expect(stdout).toMatch(/^state +off \(LOGAI_CACHE_ENABLED\)/m);
  });

  test("clear removes one group, or all", async () => {
    await logai(READ);
    await logai(["logs", USERS, "--since", "1h", "--all"]);
    const cleared = await logai(["cache", "clear", AUTH]);
    expect(cleared).toMatchObject({ code: 0, stderr: "" });
    expect(cleared.stdout).toMatch(
      new RegExp(`^Cleared of '${AUTH}': \\d+ entr(y|ies) \\([\\d.]+ kB, [\\d,]+ events\\)\\.\n$`),
    );
    const groups = (await status()).shares.map(({ group }) => group);
    expect(groups).toContain(USERS);
    expect(groups).not.toContain(AUTH);
    expect((await logai(READ)).fetched).not.toEqual([]);
    expect((await logai(["cache", "clear"])).stdout).toMatch(/^Cleared: \d+ entries/);
    expect((await status()).entries).toBe(0);
    expect((await logai(["cache", "clear"])).stdout).toBe("Nothing was kept.\n");
  });

  test("clear names near groups where nothing is kept of the one that was meant", async () => {
    await logai(READ);
    const { code, stdout, stderr } = await logai(["cache", "clear", "auth-servce-prod"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`Nothing is kept of 'auth-servce-prod'. Did you mean '${AUTH}'?`);
  });

  test("what is not to be done is wrong usage", async () => {
    expect(await logai(["cache", "empty"])).toMatchObject({ code: 2, stdout: "" });
    expect(await logai(["cache", "status", AUTH])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("a file that is no cache", () => {
  const breaks: readonly [string, () => void][] = [
    [
      "is no database",
      () => writeFileSync(cacheFile(), "not a database, but long enough to be one ".repeat(200)),
    ],
    ["was cut off", () => truncateSync(cacheFile(), Math.floor(statSync(cacheFile()).size / 2))],
    [
      "is somebody else's",
      () => {
        rmSync(cacheFile());
        const other = new DatabaseSync(cacheFile());
        other.exec("PRAGMA application_id = 7; CREATE TABLE t (a); INSERT INTO t VALUES (1)");
        other.close();
      },
    ],
  ];

  test.each(breaks)("is set aside where it %s: told once, and the answer is whole", async (_name, spoil) => {
    const fine = await logai(READ);
    spoil();
    const warned = await logai(READ);
    expect(warned).toMatchObject({ code: 0, stdout: fine.stdout });
    expect(warned.stderr.match(/begun anew/g)).toHaveLength(1);
    expect(readdirSync(join(home, ".logai/cache")).filter((name) => name.startsWith("cache.db"))).not.toEqual(
      ["cache.db"],
    );
    const after = await logai(READ);
    expect(after.stderr).not.toContain("begun anew");
    expect(after.fetched).toEqual([]);
  });

  test.each(breaks)("is cleared where it %s", async (_name, spoil) => {
    await logai(READ);
    spoil();
    const { code, stdout, stderr } = await logai(["cache", "clear"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Nothing was kept.\n" });
    expect(stderr).toContain("begun anew");
    expect(stderr).toContain("still there: ");
  });

  test("that cannot be made is told once, and costs no answer", async () => {
    writeFileSync(join(home, "a-file"), "");
    const env = { LOGAI_CACHE_DIR: join(home, "a-file/x") };
    const { code, stdout, stderr } = await logai(READ, { env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: (await logai(READ)).stdout });
    expect(stderr.match(/^The cache is off: /gm)).toHaveLength(1);
  });
});

describe("doctor", () => {
  test("tells where the cache is and how full", async () => {
    await logai(READ);
    const { code, stdout } = await logai(["doctor"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +cache +\/.*cache\.db, [\d.]+ kB of at most 500 MB, \d+ entr/m);
    const off = await logai(["doctor", "--no-cache"]);
    expect(off.stdout).toMatch(/^ok +cache +off \(flag --no-cache\).*still holds .*\n +logai cache clear/m);
  });

  test("warns where it does not work", async () => {
    mkdirSync(cacheFile(), { recursive: true });
    const { code, stdout } = await logai(["doctor"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^warn +cache +/m);
  });
});

test("local files are not kept", async () => {
  writeFileSync(join(home, "app.log"), "2026-03-12T05:59:00Z ERROR it broke\n");
  expect((await logai(["logs", join(home, "app.log")])).stdout).toContain("it broke");
  expect(existsSync(cacheFile())).toBe(false);
});
