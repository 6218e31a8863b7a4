import { Failure } from "../../failure.ts";
import type { LogEvent } from "../../log/event.ts";
import type { Zone } from "../../log/zone.ts";
import { createAssembler, placeOf } from "./assemble-events.ts";
import { type LogFile, type OpenLog, openLog, readFully, readText } from "./open-log.ts";
import { readHead } from "./profile.ts";
import { cutAtLineEnd, LINE_BLOCK_BYTES, readBlocks } from "./read-blocks.ts";
import { createLineDecoder, endOfLine } from "./read-lines.ts";
import { recogniserFor } from "./read-stream.ts";
import { createTally } from "./tally.ts";

export interface AroundRequest {
  readonly event: LogEvent;
  readonly before: number;
  readonly after: number;
  readonly zone: Zone;
  readonly now: number;
  readonly signal: AbortSignal;
}

const FIRST_STEP_BYTES = 256 << 10;
const MAX_STEP_BYTES = 16 << 20;

/**
 * An event and its neighbours in a file; undefined where the file does not have that event (any more). Where the file
 * can be sought, it begins at a line with a time shortly before the event; else, or where that fails, at the start.
 */
export async function readAround(
  file: LogFile,
  request: AroundRequest,
): Promise<readonly LogEvent[] | undefined> {
  const offset = placeOf(request.event.id)?.offset;
  if (offset === undefined) return undefined;
  const log = await openLog(file);
  try {
    if (log.binary || (log.seekable && offset >= log.size)) return undefined;
    for (let step = FIRST_STEP_BYTES; log.seekable && step <= MAX_STEP_BYTES; step *= 4) {
      const from = offset - step;
      if (from <= log.textStart) break;
      const start = await findTimedLine(log, from, offset, request);
      const found = start === undefined ? undefined : await readFrom(log, start, offset, request);
      if (found && found.before >= request.before) return found.events;
    }
    return (await readFrom(log, log.textStart, offset, request))?.events;
  } finally {
    await log.handle.close();
  }
}

/** The events around the one that begins at an offset, and how many of them come before it. */
async function readFrom(
  log: OpenLog,
  from: number,
  offset: number,
  request: AroundRequest,
): Promise<{ readonly events: readonly LogEvent[]; readonly before: number } | undefined> {
  const { signal, event } = request;
  const recogniser = recogniserFor(log, request.zone, request.now);
  const firstTime = from === log.textStart ? (await readHead(log, recogniser, signal)).firstTime : undefined;
  const { group } = event;
  const assembly = {
    group,
    stream: log.file.stream,
    recogniser,
    firstTime,
    tally: createTally(),
    wants: () => true,
  };
  const assembler = createAssembler(assembly);
  const before: LogEvent[] = [];
  const rest: LogEvent[] = [];
  const take = (found: LogEvent): void => {
    if (rest.length > 0) rest.push(found);
    else if (placeOf(found.id)?.offset === offset) rest.push(found);
    else before.push(found);
    if (before.length > 2 * request.before + 1000) before.splice(0, before.length - request.before);
  };
  for await (const block of readBlocks(
    readText(log, from, signal),
    from,
    cutAtLineEnd,
    LINE_BLOCK_BYTES,
    signal,
  )) {
    for (const events of assembler.take(block)) events.forEach(take);
    if (rest.length > request.after) break;
    if (rest.length === 0 && block.offset > offset + MAX_STEP_BYTES) return undefined;
  }
  assembler.finish().forEach(take);
  if (rest[0]?.message !== event.message) return undefined;
  const kept = request.before > 0 ? before.slice(-request.before) : [];
  return { events: [...kept, ...rest.slice(0, request.after + 1)], before: kept.length };
}

async function findTimedLine(
  log: OpenLog,
  from: number,
  to: number,
  request: AroundRequest,
): Promise<number | undefined> {
  const recogniser = recogniserFor(log, request.zone, request.now);
  const bytes = await readFully(log.handle, from, to - from);
  const decoder = createLineDecoder(bytes, () => {});
  for (let at = endOfLine(bytes, 0); at < bytes.length; at = endOfLine(bytes, at)) {
    if (recogniser.timestampOf(decoder.decode(at, endOfLine(bytes, at))) !== undefined) return from + at;
  }
  return undefined;
}

export function eventNotFound(event: LogEvent): Failure {
  return new Failure("event-not-found", `The event ${event.id} is not in ${event.group} any more.`, {
    hint: "The file was changed or removed; fetch the logs again.",
  });
}
