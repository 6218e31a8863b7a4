import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompressSync } from "node:zlib";
import { z } from "zod";
import { LEVELS, type LogEvent } from "../log/event.ts";
import { contains, type TimeRange } from "../log/time-range.ts";

/** The events of a chunk as bytes, compressed; whatever the bytes, reading them gives the same events or throws. */
export interface EncodedChunk {
  readonly bytes: Uint8Array;
  /** UTF-16 units of the messages. */
  readonly textLength: number;
}

const chunkShape = z.object({
  version: z.literal(1),
  span: z.object({ start: z.number(), end: z.number() }),
  events: z.array(
    z.object({
      id: z.string(),
      stream: z.string(),
      timestamp: z.number().int(),
      message: z.string(),
      bodyStart: z.number().int().nonnegative(),
      level: z.enum(LEVELS).optional(),
      levelInferred: z.boolean(),
    }),
  ),
});

const compress = promisify(zstdCompress);
const OPTIONS = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const MOST_BYTES = 1 << 30;

/** Compresses in the thread pool. Events all are of one group, which is not in the bytes. */
export async function encodeChunk(span: TimeRange, events: readonly LogEvent[]): Promise<EncodedChunk> {
  let textLength = 0;
  for (const { timestamp, message } of events) {
    if (timestamp === undefined || !contains(span, timestamp))
      throw new Error(`An event's time, ${timestamp}, is not in its chunk's span.`);
    textLength += message.length;
  }
  const kept = events.map(({ group: _, ...event }) => event);
  return {
    bytes: await compress(JSON.stringify({ version: 1, span, events: kept }), OPTIONS),
    textLength,
  };
}

/** @throws Error where the bytes are damaged, or are of another span */
export async function decodeChunk(
  group: string,
  span: TimeRange,
  bytes: Uint8Array,
): Promise<readonly LogEvent[]> {
  const text = zstdDecompressSync(bytes, { maxOutputLength: MOST_BYTES }).toString();
  const kept = chunkShape.parse(JSON.parse(text));
  if (kept.span.start !== span.start || kept.span.end !== span.end)
    throw new Error("The chunk is of another span.");
  return kept.events.map((event) => ({ ...event, group, level: event.level }));
}
