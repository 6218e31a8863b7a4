import type { LogEvent } from "../../log/event.ts";
import type { EventFilter } from "../../log/filter.ts";
import type { Recogniser } from "../../log/header.ts";
import { contains, type TimeRange } from "../../log/time-range.ts";
import { type AssemblyOptions, createAssembler } from "./assemble-events.ts";
import { type OpenLog, readText } from "./open-log.ts";
import { cutAtLineEnd, readBlocks } from "./read-blocks.ts";

export interface ScanRequest {
  readonly log: OpenLog;
  readonly recogniser: Recogniser;
  readonly assembly: AssemblyOptions;
  /** Offset to begin at: the text's start, or that of a line that tells a time. */
  readonly from: number;
  readonly window: TimeRange | undefined;
  readonly filter: EventFilter | undefined;
  /** The stream is known to be in the order of time, so reading may end behind the window. */
  readonly sorted: boolean;
  readonly signal: AbortSignal;
  /** Called once when an event is older than one before it by more than the slack. */
  readonly onDisorder: () => void;
  /** Called at the end of the file with what was wrong with it. */
  readonly onEnd: (fault: string | undefined) => void;
}

export interface ScanStep {
  readonly events: LogEvent[];
  /** Events in the window; undefined where they were not counted. */
  readonly seen: number | undefined;
  readonly scannedBytes: number;
}

/** Slight disorder that is normal where several threads write one log, milliseconds. */
export const SLACK_MS = 60_000;
/** Takes everything apart: the events of one stream that are in the window and match, in the stream's order. */
export async function* scanAll(request: ScanRequest): AsyncGenerator<ScanStep> {
  const { log, from, signal } = request;
  const assembler = createAssembler(request.assembly);
  const course = followCourse(request);
  const reader = readText(log, from, signal);
  for await (const block of readBlocks(reader, from, cutAtLineEnd, signal)) {
    const events = assembler.take(block);
    for (const { timestamp } of events) course.pass(timestamp);
    yield select(request, events, block.bytes.length);
    if (course.isBehindWindow()) return;
  }
  request.onEnd(reader.fault());
  yield select(request, assembler.finish(), 0);
}

export function select(request: ScanRequest, events: LogEvent[], scannedBytes: number): ScanStep {
  const { window, filter } = request;
  const inWindow = window
    ? events.filter(({ timestamp }) => timestamp === undefined || contains(window, timestamp))
    : events;
  const matching = filter ? inWindow.filter(({ message }) => filter.test(message)) : inWindow;
  return { events: matching, seen: inWindow.length, scannedBytes };
}

/** Follows the times of a stream: where they stand, and whether they go back. */
interface Course {
  pass(timestamp: number | undefined): void;
  isBehindWindow(): boolean;
}

export function followCourse({ window, sorted, onDisorder }: ScanRequest): Course {
  let latest = Number.NEGATIVE_INFINITY;
  let isOrdered = true;
  return {
    pass(timestamp) {
      if (timestamp === undefined) return;
      if (timestamp > latest) latest = timestamp;
      else if (isOrdered && timestamp < latest - SLACK_MS) {
        isOrdered = false;
        onDisorder();
      }
    },
    isBehindWindow: () => sorted && isOrdered && window !== undefined && latest >= window.end + SLACK_MS,
  };
}
