import { bodyOf, type LogEvent } from "../log/event.ts";
import type { Zone } from "../log/zone.ts";
import { isoInZone } from "../tools/render.ts";
import type { Style } from "./style.ts";
import { joinText, linesOf, type Styled, safeLines, styled, type Text, toPlain } from "./styled.ts";
import { pad } from "./text-layout.ts";

export interface EventViewOptions {
  readonly zone: Zone;
  readonly style: Style;
  /** Set where more than one of them is on the screen. */
  readonly showGroup?: boolean;
  readonly showStream?: boolean;
  /** Texts that are marked where they occur, upper and lower case told apart. */
  readonly highlight?: readonly string[];
  /** Longest line that is shown, in UTF-16 units; the rest is counted. 10,000 unless told. */
  readonly maxLine?: number;
}

const LEVEL_WIDTH = 6;
const INDENT = "    ";

/**
 * One event as lines: `2026-03-12T02:47:03.123Z ERROR  stream  text`, continuation lines indented. A level that
 * was concluded from words and is not written in the line has a question mark. Lines are not wrapped: a terminal
 * does that itself, and what is copied from it stays whole.
 */
export function viewEvent(event: LogEvent, options: EventViewOptions): readonly Styled[] {
  const { style, zone } = options;
  const body = safeLines(bodyOf(event), options.maxLine);
  const [first = styled``, ...rest] = linesOf(body).map((line) => highlight(line, options));
  const time = event.timestamp === undefined ? "(no time)" : isoInZone(event.timestamp, zone);
  const head: Text[] = [style.dim(time), style.level(event.level, pad(levelWord(event), LEVEL_WIDTH))];
  if (options.showGroup) head.push(style.dim(event.group));
  if (options.showStream && event.stream !== event.group) head.push(style.dim(event.stream));
  return [joinText([...head, first], " "), ...rest.map((line) => styled`${INDENT}${line}`)];
}

function levelWord(event: LogEvent): string {
  if (event.level === undefined) return "-";
  return event.levelInferred ? `${event.level}?` : event.level.toUpperCase();
}

function highlight(line: Styled, { style, highlight: terms = [] }: EventViewOptions): Styled {
  const wanted = terms.filter((term) => term !== "").map((term) => toPlain(term));
  return wanted.length === 0 ? line : markAll(line.toString(), wanted, style);
}

function markAll(text: string, terms: readonly string[], style: Style): Styled {
  const parts: Text[] = [];
  let from = 0;
  for (const { start, end } of findAll(text, terms)) {
    parts.push(wholeText(text.slice(from, start)), style.match(wholeText(text.slice(start, end))));
    from = end;
  }
  return joinText([...parts, wholeText(text.slice(from))]);
}

/** Already escaped and cut to length. */
function wholeText(text: string): Styled {
  return safeLines(text, Number.POSITIVE_INFINITY);
}

/** The occurrences of any term, in order; overlapping ones are joined. */
function findAll(text: string, terms: readonly string[]): readonly { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const term of terms) {
    for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + term.length)) {
      found.push({ start: at, end: at + term.length });
    }
  }
  found.sort((a, b) => a.start - b.start);
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of found) {
    const last = joined.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}
