import type { Range } from "./spans.ts";

const RUN = /(?<![\w+/-])[A-Za-z0-9+/_-]{24,}={0,2}/g;
/** Characters of a run that tell text from random bytes: 18 bytes of printable ASCII do not come by chance. */
const PROBE = 24;
/** Characters; a longer run is looked into this far. */
const RUN_LIMIT = 1_048_576;

export interface EncodedRun extends Range {
  readonly decoded: string;
}

/** Yields the runs of base64 whose bytes are text: what is a secret outside is one inside. */
export function* encodedRuns(text: string): Generator<EncodedRun> {
  for (const match of text.matchAll(RUN)) {
    const [run] = match;
    if (!isText(decode(run.slice(0, PROBE)))) continue;
    const decoded = decode(run.slice(0, RUN_LIMIT));
    yield { start: match.index, end: match.index + run.length, decoded };
  }
}

function decode(run: string): string {
  return Buffer.from(run, "base64").toString("latin1");
}

function isText(bytes: string): boolean {
  return /^[\t\n\r -~]{16,}$/.test(bytes);
}
