import { Failure } from "../../failure.ts";
import { decompress } from "./decompress.ts";
import { explain, throwIfAborted } from "./find-files.ts";
import { looksBinary } from "./looks-binary.ts";

/** What is used of a file's handle. */
export interface Handle {
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  stat(): Promise<{ size: number; mtimeMs: number }>;
  close(): Promise<void>;
}

/** One file of a group. */
export interface LogFile {
  readonly stream: string;
  readonly path: string;
  /** @throws whatever opening the file throws */
  open(): Promise<Handle>;
}

type Encoding = "utf-8" | "utf-16le" | "utf-16be";

/** An open log file, as it was when it was opened: what is written to it later is not read. */
export interface OpenLog {
  readonly file: LogFile;
  readonly handle: Handle;
  /** Bytes as stored. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  readonly compression: "gzip" | "zstd" | undefined;
  readonly encoding: Encoding;
  /** Where the text begins, behind a byte order mark; in bytes of the decompressed file. */
  readonly textStart: number;
  /** Any byte of the text can be read without those before it. */
  readonly seekable: boolean;
  readonly binary: boolean;
}

/** Reads text: fills a buffer from an index on and gives the bytes read, 0 at the end. */
export interface TextReader {
  fill(target: Buffer, at: number): Promise<number>;
  /** What was wrong with the file, once it is read: damaged, or shorter than it was. */
  fault(): string | undefined;
  close(): Promise<void>;
}

const HEAD_BYTES = 8192;
const PIECE_BYTES = 16_384;

/**
 * Opens a file and finds out what it holds, by its first bytes and not by its name.
 * @throws Failure "access-denied" | "unreadable"
 */
export async function openLog(file: LogFile): Promise<OpenLog> {
  let handle: Handle | undefined;
  try {
    handle = await file.open();
    const { size, mtimeMs } = await handle.stat();
    const raw = await readFully(handle, 0, Math.min(HEAD_BYTES, size));
    const compression = compressionOf(raw);
    const log = { file, handle, size, modified: mtimeMs, compression };
    const head = compression ? await readHead({ ...log, compression }) : raw;
    const encoding = encodingOf(head);
    const textStart = encoding === "utf-8" ? (head.indexOf("\ufeff") === 0 ? 3 : 0) : 2;
    const binary = encoding === "utf-8" && looksBinary(head) && !(await isHole(log, head));
    return { ...log, encoding, textStart, seekable: !compression && encoding === "utf-8", binary };
  } catch (error) {
    await handle?.close();
    throw unreadable(file, error);
  }
}

/** A file that was emptied while its writer kept its place begins with a hole: what counts is its end. */
async function isHole(log: Pick<OpenLog, "handle" | "size" | "compression">, head: Buffer): Promise<boolean> {
  if (log.compression || log.size <= HEAD_BYTES || head.some((byte) => byte !== 0)) return false;
  return !looksBinary(await readFully(log.handle, log.size - HEAD_BYTES, HEAD_BYTES));
}

/** Opens a file for one look at it. */
export async function inspect<T>(file: LogFile, look: (log: OpenLog) => Promise<T>): Promise<T> {
  const log = await openLog(file);
  try {
    return await look(log);
  } finally {
    await log.handle.close();
  }
}

function unreadable(file: LogFile, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const reason = explain(error);
  const isDenied = reason === "permission denied";
  return new Failure(isDenied ? "access-denied" : "unreadable", `Cannot read ${file.path}: ${reason}.`, {
    hint: isDenied
      ? "Ask for read permission, or run as a user who has it."
      : "Look whether the file is still there.",
    cause: error,
  });
}

/**
 * The text of a log as UTF-8 without its byte order mark.
 * @param from where in the text to begin, bytes: beyond `textStart` only where the log is seekable
 */
export function readText(log: OpenLog, from: number, signal: AbortSignal): TextReader {
  return log.seekable ? readSeekable(log, from) : readSequential(log, signal);
}

function readSeekable(log: OpenLog, from: number): TextReader {
  let position = from;
  let fault: string | undefined;
  return {
    async fill(target, at) {
      const wanted = Math.min(target.length - at, log.size - position);
      if (wanted <= 0) return 0;
      const { bytesRead } = await log.handle.read(target, at, wanted, position);
      if (bytesRead === 0) fault = `it became ${log.size - position} bytes shorter while it was read`;
      position += bytesRead;
      return bytesRead;
    },
    fault: () => fault,
    close: async () => {},
  };
}

function readSequential(log: OpenLog, signal: AbortSignal): TextReader {
  const raw = log.compression
    ? decompress(log.compression, log.size, (position) => readPieces(log, position, signal))
    : { chunks: readPieces(log, 0, signal), damage: () => undefined };
  const chunks = toUtf8(raw.chunks, log.encoding, log.textStart);
  let rest: Buffer = Buffer.alloc(0);
  return {
    async fill(target, at) {
      while (rest.length === 0) {
        const next = await chunks.next();
        if (next.done) return 0;
        rest = next.value;
      }
      const copied = rest.copy(target, at);
      rest = rest.subarray(copied);
      return copied;
    },
    fault: () => {
      const damage = raw.damage();
      return damage === undefined ? undefined : `the archive is damaged or cut off (${damage})`;
    },
    close: async () => {
      await chunks.return(undefined);
    },
  };
}

async function* readPieces(
  log: Pick<OpenLog, "handle" | "size">,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for (let position = from; position < log.size; ) {
    throwIfAborted(signal);
    const piece = await readFully(log.handle, position, Math.min(PIECE_BYTES, log.size - position));
    if (piece.length === 0) return;
    position += piece.length;
    yield piece;
  }
}

async function* toUtf8(
  chunks: AsyncIterable<Buffer>,
  encoding: Encoding,
  textStart: number,
): AsyncGenerator<Buffer> {
  const decoder = encoding === "utf-8" ? undefined : new TextDecoder(encoding, { ignoreBOM: true });
  let skip = textStart;
  for await (const chunk of chunks) {
    const text = skip > 0 ? chunk.subarray(skip) : chunk;
    skip = Math.max(0, skip - chunk.length);
    yield decoder ? Buffer.from(decoder.decode(text, { stream: true })) : text;
  }
  if (decoder) yield Buffer.from(decoder.decode(Buffer.alloc(0)));
}

async function readHead(
  log: Pick<OpenLog, "handle" | "size"> & { compression: "gzip" | "zstd" },
): Promise<Buffer> {
  const signal = new AbortController().signal;
  const { chunks } = decompress(log.compression, log.size, (position) => readPieces(log, position, signal));
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= HEAD_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, HEAD_BYTES);
}

/** Bytes of a file from a position on; fewer than asked only where it ends. */
export async function readFully(handle: Handle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

function compressionOf(head: Buffer): "gzip" | "zstd" | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return "gzip";
  const isSkippableFrame = head.length > 3 && (head.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50;
  const isFrame = head.length > 3 && head.readUInt32LE(0) === 0xfd2fb528;
  return isFrame || isSkippableFrame ? "zstd" : undefined;
}

function encodingOf(head: Buffer): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  return "utf-8";
}
