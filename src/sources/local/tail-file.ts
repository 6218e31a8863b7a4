import type { Stats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import type { LogEvent } from "../../log/event.ts";
import type { EventFilter } from "../../log/filter.ts";
import type { Zone } from "../../log/zone.ts";
import { type Assembler, createAssembler } from "./assemble-events.ts";
import { type LogFile, type OpenLog, openLog, readFully, readText } from "./open-log.ts";
import { readNewest } from "./profile.ts";
import { cutAtLineEnd, LINE_BLOCK_BYTES, readBlocks } from "./read-blocks.ts";
import { recogniserFor } from "./read-stream.ts";
import { createTally } from "./tally.ts";

export interface TailOptions {
  readonly group: string;
  readonly filter: EventFilter | undefined;
  readonly zone: Zone;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** One file that is read on as it grows. It stays open, so that its last lines are read even where its name is taken. */
export interface FileTail {
  readonly identity: string;
  stream: string;
  /** Bytes up to which it was read: the beginning of a line. */
  readonly offset: number;
  /** False for what does not grow by lines: archives, binary files, text that is not UTF-8. */
  readonly isFollowable: boolean;
  /** Its first bytes, as far as they are known. */
  readonly head: Buffer;
  /** Where the reading began at the end: the newest time near there, ms since the epoch. */
  readonly lastTime: number | undefined;
  /**
   * The events that whole new lines complete; the last one waits until a read finds nothing new, for more lines of it
   * may come. Nothing where the file holds something else than before.
   */
  read(): AsyncGenerator<readonly LogEvent[]>;
  /** First bytes of what the last read found in place of what was there: the file was emptied or replaced. */
  readonly replacement: Buffer | undefined;
  /** Reads the replacement from an offset on. */
  restart(offset: number): void;
  close(): Promise<void>;
}

/** Where the reading of a file begins. Behind what its original was read to, where it is a copy of one. */
export type TailStart = "start" | "end" | { readonly copyOf: FileTail };

const HEAD_BYTES = 1024;
const STEP_BYTES = 65_536;
/** A longer line is split. */
const MAX_LINE_BYTES = 1 << 24;

/** What a file is, whatever its name; undefined where there is no regular file. */
export async function identify(path: string): Promise<string | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() ? identityOf(stats, path) : undefined;
}

function identityOf({ dev, ino }: Stats, path: string): string {
  return ino === 0 ? path : `${dev}:${ino}`;
}

/** @throws Failure "access-denied" | "unreadable" */
export async function openTail(
  file: LogFile,
  start: (tail: { readonly head: Buffer }) => TailStart,
  options: TailOptions,
): Promise<FileTail> {
  const { zone, now, signal } = options;
  let handle: FileHandle | undefined;
  // Opened as any log, whose failures are said in words; the handle is kept.
  const log = await openLog({
    ...file,
    open: async () => {
      handle = await open(file.path);
      return handle;
    },
  });
  if (!handle) throw new Error("a log was opened without its handle");
  const head = await readFully(handle, 0, Math.min(HEAD_BYTES, log.size));
  const chosen = start({ head });
  const isCopy = typeof chosen === "object";
  const canRead = log.seekable && !log.binary;
  const firstTime =
    chosen === "start" || !canRead
      ? undefined
      : await readNewest(log, recogniserFor(log, zone, now()), 0, signal);
  const offset =
    chosen === "start"
      ? log.textStart
      : isCopy
        ? chosen.copyOf.offset
        : await lineEndBefore(handle, log.textStart, log.size);
  const identity = identityOf(await handle.stat(), file.path);
  return createTail({ identity, handle, log, head, offset, isCopy, firstTime }, options);
}

interface Opened {
  readonly identity: string;
  readonly handle: FileHandle;
  readonly log: OpenLog;
  readonly head: Buffer;
  readonly offset: number;
  readonly isCopy: boolean;
  /** Time of the last event before the offset. */
  readonly firstTime: number | undefined;
}

function createTail(opened: Opened, options: TailOptions): FileTail {
  const { handle, log } = opened;
  const { signal } = options;
  let { head, offset, isCopy } = opened;
  let stream = log.file.stream;
  let assembler = createTailAssembler(log, stream, opened.firstTime, options);
  /** Lines were read that the assembler may still hold. */
  let isOpen = false;
  let replacement: Buffer | undefined;

  async function* readTo(end: number): AsyncGenerator<readonly LogEvent[]> {
    const reader = readText({ ...log, size: end }, offset, signal);
    for await (const block of readBlocks(reader, offset, cutAtLineEnd, LINE_BLOCK_BYTES, signal))
      yield* assembler.take(block);
    offset = end;
    isOpen = true;
  }
  function finish(): readonly LogEvent[] {
    isOpen = false;
    const events = assembler.finish();
    if (assembler.stream !== stream) assembler = createTailAssembler(log, stream, undefined, options);
    return events;
  }
  return {
    identity: opened.identity,
    lastTime: opened.firstTime,
    isFollowable: log.seekable && !log.binary,
    get stream() {
      return stream;
    },
    set stream(name) {
      stream = name;
    },
    get replacement() {
      return replacement;
    },
    get offset() {
      return offset;
    },
    get head() {
      return head;
    },
    async *read() {
      const { size } = await handle.stat();
      const now = await readFully(handle, 0, Math.min(HEAD_BYTES, size));
      const isSame = now.subarray(0, head.length).equals(head);
      if (!isSame || size < offset) {
        // A copy that is still being made is shorter than its original.
        replacement = isSame && isCopy ? undefined : now;
        if (isOpen) yield finish();
        return;
      }
      head = now;
      const end = await lineEndBefore(handle, offset, size);
      if (end > offset) yield* readTo(end);
      else if (isOpen) yield finish();
    },
    restart(at) {
      offset = at;
      head = replacement ?? head;
      isCopy = at > 0;
      replacement = undefined;
    },
    close: () => handle.close(),
  };
}

function createTailAssembler(
  log: OpenLog,
  stream: string,
  firstTime: number | undefined,
  { group, filter, zone, now }: TailOptions,
): Assembler & { readonly stream: string } {
  const wants = (_timestamp: number | undefined, message: string) => !filter || filter.test(message);
  const recogniser = recogniserFor(log, zone, now());
  const tally = createTally();
  return { stream, ...createAssembler({ group, stream, recogniser, firstTime, tally, wants }) };
}

/** Behind the last line end before `to`, or `from` where there is none. */
async function lineEndBefore(handle: FileHandle, from: number, to: number): Promise<number> {
  for (let end = to; end > from; ) {
    const start = Math.max(from, end - STEP_BYTES);
    const at = (await readFully(handle, start, end - start)).lastIndexOf(10);
    if (at >= 0) return start + at + 1;
    if (to - start > MAX_LINE_BYTES) return to;
    end = start;
  }
  return from;
}
