import { promisify } from "node:util";
import { constants, crc32, zstdCompress, zstdDecompress } from "node:zlib";
import { LEVELS, type LogEvent } from "../log/event.ts";
import { contains, type TimeRange } from "../log/time-range.ts";
import { ByteReader, ByteWriter, damaged, unzigzag, zigzag } from "./chunk-bytes.ts";
import { readIds, writeIds } from "./chunk-ids.ts";
import { readStrings, writeStrings } from "./chunk-strings.ts";

/** The events of a chunk as bytes, compressed; whatever the bytes, reading them gives the same events or throws. */
export interface EncodedChunk {
  readonly bytes: Uint8Array;
  /** UTF-16 units of the messages. */
  readonly textLength: number;
}

/**
 * The bytes are a header of 32 bytes, little-endian, and a zstd frame. In the header: MAGIC with the version; the CRC-32 of
 * all that comes after it; the frame's length when unpacked and how many events there are, 4 bytes each; the span's start and
 * end, 8 bytes each, double. The frame has one column after the other, since like compresses well with like: the streams'
 * names; which of them each event is of; times; levels; where bodies start; ids; messages.
 */
const MAGIC = Buffer.from("LCK\x01", "latin1");
const HEADER_BYTES = 32;

/** Unpacked: more than any chunk should have, and no more than memory has. */
const MOST_BYTES = 2 ** 28;
/** An event's least: its time, its level and where its body starts. */
const LEAST_EVENT_BYTES = 3;

/** The best for its time, a quarter smaller than the other, at 100 MB/s; and where more is waiting, at 200 MB/s. */
const [LEVEL, FAST_LEVEL] = [9, 3];

/** How times are written: how far each is from the one before it, else, where one of these is huge, each as a double. */
const [STEPS, DOUBLES] = [0, 1];
const LARGEST_STEP = 2 ** 52;

/** How levels are written: their place in `LEVELS` from 1, 0 for none, and this added where they were inferred. */
const INFERRED = LEVELS.length + 1;

/** By what is written. */
const SEVERITIES = [false, true].flatMap((levelInferred) =>
  [undefined, ...LEVELS].map((level) => ({ level, levelInferred })),
);

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/**
 * Compresses in the thread pool. Events all are of one group, which is not in the bytes.
 * @param isUrgent half the time for a quarter more bytes
 * @throws Error where an event is of another group, or its time is none of the span's
 */
export async function encodeChunk(
  span: TimeRange,
  events: readonly LogEvent[],
  isUrgent = false,
): Promise<EncodedChunk> {
  assertAlike(span, events);
  const columns = writeColumns(span, events);
  if (columns.length > MOST_BYTES) throw new Error("The events are too many for one chunk.");
  const frame = await compress(columns, {
    params: { [constants.ZSTD_c_compressionLevel]: isUrgent ? FAST_LEVEL : LEVEL },
    pledgedSrcSize: columns.length,
  });
  const bytes = Buffer.alloc(HEADER_BYTES + frame.length);
  bytes.set(MAGIC);
  bytes.writeUInt32LE(columns.length, 8);
  bytes.writeUInt32LE(events.length, 12);
  bytes.writeDoubleLE(span.start, 16);
  bytes.writeDoubleLE(span.end, 24);
  bytes.set(frame, HEADER_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return { bytes, textLength: events.reduce((length, { message }) => length + message.length, 0) };
}

/** @throws Error where the bytes are damaged, or are of another span */
export async function decodeChunk(
  group: string,
  span: TimeRange,
  bytes: Uint8Array,
): Promise<readonly LogEvent[]> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length, count } = readHeader(buffer, span);
  const columns = await decompress(buffer.subarray(HEADER_BYTES), {
    chunkSize: Math.max(length + 1, 64),
    maxOutputLength: length + 1,
  });
  if (columns.length !== length) throw damaged("it is not as long as it says");
  return readColumns(columns, count, group, span);
}

function readHeader(buffer: Buffer, span: TimeRange): { length: number; count: number } {
  if (buffer.length < HEADER_BYTES || !buffer.subarray(0, MAGIC.length).equals(MAGIC))
    throw damaged("it is none, or of another version");
  if (buffer.readUInt32LE(4) !== crc32(buffer.subarray(8))) throw damaged("its checksum is wrong");
  if (buffer.readDoubleLE(16) !== span.start || buffer.readDoubleLE(24) !== span.end)
    throw damaged("it is of another span");
  const [length, count] = [buffer.readUInt32LE(8), buffer.readUInt32LE(12)];
  if (length > MOST_BYTES || count * LEAST_EVENT_BYTES > length) throw damaged("its sizes cannot be");
  return { length, count };
}

