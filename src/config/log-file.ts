import {
  closeSync,
  fchmodSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../failure.ts";
import { makeFolder } from "../make-folder.ts";
import { showPlainly } from "./fault.ts";
import { LOG_LEVELS, type LogLevel } from "./log-level.ts";

export type LogFields = Readonly<Record<string, unknown>>;

/** The log of the program itself: one JSON object a line. No call ever throws. */
export interface AppLog {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  close(): void;
}

export interface AppLogOptions {
  /** Least level that is kept. */
  readonly level: LogLevel;
  readonly file: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Every text goes through it, so that no secret reaches the file or the screen. */
  readonly redact: (text: string) => string;
  /** Told once, where the file cannot be written; the log is off from then on. */
  readonly onWarning: (text: string) => void;
  /** Debug mode: readable lines as well, without a line end. */
  readonly stderr?: (line: string) => void;
}

/** Bytes after which the file becomes `FILE.1`. */
export const LARGEST_LOG_FILE = 5_000_000;
/** Characters that one text of an entry may have. */
const LONGEST_TEXT = 8_000;
/** Characters of a text that are looked at. */
const LONGEST_INPUT = 200_000;
const DEEPEST_FIELD = 5;
const MOST_FIELDS = 100;

/** Nothing is opened or made before the first entry. The folder is made with mode 0700, the file with 0600. */
export function createAppLog(options: AppLogOptions): AppLog {
  const { level, now, redact, stderr } = options;
  const least = LOG_LEVELS.indexOf(level);
  const file = createRotatingFile(options);

  const write =
    (entryLevel: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (LOG_LEVELS.indexOf(entryLevel) < least) return;
      try {
        const time = new Date(now()).toISOString();
        const text = redactText(message, redact);
        const details = redactFields(fields, redact);
        file.append(`${JSON.stringify({ ...details, time, level: entryLevel, message: text })}\n`);
        stderr?.(readableLine(time, entryLevel, text, details));
      } catch {
        // An entry that cannot be redacted or written is lost; the program goes on.
      }
    };
  return {
    debug: write("DEBUG"),
    info: write("INFO"),
    warn: write("WARN"),
    error: write("ERROR"),
    close: file.close,
  };
}

function readableLine(time: string, level: LogLevel, text: string, details: LogFields): string {
  const shown = Object.entries(details).map(([name, value]) => {
    return ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`;
  });
  return showPlainly(`${time.slice(11, 23)} ${level.padEnd(5)} ${text}${shown.join("")}`);
}

/** Redacted as a whole before it is clipped, as half a secret is not recognised. */
function redactText(text: string, redact: (text: string) => string): string {
  const clean = redact(text.slice(0, LONGEST_INPUT));
  return clean.length > LONGEST_TEXT ? `${clean.slice(0, LONGEST_TEXT)}… (${text.length} characters)` : clean;
}

const SECRET_NAME = /pass(?:word|phrase)|secret|token$|api.?key|authorization|cookie/i;

function redactFields(fields: object, redact: (text: string) => string, depth = 1): Record<string, unknown> {
  const entries = Object.entries(fields).slice(0, MOST_FIELDS);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const isSecret = typeof value === "string" && SECRET_NAME.test(name);
      return [redactText(name, redact), isSecret ? "[REDACTED]" : redactValue(value, redact, depth)];
    }),
  );
}

/** What JSON can carry, with every text redacted. */
function redactValue(value: unknown, redact: (text: string) => string, depth: number): unknown {
  if (typeof value === "string") return redactText(value, redact);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  if (typeof value !== "object") return value === undefined ? undefined : redactText(String(value), redact);
  if (depth >= DEEPEST_FIELD) return "…";
  if (value instanceof Error) {
    const { name, message, stack = "", cause } = value;
    return redactFields(
      { name, message, stack, ...(cause === undefined ? {} : { cause }) },
      redact,
      depth + 1,
    );
  }
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return redactValue(value.toJSON(), redact, depth + 1);
  }
  if (Array.isArray(value)) {
    return value.slice(0, MOST_FIELDS).map((item) => redactValue(item, redact, depth + 1));
  }
  return redactFields(value, redact, depth + 1);
}

/** Appends; a file that would grow past its limit is renamed to `FILE.1`, which it replaces. */
function createRotatingFile({ file, onWarning }: Pick<AppLogOptions, "file" | "onWarning">) {
  let descriptor: number | undefined;
  let size = 0;
  let isRotated = false;
  let isOff = false;

  const open = () => {
    makeFolder(dirname(file));
    descriptor = openSync(file, "a+", 0o600);
    const status = fstatSync(descriptor);
    // A device such as /dev/null has neither a size nor a mode of ours.
    isRotated = status.isFile();
    size = status.size;
    if (isRotated) {
      refuseForeignFile(descriptor);
      fchmodSync(descriptor, 0o600);
    }
    return descriptor;
  };
  const close = () => {
    if (descriptor === undefined) return;
    closeQuietly(descriptor);
    descriptor = undefined;
  };
  const rotate = () => {
    close();
    // Another process may have been faster.
    if (statSync(file).size >= LARGEST_LOG_FILE / 2) renameSync(file, `${file}.1`);
  };
  const append = (line: string) => {
    if (isOff) return;
    try {
      const bytes = Buffer.from(line);
      let target = descriptor ?? open();
      if (isRotated && size > 0 && size + bytes.length > LARGEST_LOG_FILE) {
        rotate();
        target = open();
      }
      size += writeSync(target, bytes);
    } catch (thrown) {
      isOff = true;
      close();
      onWarning(`The log ${file} cannot be written and is off: ${messageOf(thrown)}`);
    }
  };
  return { append, close };
}

/** A setting that came with a stranger's folder must not append to the user's own files. */
function refuseForeignFile(descriptor: number): void {
  const start = Buffer.alloc(1);
  const length = readSync(descriptor, start, 0, 1, 0);
  if (length > 0 && start.toString() !== "{") throw new Error("it holds something else than this log");
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // Nothing depends on it.
  }
}
