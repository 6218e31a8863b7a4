import { closeSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DatabaseFaultKind } from "../database.ts";

/** What SQLite keeps next to a database file. */
const PARTS = ["-wal", "-shm"];
/** So many files that were set aside are left; foreign ones all are, as they are not ours to delete. */
const MOST_KEPT = 2;

/** Which file it is that has this name; undefined where there is none. */
export function fileId(path: string): string | undefined {
  try {
    const status = statSync(path, { bigint: true, throwIfNoEntry: false });
    return status && `${status.dev}:${status.ino}`;
  } catch {
    return undefined;
  }
}

/**
 * Whether an open database still is what its path leads to. Somebody may have set it aside, or deleted it; and SQLite, when
 * it closes a database that was moved, deletes a log by its name, which by then may be another's.
 */
export function watchFiles(path: string): () => boolean {
  const file = fileId(path);
  const log = fileId(`${path}-wal`);
  return () => fileId(path) === file && (log === undefined || fileId(`${path}-wal`) === log);
}

/**
 * Renames a database that cannot be used, and its log with it, to `NAME.KIND-YYYYMMDD-HHMMSS` (UTC), so that a new one can be
 * made. Nothing is overwritten. Of two processes that do it at once, one finds that it is done. The database must be closed.
 * @param id what `fileId` told when the fault was found
 * @param now ms since the epoch
 * @returns the new path; undefined where the file is another one by now
 * @throws the error of the file system
 */
export function setAside(
  path: string,
  id: string | undefined,
  kind: DatabaseFaultKind,
  now: number,
): string | undefined {
  if (id === undefined || fileId(path) !== id) return undefined;
  const parts = PARTS.map((suffix) => ({ suffix, id: fileId(path + suffix) }));
  const target = reserve(`${path}.${kind}-${stamp(now)}`);
  if (!moveIf(path, id, target)) return undefined;
  for (const { suffix, id: part } of parts) {
    if (part !== undefined && fileId(path + suffix) === part) moveQuietly(path + suffix, target + suffix);
  }
  dropOldest(path);
  return target;
}

/** @returns false where another process was faster */
function moveIf(path: string, id: string, target: string): boolean {
  try {
    if (fileId(path) === id) {
      renameSync(path, target);
      return true;
    }
  } catch (error) {
    if (fileId(path) === id) {
      rmSync(target, { force: true });
      throw error;
    }
  }
  rmSync(target, { force: true });
  return false;
}

/** Deletes a database, for whoever wants none of it back. @throws the error of the file system */
export function removeFiles(path: string): void {
  for (const suffix of ["", ...PARTS]) rmSync(path + suffix, { force: true });
}

/** 20250131-140509 */
function stamp(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}

/** Makes an empty file of a name that nothing had. */
function reserve(wanted: string): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    try {
      closeSync(openSync(name, "wx", 0o600));
      return name;
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EEXIST";
      if (!isTaken || count === 100) throw error;
    }
  }
}

function moveQuietly(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // Gone with a process that closed it; SQLite does not take the log of another database for its own.
  }
}

function dropOldest(path: string): void {
  try {
    const start = `${basename(path)}.`;
    const ours = readdirSync(dirname(path)).filter(
      (name) =>
        name.startsWith(start) && /^(corrupt|newer)-\d{8}-\d{6}(-\d+)?$/.test(name.slice(start.length)),
    );
    const age = (name: string) => name.slice(start.length).replace(/^[a-z]+-/, "");
    const oldest = ours
      .sort((a, b) => age(b).localeCompare(age(a), "en", { numeric: true }))
      .slice(MOST_KEPT);
    for (const name of oldest) removeFiles(join(dirname(path), name));
  } catch {
    // They take room, and no more.
  }
}
