import { accessSync, chmodSync, closeSync, constants, openSync, statfsSync, statSync } from "node:fs";
import { uptime } from "node:os";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { messageOf } from "./failure.ts";
import { isExisting, makeFolder } from "./make-folder.ts";

export type Database = DatabaseSync;

/** What a database file of ours is known by, and how it came to be what it is. */
export interface DatabaseSpec {
  /** SQLite's `application_id`: a file with another one is not ours. */
  readonly applicationId: number;
  /** SQL, append-only: SQLite's `user_version` is how many of them a file has. */
  readonly migrations: readonly string[];
}

/** Why a database cannot be used. */
export type DatabaseFaultKind =
  | "corrupt"
  /** Not made by LogAI, or its first bytes no longer say so. */
  | "foreign"
  | "newer"
  | "read-only"
  | "full"
  /** Held by another process for too long. */
  | "busy"
  | "out-of-reach";

/** The message names the file, and is a sentence without its full stop. */
export class DatabaseFault extends Error {
  override readonly name = "DatabaseFault";
  readonly kind: DatabaseFaultKind;

  constructor(kind: DatabaseFaultKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

export interface OpenOptions {
  /** How long another process may hold the file before a call gives up, ms; it holds up everything here, too. */
  readonly busyMs?: number;
  /** The machine's clock, ms since the epoch, and how long it has been running, s. */
  readonly now?: () => number;
  readonly uptime?: () => number;
  /** The `f_type` of the file system of a folder (statfs(2)). */
  readonly fileSystem?: (folder: string) => number;
}

const BUSY_MS = 2000;
/** The write-ahead log is cut to this after a large write, bytes. */
const LONGEST_LOG = 16 * 1024 * 1024;

/**
 * Opens a database of ours, makes it where there is none, and brings it up to date. `:memory:` is one that nobody else sees.
 * Nothing is written to a file before it is known to be ours. Folder and file are the user's only (0700, 0600).
 * @throws DatabaseFault
 */
export function openDatabase(path: string, spec: DatabaseSpec, options: OpenOptions = {}): Database {
  const { busyMs = BUSY_MS } = options;
  let database: Database | undefined;
  try {
    if (path !== ":memory:") {
      makeFile(path);
      refuseForeign(path, spec);
    }
    const opened = new DatabaseSync(path, { timeout: busyMs, defensive: true });
    database = opened;
    database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
    refuseNewer(database, path, spec);
    retryWhileBusy(() => begin(opened, path, spec, options), busyMs);
    if (path !== ":memory:") check(database, path, options);
    migrate(database, path, spec);
    return database;
  } catch (error) {
    database?.close();
    throw faultOf(error, path) ?? error;
  }
}

/** Runs the work in one transaction that writes: all of it is kept, or nothing. @throws DatabaseFault, and what the work throws */
export function inTransaction<T>(database: Database, work: () => T): T {
  try {
    database.exec("BEGIN IMMEDIATE");
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // After some faults SQLite has rolled back itself.
    if (database.isOpen && database.isTransaction) database.exec("ROLLBACK");
    throw faultOf(error, database.isOpen ? database.location() : null) ?? error;
  }
}

/**
 * Made with its mode, which SQLite gives to `-wal` and `-shm` too. An existing file is never opened here: closing it
 * would drop the locks that SQLite has on it in this process (sqlite.org/howtocorrupt.html, 2.2).
 */
function makeFile(path: string): void {
  makeFolder(dirname(path));
  try {
    closeSync(openSync(path, "wx", 0o600));
    return;
  } catch (error) {
    if (!isExisting(error)) throw error;
  }
  const status = statSync(path);
  if (status.isDirectory()) throw new DatabaseFault("out-of-reach", `${path} is a folder`);
  if (!status.isFile()) throw new DatabaseFault("out-of-reach", `${path} is not a file`);
  accessSync(path, constants.R_OK | constants.W_OK);
  accessSync(dirname(path), constants.W_OK | constants.X_OK);
}

/**
 * Looks at the file alone, as at one that cannot change: it takes no lock, and writes no log. While another process writes,
 * a file of ours may seem cut off: whether it is, shows when it is opened.
 */
function refuseForeign(path: string, spec: DatabaseSpec): void {
  if (statSync(path).size === 0) return;
  const address = pathToFileURL(path);
  address.searchParams.set("immutable", "1");
  const reader = new DatabaseSync(address, { readOnly: true });
  try {
    if (readNumber(reader, "application_id") !== spec.applicationId) throw foreign(path);
  } catch (error) {
    if (codeOf(error) === NOT_A_DATABASE) throw foreign(path, error);
    if (faultOf(error)?.kind !== "corrupt") throw error;
  } finally {
    reader.close();
  }
}

function foreign(path: string, cause?: unknown): DatabaseFault {
  return new DatabaseFault(
    "foreign",
    `${path} is not a database of LogAI, or its beginning is damaged`,
    cause,
  );
}

function refuseNewer(database: Database, path: string, spec: DatabaseSpec): number {
  const version = readNumber(database, "user_version");
  const known = spec.migrations.length;
  if (version <= known) return version;
  throw new DatabaseFault("newer", `${path} is of a newer LogAI (version ${version}, known are ${known})`);
}

/** Names a new file as ours, and sets how it is written. */
function begin(database: Database, path: string, spec: DatabaseSpec, options: OpenOptions): void {
  // In this order, as another process may fill an empty file between the two: it names it first.
  const isNew = isEmpty(database);
  const id = readNumber(database, "application_id");
  if (isNew && id === 0) nameFile(database, spec);
  else if (id !== spec.applicationId) throw foreign(path);
  if (path !== ":memory:") for (const suffix of ["", "-wal", "-shm"]) makePrivate(path + suffix);
  // Without a write-ahead log, NORMAL may leave a damaged file behind when the power fails (sqlite.org/pragma.html).
  const level = chooseJournal(database, path, options) === "wal" ? "NORMAL" : "FULL";
  database.exec(`PRAGMA synchronous = ${level}; PRAGMA journal_size_limit = ${LONGEST_LOG}`);
}

/**
 * Both are written with the first page, as others take a page without a name for foreign, and before there is a write-ahead
 * log, so that the file itself tells whose it is. `BEGIN IMMEDIATE` would have made the page before.
 */
function nameFile(database: Database, { applicationId }: DatabaseSpec): void {
  const names = `PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = ${applicationId}`;
  try {
    database.exec(`BEGIN; ${names}; COMMIT`);
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function isEmpty(database: Database): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
}

function makePrivate(path: string): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode !== undefined && (mode & 0o077) !== 0) chmodSync(path, 0o600);
}

/** `f_type` of file systems that several machines may have mounted: NFS, SMB (two), AFS, Ceph, Lustre, 9P, FUSE. */
const SHARED = [0x6969, 0xff534d42, 0xfe534d42, 0x5346414f, 0x00c36400, 0x0bd00bd0, 0x01021997, 0x65735546];

/**
 * A write-ahead log needs memory that all processes share, which there is on one machine only (sqlite.org/wal.html):
 * elsewhere a rollback journal is kept. SQLite itself answers with another mode where it cannot share memory.
 */
function chooseJournal(database: Database, path: string, options: OpenOptions): unknown {
  const { fileSystem = (folder) => statfsSync(folder).type } = options;
  const set = (mode: string) => readPragma(database, `journal_mode = ${mode}`);
  if (path === ":memory:") return set("MEMORY");
  if (SHARED.includes(fileSystem(dirname(path)))) return set("TRUNCATE");
  try {
    return set("WAL");
  } catch (error) {
    if (faultOf(error, path)?.kind !== "out-of-reach") throw error;
    return set("TRUNCATE");
  }
}

/** SQLite does not wait where two processes change the journal mode of a new file at once. */
function retryWhileBusy<T>(work: () => T, busyMs: number): T {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + busyMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (performance.now() >= end || faultOf(error)?.kind !== "busy") throw error;
      Atomics.wait(cell, 0, 0, 20);
    }
  }
}

