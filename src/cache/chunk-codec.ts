import type { LogEvent } from "../log/event.ts";
import type { TimeRange } from "../log/time-range.ts";

/** The events of a chunk as bytes, compressed; whatever the bytes, reading them gives the same events or throws. */
export interface EncodedChunk {
  readonly bytes: Uint8Array;
  /** UTF-16 units of the messages. */
  readonly textLength: number;
}

/** Compresses in the thread pool. Events all are of one group, which is not in the bytes. */
export declare function encodeChunk(span: TimeRange, events: readonly LogEvent[]): Promise<EncodedChunk>;

/** @throws Error where the bytes are damaged, or are of another span */
export declare function decodeChunk(
  group: string,
  span: TimeRange,
  bytes: Uint8Array,
): Promise<readonly LogEvent[]>;
