import { throwIfAborted } from "./find-files.ts";
import type { TextReader } from "./open-log.ts";

/** Some whole lines of a text. */
export interface Block {
  /** Valid until the next block is asked for. */
  readonly bytes: Buffer;
  /** Of its first byte in the text. */
  readonly offset: number;
}

/** How many of these bytes, which start with a line, are whole; 0 asks for more of them. */
export type Cut = (bytes: Buffer) => number;

/** What is searched before it is taken apart is read in large blocks; lines become objects, and these must stay few. */
export const SEARCH_BLOCK_BYTES = 1 << 20;
export const LINE_BLOCK_BYTES = 1 << 17;
/** A longer line is split. */
const MAX_LINE_BYTES = 1 << 24;

/**
 * The text from an offset on, in blocks that end where `cut` says.
 * @param blockBytes size of a block, unless a line is longer
 */
export async function* readBlocks(
  reader: TextReader,
  from: number,
  cut: Cut,
  blockBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Block> {
  let buffer: Buffer = Buffer.allocUnsafe(blockBytes);
  let length = 0;
  let offset = from;
  try {
    for (;;) {
      throwIfAborted(signal);
      if (length === buffer.length) buffer = grow(buffer);
      length = await fillUp(reader, buffer, length);
      const isEnd = length < buffer.length;
      const whole = isEnd ? length : cut(buffer.subarray(0, length));
      if (whole > 0) {
        yield { bytes: buffer.subarray(0, whole), offset };
        buffer.copyWithin(0, whole, length);
        offset += whole;
        length -= whole;
      }
      if (isEnd) return;
    }
  } finally {
    await reader.close();
  }
}

/** Fills a buffer from an index on, and gives how full it is then: less than full only at the text's end. */
export async function fillUp(reader: TextReader, buffer: Buffer, from: number): Promise<number> {
  let filled = from;
  while (filled < buffer.length) {
    const got = await reader.fill(buffer, filled);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

function grow(buffer: Buffer): Buffer {
  const larger = Buffer.allocUnsafe(Math.min(2 * buffer.length, MAX_LINE_BYTES));
  buffer.copy(larger);
  return larger;
}

/** Cuts behind the last line end, or within a line that is too long, between two characters. */
export function cutAtLineEnd(bytes: Buffer): number {
  const end = bytes.lastIndexOf(10) + 1;
  if (end > 0 || bytes.length < MAX_LINE_BYTES) return end;
  let whole = bytes.length;
  while (whole > bytes.length - 4 && ((bytes[whole - 1] ?? 0) & 0xc0) === 0x80) whole--;
  const lead = bytes[whole - 1] ?? 0;
  return lead >= 0xc0 ? whole - 1 : bytes.length;
}
