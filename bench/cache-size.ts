// How many bytes the cache keeps a million events in, ids and all, against `zstd -3` of their text alone; and how long
// that takes, and reading them back, against a zstd file of JSON lines.
//   node bench/cache-size.ts [folder of *.log and *.log.gz]; BENCH_EVENTS of each log, BENCH_IDS=peer,aws,row
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { decodeChunk, encodeChunk } from "../src/cache/chunk-codec.ts";
import { openCache } from "../src/cache/open-cache.ts";
import type { LogEvent } from "../src/log/event.ts";
import type { TimeRange } from "../src/log/time-range.ts";
import { type IdKind, readLogs, repeatLogs } from "./cache-logs.ts";

const EVENTS = Number(process.env.BENCH_EVENTS ?? 200_000);
const IDS = (process.env.BENCH_IDS ?? "peer,aws").split(",") as IdKind[];
const RUNS = Number(process.env.BENCH_RUNS ?? 7);
/** UTF-16 units of text in a chunk. */
const CHUNK_TEXT = 1 << 20;
/** How many events reading is timed with. */
const READ = 100_000;

interface Part {
  readonly span: TimeRange;
  readonly events: readonly LogEvent[];
}

interface StoredPart {
  readonly span: TimeRange;
  readonly bytes: Uint8Array;
}

const folder = mkdtempSync(join(tmpdir(), "logai-bench-size-"));
console.log(
  "log           ids    events   MB/million  on disk  zstd -3  ratio   encode/s   decode 100,000   from .zst  ratio",
);
for (const logs of readLogs(process.argv[2])) {
  for (const ids of IDS) {
    const events = repeatLogs(logs, EVENTS, ids);
    const text = sizeOfText(events);
    const parts = cutParts(events);
    const started = performance.now();
    const stored: StoredPart[] = [];
    for (const { span, events: some } of parts)
      stored.push({ span, bytes: (await encodeChunk(span, some)).bytes });
    const seconds = (performance.now() - started) / 1000;
    const size = stored.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const onDisk = await sizeOnDisk(parts);
    const [chunks, file] = await compareReading(events.slice(0, READ), logs.name);
    const million = (bytes: number) => (bytes / events.length).toFixed(2).padStart(8);
    console.log(
      `${logs.name.padEnd(13)} ${ids.padEnd(5)} ${String(events.length).padStart(7)}     ${million(size)} ${million(onDisk)} ${million(text)}` +
        `  ${(onDisk / text).toFixed(3)} ${String(Math.round(events.length / seconds)).padStart(10)}` +
        `  ${chunks.toFixed(0).padStart(12)} ms ${file.toFixed(0).padStart(8)} ms   ${(chunks / file).toFixed(2)}`,
    );
  }
}
rmSync(folder, { recursive: true });

/** Bytes of the database that holds these parts and nothing else. */
async function sizeOnDisk(parts: readonly Part[]): Promise<number> {
  const path = join(folder, "cache.db");
  const group = parts[0]?.events[0]?.group ?? "";
  const cache = openCache(path, {
    maxBytes: 4e9,
    maxEntries: 1e6,
    eventLife: Number.POSITIVE_INFINITY,
    tailLife: Number.POSITIVE_INFINITY,
    now: Date.now,
    onWarning: (text) => console.error(text),
  });
  const key = { source: "bench", account: "", region: "", group, filter: undefined, streamPrefix: "" };
  for (const { span, events } of parts)
    await cache.keep(key, { span, events, readAt: Date.now(), isSettled: true, calls: 1 });
  cache.close();
  const { size } = statSync(path);
  rmSync(path);
  return size;
}

/** Bytes of the lines as one file, compressed as the zstd tool does. */
function sizeOfText(events: readonly LogEvent[]): number {
  const text = Buffer.from(events.map(({ message }) => message).join("\n"));
  const params = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 };
  return zstdCompressSync(text, { params }).length;
}

/** Parts of about as much text as a chunk has, which split no millisecond. */
function cutParts(events: readonly LogEvent[]): Part[] {
  const parts: Part[] = [];
  let [from, length] = [0, 0];
  for (const [n, { message, timestamp = 0 }] of events.entries()) {
    length += message.length;
    const next = events[n + 1]?.timestamp;
    if (next !== undefined && (length < CHUNK_TEXT || next === timestamp)) continue;
    const start = parts.at(-1)?.span.end ?? events[0]?.timestamp ?? 0;
    parts.push({ span: { start, end: timestamp + 1 }, events: events.slice(from, n + 1) });
    [from, length] = [n + 1, 0];
  }
  return parts;
}

/** Median ms to have the events back from chunks, and from a file of JSON lines, by turns. */
async function compareReading(events: readonly LogEvent[], group: string): Promise<[number, number]> {
  const file = join(folder, "events.zst");
  writeFileSync(file, zstdCompressSync(events.map((event) => JSON.stringify(event)).join("\n")));
  const stored: StoredPart[] = [];
  for (const { span, events: some } of cutParts(events))
    stored.push({ span, bytes: (await encodeChunk(span, some)).bytes });
  const times: [number[], number[]] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    times[0].push(await timeOf(() => readChunks(stored, group), events.length));
    times[1].push(await timeOf(() => readFile(file), events.length));
  }
  return [median(times[0]), median(times[1])];
}

async function readChunks(stored: readonly StoredPart[], group: string): Promise<number> {
  let count = 0;
  for (const { span, bytes } of stored) count += (await decodeChunk(group, span, bytes)).length;
  return count;
}

async function readFile(file: string): Promise<number> {
  const lines = zstdDecompressSync(readFileSync(file)).toString().split("\n");
  return lines.map((line): LogEvent => JSON.parse(line)).length;
}

async function timeOf(read: () => Promise<number>, expected: number): Promise<number> {
  const started = performance.now();
  const count = await read();
  if (count !== expected) throw new Error(`${count} events came back of ${expected}.`);
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
