import type { AddSpan } from "./spans.ts";

const SPACE = "[ +_\\u2029]";
const KIND = `(?:[A-Z0-9]{1,12}${SPACE}){0,3}PRIVATE${SPACE}KEY(?:${SPACE}BLOCK)?`;
const BEGIN = new RegExp(`-{3,5} ?BEGIN${SPACE}${KIND} ?-{3,5}|PuTTY-User-Key-File-\\d:`, "gi");
const END = new RegExp(`-{3,5} ?END${SPACE}${KIND} ?-{3,5}|Private-MAC: ?[A-Fa-f0-9]{8,64}`, "gi");
/** Characters; an RSA key of 16384 bits in PEM is about 13,000. */
const BLOCK_LIMIT = 65_536;

/** Finds private keys as one block each, prefixes of the lines included; without an END as far as the key goes. */
export function findPrivateKeys(text: string, add: AddSpan): void {
  if (!/PRIVATE|PuTTY/i.test(text)) return;
  const begins = [...text.matchAll(BEGIN)];
  const ends = [...text.matchAll(END)];
  let nextEnd = 0;
  let covered = 0;
  for (const [place, begin] of begins.entries()) {
    const bodyStart = begin.index + begin[0].length;
    if (bodyStart <= covered) continue;
    while ((ends[nextEnd]?.index ?? Number.POSITIVE_INFINITY) < bodyStart) nextEnd++;
    const limit = Math.min(begins[place + 1]?.index ?? text.length, bodyStart + BLOCK_LIMIT);
    const end = ends[nextEnd];
    covered =
      end !== undefined && end.index <= limit ? end.index + end[0].length : endOfBody(text, bodyStart, limit);
    add("private_key", begin.index, covered);
  }
  findTails(text, begins, ends, add);
}

const WORD = /[^\s\u2028\u2029]+/g;
const BODY = /^["'+|]*[A-Za-z0-9+/]{16,}={0,2}(?:["',+\\|]*|\\n.*)$/;
const LAST = /^["'+|]*[A-Za-z0-9+/]{1,76}={0,2}["',+}\])]*$/;
/** Words of a log line's own head (time, level, name) that may stand between two lines of a key. */
const HEAD_WORDS = 12;

/** Follows the base64 words after a BEGIN that has no END; a short word counts right behind the last long one. */
function endOfBody(text: string, from: number, limit: number): number {
  const body = text.slice(from, limit);
  let end = 0;
  let strange = 0;
  for (const match of body.matchAll(WORD)) {
    if (BODY.test(match[0])) {
      end = match.index + match[0].length;
      strange = 0;
    } else if (++strange > HEAD_WORDS) break;
  }
  const rest = /^[^\S\n]*\n[^\S\n]*(\S{1,80})[^\S\n]*(?=\n|$)/.exec(body.slice(end, end + 200));
  if (end > 0 && rest?.[1] !== undefined && LAST.test(rest[1])) end += rest[0].length;
  return from + end;
}

/** An END without its BEGIN: the lines of base64 right above it go too. */
function findTails(
  text: string,
  begins: readonly RegExpMatchArray[],
  ends: readonly RegExpMatchArray[],
  add: AddSpan,
): void {
  let floor = 0;
  let seen = 0;
  for (const end of ends) {
    const endIndex = end.index ?? 0;
    const before = seen;
    while ((begins[seen]?.index ?? Number.POSITIVE_INFINITY) < endIndex) seen++;
    if (seen === before) {
      const start = Math.max(floor, endIndex - BLOCK_LIMIT);
      const tail = /(?:[A-Za-z0-9+/=]{16,}[\s\u2028]{1,8}|[A-Za-z0-9+/=]{1,76}[\s\u2028]{1,8}(?=$))/g;
      const lines = [...text.slice(start, endIndex).matchAll(tail)];
      const first = lines[0];
      if (first !== undefined) add("private_key", start + first.index, endIndex + end[0].length);
    }
    floor = endIndex + end[0].length;
  }
}
