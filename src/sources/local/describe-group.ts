import { Failure } from "../../failure.ts";
import type { Zone } from "../../log/zone.ts";
import type { LogGroup } from "../source.ts";
import type { LocalGroup } from "./catalogue.ts";
import { throwIfAborted } from "./find-files.ts";
import { inspect, type LogFile } from "./open-log.ts";
import { readHead, readNewest } from "./profile.ts";
import { recogniserFor } from "./read-stream.ts";

/** What a listing says of one file. */
interface Sketch {
  readonly size: number;
  readonly isBinary: boolean;
  readonly isEmpty: boolean;
  readonly oldest: number | undefined;
  readonly newest: number | undefined;
}

/** A larger archive is not unpacked just to list its newest time. */
const SMALL_ARCHIVE_BYTES = 1 << 20;

/** A group as a listing shows it; undefined for a binary file that nobody named. */
export async function describeGroup(
  group: LocalGroup,
  zone: Zone,
  now: number,
  signal: AbortSignal,
): Promise<LogGroup | undefined> {
  const sketches: Sketch[] = [];
  const remarks: string[] = [];
  for (const file of group.files) {
    throwIfAborted(signal);
    try {
      sketches.push(await sketchFile(file, zone, now, signal));
    } catch (error) {
      if (!(error instanceof Failure) || error.code === "interrupted") throw error;
      remarks.push(error.message.replace(/\.$/, ""));
    }
  }
  const isBinary = sketches.length > 0 && sketches.every((one) => one.isBinary);
  if (isBinary && !group.direct) return undefined;
  const texts = sketches.filter((one) => !one.isBinary);
  if (isBinary) remarks.push("a binary file, not a log");
  else if (texts.length > 0 && texts.every(({ isEmpty }) => isEmpty)) remarks.push("empty");
  else if (texts.length > 0 && texts.every(({ oldest }) => oldest === undefined)) {
    remarks.push("its lines tell no times");
  }
  const isNewestKnown = texts.every(({ oldest, newest }) => oldest === undefined || newest !== undefined);
  return {
    name: group.name,
    storedBytes: sketches.length > 0 ? sketches.reduce((sum, { size }) => sum + size, 0) : undefined,
    retentionDays: undefined,
    oldestEvent: pick(
      texts.map(({ oldest }) => oldest),
      Math.min,
    ),
    newestEvent: isNewestKnown
      ? pick(
          texts.flatMap(({ oldest, newest }) => [oldest, newest]),
          Math.max,
        )
      : undefined,
    streams: group.files.map(({ stream }) => stream),
    ...(remarks.length > 0 ? { remark: remarks.join("; ") } : {}),
  };
}

async function sketchFile(file: LogFile, zone: Zone, now: number, signal: AbortSignal): Promise<Sketch> {
  return await inspect(file, async (log) => {
    const { size } = log;
    if (log.binary) return { size, isBinary: true, isEmpty: false, oldest: undefined, newest: undefined };
    const recogniser = recogniserFor(log, zone, now);
    const { isEmpty, oldest } = await readHead(log, recogniser, signal);
    const newest = await readNewest(log, recogniser, SMALL_ARCHIVE_BYTES, signal);
    return { size, isBinary: false, isEmpty, oldest, newest };
  });
}

/** A folder that cannot be looked into, so that its absence from the list is not silent. */
export function closedFolder(name: string, reason: string): LogGroup {
  return {
    name,
    storedBytes: undefined,
    retentionDays: undefined,
    oldestEvent: undefined,
    newestEvent: undefined,
    streams: undefined,
    remark: `cannot be read: ${reason}`,
  };
}

function pick(
  values: readonly (number | undefined)[],
  choose: (...values: number[]) => number,
): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? choose(...known) : undefined;
}
