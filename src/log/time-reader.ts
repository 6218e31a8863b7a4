import { WORD_END } from "./time-duration.ts";

/** A text and how far it has been read. */
export interface Reader {
  readonly text: string;
  at: number;
}

/** Reads what a sticky, bounded expression matches at the reader. */
export function take(reader: Reader, sticky: RegExp): RegExpExecArray | undefined {
  sticky.lastIndex = reader.at;
  const found = sticky.exec(reader.text);
  if (!found) return undefined;
  reader.at = sticky.lastIndex;
  return found;
}

/** Runs a reading function; where it finds nothing the reader is back where it was. */
export function attempt<Found>(reader: Reader, read: () => Found | undefined): Found | undefined {
  const start = reader.at;
  const found = read();
  if (found === undefined) reader.at = start;
  return found;
}

/** A sticky expression for whole words, in any case. */
export function words(source: string): RegExp {
  return new RegExp(`(?:${source})${WORD_END}`, "iuy");
}
