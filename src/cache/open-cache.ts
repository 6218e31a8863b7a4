import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { fileId, removeFiles, setAside, watchFiles } from "../database/set-aside.ts";
import {
  type Database,
  DatabaseFault,
  type DatabaseFaultKind,
  faultOf,
  type OpenOptions,
  openDatabase,
} from "../database.ts";
import { messageOf } from "../failure.ts";
import type { Cache, CacheSettings, CacheStatus } from "./cache.ts";
import { CACHE_SPEC } from "./schema.ts";
import { createStore } from "./store.ts";

export interface CacheOpenOptions extends OpenOptions {
  readonly open?: typeof openDatabase;
  /** Bytes that the user may still write to the file system of a folder. */
  readonly freeBytes?: (folder: string) => number;
}

/** One database that is in use. */
interface Opened {
  readonly cache: Cache;
  readonly database: Database;
  readonly isMemory: boolean;
  readonly isInPlace: () => boolean;
}

/** Of a cache that is off: what one run of the program may know again. */
const MEMORY_BYTES = 16 * 1024 * 1024;
/** With less left on the disk nothing is written: others need it more. */
const LEAST_FREE = 64 * 1024 * 1024;
const FREE_FOR_MS = 5000;
/** A database that was held for too long is not written to for so long: each try would hold up everything. */
const PAUSE_MS = 60_000;
/** So often a database is begun anew, or opened again; what goes wrong more often is not worth it. */
const MOST_RENEWALS = 2;

const HINT = "Set LOGAI_CACHE_DIR to another folder, or use --no-cache.";

/**
 * The cache in this file, which is made where there is none. Never throws, and neither does what it returns: a file that is
 * damaged, of a newer version or not ours is set aside and begun anew; where a file cannot be used there is a small cache in
 * memory; on a full disk what is known is read, and nothing more is kept. The owner is warned once.
 */
export function openCache(path: string, settings: CacheSettings, options: CacheOpenOptions = {}): Cache {
  return guard(createHolder(path, settings, options), settings);
}

/** Has a database in use, and knows what to do when it fails. */
interface Holder {
  /** The database for the next call; another one where the last was moved away. */
  current(): Opened;
  mayWrite(): boolean;
  /** Takes note of what a call to it threw. */
  recover(opened: Opened, error: unknown): void;
  /** Where not even a deletion finds room: deletes the file and begins anew. @returns whether it did */
  makeRoom(): boolean;
  close(): void;
}

function createHolder(path: string, settings: CacheSettings, options: CacheOpenOptions): Holder {
  const { now } = settings;
  const warn = onceOnly(settings.onWarning);
  const hasRoom = watchRoom(path, settings, options, warn);
  let renewals = 0;
  let stoppedBy: DatabaseFaultKind | undefined;
  let pausedUntil = -Infinity;
  let opened = open();

  function open(): Opened {
    for (let isNew = false; ; ) {
      const id = fileId(path);
      try {
        return openFile(path, settings, options);
      } catch (error) {
        const fault = faultOf(error, path) ?? brokenSchema(path, error);
        // What was made a moment ago and cannot be read would not be better the next time.
        if (isNew || !isSpoilt(fault) || !moveAway(fault, id)) return openMemory(fault);
        isNew = fileId(path) === undefined;
      }
    }
  }
  function openMemory(fault: DatabaseFault): Opened {
    stoppedBy = fault.kind;
    warn(`The cache is off: ${tell(fault, path)}. ${HINT}`);
    return openInMemory(settings);
  }
  /** @returns whether it is worth to open again */
  function moveAway(fault: DatabaseFault, id: string | undefined): boolean {
    renewals += 1;
    if (renewals > MOST_RENEWALS) return false;
    try {
      const target = setAside(path, id, fault.kind, now());
      if (target) warn(`The cache is begun anew: ${tell(fault, path)}. What there was is now ${target}.`);
      return target !== undefined || fileId(path) !== id;
    } catch {
      return false;
    }
  }
  /** Somebody moved or deleted the file: a new one is no less good. */
  function follow(): void {
    renewals += 1;
    closeQuietly(opened);
    const gone = new DatabaseFault("out-of-reach", `${path} was moved or deleted again and again`);
    opened = renewals > MOST_RENEWALS ? openMemory(gone) : open();
  }
  function recover(failed: Opened, error: unknown): void {
    // What a database that is no longer in use says is of no interest; and one in memory has no faults to mend.
    if (failed !== opened || failed.isMemory) return;
    const fault = faultOf(error, path);
    if (fault && isSpoilt(fault)) {
      const id = fileId(path);
      closeQuietly(failed);
      opened = moveAway(fault, id) ? open() : openMemory(fault);
    } else if (fault?.kind === "out-of-reach") {
      closeQuietly(failed);
      opened = openMemory(fault);
    } else if (fault?.kind === "busy") {
      pausedUntil = now() + PAUSE_MS;
      warn(`Nothing is cached for a minute: ${tell(fault, path)}.`);
    } else if (fault) {
      stoppedBy = fault.kind;
      warn(`Nothing more is cached: ${tell(fault, path)}. ${HINT}`);
    } else warn(`The cache ${path} may know less than it should: ${messageOf(error)}`);
  }

  return {
    current() {
      if (!opened.isInPlace()) follow();
      return opened;
    },
    mayWrite: () => opened.isMemory || (stoppedBy === undefined && now() >= pausedUntil && hasRoom()),
    recover,
    makeRoom() {
      if (stoppedBy !== "full") return false;
      closeQuietly(opened);
      try {
        removeFiles(path);
        stoppedBy = undefined;
        return true;
      } catch {
        return false;
      } finally {
        opened = open();
      }
    },
    close: () => closeQuietly(opened),
  };
}

