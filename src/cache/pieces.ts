import type { LogEvent } from "../log/event.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { NewChunk } from "./cache.ts";
import type { ChunkRow } from "./rows.ts";

/** A chunk that is there, or a part of a new one; what they have in common is named as it is in a row. */
export interface Piece extends Omit<ChunkRow, "id"> {
  /** Of the row; undefined where it is new. */
  readonly id: number | undefined;
  /** Of a new one; those of a row are not read yet. */
  readonly fresh: readonly LogEvent[];
}

/** Up to where small neighbours become one. */
export interface MergeBounds {
  /** UTF-16 units of the messages, and events, of the chunk that they become. */
  readonly textLength: number;
  readonly events: number;
  /** How far apart their readings may lie, ms: all of them go when the oldest is too old. */
  readonly readings: number;
}

/** What a new chunk adds to those that are there: these, and between them the parts that they leave open, in order. */
export function layPieces(chunk: NewChunk, there: readonly ChunkRow[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = chunk.span.start;
  for (const row of there) {
    if (row.span.start > at) pieces.push(cutPiece(chunk, { start: at, end: row.span.start }));
    pieces.push({ ...row, fresh: [] });
    at = Math.max(at, row.span.end);
  }
  if (at < chunk.span.end) pieces.push(cutPiece(chunk, { start: at, end: chunk.span.end }));
  return pieces;
}

function cutPiece({ span: whole, events, readAt, isSettled, calls }: NewChunk, open: TimeRange): Piece {
  const span = { start: open.start, end: Math.min(open.end, whole.end) };
  const fresh =
    span.start === whole.start && span.end === whole.end
      ? events
      : events.filter(({ timestamp = Number.NaN }) => timestamp >= span.start && timestamp < span.end);
  return {
    id: undefined,
    span,
    fresh,
    readFrom: readAt,
    readTo: readAt,
    isSettled,
    events: fresh.length,
    textLength: fresh.reduce((length, { message }) => length + message.length, 0),
    calls: calls * (events.length === 0 ? lengthOf(span) / lengthOf(whole) : fresh.length / events.length),
  };
}

function lengthOf({ start, end }: TimeRange): number {
  return end - start;
}

/** The pieces that become one chunk each; what is there and stays as it is, is in none. */
export function packPieces(pieces: readonly Piece[], bounds: MergeBounds): readonly (readonly Piece[])[] {
  const packs: Piece[][] = [];
  for (const piece of pieces) {
    const last = packs.at(-1);
    if (last && mayMerge(last, piece, bounds)) last.push(piece);
    else packs.push([piece]);
  }
  return packs.filter((pack) => pack.some(({ id }) => id === undefined));
}

function mayMerge(pack: readonly Piece[], piece: Piece, bounds: MergeBounds): boolean {
  const last = pack.at(-1);
  if (!last?.isSettled || !piece.isSettled || last.span.end !== piece.span.start) return false;
  const { readFrom, readTo, textLength, events } = joinPieces([...pack, piece]);
  return textLength <= bounds.textLength && events <= bounds.events && readTo - readFrom <= bounds.readings;
}

/** What adjoining pieces are together. */
export function joinPieces(pieces: readonly Piece[]): Omit<ChunkRow, "id"> {
  const sum = (of: (piece: Piece) => number): number => pieces.reduce((total, piece) => total + of(piece), 0);
  return {
    span: { start: pieces[0]?.span.start ?? 0, end: pieces.at(-1)?.span.end ?? 0 },
    readFrom: Math.min(...pieces.map(({ readFrom }) => readFrom)),
    readTo: Math.max(...pieces.map(({ readTo }) => readTo)),
    isSettled: pieces.every(({ isSettled }) => isSettled),
    events: sum(({ events }) => events),
    textLength: sum(({ textLength }) => textLength),
    calls: sum(({ calls }) => calls),
  };
}
