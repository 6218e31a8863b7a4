import { type Database, inTransaction } from "../database.ts";
import { contains } from "../log/time-range.ts";
import type { Cache, CacheSettings, Chunk, EventKey } from "./cache.ts";
import { decodeChunk } from "./chunk-codec.ts";
import { openChunks } from "./chunks.ts";
import { openClearing } from "./clear.ts";
import { createKeeper } from "./keep.ts";
import { isKeepable, openKeys } from "./keys.ts";
import { isChunkAlive, resultLivesOf } from "./life.ts";
import { openLimits } from "./limits.ts";
import { coverWindow } from "./plan.ts";
import { openResults } from "./results.ts";
import type { ChunkRow } from "./rows.ts";
import { openCounters } from "./status.ts";

/**
 * A cache in a database of the shape that CACHE_SPEC gives; others may write to it at the same time.
 * @throws DatabaseFault, and so do its methods, or what SQLite throws
 */
export function createStore(database: Database, settings: CacheSettings): Cache {
  const { now } = settings;
  const keys = openKeys(database);
  const chunks = openChunks(database);
  const limits = openLimits(database, keys, settings);
  const counters = openCounters(database, settings);
  const onKept = limits.hold;
  const keep = createKeeper({
    ...{ database, keys, chunks, lives: settings, now, onKept },
    mostBytes: settings.maxBytes / 2,
  });
  const results = openResults({ database, now, lives: resultLivesOf(settings), onKept });

  return {
    plan(key, window) {
      if (!isKeepable(key)) return coverWindow(window, []);
      const at = now();
      const lists = keys.wider(key).map((known) =>
        chunks
          .overlapping(known.id, window)
          .filter((row) => isChunkAlive(row, at, settings))
          .map((row) => tellChunk(row, known.key)),
      );
      return coverWindow(window, lists);
    },
    async read({ key, span }) {
      // Not by its number: it may have become a part of a larger one since, or have been read anew.
      const id = keys.find(key);
      const stored = id === undefined ? undefined : chunks.holding(id, span);
      if (!stored) return undefined;
      const events = await decodeChunk(key.group, stored.span, stored.payload).catch(() => undefined);
      if (!events) chunks.remove(stored.id);
      const isWhole = stored.span.start === span.start && stored.span.end === span.end;
      return isWhole ? events : events?.filter(({ timestamp = Number.NaN }) => contains(span, timestamp));
    },
    async keep(key, chunk) {
      if (await keep(key, chunk)) limits.giveBack();
    },
    recordUse(_owner, used, usage) {
      const ids = used.map(({ id }) => id);
      inTransaction(database, () => {
        counters.count(usage);
        if (ids.length > 0) chunks.touch(ids, now());
      });
    },
    findResult: results.find,
    keepResult(...result) {
      results.keep(...result);
      limits.giveBack();
    },
    status: counters.status,
    clear: openClearing(database, keys),
    close() {
      if (database.isOpen) database.close();
    },
  };
}

function tellChunk({ id, span, readFrom, readTo, events, calls }: ChunkRow, key: EventKey): Chunk {
  return { id, span, readFrom, readTo, key, events, calls };
}
