import { Failure } from "../../failure.ts";
import type { EventFilter } from "../../log/filter.ts";
import { createRecogniser, type Recogniser } from "../../log/header.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { Zone } from "../../log/zone.ts";
import { seekTime } from "./find-window.ts";
import { type LogFile, type OpenLog, openLog } from "./open-log.ts";
import { type Hold, orderEvents } from "./order-events.ts";
import { type ScanRequest, type ScanStep, SLACK_MS, scanAll } from "./scan.ts";
import { chooseLiteral, scanHits } from "./scan-hits.ts";
import type { Tally } from "./tally.ts";

export interface StreamRequest {
  readonly group: string;
  readonly file: LogFile;
  /** See Profile.firstTime. */
  readonly firstTime: number | undefined;
  readonly window: TimeRange | undefined;
  readonly filter: EventFilter | undefined;
  readonly zone: Zone;
  readonly now: number;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  /** Files from this size on are searched before they are taken apart, bytes. */
  readonly fastFrom?: number;
}

/** Below this size all events are read even where a filter could be searched for, so that they can be counted. */
const FAST_FROM_BYTES = 8 << 20;
/** From this size on a window is found by seeking. */
const SEEK_FROM_BYTES = 4 << 20;
/** Smaller files are put in order as a whole, unless their lines are very short. */
const HOLD_ALL_BYTES = 8 << 20;
const HOLD_ALL: Hold = { events: 30_000, chars: HOLD_ALL_BYTES };
const HOLD_SOME: Hold = { events: 512, chars: 1 << 20 };

/** The matching events of one file, in the order of time as far as the file is. */
export async function* readStream(request: StreamRequest): AsyncGenerator<ScanStep> {
  const log = await openLog(request.file);
  try {
    if (log.binary) throw binaryFailure(request.file);
    const canHoldAll = log.compression === undefined && log.size <= HOLD_ALL_BYTES;
    yield* orderEvents(scanWindow(log, request), canHoldAll ? HOLD_ALL : HOLD_SOME, request.tally);
    await noteChange(log, request.tally);
  } finally {
    await log.handle.close();
  }
}

async function* scanWindow(log: OpenLog, request: StreamRequest): AsyncGenerator<ScanStep> {
  const { window, filter, tally, signal, file } = request;
  const recogniser = recogniserFor(log, request.zone, request.now);
  const isLarge = log.seekable && log.size > SEEK_FROM_BYTES;
  const seek =
    window && isLarge ? await seekTime(log, recogniser, window.start - SLACK_MS, SLACK_MS) : undefined;
  if (seek) yield { events: [], seen: 0, scannedBytes: seek.scannedBytes };
  if (seek?.order === "unsorted") tally.unsorted.add(file.stream);
  let isDisordered = false;
  const { group, firstTime } = request;
  const base: ScanRequest = {
    log,
    recogniser,
    assembly: { group, stream: file.stream, recogniser, firstTime, tally },
    from: seek?.from ?? log.textStart,
    window,
    filter,
    sorted: seek?.order === "sorted",
    signal,
    onDisorder: () => {
      isDisordered = true;
      tally.unsorted.add(file.stream);
    },
    onEnd: (fault) => {
      if (fault !== undefined) tally.damaged.push(`${file.stream}: ${fault}`);
    },
  };
  const literal =
    log.size >= (request.fastFrom ?? FAST_FROM_BYTES) ? chooseLiteral(request.filter) : undefined;
  const scan = (part: ScanRequest): AsyncGenerator<ScanStep> =>
    literal ? scanHits(part, literal) : scanAll(part);
  yield* scan(base);
  // The part in front was left out because the file seemed to be sorted; it is not.
  if (isDisordered && base.from > log.textStart) {
    const front = { ...log, size: base.from };
    yield* scan({ ...base, log: front, from: log.textStart, sorted: false });
  }
}

export function recogniserFor(log: OpenLog, zone: Zone, now: number): Recogniser {
  return createRecogniser({ zone, reference: Math.min(now, log.modified) });
}

export function binaryFailure(file: LogFile): Failure {
  return new Failure("unreadable", `${file.path} is a binary file, not a log.`, {
    hint: "Name a text file.",
  });
}

async function noteChange(log: OpenLog, tally: Tally): Promise<void> {
  const { size, mtimeMs } = await log.handle.stat();
  if (size === log.size && mtimeMs === log.modified) return;
  tally.changed.push(
    `${log.file.stream} changed while it was read; read up to its size at the start, ${log.size} bytes`,
  );
}