/** Each migration is one transaction with its version: what is broken off leaves the version before. */
function migrate(database: Database, path: string, spec: DatabaseSpec): void {
  while (refuseNewer(database, path, spec) < spec.migrations.length) {
    inTransaction(database, () => {
      // Read again: another process may have been faster.
      const version = refuseNewer(database, path, spec);
      const migration = spec.migrations[version];
      if (migration !== undefined) database.exec(`${migration}\n;PRAGMA user_version = ${version + 1}`);
    });
  }
}

/** Files up to this size are checked at each opening, bytes. */
const CHECKED_ALWAYS = 16 * 1024 * 1024;
const WEEK = 7 * 24 * 3_600_000;

/**
 * Looks for damage. `integrity_check` reads every page, and its time goes with the size of the file; `quick_check`, which does
 * not compare indexes with their tables, takes as long where blobs are most of it. Measured with blobs of 100 KB, on two
 * cores and an SSD, with the file in the system's memory, and not: 10 MB 2 and 44 ms, 100 MB 19 and 290 ms, 500 MB 97 and
 * 1,300 ms; the rows that lead to 5,000 blobs, .7 and 20 ms. So
 * - a file up to 16 MB is checked as a whole at each opening;
 * - a larger one when the machine has been started since the last time, or a week has gone by: what a process leaves when it
 *   is killed is whole, only a machine that falls, or a disk, does damage;
 * - else its tables that hold no blobs. Damage to the others shows when they are read: SQLite notices pages that are none,
 *   and blobs must carry a checksum.
 */
