import type { Writable } from "node:stream";
import { Failure } from "../failure.ts";
import { joinText, type Text, toTerminal } from "./styled.ts";
import { cutEnd } from "./text-layout.ts";

export interface PrinterOptions {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly stdoutIsTty: boolean;
  readonly stderrIsTty: boolean;
  /** Columns of the terminal; asked again at each use, for a window may be resized. */
  readonly columns: () => number;
  /** No progress and no notes. */
  readonly quiet: boolean;
  /** Milliseconds, of any clock that does not go back; for the throttle of the progress line. */
  readonly now: () => number;
}

/** Everything that a command writes. Data goes to stdout, all else to stderr; bare strings are escaped. */
export interface Printer {
  readonly columns: number;
  /** Aborted when the reader of stdout has gone away (a closed pipe): stop working, and end without a message. */
  readonly closed: AbortSignal;
  /** One line of data; waits while the reader is slow. A line break in a bare string is shown as `\n`. */
  line(text?: Text): Promise<void>;
  lines(lines: readonly Text[]): Promise<void>;
  /** Data as it comes, such as a streamed answer: lines are kept and none is added. */
  text(text: Text): Promise<void>;
  /** One value as one line of JSON; what a terminal would obey is written as \uXXXX, which means the same. */
  json(value: unknown): Promise<void>;
  /** Several such values, a line each, handed on at once. */
  jsonLines(values: readonly unknown[]): Promise<void>;
  /** A remark on stderr, line breaks kept; nothing when quiet. */
  note(text: Text): void;
  /** An error on stderr, line breaks kept, quiet or not. */
  error(text: Text): void;
  /** A line on stderr that is drawn over and over; only on a terminal, and nothing when quiet. */
  progress(text: Text): void;
  /** Takes the progress line away. */
  endProgress(): void;
  /** Keeps stderr still while the user is asked something there; what is said meanwhile comes at the release. */
  hold(): () => void;
  /** Resolves when all that was written has been handed on. @throws Failure "disk" when it could not be written */
  flush(): Promise<void>;
}

const REDRAW_MS = 80;
const ERASE_LINE = "\r\x1b[2K";
/** What JSON.stringify leaves and a terminal would obey or hide; a line break in it is one of its indentation. */
const UNSAFE_IN_JSON = /[[\p{Cc}--\n]\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Cf}]/gv;

export function createPrinter(options: PrinterOptions): Printer {
  const { stdout, stderr, quiet } = options;
  const gone = new AbortController();
  const drawn = createProgressLine(options);
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    gone.abort(isClosedPipe(error) ? undefined : outputFailure(error));
  });
  // A stderr that nobody reads is no reason to stop.
  stderr.on("error", () => {});

  async function write(bytes: string): Promise<void> {
    if (gone.signal.aborted) return;
    if (bytes === "") return;
    drawn.erase();
    drawn.midLine = options.stdoutIsTty && !bytes.endsWith("\n");
    if (!stdout.write(bytes)) await drained(stdout, gone.signal);
  }
  let held: Text[] | undefined;
  function remark(text: Text): void {
    if (held) {
      held.push(text);
      return;
    }
    drawn.erase();
    stderr.write(`${toTerminal(text, { multiline: true })}\n`);
  }
  return {
    get columns() {
      return options.columns();
    },
    closed: gone.signal,
    line: (text = "") => write(`${toTerminal(text)}\n`),
    lines: async (lines) => {
      if (lines.length > 0) await write(`${toTerminal(joinText(lines, "\n"))}\n`);
    },
    text: (text) => write(toTerminal(text, { multiline: true })),
    json: (value) => write(`${toSafeJson(value)}\n`),
    jsonLines: (values) => write(values.map((value) => `${toSafeJson(value)}\n`).join("")),
    note: (text) => {
      if (!quiet) remark(text);
    },
    error: remark,
    progress: (text) => {
      if (!held) drawn.draw(text);
    },
    endProgress: drawn.erase,
    hold() {
      drawn.erase();
      held = [];
      return () => {
        const texts = held ?? [];
        held = undefined;
        for (const text of texts) remark(text);
      };
    },
    flush: () => flushed(stdout, gone.signal),
  };
}

/** JSON in one line, or indented, that a terminal can be shown; it parses to the same value. */
export function toSafeJson(value: unknown, indent?: number): string {
  return (JSON.stringify(value, null, indent) ?? "null").replace(UNSAFE_IN_JSON, (character) =>
    Array.from({ length: character.length }, (_, at) => {
      return `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
    }).join(""),
  );
}

interface ProgressLine {
  /** True while stdout stands in the middle of a line on the same terminal: nothing is drawn then. */
  midLine: boolean;
  draw(text: Text): void;
  erase(): void;
}

function createProgressLine({ stderr, stderrIsTty, quiet, columns, now }: PrinterOptions): ProgressLine {
  let isDrawn = false;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const line: ProgressLine = {
    midLine: false,
    draw(text) {
      if (!stderrIsTty || quiet || line.midLine || now() - drawnAt < REDRAW_MS) return;
      stderr.write(`${ERASE_LINE}${toTerminal(cutEnd(text, columns() - 1))}`);
      isDrawn = true;
      drawnAt = now();
    },
    erase() {
      if (isDrawn) stderr.write(ERASE_LINE);
      isDrawn = false;
    },
  };
  return line;
}

function drained(stream: Writable, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done);
      gone.removeEventListener("abort", done);
      resolve();
    };
    if (gone.aborted) return resolve();
    stream.on("drain", done);
    gone.addEventListener("abort", done);
  });
}

async function flushed(stream: Writable, gone: AbortSignal): Promise<void> {
  if (!gone.aborted) await new Promise<void>((resolve) => stream.write("", () => resolve()));
  if (gone.reason instanceof Failure) throw gone.reason;
}

function isClosedPipe(error: NodeJS.ErrnoException): boolean {
  return error.code === "EPIPE" || error.code === "ECONNRESET" || error.code === "ERR_STREAM_DESTROYED";
}

function outputFailure(error: Error): Failure {
  return new Failure("disk", `The output could not be written: ${error.message}.`, {
    hint: "Check that the disk has room and that the file may be written.",
    cause: error,
  });
}
