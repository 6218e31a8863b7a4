import type { Recogniser } from "../../log/header.ts";
import type { TimeRange } from "../../log/time-range.ts";
import { seekTime } from "./find-window.ts";
import { type OpenLog, readFully, readText } from "./open-log.ts";
import { cutAtLineEnd, fillUp, LINE_BLOCK_BYTES, readBlocks } from "./read-blocks.ts";
import { createLineDecoder, endOfLine } from "./read-lines.ts";
import { SLACK_MS } from "./scan.ts";

/** What the beginning of a file tells. */
export interface Head {
  readonly isEmpty: boolean;
  /** Time of the first line that tells one within the first MiB, ms since the epoch. */
  readonly firstTime: number | undefined;
  /** Oldest time within the first 64 KiB, or as far as that first line. */
  readonly oldest: number | undefined;
  /** That first line gives no zone, no year. */
  readonly isZoneOpen: boolean;
  readonly isYearOpen: boolean;
}

const END_BYTES = 65_536;
const MAX_END_BYTES = 1 << 20;
/** From this size on an order of time is found by probes. */
const PROBE_FROM_BYTES = 4 << 20;

export async function readHead(log: OpenLog, recogniser: Recogniser, signal: AbortSignal): Promise<Head> {
  const reader = readText(log, log.textStart, signal);
  try {
    const bytes = Buffer.allocUnsafe(MAX_END_BYTES);
    let filled = 0;
    for (let wanted = END_BYTES; ; wanted = MAX_END_BYTES) {
      filled = await fillUp(reader, bytes.subarray(0, wanted), filled);
      const isWhole = filled < wanted;
      const lines = bytes.subarray(0, isWhole ? filled : bytes.lastIndexOf(10, filled - 1) + 1);
      const found = timesIn(lines, recogniser);
      if (!found && !isWhole && wanted < MAX_END_BYTES) continue;
      const first = found && recogniser.recognise(found.firstLine);
      return {
        isEmpty: filled === 0,
        firstTime: first?.timestamp,
        oldest: found?.start,
        isZoneOpen: first?.zoneAssumed ?? false,
        isYearOpen: first?.yearAssumed ?? false,
      };
    }
  } finally {
    await reader.close();
  }
}

/**
 * The newest time near the end of a file; undefined where there is none.
 * @param limit an archive of more bytes is not read for it
 */
export async function readNewest(
  log: OpenLog,
  recogniser: Recogniser,
  limit: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (!log.seekable) return log.size > limit ? undefined : (await scanTimes(log, recogniser, signal))?.end;
  for (let length = END_BYTES; ; length *= 4) {
    const start = Math.max(log.textStart, log.size - length);
    const bytes = await readFully(log.handle, start, Math.max(0, log.size - start));
    const found = timesIn(start > log.textStart ? bytes.subarray(endOfLine(bytes, 0)) : bytes, recogniser);
    if (found || start === log.textStart || length >= MAX_END_BYTES) return found?.end;
  }
}

/** The span of a file's times, its end exclusive: by its ends where it is large and in order, else by all its lines. */
export async function readSpan(
  log: OpenLog,
  recogniser: Recogniser,
  signal: AbortSignal,
): Promise<TimeRange | undefined> {
  if (log.seekable && log.size > PROBE_FROM_BYTES) {
    const { order } = await seekTime(log, recogniser, Number.NEGATIVE_INFINITY, SLACK_MS);
    const { oldest: start } = await readHead(log, recogniser, signal);
    const newest = await readNewest(log, recogniser, 0, signal);
    if (order === "sorted" && start !== undefined && newest !== undefined) return { start, end: newest + 1 };
  }
  const times = await scanTimes(log, recogniser, signal);
  return times && { start: times.start, end: times.end + 1 };
}

/** Oldest and newest time of all lines; both ends are inclusive. */
async function scanTimes(
  log: OpenLog,
  recogniser: Recogniser,
  signal: AbortSignal,
): Promise<TimeRange | undefined> {
  let span: TimeRange | undefined;
  const reader = readText(log, log.textStart, signal);
  for await (const { bytes } of readBlocks(reader, log.textStart, cutAtLineEnd, LINE_BLOCK_BYTES, signal)) {
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
): (TimeRange & { readonly firstLine: string }) | undefined {
  const decoder = createLineDecoder(bytes, () => {});
  let firstLine: string | undefined;
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < bytes.length; ) {
    const next = endOfLine(bytes, at);
    const line = decoder.decode(at, next);
    const time = recogniser.timestampOf(line);
    at = next;
    if (time === undefined) continue;
    firstLine ??= line;
    start = Math.min(start, time);
    end = Math.max(end, time);
  }
  return firstLine === undefined ? undefined : { firstLine, start, end };
}
