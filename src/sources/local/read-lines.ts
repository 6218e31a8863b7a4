import { isAscii, isUtf8 } from "node:buffer";

/** Decodes the lines of one block. */
export interface LineDecoder {
  /** The line between two indices, without its line end and without NUL bytes in front. */
  decode(start: number, end: number): string;
}

/** @param onBroken is called for each line that is not valid UTF-8 or begins with NUL bytes */
export function createLineDecoder(bytes: Buffer, onBroken: () => void): LineDecoder {
  const encoding = isAscii(bytes) ? "latin1" : "utf8";
  const isValid = encoding === "latin1" || isUtf8(bytes);
  return {
    decode(start, end) {
      let from = start;
      let to = end;
      if (to > from && bytes[to - 1] === 10) to--;
      if (to > from && bytes[to - 1] === 13) to--;
      if (bytes[from] === 0) from = skipNuls(bytes, from, to);
      if (from > start || (!isValid && !isUtf8(bytes.subarray(from, to)))) onBroken();
      return bytes.toString(encoding, from, to);
    },
  };
}

/** A log that was emptied while its writer kept its place has a hole of NUL bytes. */
function skipNuls(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === 0) at++;
  return at;
}

/** Index behind the line that an index is in. */
export function endOfLine(bytes: Buffer, index: number): number {
  const end = bytes.indexOf(10, index);
  return end < 0 ? bytes.length : end + 1;
}

/** Index where the line begins that an index is in. */
export function startOfLine(bytes: Buffer, index: number): number {
  return index === 0 ? 0 : bytes.lastIndexOf(10, index - 1) + 1;
}