function assertAlike(span: TimeRange, events: readonly LogEvent[]): void {
  const group = events[0]?.group;
  for (const event of events) {
    if (event.group !== group) throw new Error("Events of one chunk must be of one group.");
    if (!isTimeIn(span, event.timestamp ?? Number.NaN))
      throw new Error(`An event's time, ${event.timestamp}, is not in the span of its chunk.`);
    if (!Number.isSafeInteger(event.bodyStart) || event.bodyStart < 0)
      throw new Error(`An event's body cannot start at ${event.bodyStart}.`);
  }
}

function writeColumns(span: TimeRange, events: readonly LogEvent[]): Uint8Array {
  const writer = new ByteWriter();
  const streams = writeStreams(writer, events);
  const timestamps = Float64Array.from(events, ({ timestamp = 0 }) => timestamp);
  writeTimes(writer, span, timestamps);
  for (const { level, levelInferred } of events)
    writer.byte((level === undefined ? 0 : LEVELS.indexOf(level) + 1) + (levelInferred ? INFERRED : 0));
  for (const { bodyStart } of events) writer.count(bodyStart);
  const ids = events.map(({ id }) => id);
  writeIds(writer, ids, { timestamps, streams });
  const messages = events.map(({ message }) => message);
  writeStrings(writer, messages);
  return writer.view();
}

function readColumns(columns: Buffer, count: number, group: string, span: TimeRange): LogEvent[] {
  const reader = new ByteReader(columns);
  const { names, streams } = readStreams(reader, count);
  const timestamps = readTimes(reader, span, count);
  const levels = reader.bytes(count);
  const bodyStarts = new Float64Array(count);
  for (let n = 0; n < count; n += 1) bodyStarts[n] = reader.count();
  const ids = readIds(reader, count, { timestamps, streams });
  const messages = readStrings(reader, count);
  if (reader.left > 0) throw damaged("something is behind its end");
  const events: LogEvent[] = [];
  for (let n = 0; n < count; n += 1) {
    const severity = SEVERITIES[levels[n] ?? 0];
    if (severity === undefined) throw damaged("an event's level is none");
    events.push({
      id: ids[n] ?? "",
      group,
      stream: names[streams[n] ?? 0] ?? "",
      timestamp: timestamps[n] ?? 0,
      message: messages[n] ?? "",
      bodyStart: bodyStarts[n] ?? 0,
      level: severity.level,
      levelInferred: severity.levelInferred,
    });
  }
  return events;
}

/** Their names, and where there are several, which of them each event is of. */
function writeStreams(writer: ByteWriter, events: readonly LogEvent[]): Uint32Array {
  const places = new Map<string, number>();
  const streams = Uint32Array.from(events, ({ stream }) => {
    const place = places.get(stream) ?? places.size;
    if (place === places.size) places.set(stream, place);
    return place;
  });
  writer.count(places.size);
  writeStrings(writer, [...places.keys()]);
  if (places.size > 1) for (const place of streams) writer.count(place);
  return streams;
}

function readStreams(reader: ByteReader, count: number): { names: string[]; streams: Uint32Array } {
  const size = reader.count();
  if (size > count || (size === 0 && count > 0)) throw damaged("its streams are too many, or none");
  const names = readStrings(reader, size);
  const streams = new Uint32Array(count);
  if (size === 1) return { names, streams };
  for (let n = 0; n < count; n += 1) {
    const place = reader.count();
    if (place >= size) throw damaged("an event's stream has no name");
    streams[n] = place;
  }
  return { names, streams };
}

function writeTimes(writer: ByteWriter, span: TimeRange, timestamps: Float64Array): void {
  const isNear = timestamps.every(
    (time, n) => Math.abs(time - (timestamps[n - 1] ?? firstOf(span))) < LARGEST_STEP,
  );
  writer.byte(isNear ? STEPS : DOUBLES);
  let before = firstOf(span);
  for (const time of timestamps) {
    if (isNear) writer.count(zigzag(time - before));
    else writer.double(time);
    before = time;
  }
}

function readTimes(reader: ByteReader, span: TimeRange, count: number): Float64Array {
  const layout = reader.byte();
  if (layout !== STEPS && layout !== DOUBLES) throw damaged("times are of no known layout");
  const timestamps = new Float64Array(count);
  let time = firstOf(span);
  for (let n = 0; n < count; n += 1) {
    time = layout === STEPS ? time + unzigzag(reader.count()) : reader.double();
    if (!Number.isSafeInteger(time) || !contains(span, time))
      throw damaged("an event's time is not in its span");
    timestamps[n] = time;
  }
  return timestamps;
}

function isTimeIn(span: TimeRange, time: number): boolean {
  return Number.isSafeInteger(time) && contains(span, time);
}

/** What the first time is measured from. */
function firstOf({ start }: TimeRange): number {
  return Number.isSafeInteger(start) ? start : 0;
}
