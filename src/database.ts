import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

export type Database = DatabaseSync;

/** What a database file of ours is known by, and how it came to be what it is. */
export interface DatabaseSpec {
  /** SQLite's `application_id`: a file with another one is not ours. */
  readonly applicationId: number;
  /** SQL, append-only: SQLite's `user_version` is how many of them a file has. */
  readonly migrations: readonly string[];
}

/** Why a database cannot be used; everything that SQLite throws is one of these. */
export type DatabaseFaultKind =
  | "corrupt"
  | "foreign"
  | "newer"
  | "read-only"
  | "full"
  | "busy"
  | "out-of-reach";

export class DatabaseFault extends Error {
  override readonly name = "DatabaseFault";
  readonly kind: DatabaseFaultKind;

  constructor(kind: DatabaseFaultKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/** How long another process may hold the file before a call gives up, ms; it holds up everything here, too. */
const BUSY_MS = 2000;

/**
 * Opens a database of ours, makes it where there is none, and brings it up to date. `:memory:` is one that nobody else sees.
 * @throws DatabaseFault
 */
export function openDatabase(path: string, spec: DatabaseSpec): Database {
  if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path, { timeout: BUSY_MS });
  if (path !== ":memory:") chmodSync(path, 0o600);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  for (const migration of spec.migrations) database.exec(migration);
  return database;
}

/** Runs the work in one transaction that writes: all of it is kept, or nothing. @throws DatabaseFault, and what the work throws */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
