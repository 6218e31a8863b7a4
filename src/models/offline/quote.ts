import { type EvidenceLine, readEvidence } from "./results.ts";

/** Characters of one quoted line, its reference and header not counted. */
const ROOM = 240;
const LONGEST_VALUE = 140;
const TAIL = 80;
const SHOWN_TIME = /\d{1,2}:\d{2}:\d{2}/;

/**
 * Lines of evidence as one code block: each once, in the order of time, with its reference. What a line leaves out
 * is marked by an ellipsis; every piece is verbatim. The group stands in front where there are several.
 */
export function quoteBlock(lines: readonly string[]): string {
  const read = lines.map(readEvidence).filter((line) => line !== undefined);
  const unique = [...new Map(read.map((line) => [line.ref, line])).values()];
  if (unique.length === 0) return "";
  const sorted = unique.every(({ time }) => time !== undefined)
    ? unique.toSorted((a, b) => Date.parse(a.time ?? "") - Date.parse(b.time ?? ""))
    : unique;
  const several = new Set(sorted.map(({ group }) => group)).size > 1;
  return ["```text", ...sorted.map((line) => quoteLine(line, several)), "```"].join("\n");
}

function quoteLine(line: EvidenceLine, several: boolean): string {
  const body = quoteText(line.text);
  const isTold = SHOWN_TIME.test(body.slice(0, 100));
  const head = line.time !== undefined && !isTold ? `${line.time} ${line.level} ` : "";
  if (several) return `[${line.ref}] ${head}${line.place} | ${body}`;
  // Between the level and the text stands the group, which one block need not repeat.
  return `[${line.ref}] ${head}${head && !body.startsWith("…") ? "… " : ""}${body}`;
}

/** The piece, or pieces, of a log text that tell most. */
export function quoteText(text: string): string {
  const whole = text.replace(/… \(\d+ more characters\)$/, "");
  const cut = whole.length < text.length;
  if (whole.startsWith("{")) {
    const pieces = quoteJson(whole);
    if (pieces) return pieces;
  }
  const lines = whole.split("\n").filter((line) => line.trim() !== "");
  const first = cutMiddle((lines[0] ?? "").trim());
  const cause = lines.slice(1).findLast((line) => /^\s*Caused by: /.test(line)) ?? "";
  const rest = cause ? ` … ${cutMiddle(cause.trim())}` : "";
  return `${first}${rest}${lines.length > 1 || (cut && !first.endsWith("…")) ? " …" : ""}`;
}

/** Long lines say what happened at the beginning and how it ended at the end. */
function cutMiddle(line: string): string {
  if (line.length <= ROOM + 20) return line;
  const head = line.slice(0, ROOM - TAIL).replace(/\s\S{0,40}$/, "");
  const tail = line.slice(-TAIL).replace(/^\S{0,40}\s/, "");
  return `${head} … ${tail}`;
}

interface Member {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly rank: number;
}

const SAYS = /^(?:message|msg|log|event|text|body|@message|@m|short_message)$/i;
const FAILS = /err|exception|reason|cause|detail|fault/i;
const MEASURES =
  /status|code|duration|_ms$|Ms$|latency|elapsed|took|time|size|count|total|active|max|min|limit|pool|wait|usage|percent|connection|attempt|retr|used|free|queue|path|endpoint|url|method|route|upstream|old|new|job|host$|note/i;
const AROUND =
  /^(?:@?time(?:stamp)?|ts|date|level|severity|lvl|pid|hostname|service|pod|pod_name|container|namespace|logger|thread|version|v|env|environment|region|caller|stack|stack_?trace|trace_?id|span_?id|req|headers)$/i;

/** The members of a JSON line that tell most, in their order; undefined where its message cannot be made out. */
function quoteJson(text: string): string | undefined {
  const members = readMembers(text);
  const chosen = new Set<Member>();
  let room = ROOM;
  for (const member of members.filter(({ rank }) => rank < 4).toSorted((a, b) => a.rank - b.rank)) {
    room -= Math.min(member.end - member.start, LONGEST_VALUE);
    if (room < 0 && chosen.size > 0) break;
    chosen.add(member);
  }
  if (chosen.size === 0) return undefined;
  let quoted = "";
  members.forEach((member, index) => {
    if (!chosen.has(member)) return;
    const before = members[index - 1];
    const follows = before !== undefined && chosen.has(before) && !quoted.endsWith("…");
    const gap = follows
      ? text.slice(before.end, member.start)
      : index === 0
        ? "{"
        : quoted.endsWith("…")
          ? " "
          : " … ";
    const long = member.end - member.start > LONGEST_VALUE;
    quoted +=
      gap +
      (long
        ? `${text.slice(member.start, member.start + LONGEST_VALUE)}…`
        : text.slice(member.start, member.end));
  });
  const last = members.at(-1);
  const whole = quoted.endsWith("…") || (last !== undefined && chosen.has(last) && text.endsWith("}"));
  return quoted.trimStart() + (whole ? "" : " …");
}

/** The members of the outer object, as far as they are whole; linear in the text. */
function readMembers(text: string): Member[] {
  const members: Member[] = [];
  let at = 1;
  while (at < text.length) {
    const open = text.indexOf('"', at);
    if (open < 0) break;
    const close = endOfString(text, open);
    const colon = close < 0 ? -1 : text.indexOf(":", close);
    if (colon < 0) break;
    const key = text.slice(open + 1, close - 1);
    const whole = endOfValue(text, colon + 1);
    // What was cut off may still begin with the error's own words.
    const end = whole < 0 ? text.length : whole;
    members.push({ key, start: open, end, rank: rankOf(key) });
    at = end + 1;
  }
  return members;
}

function rankOf(key: string): number {
  if (SAYS.test(key)) return 0;
  if (AROUND.test(key)) return 9;
  if (FAILS.test(key)) return 1;
  return MEASURES.test(key) ? 2 : 3;
}

/** Behind the closing quote of the string that opens at `open`; -1 where it is not closed. */
function endOfString(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return -1;
}

/** Behind the value that begins at `from`; -1 where it is not whole. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      if (end < 0) return -1;
      at = end - 1;
    } else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      if (depth === 0) return at;
      depth -= 1;
    } else if (character === "," && depth === 0) return at;
  }
  return -1;
}
