import type { LogEvent } from "../../log/event.ts";
import type { EventFilter } from "../../log/filter.ts";
import type { Recogniser } from "../../log/header.ts";
import { type AssemblyOptions, createAssembler } from "./assemble-events.ts";
import { readText } from "./open-log.ts";
import { type Block, cutAtLineEnd, readBlocks, SEARCH_BLOCK_BYTES } from "./read-blocks.ts";
import { createLineDecoder, endOfLine, startOfLine } from "./read-lines.ts";
import { createSelection, type ScanRequest, type ScanStep } from "./scan.ts";

/** Without an event's start in so many bytes, searching first gains nothing. */
const MAX_SEARCH_BYTES = 4 << 20;
/** One hit in fewer bytes than this: taking the whole block apart is cheaper. */
const SPARSE_BYTES = 2048;

/**
 * The text to search raw bytes for: every matching event contains it, byte by byte. The longest is the
 * rarest. undefined where the filter names none, or only such as may be written otherwise in the file.
 */
export function chooseLiteral(filter: EventFilter | undefined): Buffer | undefined {
  const [longest] = (filter?.required ?? [])
    .filter((text) => text.isWellFormed() && !/[\n\r\ufffd\0]/.test(text))
    .map((text) => Buffer.from(text))
    .filter(({ length }) => length > 1)
    .sort((a, b) => b.length - a.length);
  return longest;
}

/**
 * Searches each block for the literal and takes only the events around its hits apart. Gives the same events as
 * taking all apart, because blocks and the parts around hits begin and end where an event begins: at a line with a
 * time of its own. Logs in a container's wrapper are taken apart in full: there a line's bytes are not its text.
 */
export async function* scanHits(request: ScanRequest, literal: Buffer): AsyncGenerator<ScanStep> {
  const { log, from, signal, recogniser } = request;
  const selection = createSelection(request);
  const options = { ...request.assembly, wants: selection.wants };
  const assembler = createAssembler(options);
  let isFast = true;
  const cut = (bytes: Buffer): number => {
    const start = isFast ? lastEventStart(bytes, recogniser) : 0;
    if (start > 0) return start;
    if (bytes.length >= MAX_SEARCH_BYTES) isFast = false;
    return isFast ? 0 : cutAtLineEnd(bytes);
  };
  const reader = readText(log, from, signal);
  for await (const block of readBlocks(reader, from, cut, SEARCH_BLOCK_BYTES, signal)) {
    if (isFast) {
      const first = headerAt(block.bytes, 0, recogniser);
      selection.pass(first.timestamp);
      if (selection.isBehindWindow()) return;
      if (first.isWrapped) isFast = false;
    }
    yield { events: [], seen: undefined, scannedBytes: block.bytes.length };
    const found = isFast ? takeHits(options, block, literal) : assembler.take(block);
    for (const events of found) yield { events, seen: undefined, scannedBytes: 0 };
    if (selection.isBehindWindow()) return;
  }
  request.onEnd(reader.fault());
  yield { events: assembler.finish(), seen: undefined, scannedBytes: 0 };
}

function* takeHits(options: AssemblyOptions, block: Block, literal: Buffer): Generator<LogEvent[]> {
  const { bytes, offset } = block;
  const hits = findHits(bytes, literal);
  if (!hits) {
    yield* takeApart(options, block);
    return;
  }
  let end = 0;
  for (const hit of hits) {
    if (hit < end) continue;
    const start = eventStartBefore(bytes, hit, options.recogniser);
    end = eventStartBehind(bytes, hit, options.recogniser);
    yield* takeApart(options, { bytes: bytes.subarray(start, end), offset: offset + start });
  }
}

function* takeApart(options: AssemblyOptions, block: Block): Generator<LogEvent[]> {
  const assembler = createAssembler(options);
  yield* assembler.take(block);
  yield assembler.finish();
}

/** Where the literal stands; undefined where it stands so often that taking the whole block apart is cheaper. */
function findHits(bytes: Buffer, literal: Buffer): readonly number[] | undefined {
  const most = bytes.length / SPARSE_BYTES;
  const hits: number[] = [];
  for (let hit = bytes.indexOf(literal); hit >= 0; hit = bytes.indexOf(literal, hit + literal.length)) {
    if (hits.length >= most) return undefined;
    hits.push(hit);
  }
  return hits;
}

/** Where the event begins that an index is in; 0 where no line before it tells a time. */
function eventStartBefore(bytes: Buffer, index: number, recogniser: Recogniser): number {
  let start = startOfLine(bytes, index);
  while (start > 0 && !isEventStart(bytes, start, recogniser)) start = startOfLine(bytes, start - 1);
  return start;
}

/** Where the next event begins behind an index; the end where no line behind it tells a time. */
function eventStartBehind(bytes: Buffer, index: number, recogniser: Recogniser): number {
  let start = endOfLine(bytes, index);
  while (start < bytes.length && !isEventStart(bytes, start, recogniser)) start = endOfLine(bytes, start);
  return start;
}

/** The last whole line that begins an event, not counting the first line; 0 where there is none. */
function lastEventStart(bytes: Buffer, recogniser: Recogniser): number {
  const end = bytes.lastIndexOf(10);
  return end < 0 ? 0 : eventStartBefore(bytes, end, recogniser);
}

function isEventStart(bytes: Buffer, start: number, recogniser: Recogniser): boolean {
  return headerAt(bytes, start, recogniser).timestamp !== undefined;
}

function headerAt(
  bytes: Buffer,
  start: number,
  recogniser: Recogniser,
): { readonly timestamp: number | undefined; readonly isWrapped: boolean } {
  const line = bytes.subarray(start, endOfLine(bytes, start));
  const text = createLineDecoder(line, () => {}).decode(0, line.length);
  const header = recogniser.recognise(text);
  return { timestamp: header.timestamp, isWrapped: header.stream !== undefined || header.text !== text };
}
