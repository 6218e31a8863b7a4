import type { Range } from "./spans.ts";
import { visitRuns } from "./token-runs.ts";

/** Characters; a longer run is looked into this far. */
const RUN_LIMIT = 1_048_576;
const RUN_MINIMUM = 24;

/** The six bits of each base64 character (both alphabets), 64 for all others. */
const SEXTETS = new Uint8Array(128).fill(64);
for (const [value, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries())
  SEXTETS[char.charCodeAt(0)] = value;
SEXTETS["-".charCodeAt(0)] = 62;
SEXTETS["_".charCodeAt(0)] = 63;

export interface EncodedRun extends Range {
  readonly decoded: string;
}

/** The runs of base64 whose bytes are text: what is a secret outside is one inside. */
export function findEncodedRuns(text: string): EncodedRun[] {
  const runs: EncodedRun[] = [];
  let floor = 0;
  visitRuns(text, (from, to) => {
    if (from < floor) return;
    let start = from;
    while (start > floor && sextet(text, start - 1) < 64) start--;
    if (!holdsText(text, start)) return;
    let end = to;
    while (end < text.length && sextet(text, end) < 64) end++;
    const bodyEnd = end;
    while (end < bodyEnd + 2 && text[end] === "=") end++;
    floor = end;
    if (end - start < RUN_MINIMUM) return;
    const decoded = Buffer.from(text.slice(start, Math.min(end, start + RUN_LIMIT)), "base64").toString(
      "latin1",
    );
    runs.push({ start, end, decoded });
  });
  return runs;
}

/** True where the first 24 characters decode to printable ASCII, which 18 random bytes do not. */
function holdsText(text: string, start: number): boolean {
  for (let at = start; at < start + RUN_MINIMUM; at += 4) {
    const [a, b, c, d] = [sextet(text, at), sextet(text, at + 1), sextet(text, at + 2), sextet(text, at + 3)];
    if ((a | b | c | d) >= 64) return false;
    const printable = isPrintable((a << 2) | (b >> 4)) && isPrintable(((b & 15) << 4) | (c >> 2));
    if (!printable || !isPrintable(((c & 3) << 6) | d)) return false;
  }
  return true;
}

function sextet(text: string, at: number): number {
  return SEXTETS[text.charCodeAt(at)] ?? 64;
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte <= 0x7e) || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
