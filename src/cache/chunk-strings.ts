import { type ByteReader, type ByteWriter, damaged } from "./chunk-bytes.ts";

/**
 * How strings are laid out: as one text with a character between them that none of them has; else each by itself with its
 * length before it, in UTF-8, or in UTF-16 where one of them is not well-formed Unicode.
 */
const [SEPARATED, UTF_8, UTF_16] = [0, 1, 2];

/** What may stand between strings: a line break, and the control characters that texts have least. */
const SEPARATORS = ["\n", "\0", "\x1e", "\x1f", "\x1d", "\x1c", "\x01", "\x02"];

/** Strings are cut out of texts of about this many bytes: as much stays in memory with any one of them. */
const TEXT_BYTES = 8192;

export function writeStrings(writer: ByteWriter, strings: readonly string[]): void {
  const separator = SEPARATORS.find((mark) => !strings.some((text) => text.includes(mark)));
  const joined = strings.join(separator);
  const layout = !joined.isWellFormed() ? UTF_16 : separator === undefined ? UTF_8 : SEPARATED;
  writer.byte(layout);
  if (layout === SEPARATED && separator !== undefined) {
    const bytes = Buffer.from(joined);
    writer.byte(separator.charCodeAt(0));
    writer.count(bytes.length);
    writer.bytes(bytes);
    return;
  }
  for (const text of strings) {
    const bytes = Buffer.from(text, layout === UTF_16 ? "utf16le" : "utf8");
    writer.count(bytes.length);
    writer.bytes(bytes);
  }
}

/** @param count how many there are */
export function readStrings(reader: ByteReader, count: number): string[] {
  const layout = reader.byte();
  if (layout === SEPARATED) return readSeparated(reader, count);
  if (layout !== UTF_8 && layout !== UTF_16) throw damaged("texts are of no known layout");
  const strings: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const bytes = reader.bytes(reader.count());
    strings.push(bytes.toString(layout === UTF_16 ? "utf16le" : "utf8"));
  }
  return strings;
}

function readSeparated(reader: ByteReader, count: number): string[] {
  const code = reader.byte();
  const separator = String.fromCharCode(code);
  if (!SEPARATORS.includes(separator)) throw damaged("no known character is between texts");
  const bytes = reader.bytes(reader.count());
  const strings: string[] = [];
  let from = 0;
  while (from <= bytes.length && strings.length < count) {
    const found = bytes.indexOf(code, from + TEXT_BYTES);
    const end = found === -1 ? bytes.length : found;
    for (const text of bytes.toString("utf8", from, end).split(separator)) strings.push(text);
    from = end + 1;
  }
  if (strings.length !== count || from !== (count === 0 ? 0 : bytes.length + 1))
    throw damaged("there are more texts, or fewer, than there should be");
  return strings;
}
