import { DatabaseFault } from "../database.ts";
import type { TimeRange } from "../log/time-range.ts";

/** What SQLite gives for a row: of a damaged file, anything. */
export type Row = Readonly<Record<string, unknown>>;

/** @throws DatabaseFault "corrupt" */
export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value !== "number") throw new DatabaseFault("corrupt", `The column ${column} holds no number.`);
  return value;
}

export function optionalNumberIn(row: Row | undefined, column: string): number | undefined {
  return row?.[column] == null ? undefined : numberIn(row, column);
}

/** @throws DatabaseFault "corrupt" */
export function textIn(row: Row | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value !== "string") throw new DatabaseFault("corrupt", `The column ${column} holds no text.`);
  return value;
}

/** @throws DatabaseFault "corrupt" */
export function bytesIn(row: Row | undefined, column: string): Uint8Array {
  const value = row?.[column];
  if (!(value instanceof Uint8Array))
    throw new DatabaseFault("corrupt", `The column ${column} holds no bytes.`);
  return value;
}

/** A chunk as its row tells it. */
export interface ChunkRow {
  readonly id: number;
  readonly span: TimeRange;
  readonly readFrom: number;
  readonly readTo: number;
  readonly isSettled: boolean;
  readonly events: number;
  readonly textLength: number;
  readonly calls: number;
}

export const CHUNK_COLUMNS = "id, starts, ends, read_from, read_to, is_settled, events, text_length, calls";

export function chunkIn(row: Row): ChunkRow {
  return {
    id: numberIn(row, "id"),
    span: { start: numberIn(row, "starts"), end: numberIn(row, "ends") },
    readFrom: numberIn(row, "read_from"),
    readTo: numberIn(row, "read_to"),
    isSettled: numberIn(row, "is_settled") === 1,
    events: numberIn(row, "events"),
    textLength: numberIn(row, "text_length"),
    calls: numberIn(row, "calls"),
  };
}
