import type { LogEvent } from "../../log/event.ts";
import type { Header, Recogniser } from "../../log/header.ts";
import type { Block } from "./read-blocks.ts";
import { createLineDecoder, endOfLine } from "./read-lines.ts";
import type { Tally } from "./tally.ts";

/** Joins the lines of one stream to events. */
export interface Assembler {
  /** The wanted ones of the events that these lines complete, in portions: very short lines make very many. */
  take(block: Block): Iterable<LogEvent[]>;
  /** The same of the events that were not complete yet. */
  finish(): LogEvent[];
}

export interface AssemblyOptions {
  readonly group: string;
  readonly stream: string;
  readonly recogniser: Recogniser;
  /** Time of the stream's first line that tells one: events before that line take it. */
  readonly firstTime: number | undefined;
  readonly tally: Tally;
  /** Asked once for each event; reading the whole head of one that is not wanted is saved. */
  wants(timestamp: number | undefined, message: string): boolean;
}

interface Draft {
  readonly offset: number;
  readonly timestamp: number | undefined;
  /** Its first line, without a container's wrapper. */
  readonly head: string;
  /** What is known of the head so far. */
  readonly header: Header | undefined;
  /** "stdout" or "stderr" where a container's wrapper says so. */
  readonly output: string | undefined;
  /** Its lines, joined only when it is complete. */
  readonly lines: string[];
  chars: number;
  /** Blank lines since the last other line: part of the event only if another line follows. */
  blanks: number;
  /** Its last line is to be joined with the next one of the same output. */
  partial: boolean;
  inTraceback: boolean;
}

const MAX_EVENT_CHARS = 1 << 20;
const MAX_EVENT_LINES = 2000;
const PORTION_EVENTS = 4096;
const MAX_JOINED_CHARS = 1 << 24;

/** What continues an event although it is not indented. */
const CONTINUES =
  /^(?:at \S|Caused by: |Suppressed: |\.\.\. \d{1,9} (?:more|common frames)|Traceback \(most|During handling of |The above exception was )/;
/** How the runtimes of Go, Rust, Java, Python, .NET and C begin when a process dies. */
const CRASH =
  /^(?:panic: |fatal error: |thread '[^']{0,80}' (?:\(\d{1,10}\) )?panicked at |Exception in thread |Traceback \(most recent|Unhandled exception|Segmentation fault)/i;
const BRACE = 123;
const ESCAPE = 27;
const COLON = 58;
const MAX_LEAD = 200;
const CLOSES = /^[)\]}]{1,20}[;,]?\s{0,20}$/;
const BLANK = /^[\s\0]*$/;

