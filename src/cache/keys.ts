import type { Database } from "../database.ts";
import type { EventKey } from "./cache.ts";
import { numberIn, textIn } from "./rows.ts";

/** A key with the number of its row. */
export interface KnownKey {
  readonly id: number;
  readonly key: EventKey;
}

export interface Keys {
  find(key: EventKey): number | undefined;
  /** Its number, new where it has none: within a transaction. */
  add(key: EventKey): number;
  /** Those whose events hold all of this key's: itself first, then the narrower before the wider. */
  wider(key: EventKey): readonly KnownKey[];
  /** Drops those that nothing is kept under. */
  prune(): void;
}

/** SQLite's text has no half surrogates: two keys that differ in them would be one. */
export function isKeepable({ source, account, region, group, filter = "", streamPrefix }: EventKey): boolean {
  return [source, account, region, group, filter, streamPrefix].every((text) => text.isWellFormed());
}

export function openKeys(database: Database): Keys {
  const owned = "source = ? AND account = ? AND region = ? AND log_group = ?";
  const findOne = database.prepare(`SELECT id FROM keys WHERE ${owned} AND prefix = ? AND filter IS ?`);
  const findMany = database.prepare(
    `SELECT id, prefix, filter FROM keys WHERE ${owned} AND (filter IS NULL OR filter = ?)`,
  );
  const insert = database.prepare(
    "INSERT INTO keys (source, account, region, log_group, prefix, filter) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const prune = database.prepare(
    "DELETE FROM keys WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.key = keys.id)",
  );

  function find({ source, account, region, group, streamPrefix, filter }: EventKey): number | undefined {
    const row = findOne.get(source, account, region, group, streamPrefix, filter ?? null);
    return row && numberIn(row, "id");
  }

  return {
    find,
    add(key) {
      const { source, account, region, group, streamPrefix, filter = null } = key;
      return (
        find(key) ?? Number(insert.run(source, account, region, group, streamPrefix, filter).lastInsertRowid)
      );
    },
    wider(key) {
      const { source, account, region, group, filter = null } = key;
      return findMany
        .all(source, account, region, group, filter)
        .map((row) => ({
          id: numberIn(row, "id"),
          key: {
            ...key,
            streamPrefix: textIn(row, "prefix"),
            filter: row.filter === null ? undefined : textIn(row, "filter"),
          },
        }))
        .filter((known) => key.streamPrefix.startsWith(known.key.streamPrefix))
        .sort((a, b) => compareWidth(a.key, b.key));
    },
    prune() {
      prune.run();
    },
  };
}

/** Of keys that all hold the same one: a filter leaves less than a prefix does. */
function compareWidth(a: EventKey, b: EventKey): number {
  if (a.filter !== b.filter) return a.filter === undefined ? 1 : -1;
  return b.streamPrefix.length - a.streamPrefix.length;
}
