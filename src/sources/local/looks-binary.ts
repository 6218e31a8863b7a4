/** First bytes of formats that are no logs. */
const MAGIC: readonly (readonly [at: number, bytes: string])[] = [
  [0, "\x7fELF"],
  [0, "\x89PNG"],
  [0, "\xff\xd8\xff"],
  [0, "GIF8"],
  [0, "%PDF-"],
  [0, "PK\x03\x04"],
  [0, "BZh"],
  [0, "\xfd7zXZ"],
  [0, "7z\xbc\xaf"],
  [0, "\x04\x22\x4d\x18"],
  [0, "SQLite format 3\0"],
  [0, "\xca\xfe\xba\xbe"],
  [0, "\xcf\xfa\xed\xfe"],
  [0, "MZ\x90\0"],
  [0, "LPKSHHRH"],
  [257, "ustar"],
];

/** Control characters that no text has; tab, line ends, form feed, backspace, bell and escape do occur in logs. */
function isControl(byte: number): boolean {
  return byte < 7 || (byte > 13 && byte < 32 && byte !== 27);
}

/** True where the first bytes of a file (8 KiB are enough) are not those of a text. */
export function looksBinary(head: Buffer): boolean {
  if (
    MAGIC.some(([at, bytes]) => head.subarray(at, at + bytes.length).equals(Buffer.from(bytes, "latin1")))
  ) {
    return true;
  }
  let controls = 0;
  for (const byte of head) if (isControl(byte)) controls++;
  return controls > 8 && controls > head.length / 20;
}
