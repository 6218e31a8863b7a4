// Logs to measure the cache's bytes with: the lines of a folder, or made ones, repeated with other times and digits, as
// the events that CloudWatch would give.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createRandom, type Random } from "../src/demo/random.ts";
import type { LogEvent } from "../src/log/event.ts";
import { createRecogniser } from "../src/log/header.ts";
import { createZone } from "../src/log/zone.ts";
import { createEventReader } from "../src/sources/cloudwatch/read-event.ts";

export interface Logs {
  readonly name: string;
  /** Lines, each with the stream that it is of. */
  readonly lines: readonly (readonly [stream: string, line: string])[];
}

/** How an event's id is made: as test/peers does, as AWS does, or as where events came by a query. */
export type IdKind = "peer" | "aws" | "row";

const LINES = createRecogniser({ zone: createZone("UTC"), reference: 0 });
const START = Date.UTC(2026, 2, 12);
/** Between two events, ms: a million in two hours. */
const MEAN_GAP = 7.2;
/** Events that a stream's writer sends at once. */
const BATCH = 50;

/** @param folder of *.log and *.log.gz files; undefined: made lines. @returns each file by itself, and all in one group */
export function readLogs(folder: string | undefined): Logs[] {
  if (folder === undefined) return [makeLogs()];
  const files = readdirSync(folder).filter((file) => /\.log(\.gz)?$/.test(file));
  const logs = files.map((file) => {
    const bytes = readFileSync(join(folder, file));
    const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
    const name = file.replace(/\.log(\.gz)?$/, "");
    const lines = text.split("\n").filter((line) => line !== "");
    return { name, lines: lines.map((line, n) => [`${name}/${n % 3}`, line] as const) };
  });
  const longest = Math.max(...logs.map(({ lines }) => lines.length));
  const mixed = Array.from({ length: longest }, (_, n) =>
    logs.flatMap(({ lines }) => (lines[n] ? [lines[n]] : [])),
  );
  return [...logs, { name: "all in one", lines: mixed.flat() }];
}

function makeLogs(): Logs {
  const random = createRandom(7);
  const lines = Array.from({ length: 20_000 }, (_, n) => {
    const line =
      n % 1000 === 999
        ? `ERROR shop.Payment: Failed password check for order ${random.whole(1, 9_999_999)} after ${random.skewed(1, 997)} ms`
        : `INFO shop.Http: GET ${random.pick(["/api/cart", "/api/orders", "/health"])} 200 in ${random.skewed(1, 997)} ms user=${random.whole(1, 99_999)} trace=${random.hex(16)}`;
    return [`app/${n % 3}`, `2026-03-12T00:00:00.000Z [worker-${n % 16}] ${line}`] as const;
  });
  return { name: "made", lines };
}

/** So many events, oldest first, in the order in which CloudWatch has them. */
export function repeatLogs({ lines }: Logs, count: number, ids: IdKind): LogEvent[] {
  const random = createRandom(42);
  const read = createEventReader("bench", createZone("UTC"), START);
  const newId = createIds(ids, random);
  let time = START;
  return Array.from({ length: count }, (_, n) => {
    time -= Math.log(1 - random.next()) * MEAN_GAP;
    const timestamp = Math.floor(time);
    const [stream, line] = lines[n % lines.length] ?? ["", ""];
    const message =
      n < lines.length ? restamp(line, timestamp) : restamp(varyDigits(line, random), timestamp);
    return read({ id: newId(timestamp, stream, message), stream, timestamp, message });
  });
}

/** Of the body's numbers of three digits and more, the last two. */
function varyDigits(line: string, random: Random): string {
  const { bodyStart } = LINES.recognise(line);
  const body = line
    .slice(bodyStart)
    .replace(/(\d)\d\d(?!\d)/g, (_, head: string) => `${head}${random.whole(10, 99)}`);
  return line.slice(0, bodyStart) + body;
}

/** Whatever in a line tells its time tells this time, to the precision that it has. */
function restamp(line: string, time: number): string {
  const iso = new Date(time).toISOString();
  const clock = iso.slice(11, 19);
  return line
    .replace(/^\d{6} \d{6} /, `${iso.slice(2, 10).replaceAll("-", "")} ${clock.replaceAll(":", "")} `)
    .replace(/^- \d{10} /, `- ${Math.floor(time / 1000)} `)
    .replace(/(?<!_)\b\d\d([:.])\d\d\1\d\d(?:([.,])\d{3,6})?/g, (found, mark: string, dot?: string) => {
      const shown = clock.replaceAll(":", mark);
      return dot === undefined ? shown : `${shown}${dot}${iso.slice(20, 23)}${found.slice(12)}`;
    });
}

function createIds(kind: IdKind, random: Random) {
  const serials = new Map<string, { next: bigint; left: number }>();
  let made = 0n;
  return (timestamp: number, stream: string, message: string): string => {
    if (kind === "row") {
      const digest = createHash("sha256")
        .update(JSON.stringify([timestamp, stream, message]))
        .digest("base64url");
      return `row:${digest.slice(0, 24)}:0`;
    }
    let batch = serials.get(stream);
    if (batch === undefined || batch.left === 0) {
      batch = { next: kind === "peer" ? made : BigInt(`0x${random.hex(36)}`), left: BATCH };
      made += BigInt(BATCH);
      serials.set(stream, batch);
    }
    batch.left -= 1;
    const serial = batch.next++;
    return kind === "peer"
      ? `3${String(timestamp).padStart(15, "0")}${String(serial).padStart(40, "0")}`
      : String((BigInt(timestamp) << 144n) + serial);
  };
}
