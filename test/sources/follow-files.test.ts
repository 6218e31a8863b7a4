import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compileFilter } from "../../src/log/filter-match.ts";
import { createZone } from "../../src/log/zone.ts";
import { createCatalogue } from "../../src/sources/local/catalogue.ts";
import { followFiles } from "../../src/sources/local/follow-files.ts";
import { createLocalSource } from "../../src/sources/local/source.ts";
import type { FollowRequest } from "../../src/sources/source.ts";
import { createTicks, type Follower, startFollower, type Ticks } from "./follower.ts";

const T = Date.UTC(2026, 2, 1, 12);
const zone = createZone("UTC");

let folder: string;
let log: string;
let follower: Follower;
let ticks: Ticks;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "logai-follow-"));
  log = join(folder, "app.log");
});
afterEach(async () => {
  await follower?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const line = (text: string, second = 0) => `${new Date(T + second * 1000).toISOString()} INFO ${text}\n`;
const add = (text: string) => appendFileSync(log, text);
const bodies = () => follower.events.map(({ message, bodyStart }) => message.slice(bodyStart));

/** Follows a path, by default the log itself, and waits until it has looked once. */
async function start(request: Partial<FollowRequest> = {}, paths = [log]): Promise<void> {
  const now = () => T;
  const source = createLocalSource({ paths, zone, now });
  const catalogue = createCatalogue({ paths, now });
  const filesOf = async (name: string, signal: AbortSignal) => {
    const { groups } = await catalogue(signal);
    return groups.find((group) => group.name === name)?.files ?? [];
  };
  ticks = createTicks();
  const { sleep } = ticks;
  follower = startFollower((signal) =>
    followFiles(
      { groups: ["app.log"], since: T - 60_000, newest: 10, signal, ...request },
      { filesOf, fetch: source.fetch, zone, now, sleep },
    ),
  );
  await ticks.asleep();
}

describe("following a file", () => {
  it("gives the newest events, then whole lines as they come", async () => {
    add(line("zero") + line("one", 1) + line("two", 2));
    await start({ newest: 2 });
    expect(bodies()).toEqual(["one", "two"]);
    expect(follower.modes).toEqual(["live"]);
    add(`${line("three", 3)}${line("four", 4).slice(0, 30)}`);
    await ticks.tick(3);
    expect(bodies().slice(2)).toEqual(["three"]);
    add(line("four", 4).slice(30));
    await ticks.tick(2);
    expect(bodies().slice(2)).toEqual(["three", "four"]);
    const [first, , third] = follower.events;
    expect(third).toMatchObject({ group: "app.log", stream: "app.log", timestamp: T + 3000, level: "info" });
    expect(first?.id).not.toBe(third?.id);
  });

  it("keeps the lines of an event together, and gives one without a time that of the one before", async () => {
    add(line("old", 7));
    await start();
    add("  continued late\n");
    await ticks.tick(2);
    expect(follower.events.at(-1)).toMatchObject({ message: "  continued late", timestamp: T + 7000 });
    add(`${line("failed", 8)}java.lang.Error: x\n\tat a.b(C.java:1)\n`);
    await ticks.tick();
    add("\tat a.c(C.java:2)\n");
    await ticks.tick(2);
    expect(bodies().at(-1)).toBe("failed\njava.lang.Error: x\n\tat a.b(C.java:1)\n\tat a.c(C.java:2)");
  });

  it("filters, and knows files whose lines have no time", async () => {
    add("alpha ERROR\nbeta\n");
    await start({ filter: compileFilter("ERROR") });
    expect(follower.texts()).toEqual(["alpha ERROR"]);
    add("beta\nERROR gamma\nERROR gamma\n");
    await ticks.tick(2);
    expect(follower.texts()).toEqual(["alpha ERROR", "ERROR gamma", "ERROR gamma"]);
  });

  it.each([
    ["named itself", () => [log]],
    ["in a folder", () => [folder]],
  ])("goes on when a log %s is rotated by renaming", async (_, pathsOf) => {
    add(line("one", 1));
    await start({}, pathsOf());
    add(line("two", 2));
    renameSync(log, `${log}.1`);
    await ticks.tick();
    appendFileSync(`${log}.1`, line("three", 3));
    await ticks.tick();
    add(line("four", 4));
    await ticks.tick(3);
    renameSync(`${log}.1`, `${log}.2`);
    renameSync(log, `${log}.1`);
    add(line("five", 5));
    await ticks.tick(3);
    expect(bodies()).toEqual(["one", "two", "three", "four", "five"]);
    expect(follower.told("gap")).toBe("");
  });

  it("reads what a copy still has, when a log is rotated by copying and emptying", async () => {
    add(line("one", 1));
    await start({}, [folder]);
    add(line("two", 2));
    await ticks.tick(2);
    add(line("three", 3));
    copyFileSync(log, `${log}.1`);
    truncateSync(log);
    await ticks.tick();
    add(line("four", 4));
    await ticks.tick(3);
    expect(bodies()).toEqual(["one", "two", "three", "four"]);
    copyFileSync(log, `${log}.1`);
    await ticks.tick(2);
    expect(bodies()).toEqual(["one", "two", "three", "four"]);
  });

  it.each([
    ["emptied", () => truncateSync(log)],
    ["written anew", () => writeFileSync(log, line("x".repeat(500), 5))],
  ])("says that lines may be missing when a log is %s in its place", async (_, change) => {
    add(line("one", 1) + line("two", 2));
    await start();
    change();
    await ticks.tick(2);
    add(line("after", 6));
    await ticks.tick(2);
    expect(bodies().at(-1)).toBe("after");
    expect(follower.told("gap")).toBe(
      "app.log was emptied or replaced and is read from its start; lines written just before may be missing.",
    );
  });

  it("waits for a log that is away", async () => {
    add(line("one", 1));
    await start();
    rmSync(log);
    await ticks.tick(3);
    expect(follower.told("following")).toMatch(/^No such file or folder: .*app\.log; it is waited for\.$/);
    add(line("two", 2));
    await ticks.tick(3);
    expect(bodies()).toEqual(["one", "two"]);
  });

  it("gives every line once and in order, however it is written and rotated", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("write" as const), lines: fc.integer({ min: 1, max: 4 }) }),
      fc.constant({ kind: "part" as const }),
      fc.constant({ kind: "rename" as const }),
      fc.constant({ kind: "look" as const }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), async (steps, isFolder) => {
        rmSync(folder, { recursive: true, force: true });
        folder = mkdtempSync(join(tmpdir(), "logai-follow-"));
        log = join(folder, "app.log");
        add("");
        await start({}, isFolder ? [folder] : [log]);
        let count = 0;
        let part = "";
        const next = () => `n=${count++};\n`;
        for (const one of steps) {
          if (one.kind === "look") await ticks.tick();
          else if (one.kind === "rename") {
            add(part);
            part = "";
            for (let age = 5; age > 0; age -= 1) renameIfThere(`${log}.${age}`, `${log}.${age + 1}`);
            renameSync(log, `${log}.1`);
            add("");
            // A rotation that nobody looked at would be two.
            await ticks.tick();
          } else if (one.kind === "part") {
            const whole = next();
            add(`${part}${whole.slice(0, 3)}`);
            part = whole.slice(3);
          } else {
            add(part + Array.from({ length: one.lines }, next).join(""));
            part = "";
          }
        }
        add(part);
        await ticks.tick(3);
        expect(follower.texts()).toEqual(Array.from({ length: count }, (_, index) => `n=${index};`));
        await follower.stop();
      }),
      { numRuns: 40 },
    );
  });
});

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // There is none yet.
  }
}
