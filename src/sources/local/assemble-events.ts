import type { LogEvent } from "../../log/event.ts";
import type { Header, Recogniser } from "../../log/header.ts";
import type { Block } from "./read-blocks.ts";
import { createLineDecoder, endOfLine } from "./read-lines.ts";
import type { Tally } from "./tally.ts";

/** Joins the lines of one stream to events. */
export interface Assembler {
  /** The events that these lines complete. */
  take(block: Block): LogEvent[];
  /** The events that were not complete yet. */
  finish(): LogEvent[];
}

export interface AssemblyOptions {
  readonly group: string;
  readonly stream: string;
  readonly recogniser: Recogniser;
  /** Time of the stream's first line that tells one: events before that line take it. */
  readonly firstTime: number | undefined;
  readonly tally: Tally;
}

interface Draft {
  readonly offset: number;
  readonly header: Header;
  readonly timestamp: number | undefined;
  text: string;
  lines: number;
  /** Blank lines since the last other line: part of the event only if another line follows. */
  blanks: number;
  partial: boolean;
  inTraceback: boolean;
}

const MAX_EVENT_CHARS = 1 << 20;
const MAX_EVENT_LINES = 2000;
const MAX_JOINED_CHARS = 1 << 24;

/** What continues an event although it is not indented. */
const CONTINUES =
  /^(?:at \S|Caused by: |Suppressed: |\.\.\. \d{1,9} (?:more|common frames)|Traceback \(most|During handling of |The above exception was )/;
const CLOSES = /^[)\]}]{1,20}[;,]?\s{0,20}$/;
const BLANK = /^[\s\0]*$/;

export function createAssembler(options: AssemblyOptions): Assembler {
  const { recogniser, tally } = options;
  /** Events whose last line says that it goes on, by the container's output stream. */
  const partials = new Map<string, Draft>();
  let current: Draft | undefined;
  let lastTime: number | undefined;
  let afterStructured = false;
  let done: LogEvent[] = [];

  function takeLine(line: string, offset: number): void {
    const header = isBlank(line) ? undefined : recogniser.recognise(line);
    const waiting = header?.stream === undefined ? undefined : partials.get(header.stream);
    if (header?.timestamp !== undefined) lastTime = header.timestamp;
    if (header && waiting) joinPartial(waiting, header);
    else if (!header || (header.stream !== undefined && isBlank(header.text))) countBlank();
    else if (current && continues(current, header)) append(current, header, offset);
    else start(header, offset);
  }

  function countBlank(): void {
    if (current) current.blanks++;
  }

  function continues(draft: Draft, header: Header): boolean {
    const isMarked = looksContinued(header.text);
    if (header.stream !== undefined) {
      return header.stream === draft.header.stream && (isMarked || draft.inTraceback);
    }
    if (header.timestamp !== undefined) return false;
    return isMarked || draft.inTraceback || (lastTime !== undefined && !afterStructured);
  }

  function append(draft: Draft, header: Header, offset: number): void {
    const { text } = header;
    const isFull =
      draft.lines + draft.blanks >= MAX_EVENT_LINES || draft.text.length + text.length > MAX_EVENT_CHARS;
    if (isFull) {
      tally.split++;
      start(header, offset);
      return;
    }
    draft.text += "\n".repeat(draft.blanks + 1) + text;
    draft.lines += draft.blanks + 1;
    draft.blanks = 0;
    draft.inTraceback = opensTraceback(text) || (draft.inTraceback && isIndented(text));
    if (header.partial) hold(draft, header);
  }

  function start(header: Header, offset: number): void {
    close();
    if (header.timestamp !== undefined) afterStructured = header.structured;
    if (header.zoneAssumed) tally.zoneAssumed++;
    if (header.yearAssumed) tally.yearAssumed++;
    const timestamp = header.timestamp ?? lastTime ?? options.firstTime;
    current = {
      offset,
      header,
      timestamp,
      text: header.text,
      lines: 1,
      blanks: 0,
      partial: false,
      inTraceback: opensTraceback(header.text),
    };
    if (header.partial) hold(current, header);
  }

  function hold(draft: Draft, header: Header): void {
    draft.partial = true;
    if (header.stream !== undefined) partials.set(header.stream, draft);
  }

  function joinPartial(draft: Draft, header: Header): void {
    draft.text += header.text;
    if (header.partial && draft.text.length < MAX_JOINED_CHARS) return;
    draft.partial = false;
    if (header.stream !== undefined) partials.delete(header.stream);
    if (draft !== current) emit(draft);
  }

  /** Ends the event that the last lines belong to; one that is still to be joined stays in `partials`. */
  function close(): void {
    if (current && !current.partial) emit(current);
    current = undefined;
  }

  function emit(draft: Draft): void {
    if (draft.timestamp === undefined) tally.untimed++;
    done.push({
      id: eventId(options.stream, draft.offset),
      group: options.group,
      stream: options.stream,
      timestamp: draft.timestamp,
      message: draft.text,
      bodyStart: draft.header.bodyStart,
      level: draft.header.level,
      levelInferred: draft.header.levelInferred,
    });
  }

  function handOver(): LogEvent[] {
    const events = done;
    done = [];
    return events;
  }

  return {
    take({ bytes, offset }) {
      const decoder = createLineDecoder(bytes, () => tally.brokenLines++);
      for (let at = 0; at < bytes.length; ) {
        const end = endOfLine(bytes, at);
        takeLine(decoder.decode(at, end), offset + at);
        at = end;
      }
      return handOver();
    },
    finish() {
      close();
      for (const draft of partials.values()) emit(draft);
      partials.clear();
      return handOver();
    },
  };
}

/** True for a line that tells no time by itself and looks like the middle of a stack trace or of a pretty-printed value. */
function looksContinued(text: string): boolean {
  return isIndented(text) || CONTINUES.test(text) || (text.length < 50 && CLOSES.test(text));
}

function isIndented(text: string): boolean {
  const first = text.charCodeAt(0);
  return first === 32 || first === 9;
}

/** Python's trace ends with a line that is not indented: the exception. */
function opensTraceback(text: string): boolean {
  return text.startsWith("Traceback (most") || text.endsWith("Traceback (most recent call last):");
}

function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  return !(first > 32) && BLANK.test(text);
}

const ID_DIGITS = 12;

/** Sorts as the stream's events do. */
export function eventId(stream: string, offset: number): string {
  return `${stream}@${offset.toString(16).padStart(ID_DIGITS, "0")}`;
}

/** Where an id says that its event is; undefined for an id of another source. */
export function placeOf(id: string): { readonly stream: string; readonly offset: number } | undefined {
  const parts = /^(.*)@([0-9a-f]{12})$/s.exec(id);
  if (!parts || parts[1] === undefined || parts[2] === undefined) return undefined;
  return { stream: parts[1], offset: Number.parseInt(parts[2], 16) };
}
