import type { Recogniser } from "../../log/header.ts";
import { type OpenLog, readFully } from "./open-log.ts";
import { createLineDecoder, endOfLine } from "./read-lines.ts";

/** Where a line that tells a time begins. */
interface Mark {
  readonly offset: number;
  readonly time: number;
}

export interface Seek {
  /** Where to begin reading; the text's start where seeking is impossible. */
  readonly from: number;
  /** "unknown" where some part of the file tells no times. */
  readonly order: "sorted" | "unsorted" | "unknown";
  readonly scannedBytes: number;
}

interface Prober {
  /** The first line behind an offset that tells a time; undefined where none does nearby or the file ends. */
  probe(offset: number): Promise<Mark | undefined>;
  bytesRead(): number;
}

const PROBE_BYTES = 16_384;
const MAX_PROBE_BYTES = 1 << 20;
const MIN_PROBES = 8;
const MAX_PROBES = 64;
const CLOSE_BYTES = 128 << 10;

/**
 * Finds, in few reads, a line from which on all events at or after a time are found, where the file is in the order of time.
 * @param time ms since the epoch
 * @param slack ms by which neighbouring events may be out of order
 */
export async function seekTime(
  log: OpenLog,
  recogniser: Recogniser,
  time: number,
  slack: number,
): Promise<Seek> {
  const prober = createProber(log, recogniser);
  const count = Math.min(MAX_PROBES, Math.max(MIN_PROBES, Math.floor(log.size / (1 << 20))));
  const marks: Mark[] = [];
  for (let index = 0; index < count; index++) {
    const at = log.textStart + Math.floor(((log.size - log.textStart) * index) / count);
    const mark = await prober.probe(at);
    if (!mark) return { from: log.textStart, order: "unknown", scannedBytes: prober.bytesRead() };
    marks.push(mark);
  }
  if (!isSorted(marks, slack)) {
    return { from: log.textStart, order: "unsorted", scannedBytes: prober.bytesRead() };
  }
  const from = await bisect(prober, log, marks, time);
  return { from, order: "sorted", scannedBytes: prober.bytesRead() };
}

async function bisect(prober: Prober, log: OpenLog, marks: readonly Mark[], time: number): Promise<number> {
  const next = marks.findIndex((mark) => mark.time >= time);
  let low = next < 0 ? marks.at(-1) : marks[next - 1];
  if (!low) return log.textStart;
  let high = next < 0 ? log.size : (marks[next]?.offset ?? log.size);
  while (high - low.offset > CLOSE_BYTES) {
    const middle = low.offset + Math.floor((high - low.offset) / 2);
    const mark = await prober.probe(middle);
    if (mark && mark.offset < high && mark.time < time) low = mark;
    else high = middle;
  }
  return low.offset;
}

function isSorted(marks: readonly Mark[], slack: number): boolean {
  let latest = Number.NEGATIVE_INFINITY;
  return marks.every(({ time }) => {
    const isLate = time < latest - slack;
    latest = Math.max(latest, time);
    return !isLate;
  });
}

function createProber(log: OpenLog, recogniser: Recogniser): Prober {
  let bytesRead = 0;
  return {
    async probe(offset) {
      for (let length = PROBE_BYTES; length <= MAX_PROBE_BYTES; length *= 4) {
        const bytes = await readFully(log.handle, offset, Math.max(0, Math.min(length, log.size - offset)));
        bytesRead += bytes.length;
        const mark = firstMark(bytes, offset, offset === log.textStart, recogniser);
        if (mark || offset + bytes.length >= log.size) return mark;
      }
      return undefined;
    },
    bytesRead: () => bytesRead,
  };
}

function firstMark(
  bytes: Buffer,
  offset: number,
  isStart: boolean,
  recogniser: Recogniser,
): Mark | undefined {
  const decoder = createLineDecoder(bytes, () => {});
  for (let at = isStart ? 0 : endOfLine(bytes, 0); at < bytes.length; ) {
    const end = endOfLine(bytes, at);
    if (bytes[end - 1] !== 10) return undefined;
    const time = recogniser.timestampOf(decoder.decode(at, end));
    if (time !== undefined) return { offset: offset + at, time };
    at = end;
  }
  return undefined;
}
