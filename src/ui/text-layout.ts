import { scaleBytes } from "../sources/scan-cost.ts";
import { fromParts, type Styled, styled, type Text } from "./styled.ts";
import { type Piece, piecesOf, widthOf } from "./text-width.ts";

/** A count with thousands separated: `12,345`. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return String(count);
  const [whole = "", fraction] = String(Math.abs(count)).split(".");
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  return `${count < 0 ? "-" : ""}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** Bytes in decimal units: `999 B`, `1.2 kB`, `35 MB` (1 kB is 1000 bytes). */
export function formatBytes(bytes: number): string {
  const { value, unit } = scaleBytes(bytes);
  const digits = unit !== "B" && value < 9.95 ? 1 : 0;
  return `${formatCount(Number(value.toFixed(digits)))} ${unit}`;
}

/** `1 event`, `12,345 events`; the plural is given where it is not the word with an s. */
export function formatNoun(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** Cuts the middle out, for names whose ends tell them apart: `/aws/lambda/…-service-prod`. */
export function cutMiddle(text: Text, columns: number): Styled {
  const room = Math.max(columns - 1, 0);
  return cut(text, columns, Math.floor(room / 2), room - Math.floor(room / 2));
}

/** Cuts the end off. */
export function cutEnd(text: Text, columns: number): Styled {
  return cut(text, columns, Math.max(columns - 1, 0), 0);
}

/** Fills up to a number of columns with spaces; longer text stays as it is. */
export function pad(text: Text, columns: number, align: "left" | "right" = "left"): Styled {
  const space = " ".repeat(Math.max(columns - widthOf(text), 0));
  return align === "left" ? styled`${text}${space}` : styled`${space}${text}`;
}

function cut(text: Text, columns: number, headColumns: number, tailColumns: number): Styled {
  if (widthOf(text) <= columns) return styled`${text}`;
  if (columns < 1) return styled``;
  const pieces = piecesOf(text);
  const head = countThatFit(pieces, headColumns);
  const tail = pieces.length - countThatFit([...pieces].reverse(), tailColumns);
  const kept = pieces.filter((piece, index) => piece.sgr || index < head || index >= tail);
  const mark = pieces.slice(0, head).filter((piece, index) => piece.sgr || index < head).length;
  return fromParts([...kept.slice(0, mark), { sgr: false, text: "…" }, ...kept.slice(mark)]);
}

/** How many of the first pieces fit; styling takes no room. */
function countThatFit(pieces: readonly Piece[], columns: number): number {
  let width = 0;
  let count = 0;
  for (const piece of pieces) {
    width += piece.width;
    if (width > columns) break;
    count += 1;
  }
  return count;
}
