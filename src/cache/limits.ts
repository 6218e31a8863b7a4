import { type Database, faultOf } from "../database.ts";
import type { CacheSettings } from "./cache.ts";
import type { Keys } from "./keys.ts";
import { aliveAt, resultLivesOf } from "./life.ts";
import { numberIn, type Row, textIn } from "./rows.ts";

/** Holds what is kept within its limits, within the caller's transaction. */
export interface Limits {
  /** Drops what is too much, and from time to time what is too old. */
  hold(now: number): void;
  /** Gives free pages back to the file system, where they are many: outside of a transaction. */
  giveBack(): void;
}

/** What an entry takes beside its bytes: its rows, its places in the indexes, and the rest of its last page. */
export const ROW_BYTES = 1024;
const BATCH = 100;
const DOWN_TO = 0.9;
const CLEAN_MS = 300_000;
/** Free pages that are more than this share of the file are given back, so many at a time. */
const FREE_SHARE = 0.2;
const PAGES = 2048;

const EXPIRED_CHUNK =
  "read_from > :to OR read_from < CASE is_settled WHEN 1 THEN :eventFrom ELSE :tailFrom END";
const EXPIRED_RESULT =
  "read_at > :to OR read_at < CASE kind WHEN 'groups' THEN :groupsFrom WHEN 'statistics' THEN :statisticsFrom ELSE :otherFrom END";

/** The times that the conditions above name. */
function expiryAt(now: number, settings: CacheSettings): Record<string, number> {
  const { eventLife, tailLife } = settings;
  const { groups, statistics, other } = resultLivesOf(settings);
  return {
    to: aliveAt(now, 0).to,
    eventFrom: aliveAt(now, eventLife).from,
    tailFrom: aliveAt(now, tailLife).from,
    groupsFrom: aliveAt(now, groups).from,
    statisticsFrom: aliveAt(now, statistics).from,
    otherFrom: aliveAt(now, other).from,
  };
}

export function openLimits(database: Database, keys: Keys, settings: CacheSettings): Limits {
  const { maxBytes, maxEntries } = settings;
  const totals = database.prepare(
    `SELECT count(*) AS entries, total(bytes) AS bytes FROM
     (SELECT bytes FROM chunks UNION ALL SELECT bytes FROM results)`,
  );
  const expired = database.prepare(
    `SELECT 'chunks' AS kept, id, bytes FROM chunks WHERE ${EXPIRED_CHUNK}
     UNION ALL SELECT 'results', id, bytes FROM results WHERE ${EXPIRED_RESULT} LIMIT ${BATCH}`,
  );
  const leastUsed = database.prepare(
    `SELECT * FROM (SELECT 'chunks' AS kept, id, bytes, used_at FROM chunks ORDER BY used_at, id LIMIT ${BATCH})
     UNION ALL
     SELECT * FROM (SELECT 'results', id, bytes, used_at FROM results ORDER BY used_at, id LIMIT ${BATCH})
     ORDER BY used_at, id LIMIT ${BATCH}`,
  );
  const removeChunk = database.prepare("DELETE FROM chunks WHERE id = ?");
  const removeResult = database.prepare("DELETE FROM results WHERE id = ?");
  const cleanedAt = database.prepare("SELECT cleaned_at FROM counters WHERE id = 1");
  const noteCleaned = database.prepare("UPDATE counters SET cleaned_at = ? WHERE id = 1");
  const pages = database.prepare(
    "SELECT page_count AS pages, freelist_count AS free FROM pragma_page_count, pragma_freelist_count",
  );

  function remove(row: Row): number {
    (textIn(row, "kept") === "chunks" ? removeChunk : removeResult).run(numberIn(row, "id"));
    return numberIn(row, "bytes") + ROW_BYTES;
  }

  function findExpired(now: number): readonly Row[] {
    return expired.all(expiryAt(now, settings));
  }

  function clean(now: number): void {
    const row = cleanedAt.get();
    if (Math.abs(now - numberIn(row, "cleaned_at")) < CLEAN_MS) return;
    const victims = findExpired(now);
    for (const victim of victims) remove(victim);
    keys.prune();
    // What is left of them goes with the next that is kept.
    if (victims.length < BATCH) noteCleaned.run(now);
  }

  function evict(now: number): void {
    const row = totals.get();
    let entries = numberIn(row, "entries");
    let bytes = numberIn(row, "bytes") + entries * ROW_BYTES;
    if (entries <= maxEntries && bytes <= maxBytes) return;
    const isDown = (): boolean => entries <= maxEntries * DOWN_TO && bytes <= maxBytes * DOWN_TO;
    while (!isDown() && entries > 0) {
      const old = findExpired(now);
      const victims = old.length > 0 ? old : leastUsed.all();
      if (victims.length === 0) break;
      for (const victim of victims) {
        if (isDown()) break;
        bytes -= remove(victim);
        entries -= 1;
      }
    }
    keys.prune();
  }

  return {
    hold(now) {
      clean(now);
      evict(now);
    },
    giveBack() {
      const row = pages.get();
      if (numberIn(row, "free") <= numberIn(row, "pages") * FREE_SHARE) return;
      giveBack(database, PAGES);
    },
  };
}

/** Where another process holds the file, it is done another time. */
export function giveBack(database: Database, pages: number): void {
  try {
    database.exec(`PRAGMA incremental_vacuum(${pages})`);
  } catch (error) {
    if (faultOf(error)?.kind !== "busy") throw error;
  }
}
