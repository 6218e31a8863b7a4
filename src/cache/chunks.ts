import type { Database } from "../database.ts";
import type { LogEvent } from "../log/event.ts";
import type { TimeRange } from "../log/time-range.ts";
import { bytesIn, CHUNK_COLUMNS, type ChunkRow, chunkIn, numberIn } from "./rows.ts";

/** A chunk that is to be a row. */
export interface ChunkDraft extends Omit<ChunkRow, "id" | "events"> {
  readonly events: readonly LogEvent[];
  readonly payload: Uint8Array;
}

/** The bytes of a chunk, and whose they are. */
export interface StoredPayload {
  readonly id: number;
  readonly span: TimeRange;
  readonly payload: Uint8Array;
}

/** The chunks of the keys, by the numbers of their rows. Those of one key never overlap. */
export interface Chunks {
  /** Those that hold a part of the span, in the order of time. */
  overlapping(key: number, span: TimeRange): readonly ChunkRow[];
  /** And those that end where it starts, or start where it ends. */
  touching(key: number, span: TimeRange): readonly ChunkRow[];
  /** The one that holds all of the span. */
  holding(key: number, span: TimeRange): StoredPayload | undefined;
  insert(key: number, draft: ChunkDraft, now: number): void;
  remove(id: number): void;
  /** Notes that they were used, where that is not known to the minute. */
  touch(ids: readonly number[], now: number): void;
}

/** To this many ms it is known when a chunk was used. */
const TOUCH_MS = 60_000;

export function openChunks(database: Database): Chunks {
  const overlapping = database.prepare(
    `SELECT ${CHUNK_COLUMNS} FROM chunks WHERE key = :key
     AND starts >= coalesce((SELECT max(starts) FROM chunks WHERE key = :key AND starts <= :start), :start)
     AND starts < :end AND ends > :start ORDER BY starts`,
  );
  const touching = database.prepare(
    `SELECT ${CHUNK_COLUMNS} FROM chunks WHERE key = :key
     AND starts >= coalesce((SELECT max(starts) FROM chunks WHERE key = :key AND starts < :start), :start)
     AND starts <= :end AND ends >= :start ORDER BY starts`,
  );
  const holding = database.prepare(
    `SELECT id, starts, ends, payload FROM chunks JOIN payloads ON chunk = id WHERE key = :key
     AND starts = (SELECT max(starts) FROM chunks WHERE key = :key AND starts <= :start) AND ends >= :end`,
  );
  const insert = database.prepare(
    `INSERT INTO chunks (key, starts, ends, read_from, read_to, is_settled, events, first_event, last_event,
       text_length, bytes, calls, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertPayload = database.prepare("INSERT INTO payloads (chunk, payload) VALUES (?, ?)");
  const remove = database.prepare("DELETE FROM chunks WHERE id = ?");
  const touch = database.prepare(
    `UPDATE chunks SET used_at = :now WHERE id IN (SELECT value FROM json_each(:ids))
     AND used_at NOT BETWEEN :now - ${TOUCH_MS} AND :now + ${TOUCH_MS}`,
  );

  return {
    overlapping: (key, { start, end }) => overlapping.all({ key, start, end }).map(chunkIn),
    touching: (key, { start, end }) => touching.all({ key, start, end }).map(chunkIn),
    holding(key, { start, end }) {
      const row = holding.get({ key, start, end });
      if (!row) return undefined;
      const span = { start: numberIn(row, "starts"), end: numberIn(row, "ends") };
      return { id: numberIn(row, "id"), span, payload: bytesIn(row, "payload") };
    },
    insert(key, { span, readFrom, readTo, isSettled, events, textLength, payload, calls }, now) {
      const times = [events[0]?.timestamp ?? null, events.at(-1)?.timestamp ?? null];
      const reading = [span.start, span.end, readFrom, readTo, isSettled ? 1 : 0];
      const sizes = [textLength, payload.byteLength, calls];
      const { lastInsertRowid } = insert.run(key, ...reading, events.length, ...times, ...sizes, now);
      insertPayload.run(lastInsertRowid, payload);
    },
    remove(id) {
      remove.run(id);
    },
    touch(ids, now) {
      touch.run({ ids: JSON.stringify(ids), now });
    },
  };
}
