import { type Database, inTransaction } from "../database.ts";
import type { Keys } from "./keys.ts";
import { giveBack } from "./limits.ts";

/** 0 stands for all pages that are free. */
const ALL_PAGES = 0;

/** Empties the cache, or what it holds of one group, whatever the source. @returns how many entries went */
export function openClearing(database: Database, keys: Keys): (group?: string) => number {
  const chunksOf = database.prepare(
    "DELETE FROM chunks WHERE key IN (SELECT id FROM keys WHERE log_group = ?)",
  );
  const resultsNaming = database.prepare("DELETE FROM results WHERE key = ? OR instr(key, ?) > 0");

  function clearGroup(group: string): number {
    const chunks = chunksOf.run(group).changes;
    const results = resultsNaming.run(group, JSON.stringify(group)).changes;
    keys.prune();
    return Number(chunks) + Number(results);
  }

  function clearAll(): number {
    // First what is most, as nothing hangs on it.
    database.exec("DELETE FROM payloads");
    const chunks = database.prepare("DELETE FROM chunks").run().changes;
    const results = database.prepare("DELETE FROM results").run().changes;
    database.exec(
      `DELETE FROM keys; UPDATE counters SET cached_events = 0, fetched_events = 0, spared_calls = 0, made_calls = 0`,
    );
    return Number(chunks) + Number(results);
  }

  return (group) => {
    const gone = inTransaction(database, () => (group === undefined ? clearAll() : clearGroup(group)));
    giveBack(database, ALL_PAGES);
    // Only then is the file itself shorter; while others read from it, it is not.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return gone;
  };
}
