import type { LogEvent } from "../../log/event.ts";
import type { EventFilter } from "../../log/filter.ts";
import type { Recogniser } from "../../log/header.ts";
import { contains, type TimeRange } from "../../log/time-range.ts";
import { type AssemblyOptions, createAssembler } from "./assemble-events.ts";
import { type OpenLog, readText } from "./open-log.ts";
import { cutAtLineEnd, LINE_BLOCK_BYTES, readBlocks } from "./read-blocks.ts";

export interface ScanRequest {
  readonly log: OpenLog;
  readonly recogniser: Recogniser;
  readonly assembly: Omit<AssemblyOptions, "wants">;
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
  const selection = createSelection(request);
  const assembler = createAssembler({ ...request.assembly, wants: selection.wants });
  const reader = readText(log, from, signal);
  for await (const block of readBlocks(reader, from, cutAtLineEnd, LINE_BLOCK_BYTES, signal)) {
    yield { events: [], seen: 0, scannedBytes: block.bytes.length };
    for (const events of assembler.take(block)) yield { events, seen: selection.takeSeen(), scannedBytes: 0 };
    if (selection.isBehindWindow()) return;
  }
  request.onEnd(reader.fault());
  const events = assembler.finish();
  yield { events, seen: selection.takeSeen(), scannedBytes: 0 };
}

/** Tells which events of a stream are wanted, and follows its times: where they stand, whether they go back. */
export interface Selection {
  wants(timestamp: number | undefined, message: string): boolean;
  /** A time was met, be it of a wanted event or not. */
  pass(timestamp: number | undefined): void;
  /** Nothing that is wanted can follow. */
  isBehindWindow(): boolean;
  /** Events in the window since the last call. */
  takeSeen(): number;
}

export function createSelection({ window, filter, sorted, onDisorder }: ScanRequest): Selection {
  let latest = Number.NEGATIVE_INFINITY;
  let isOrdered = true;
  let seen = 0;
  function pass(timestamp: number | undefined): void {
    if (timestamp === undefined) return;
    if (timestamp > latest) latest = timestamp;
    else if (isOrdered && timestamp < latest - SLACK_MS) {
      isOrdered = false;
      onDisorder();
    }
  }
  return {
    pass,
    wants(timestamp, message) {
      pass(timestamp);
      if (window && timestamp !== undefined && !contains(window, timestamp)) return false;
      seen++;
      return !filter || filter.test(message);
    },
    isBehindWindow: () => sorted && isOrdered && window !== undefined && latest >= window.end + SLACK_MS,
    takeSeen() {
      const count = seen;
      seen = 0;
      return count;
    },
  };
}
