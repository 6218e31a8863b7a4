// The cache of events against none and against one that is keyed by the exact request: calls and bytes of a window that
// slides. Then how long it takes to read 100,000 events from the cache, from the peer, and from a zstd file.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openCache } from "../src/cache/open-cache.ts";
import { createZone } from "../src/log/zone.ts";
import { createCloudWatchSource } from "../src/sources/cloudwatch/source.ts";
import type { FetchPage, FetchRequest, LogSource } from "../src/sources/source.ts";
import { withCache } from "../src/sources/with-cache.ts";
import { withSplit } from "../src/sources/with-split.ts";
import { startCloudWatch } from "../test/peers/cloudwatch.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const STEP = 5 * MINUTE;
const STEPS = 20;
const GROUP = "/slide/app";
const RUNS = Number(process.env.BENCH_RUNS ?? 5);
const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", accountId: "123456789012" };
const zone = createZone("UTC");
const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), "logai-bench-cache-"));

interface Reading {
  readonly ms: number;
  readonly events: number;
  readonly length: number;
}

const NEAR = { name: "a peer on this machine", args: [] as string[], region: "us-east-1" };
const FAR = {
  name: "a peer with 80 ms and 10 calls a second",
  args: ["--latency", "80", "--rate", "FilterLogEvents=10", "--region", "us-west-2"],
  region: "us-west-2",
};

await slide();
await readBack(NEAR);
await readBack(FAR);
rmSync(folder, { recursive: true });

/** A day's window, moved on by five minutes twenty times, at the pace of the clock. */
async function slide(): Promise<void> {
  const begin = Date.now() - 2 * DAY;
  const peer = await startCloudWatch();
  peer.addGroup({ name: GROUP, storedBytes: 0, creationTime: begin - DAY });
  peer.addEvents(GROUP, "app/0", eventsBetween(begin, begin + DAY + STEPS * STEP));
  const clock = { at: begin + DAY };
  const now = () => clock.at;
  const access = { endpoint: peer.endpoint, credentials: KEYS };
  const open = () =>
    withSplit(createCloudWatchSource({ zone, now, env: {}, region: "us-east-1", access }), {
      concurrency: 24,
      callsPerSecond: 25,
      targetPages: 3,
    });
  const cache = openCache(join(folder, "slide.db"), settingsAt(now));
  const ways = {
    none: open(),
    exact: byExactRequest(open()),
    extents: withCache(open(), { cache, now, zone }),
  };
  const rows: { step: number; events: number; way: string; calls: number; bytes: number }[] = [];
  for (let step = 0; step < STEPS; step += 1) {
    clock.at = begin + DAY + step * STEP;
    const window = { start: clock.at - DAY, end: clock.at };
    for (const [way, source] of Object.entries(ways)) {
      const before = countCalls();
      const { events, bytes } = await readAll(source, { group: GROUP, window, signal });
      rows.push({ step, way, events, bytes, calls: countCalls() - before });
    }
  }
  for (const way of Object.keys(ways)) {
    const later = rows.filter((row) => row.way === way && row.step > 0);
    const none = rows.filter((row) => row.way === "none" && row.step > 0);
    const [calls, bytes] = [sum(later, "calls"), sum(later, "bytes")];
    const spared = (value: number, all: number) => `${(100 * (1 - value / all)).toFixed(1)} % fewer`;
    console.log(
      `slide, ${way}: requests 2 to ${STEPS}: ${calls} calls (${spared(calls, sum(none, "calls"))}), ` +
        `${(bytes / 1e6).toFixed(0)} MB (${spared(bytes, sum(none, "bytes"))}), ${sum(later, "events")} events` +
        `${later.every((row, at) => row.events === none[at]?.events) ? "" : " OTHER EVENTS"}`,
    );
  }
  cache.close();
  await peer.close();

  function countCalls(): number {
    return peer.calls.filter(({ operation }) => operation === "FilterLogEvents").length;
  }
}

function* eventsBetween(from: number, to: number) {
  for (let timestamp = from, index = 0; timestamp < to; timestamp += 500, index += 1) {
    const message = `${new Date(timestamp).toISOString()} INFO [worker-${index % 40}] served request ${(index * 2654435761) % 4294967296} in ${(index * 7919) % 900} ms`;
    yield { timestamp, message };
  }
}

/** What a cache of answers does: the same request again is answered, any other is not. */
function byExactRequest(source: LogSource): LogSource {
  const known = new Map<string, FetchPage[]>();
  return {
    ...source,
    async *fetch(request) {
      const key = JSON.stringify([request.group, request.window, request.filter?.pattern]);
      const pages = known.get(key) ?? (await Array.fromAsync(source.fetch(request)));
      known.set(key, pages);
      yield* pages;
    },
  };
}

async function readAll(source: LogSource, request: FetchRequest): Promise<{ events: number; bytes: number }> {
  let [events, bytes] = [0, 0];
  for await (const page of source.fetch(request)) {
    events += page.events.length;
    bytes += page.scannedBytes;
  }
  return { events, bytes };
}

function sum<Key extends string>(rows: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return rows.reduce((total, row) => total + row[key], 0);
}

function settingsAt(now: () => number) {
  return {
    maxBytes: 500e6,
    maxEntries: 10_000,
    eventLife: DAY,
    tailLife: MINUTE,
    now,
    onWarning: (text: string) => console.error(text),
  };
}

/** Each way in a process of its own, in turn: what a user has who asks again. */
async function readBack({ name, args, region }: typeof NEAR): Promise<void> {
  const file = (script: string) => fileURLToPath(new URL(script, import.meta.url));
  const serve = [file("../test/peers/cloudwatch-serve.ts"), "--groups", "big", "--events", "120000", ...args];
  const peer = spawn(process.execPath, serve, { stdio: ["ignore", "pipe", "inherit"] });
  const [first] = await once(peer.stdout, "data");
  const endpoint = String(first).split("\n")[0] ?? "";
  const to = Date.now() - 10 * MINUTE;
  const env = { ...process.env, BENCH_REGION: region };
  const read = (way: string): Reading => {
    const words = [file("cache-read.ts"), way, endpoint, String(to - 50 * MINUTE), String(to), folder];
    return JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8", env }));
  };
  // Fills the cache, and writes the file.
  const filled = read("cache");
  read("write-file");
  const runs = Array.from({ length: RUNS }, () => ["fetch", "cache", "file"].map(read));
  peer.kill();
  const median = (at: number) =>
    runs.map((run) => run[at]?.ms ?? Number.NaN).toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ??
    Number.NaN;
  const [fetched, cached, fromFile] = [median(0), median(1), median(2)];
  const same = runs
    .flat()
    .every(({ events, length }) => events === filled.events && length === filled.length);
  console.log(
    `${filled.events} events: from ${name} ${fetched.toFixed(0)} ms (and ${filled.ms.toFixed(0)} ms with the cache being filled), from the cache ${cached.toFixed(0)} ms ` +
      `(${(fetched / cached).toFixed(1)} times faster), from a zstd file of JSON lines ${fromFile.toFixed(0)} ms ` +
      `(the cache takes ${(cached / fromFile).toFixed(2)} times as long)${same ? "" : "; OTHER EVENTS"}`,
  );
}