export function createAssembler(options: AssemblyOptions): Assembler {
  const { recogniser, tally } = options;
  const idAt = createIds(options.stream);
  const partials = new Map<string, Draft>();
  let current: Draft | undefined;
  let lastTime: number | undefined;
  let lastTimed: { readonly line: string; structured: boolean | undefined } | undefined;
  /** The last event was wanted: the next one probably is, so its head is read at once. */
  let isWanting = true;
  let done: LogEvent[] = [];

  function takeLine(line: string, offset: number): void {
    if (isBlank(line)) {
      countBlank();
      return;
    }
    const isLikelyHead = isWanting && !isIndented(line);
    const header = isLikelyHead || mayBeWrapped(line) ? recogniser.recognise(line) : undefined;
    if (header?.stream !== undefined) takeWrapped(header, header.stream, offset);
    else takePlain(line, header ? header.timestamp : recogniser.timestampOf(line), header, offset);
  }

  function takePlain(
    line: string,
    timestamp: number | undefined,
    header: Header | undefined,
    offset: number,
  ): void {
    if (timestamp !== undefined) {
      lastTime = timestamp;
      lastTimed = { line, structured: header?.structured };
      start(line, timestamp, header, offset);
    } else if (current && !isCrashOf(current, line) && continues(current, line)) {
      append(current, line, header, offset);
    } else start(line, undefined, header, offset);
  }

  function continues(draft: Draft, line: string): boolean {
    return draft.inTraceback || looksContinued(line) || isWithinText();
  }

  /** A runtime's last words follow whatever was logged last: only what tells of trouble itself has them as its trace. */
  function isCrashOf(draft: Draft, line: string): boolean {
    if (!CRASH.test(line)) return false;
    if (draft.lines.some((one) => CRASH.test(one))) return false;
    const { level } = draft.header ?? recogniser.recognise(draft.head);
    return level !== "warn" && level !== "error" && level !== "fatal";
  }

  function takeWrapped(header: Header, output: string, offset: number): void {
    const { text } = header;
    const waiting = partials.get(output);
    if (header.timestamp !== undefined) lastTime = header.timestamp;
    if (waiting || isBlank(text)) {
      if (waiting) joinPartial(waiting, text, header.partial);
      else countBlank();
      return;
    }
    const isMore = current?.output === output && (current.inTraceback || looksContinued(text));
    if (current && isMore && !isCrashOf(current, text)) append(current, text, header, offset);
    else start(text, header.timestamp, header, offset);
    if (current && header.partial) {
      current.partial = true;
      partials.set(output, current);
    }
  }

  function countBlank(): void {
    if (current) current.blanks++;
  }

  /** In a log of text, whatever follows a line with a time belongs to it; in one of JSON objects it does not. */
  function isWithinText(): boolean {
    if (!lastTimed) return false;
    lastTimed.structured ??= recogniser.recognise(lastTimed.line).structured;
    return !lastTimed.structured;
  }

  function append(draft: Draft, text: string, header: Header | undefined, offset: number): void {
    const { lines, blanks } = draft;
    if (lines.length + blanks >= MAX_EVENT_LINES || draft.chars + text.length > MAX_EVENT_CHARS) {
      tally.split++;
      start(text, undefined, header, offset);
      return;
    }
    for (; draft.blanks > 0; draft.blanks--) lines.push("");
    lines.push(text);
    draft.chars += text.length;
    draft.inTraceback = opensTraceback(text) || (draft.inTraceback && isIndented(text));
  }

  function start(
    head: string,
    timestamp: number | undefined,
    header: Header | undefined,
    offset: number,
  ): void {
    close();
    current = {
      offset,
      timestamp: timestamp ?? lastTime ?? options.firstTime,
      head,
      header,
      output: header?.stream,
      lines: [head],
      chars: head.length,
      blanks: 0,
      partial: false,
      inTraceback: opensTraceback(head),
    };
  }

  function joinPartial(draft: Draft, text: string, isPartial: boolean): void {
    draft.lines.push((draft.lines.pop() ?? "") + text);
    draft.chars += text.length;
    draft.partial = isPartial && draft.chars < MAX_JOINED_CHARS;
    if (draft.partial) return;
    if (draft.output !== undefined) partials.delete(draft.output);
    if (draft !== current) emit(draft);
  }

  /** Ends the event that the last lines belong to; one that is still to be joined waits in `partials`. */
  function close(): void {
    if (current && !current.partial) emit(current);
    current = undefined;
  }

  function emit(draft: Draft): void {
    const { timestamp, lines } = draft;
    const text = lines.length === 1 ? (lines[0] ?? "") : lines.join("\n");
    isWanting = options.wants(timestamp, text);
    if (!isWanting) return;
    const header = draft.header ?? recogniser.recognise(draft.head);
    if (timestamp === undefined) tally.untimed++;
    if (header.zoneAssumed) tally.isZoneOpen = true;
    if (header.yearAssumed) tally.isYearOpen = true;
    done.push({
      id: idAt(draft.offset),
      group: options.group,
      stream: options.stream,
      timestamp,
      message: text,
      bodyStart: header.bodyStart,
      level: header.level,
      levelInferred: header.levelInferred,
    });
  }

  function handOver(): LogEvent[] {
    const events = done;
    done = [];
    return events;
  }

  return {
    *take({ bytes, offset }) {
      const decoder = createLineDecoder(bytes, () => tally.brokenLines++);
      for (let at = 0; at < bytes.length; ) {
        const end = endOfLine(bytes, at);
        if (end === at + 1 && bytes[at] === 10) countBlank();
        else takeLine(decoder.decode(at, end), offset + at);
        at = end;
        if (done.length >= PORTION_EVENTS) yield handOver();
      }
      yield handOver();
    },
    finish() {
      close();
      for (const draft of partials.values()) emit(draft);
      partials.clear();
      return handOver();
    },
  };
}

/** False for a line that no container's runtime wrote: for those the time alone is enough at first. */
function mayBeWrapped(line: string): boolean {
  let at = 0;
  while (at < MAX_LEAD && isLead(line.charCodeAt(at))) at++;
  const first = line.charCodeAt(at);
  if (first === BRACE || first === ESCAPE) return line.includes('"stream"');
  return line.charCodeAt(10) === 84 && line.slice(19, 44).includes(" std");
}

function isLead(code: number): boolean {
  return code === 0xfeff || (code <= 32 && code !== ESCAPE);
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
  const mayEndSo = text.length > 0 && text.charCodeAt(text.length - 1) === COLON;
  return (
    text.startsWith("Traceback (most") || (mayEndSo && text.endsWith("Traceback (most recent call last):"))
  );
}

function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  return !(first > 32) && BLANK.test(text);
}

const ID_DIGITS = 12;
/** The last three digits of ids, which are all that changes from one event to the next. */
const LAST_DIGITS = Array.from({ length: 4096 }, (_, last) => last.toString(16).padStart(3, "0"));

/** Makes ids that sort as the stream's events do. */
function createIds(stream: string): (offset: number) => string {
  let page = -1;
  let start = "";
  return (offset) => {
    const own = Math.floor(offset / 4096);
    if (own !== page) {
      page = own;
      start = `${stream}@${own.toString(16).padStart(ID_DIGITS - 3, "0")}`;
    }
    return start + (LAST_DIGITS[offset % 4096] ?? "");
  };
}

/** Where an id says that its event is; undefined for an id of another source. */
export function placeOf(id: string): { readonly stream: string; readonly offset: number } | undefined {
  const parts = /^(.*)@([0-9a-f]{12})$/s.exec(id);
  if (!parts || parts[1] === undefined || parts[2] === undefined) return undefined;
  return { stream: parts[1], offset: Number.parseInt(parts[2], 16) };
}