/** What cannot be read as it is, and can be made again. */
function isSpoilt({ kind }: DatabaseFault): boolean {
  return kind === "corrupt" || kind === "foreign" || kind === "newer";
}

/** Without a full stop, and with the file. */
function tell({ message }: DatabaseFault, path: string): string {
  return message.includes(path) ? message : `${path}: ${message.replace(/\.$/, "")}`;
}

function brokenSchema(path: string, cause: unknown): DatabaseFault {
  return new DatabaseFault("corrupt", `${path} is damaged: ${messageOf(cause)}`, cause);
}

function openFile(path: string, settings: CacheSettings, options: CacheOpenOptions): Opened {
  const { open = openDatabase } = options;
  const database = open(path, CACHE_SPEC, { now: settings.now, ...options });
  try {
    const cache = createStore(database, settings);
    return { cache, database, isMemory: false, isInPlace: watchFiles(path) };
  } catch (error) {
    database.close();
    throw error;
  }
}

function openInMemory(settings: CacheSettings): Opened {
  const database = openDatabase(":memory:", CACHE_SPEC);
  const maxBytes = Math.min(settings.maxBytes, MEMORY_BYTES);
  const cache = createStore(database, { ...settings, maxBytes });
  return { cache, database, isMemory: true, isInPlace: () => true };
}

function closeQuietly({ cache, database }: Opened): void {
  try {
    cache.close();
    if (database.isOpen) database.close();
  } catch {
    // What it holds is as safe as it can be.
  }
}

function onceOnly(warn: (text: string) => void): (text: string) => void {
  let isTold = false;
  return (text) => {
    if (isTold) return;
    isTold = true;
    warn(text);
  };
}

/** Whether the disk has room enough, looked up every few seconds. */
function watchRoom(
  path: string,
  { now }: CacheSettings,
  { freeBytes = readFreeBytes }: CacheOpenOptions,
  warn: (text: string) => void,
): () => boolean {
  const folder = dirname(path);
  let lookedAt = -Infinity;
  let hasRoom = true;
  return () => {
    if (Math.abs(now() - lookedAt) < FREE_FOR_MS) return hasRoom;
    lookedAt = now();
    hasRoom = freeBytes(folder) >= LEAST_FREE;
    if (!hasRoom) warn(`Nothing more is cached: less than 64 MB are free on the disk of ${path}. ${HINT}`);
    return hasRoom;
  };
}

function readFreeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    // Whether it can be written shows when it is.
    return Infinity;
  }
}

/** A cache none of whose calls throws: what cannot be known is unknown. */
function guard(holder: Holder, settings: CacheSettings): Cache {
  let isClosed = false;

  function attempt<T>(work: (cache: Cache) => T, otherwise: T): T {
    if (isClosed) return otherwise;
    const opened = holder.current();
    try {
      return work(opened.cache);
    } catch (error) {
      holder.recover(opened, error);
      return otherwise;
    }
  }
  async function attemptLater<T>(work: (cache: Cache) => Promise<T>, otherwise: T): Promise<T> {
    if (isClosed) return otherwise;
    const opened = holder.current();
    try {
      return await work(opened.cache);
    } catch (error) {
      if (!isClosed) holder.recover(opened, error);
      return otherwise;
    }
  }
  function write(work: (cache: Cache) => void): void {
    if (!isClosed && holder.mayWrite()) attempt(work, undefined);
  }
  function status(): CacheStatus {
    return attempt((cache) => cache.status(), nothingKept(settings));
  }
  function clearAll(): number {
    const { entries } = status();
    const gone = attempt((cache) => cache.clear(), 0);
    return !isClosed && holder.makeRoom() ? Math.max(gone, entries) : gone;
  }

  return {
    plan: (key, window) => attempt((cache) => cache.plan(key, window), [{ window, chunk: undefined }]),
    read: (chunk) => attemptLater((cache) => cache.read(chunk), undefined),
    async keep(key, chunk) {
      if (!isClosed && holder.mayWrite()) await attemptLater((cache) => cache.keep(key, chunk), undefined);
    },
    recordUse: (...use) => write((cache) => cache.recordUse(...use)),
    findResult: (...result) => attempt((cache) => cache.findResult(...result), undefined),
    keepResult: (...result) => write((cache) => cache.keepResult(...result)),
    status,
    clear: (group) => (group === undefined ? clearAll() : attempt((cache) => cache.clear(group), 0)),
    close() {
      if (!isClosed) holder.close();
      isClosed = true;
    },
  };
}

function nothingKept({ maxBytes, maxEntries }: CacheSettings): CacheStatus {
  const usage = { cachedEvents: 0, fetchedEvents: 0, sparedCalls: 0, madeCalls: 0 };
  return { entries: 0, bytes: 0, maxEntries, maxBytes, oldestRead: undefined, usage, shares: [] };
}
