// Reads the events of a window of one group and prints how long that took: from the peer, through the cache, or from a
// zstd file of JSON lines, each in a process of its own.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { openCache } from "../src/cache/open-cache.ts";
import type { LogEvent } from "../src/log/event.ts";
import { createZone } from "../src/log/zone.ts";
import { createCloudWatchSource } from "../src/sources/cloudwatch/source.ts";
import { withCache } from "../src/sources/with-cache.ts";
import { withSplit } from "../src/sources/with-split.ts";

const [way = "", endpoint = "", from = "0", to = "0", folder = ""] = process.argv.slice(2);
const window = { start: Number(from), end: Number(to) };
const file = join(folder, "events.zst");
const zone = createZone("UTC");
const group = "/big/app";

function openSource() {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", accountId: "123456789012" };
  const access = { endpoint, credentials };
  const source = withSplit(
    createCloudWatchSource({
      zone,
      now: Date.now,
      env: {},
      region: process.env.BENCH_REGION ?? "us-east-1",
      access,
    }),
    { concurrency: 24, callsPerSecond: 25, targetPages: 3, bufferBytes: 32 * 1024 * 1024 },
  );
  if (way !== "cache") return source;
  const cache = openCache(join(folder, "cache.db"), {
    maxBytes: 500e6,
    maxEntries: 10_000,
    eventLife: 86_400_000,
    tailLife: 60_000,
    now: Date.now,
    onWarning: (text) => console.error(text),
  });
  return withCache(source, { cache, now: Date.now, zone });
}

async function* readSource(): AsyncGenerator<readonly LogEvent[]> {
  for await (const page of openSource().fetch({ group, window, signal: new AbortController().signal }))
    yield page.events;
}

async function* readFile(): AsyncGenerator<readonly LogEvent[]> {
  yield zstdDecompressSync(readFileSync(file))
    .toString()
    .split("\n")
    .map((line) => JSON.parse(line));
}

if (way === "write-file") {
  const events = (await Array.fromAsync(readSource())).flat();
  writeFileSync(file, zstdCompressSync(events.map((event) => JSON.stringify(event)).join("\n")));
}
const started = performance.now();
let [events, length] = [0, 0];
for await (const page of way === "file" ? readFile() : readSource()) {
  events += page.length;
  for (const { message } of page) length += message.length;
}
console.log(JSON.stringify({ ms: performance.now() - started, events, length }));
process.exit(0);