function check(database: Database, path: string, options: OpenOptions): void {
  const { now = Date.now, uptime: running = uptime } = options;
  const bytes = readNumber(database, "page_count") * readNumber(database, "page_size");
  const time = now();
  const recent = Math.max(time - running() * 1000, time - WEEK);
  const last = bytes <= CHECKED_ALWAYS ? undefined : lastCheck(database);
  if (last !== undefined && last <= time && last > recent) {
    for (const name of plainTables(database)) checkPages(database, path, `"${name.replaceAll('"', '""')}"`);
    return;
  }
  checkPages(database, path, "1");
  if (bytes > CHECKED_ALWAYS) recordCheck(database, time);
}

/** The tables without a column for blobs. */
function plainTables(database: Database): readonly string[] {
  const query = `SELECT name FROM sqlite_schema AS tables WHERE type = 'table' AND rootpage > 0
    AND NOT EXISTS (SELECT 1 FROM pragma_table_info(tables.name) WHERE upper(type) = 'BLOB')`;
  return database
    .prepare(query)
    .all()
    .map(({ name }) => String(name));
}

function checkPages(database: Database, path: string, what: string): void {
  const found = readPragma(database, `integrity_check(${what})`);
  if (found !== "ok") throw new DatabaseFault("corrupt", `${path} is damaged`, found);
}

function lastCheck(database: Database): number | undefined {
  const exists = database
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'checked'")
    .get();
  const at = exists && database.prepare("SELECT max(at) AS at FROM checked").get()?.at;
  return typeof at === "number" ? at : undefined;
}

function recordCheck(database: Database, at: number): void {
  try {
    inTransaction(database, () => {
      database.exec("CREATE TABLE IF NOT EXISTS checked (at INTEGER NOT NULL) STRICT; DELETE FROM checked");
      database.prepare("INSERT INTO checked (at) VALUES (?)").run(Math.trunc(at));
    });
  } catch (error) {
    // It will be checked again.
    if (faultOf(error) === undefined) throw error;
  }
}

function readPragma(database: Database, pragma: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
}

function readNumber(database: Database, pragma: string): number {
  return Number(readPragma(database, pragma));
}

/** SQLite's codes that say what is wrong with the file, not with the statement (sqlite.org/rescode.html). */
const KINDS: ReadonlyMap<number, readonly [DatabaseFaultKind, string]> = new Map([
  [3, ["out-of-reach", "may not be used: permission denied"]],
  [5, ["busy", "is held by another process"]],
  [6, ["busy", "is held by another part of this process"]],
  [8, ["read-only", "cannot be written"]],
  [10, ["out-of-reach", "cannot be read or written"]],
  [11, ["corrupt", "is damaged"]],
  [13, ["full", "cannot grow: the disk is full"]],
  [14, ["out-of-reach", "cannot be opened"]],
  [15, ["busy", "is held by another process"]],
  [22, ["out-of-reach", "is too large for its file system"]],
  [24, ["corrupt", "is damaged"]],
  [26, ["corrupt", "is damaged: it is no database"]],
]);
const NOT_A_DATABASE = 26;
/** Of errors with a code of 10 (I/O), those that are of another kind: damage that a checksum or the file system shows, no room. */
const IO_KINDS: ReadonlyMap<number, number> = new Map([
  [4874, 13],
  [8202, 11],
  [8458, 11],
]);

const FILE_KINDS: ReadonlyMap<string, readonly [DatabaseFaultKind, string]> = new Map([
  ["EACCES", ["read-only", "cannot be written: permission denied"]],
  ["EPERM", ["read-only", "cannot be written: the operation is not permitted"]],
  ["EROFS", ["read-only", "cannot be written: the file system is read-only"]],
  ["ENOSPC", ["full", "cannot grow: the disk is full"]],
  ["EDQUOT", ["full", "cannot grow: the quota is used up"]],
  ["ENOTDIR", ["out-of-reach", "cannot be made: a part of its path is not a folder"]],
  ["EEXIST", ["out-of-reach", "cannot be made: a part of its path is not a folder"]],
  ["EISDIR", ["out-of-reach", "is a folder"]],
  ["EBUSY", ["busy", "is held by another process"]],
]);

/** What an error of SQLite, or of the file system, says about the database; undefined where it is about something else. */
export function faultOf(error: unknown, path: string | null = null): DatabaseFault | undefined {
  if (error instanceof DatabaseFault) return error;
  if (!(error instanceof Error)) return undefined;
  const subject = path ?? "The database";
  const code = codeOf(error);
  if (code !== undefined) {
    const found = KINDS.get(IO_KINDS.get(code) ?? code & 0xff);
    return found && new DatabaseFault(found[0], `${subject} ${found[1]}`, error);
  }
  if (!("syscall" in error && "code" in error && typeof error.code === "string")) return undefined;
  const [kind, words] = FILE_KINDS.get(error.code) ?? [
    "out-of-reach",
    `is out of reach: ${messageOf(error)}`,
  ];
  return new DatabaseFault(kind, `${subject} ${words}`, error);
}

/** SQLite's extended code. */
function codeOf(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode
    : undefined;
}
