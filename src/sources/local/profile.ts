import type { Recogniser } from "../../log/header.ts";
import type { TimeRange } from "../../log/time-range.ts";
import { type OpenLog, readFully, readText } from "./open-log.ts";
import { cutAtLineEnd, readBlocks } from "./read-blocks.ts";
import { createLineDecoder, endOfLine } from "./read-lines.ts";

/** What the ends of a file tell. */
export interface Profile {
  readonly isEmpty: boolean;
  /** Time of the first line that tells one within the first MiB, ms since the epoch. */
  readonly firstTime: number | undefined;
  /** Oldest and newest time near the ends; `newest` is undefined for a large archive. */
  readonly oldest: number | undefined;
  readonly newest: number | undefined;
}

const END_BYTES = 65_536;
const MAX_END_BYTES = 1 << 20;
/** An archive up to this size is read to its end to learn its newest time. */
const SMALL_ARCHIVE_BYTES = 4 << 20;

export async function readProfile(
  log: OpenLog,
  recogniser: Recogniser,
  signal: AbortSignal,
): Promise<Profile> {
  const head = await readHead(log, recogniser, signal);
  const { firstTime } = head;
  const oldest = head.times?.start;
  const newest = await readNewest(log, recogniser, signal);
  return {
    isEmpty: head.isEmpty,
    firstTime,
    oldest,
    newest: newest === undefined || oldest === undefined ? newest : Math.max(newest, oldest),
  };
}

async function readHead(
  log: OpenLog,
  recogniser: Recogniser,
  signal: AbortSignal,
): Promise<{ isEmpty: boolean; firstTime: number | undefined; times: TimeRange | undefined }> {
  const reader = readText(log, log.textStart, signal);
  try {
    const bytes = Buffer.allocUnsafe(MAX_END_BYTES);
    let filled = 0;
    for (let wanted = END_BYTES; ; wanted = MAX_END_BYTES) {
      const target = bytes.subarray(0, wanted);
      for (let got = -1; got !== 0 && filled < wanted; filled += got) got = await reader.fill(target, filled);
      const found = timesIn(bytes.subarray(0, filled), recogniser);
      if (found || filled < wanted || wanted === MAX_END_BYTES) {
        return { isEmpty: filled === 0, firstTime: found?.first, times: found };
      }
    }
  } finally {
    await reader.close();
  }
}

async function readNewest(
  log: OpenLog,
  recogniser: Recogniser,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (!log.seekable) {
    if (log.size > SMALL_ARCHIVE_BYTES) return undefined;
    return (await scanTimes(log, recogniser, signal))?.end;
  }
  for (let length = END_BYTES; ; length *= 4) {
    const start = Math.max(log.textStart, log.size - length);
    const bytes = await readFully(log.handle, start, Math.max(0, log.size - start));
    const found = timesIn(start > log.textStart ? bytes.subarray(endOfLine(bytes, 0)) : bytes, recogniser);
    if (found || start === log.textStart || length >= MAX_END_BYTES) return found?.end;
  }
}

/** Oldest and newest time of all lines; both ends are inclusive. */
export async function scanTimes(
  log: OpenLog,
  recogniser: Recogniser,
  signal: AbortSignal,
): Promise<TimeRange | undefined> {
  let span: TimeRange | undefined;
  const reader = readText(log, log.textStart, signal);
  for await (const { bytes } of readBlocks(reader, log.textStart, cutAtLineEnd, signal)) {
    const found = timesIn(bytes, recogniser);
    if (!found) continue;
    span = {
      start: Math.min(span?.start ?? found.start, found.start),
      end: Math.max(span?.end ?? found.end, found.end),
    };
  }
  return span;
}

function timesIn(
  bytes: Buffer,
  recogniser: Recogniser,
): (TimeRange & { readonly first: number }) | undefined {
  const decoder = createLineDecoder(bytes, () => {});
  let first: number | undefined;
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < bytes.length; ) {
    const next = endOfLine(bytes, at);
    const time = recogniser.timestampOf(decoder.decode(at, next));
    at = next;
    if (time === undefined) continue;
    first ??= time;
    start = Math.min(start, time);
    end = Math.max(end, time);
  }
  return first === undefined ? undefined : { first, start, end };
}
