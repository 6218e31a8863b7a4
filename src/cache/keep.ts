import { type Database, inTransaction } from "../database.ts";
import type { LogEvent } from "../log/event.ts";
import { contains } from "../log/time-range.ts";
import type { EventKey, NewChunk } from "./cache.ts";
import { decodeChunk, encodeChunk } from "./chunk-codec.ts";
import type { ChunkDraft, Chunks } from "./chunks.ts";
import { isKeepable, type Keys } from "./keys.ts";
import { isChunkAlive, type Lives } from "./life.ts";
import { joinPieces, layPieces, type MergeBounds, type Piece, packPieces } from "./pieces.ts";
import type { ChunkRow } from "./rows.ts";

interface KeepOptions {
  readonly database: Database;
  readonly keys: Keys;
  readonly chunks: Chunks;
  readonly lives: Lives;
  /** Bytes that one chunk may take, stored. */
  readonly mostBytes: number;
  readonly now: () => number;
  /** What is to be done in the same transaction once something is kept. */
  readonly onKept: (now: number) => void;
}

/** What is to be written, and what it was made for. */
interface Draft {
  readonly there: readonly ChunkRow[];
  readonly rows: readonly ChunkDraft[];
  /** Rows that they replace. */
  readonly replaced: readonly number[];
}

/** Small neighbours become one chunk up to this. */
const MERGED_TEXT = 1 << 20;
const MERGED_EVENTS = 20_000;
/** Of a settled chunk's life: how far the readings in one may lie apart. */
const MERGED_LIFE = 1 / 4;
/** UTF-16 units of the messages of one chunk: more than this is not kept. */
const MOST_TEXT = 64 << 20;
/** How often another process may come in between. */
const TRIES = 5;

/**
 * Keeps chunks, one after the other. What to write is prepared outside of a transaction, as compressing takes its time;
 * where others have written meanwhile, it is prepared again.
 * @returns whether it is kept
 */
export function createKeeper(options: KeepOptions): (key: EventKey, chunk: NewChunk) => Promise<boolean> {
  const { lives, now } = options;
  const bounds: MergeBounds = {
    textLength: MERGED_TEXT,
    events: MERGED_EVENTS,
    readings: lives.eventLife * MERGED_LIFE,
  };
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  /** A reader that is faster than the compression is not to be held up by it. */
  const isUrgent = () => waiting > 1;

  async function keep(key: EventKey, given: NewChunk): Promise<boolean> {
    const chunk = tidy(given);
    if (!chunk || !isKeepable(key)) return false;
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (!options.database.isOpen || !isChunkAlive({ ...chunk, readFrom: chunk.readAt }, now(), lives))
        return false;
      const draft = await makeDraft(options, key, chunk, bounds, isUrgent());
      if (draft && options.database.isOpen && writeDraft(options, key, chunk, draft)) return true;
    }
    return false;
  }

  return (key, chunk) => {
    waiting += 1;
    const mine = last.then(() => keep(key, chunk)).finally(() => (waiting -= 1));
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** The chunk with each event once; undefined where it is not to be kept. */
function tidy(chunk: NewChunk): NewChunk | undefined {
  const { span } = chunk;
  if (!Number.isFinite(span.end - span.start) || span.start >= span.end) return undefined;
  const byId = new Map<string, LogEvent>();
  let textLength = 0;
  for (const event of chunk.events) {
    const { id, timestamp, message } = event;
    if (timestamp === undefined || !contains(span, timestamp) || byId.has(id)) continue;
    byId.set(id, event);
    textLength += message.length;
  }
  if (textLength > MOST_TEXT) return undefined;
  return byId.size === chunk.events.length ? chunk : { ...chunk, events: [...byId.values()] };
}

function findAlive({ keys, chunks, lives, now }: KeepOptions, key: EventKey, { span }: NewChunk) {
  const id = keys.find(key);
  if (id === undefined) return [];
  const at = now();
  return chunks.touching(id, span).filter((row) => isChunkAlive(row, at, lives));
}

/** undefined where a chunk that was to be merged is damaged: then it is gone. */
async function makeDraft(
  options: KeepOptions,
  key: EventKey,
  chunk: NewChunk,
  bounds: MergeBounds,
  isUrgent: boolean,
): Promise<Draft | undefined> {
  const there = findAlive(options, key, chunk);
  const packs = packPieces(layPieces(chunk, there), bounds);
  const rows: ChunkDraft[] = [];
  for (const pack of packs) {
    const events = await gatherEvents(options, key, pack);
    if (!events) return undefined;
    const joined = joinPieces(pack);
    const { bytes: payload } = await encodeChunk(joined.span, events, isUrgent);
    rows.push({ ...joined, events, payload });
  }
  const replaced = packs.flat().flatMap(({ id }) => id ?? []);
  return { there, rows, replaced };
}

async function gatherEvents(
  { keys, chunks }: KeepOptions,
  key: EventKey,
  pack: readonly Piece[],
): Promise<readonly LogEvent[] | undefined> {
  const parts: (readonly LogEvent[])[] = [];
  for (const { id, span, fresh } of pack) {
    const row = id === undefined ? undefined : chunks.holding(keys.find(key) ?? -1, span);
    if (id !== undefined && row?.id !== id) return undefined;
    try {
      parts.push(row ? await decodeChunk(key.group, row.span, row.payload) : fresh);
    } catch {
      if (row) chunks.remove(row.id);
      return undefined;
    }
  }
  return parts.flat();
}

/** False where what the draft was made for is not what is there. */
function writeDraft(options: KeepOptions, key: EventKey, chunk: NewChunk, draft: Draft): boolean {
  const { database, keys, chunks, mostBytes, now, lives, onKept } = options;
  return inTransaction(database, () => {
    const at = now();
    const id = keys.add(key);
    const touching = chunks.touching(id, chunk.span);
    const alive = touching.filter((row) => isChunkAlive(row, at, lives));
    if (alive.length !== draft.there.length || alive.some((row, n) => row.id !== draft.there[n]?.id))
      return false;
    for (const row of touching) {
      const isOver = row.span.start < chunk.span.end && row.span.end > chunk.span.start;
      if (isOver && !alive.includes(row)) chunks.remove(row.id);
    }
    for (const row of draft.replaced) chunks.remove(row);
    for (const row of draft.rows) if (row.payload.byteLength <= mostBytes) chunks.insert(id, row, at);
    onKept(at);
    return true;
  });
}
