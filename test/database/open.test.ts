import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Database,
  DatabaseFault,
  type DatabaseFaultKind,
  type DatabaseSpec,
  faultOf,
  inTransaction,
  type OpenOptions,
  openDatabase,
} from "../../src/database.ts";
import { useFolder } from "./folder.ts";
import { notesSpec } from "./notes.ts";

const inFolder = useFolder();
const opened: Database[] = [];
let path: string;

beforeEach(() => {
  path = inFolder("state", "notes.db");
});
afterEach(closeAll);

function closeAll(): void {
  for (const database of opened.splice(0)) if (database.isOpen) database.close();
}

function open(spec: DatabaseSpec = notesSpec(), options: OpenOptions = {}): Database {
  const database = openDatabase(path, spec, options);
  opened.push(database);
  return database;
}

function faultIn(work: () => unknown): DatabaseFault {
  try {
    work();
  } catch (error) {
    if (error instanceof DatabaseFault) return error;
    throw error;
  }
  throw new Error("There was no fault.");
}

const pragma = (database: Database, name: string) =>
  Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
const modeOf = (file: string) => statSync(file).mode & 0o777;
const notes = (database: Database) => database.prepare("SELECT text FROM notes").all().length;

/** A file with as many notes of 1 kB and files of 100 kB, closed. */
function fill({ texts = 0, files = 0 }): void {
  const database = open();
  inTransaction(database, () => {
    const note = database.prepare("INSERT INTO notes (text) VALUES (?)");
    const file = database.prepare("INSERT INTO files (bytes) VALUES (?)");
    for (let n = 0; n < texts; n += 1) note.run(String(n).padEnd(1000));
    for (let n = 0; n < files; n += 1) file.run(new Uint8Array(100_000).fill(n));
  });
  database.close();
}

/** Pages of 4 KiB are written over, from one to before another. */
function spoil(from: number, to: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc((to - from) * 4096, 0xa5), 0, undefined, from * 4096);
  closeSync(file);
}

describe("a new file", () => {
  test("is the user's only, and so are its folder and what SQLite keeps next to it", () => {
    open().exec("INSERT INTO notes (text) VALUES ('x')");
    expect(modeOf(inFolder("state"))).toBe(0o700);
    for (const suffix of ["", "-wal", "-shm"]) expect(modeOf(path + suffix)).toBe(0o600);
  });

  test("has a write-ahead log, gives pages back, and tells whose and of which version it is", () => {
    const database = open();
    expect(pragma(database, "journal_mode")).toBe("wal");
    expect(pragma(database, "synchronous")).toBe(1);
    expect(pragma(database, "auto_vacuum")).toBe(2);
    expect(pragma(database, "application_id")).toBe(0x4e4f5445);
    expect(pragma(database, "user_version")).toBe(5);
  });

  test("is made of one without a byte, with any name, and beside a log that was left", () => {
    path = inFolder("a folder", "50% of #1?.db");
    mkdirSync(inFolder("a folder"), { mode: 0o755 });
    writeFileSync(path, "");
    writeFileSync(`${path}-wal`, Buffer.alloc(10_000, 7));
    expect(notes(open())).toBe(0);
    expect(pragma(open(), "application_id")).toBe(0x4e4f5445);
    expect(modeOf(inFolder("a folder"))).toBe(0o755);
  });

  test("may be in memory", () => {
    path = ":memory:";
    expect(notes(open())).toBe(0);
    expect(pragma(open(), "user_version")).toBe(5);
  });
});

test("on a file system that several machines share there is no write-ahead log", () => {
  const NFS = { fileSystem: () => 0x6969 };
  for (const before of [() => undefined, () => fill({ texts: 1 })]) {
    before();
    const database = open(notesSpec(), NFS);
    expect(pragma(database, "journal_mode")).toBe("truncate");
    expect(pragma(database, "synchronous")).toBe(2);
    inTransaction(database, () => database.exec("INSERT INTO notes (text) VALUES ('x')"));
    expect(notes(open(notesSpec(), NFS))).toBe(notes(database));
    closeAll();
  }
  expect(notes(open())).toBe(3);
});

test("a file of ours that others may read is closed to them", () => {
  open().close();
  chmodSync(path, 0o644);
  open();
  for (const suffix of ["", "-wal", "-shm"]) expect(modeOf(path + suffix)).toBe(0o600);
});

test("what was written is there at the next opening, also behind a link", () => {
  fill({ texts: 3 });
  expect(notes(open())).toBe(3);
  symlinkSync(path, inFolder("link.db"));
  path = inFolder("link.db");
  expect(notes(open())).toBe(3);
});

describe("a file that is not ours", () => {
  const foreign: Record<string, (file: string) => void> = {
    "a text": (file) => writeFileSync(file, "Dear diary,\n".repeat(1000)),
    "a short text": (file) => writeFileSync(file, "x"),
    "a database without an application": (file) =>
      new DatabaseSync(file).exec("CREATE TABLE diary (day TEXT); INSERT INTO diary VALUES ('Monday')"),
    "a database without a table": (file) => new DatabaseSync(file).exec("PRAGMA user_version = 1"),
    "a database of another application": (file) =>
      new DatabaseSync(file).exec("PRAGMA application_id = 77; CREATE TABLE diary (day TEXT)"),
    zeros: (file) => writeFileSync(file, Buffer.alloc(20_000)),
  };

  test.each(Object.entries(foreign))("%s: nothing is written to it, or beside it", (_, make) => {
    mkdirSync(inFolder("state"));
    make(path);
    chmodSync(path, 0o644);
    const before = readFileSync(path);
    const fault = faultIn(open);
    expect(fault.kind).toBe("foreign");
    expect(fault.message).toContain(path);
    expect(readFileSync(path)).toEqual(before);
    expect(modeOf(path)).toBe(0o644);
    expect(readdirSync(inFolder("state"))).toEqual(["notes.db"]);
  });

  test("with a log of what was written last: the log stays as it is", () => {
    mkdirSync(inFolder("state"));
    const database = new DatabaseSync(inFolder("diary.db"));
    opened.push(database);
    database.exec("PRAGMA journal_mode = WAL; CREATE TABLE diary (day TEXT)");
    for (const suffix of ["", "-wal"]) copyFileSync(inFolder(`diary.db${suffix}`), path + suffix);
    const log = readFileSync(`${path}-wal`);
    expect(faultIn(open).kind).toBe("foreign");
    expect(readFileSync(`${path}-wal`)).toEqual(log);
  });
});

test("a file of a newer version is left as it is", () => {
  open().close();
  const before = readFileSync(path);
  const fault = faultIn(() => open(notesSpec(4)));
  expect(fault.kind).toBe("newer");
  expect(fault.message).toContain("version 5, known are 4");
  expect(readFileSync(path)).toEqual(before);
});

describe("damage", () => {
  test("in the middle of a file is found when it is opened", () => {
    fill({ texts: 1000 });
    spoil(50, 60);
    expect(faultIn(open).kind).toBe("corrupt");
  });

  test("is a file that was cut off", () => {
    fill({ texts: 1000 });
    truncateSync(path, 100_000);
    expect(faultIn(open).kind).toBe("corrupt");
  });

  test("at the beginning leaves a file that may be anybody's", () => {
    fill({ texts: 10 });
    spoil(0, 1);
    expect(faultIn(open).kind).toBe("foreign");
  });

  test("behind the first bytes is damage", () => {
    fill({ texts: 10 });
    const file = openSync(path, "r+");
    writeSync(file, Buffer.alloc(3000, 0xa5), 0, undefined, 100);
    closeSync(file);
    expect(faultIn(open).kind).toBe("corrupt");
  });

  test("of the log costs what was written last, and no more", () => {
    const database = open();
    database.exec("INSERT INTO notes (text) VALUES ('first'); PRAGMA wal_checkpoint(TRUNCATE)");
    for (let n = 0; n < 20; n += 1) database.exec(`INSERT INTO notes (text) VALUES ('${"x".repeat(2000)}')`);
    const original = path;
    path = inFolder("copy.db");
    for (const suffix of ["", "-wal"]) copyFileSync(original + suffix, path + suffix);
    truncateSync(`${path}-wal`, 30_001);
    const torn = notes(open());
    expect(torn).toBeGreaterThan(0);
    expect(torn).toBeLessThan(21);
  });

  describe("of a large file", () => {
    const DAY = 24 * 3_600_000;
    const at = (days: number, uptimeDays = 100): OpenOptions => ({
      now: () => days * DAY,
      uptime: () => (uptimeDays * DAY) / 1000,
    });
    /** 20 MB of blobs behind 1 MB of notes, looked through on day 100; then a page in the middle of the blobs is spoilt. */
    function fillLarge(): void {
      fill({ texts: 1000, files: 200 });
      open(notesSpec(), at(100)).close();
    }

    test("is looked for in its small tables each time", () => {
      fillLarge();
      spoil(50, 60);
      expect(faultIn(() => open(notesSpec(), at(101))).kind).toBe("corrupt");
    });

    test("is looked for everywhere once a week", () => {
      fillLarge();
      spoilChain();
      expect(notes(open(notesSpec(), at(106)))).toBe(1000);
      expect(faultIn(() => open(notesSpec(), at(108))).kind).toBe("corrupt");
    });

    test("is looked for everywhere when the machine was started again, or its clock was set back", () => {
      fillLarge();
      spoilChain();
      expect(notes(open(notesSpec(), at(101, 2)))).toBe(1000);
      expect(faultIn(() => open(notesSpec(), at(101, 0.5))).kind).toBe("corrupt");
      expect(faultIn(() => open(notesSpec(), at(99))).kind).toBe("corrupt");
    });

    test("is told when it is read", () => {
      fillLarge();
      spoilChain();
      const database = open(notesSpec(), at(101));
      const read = () => inTransaction(database, () => database.prepare("SELECT bytes FROM files").all());
      expect(faultIn(read).kind).toBe("corrupt");
    });

    /** Of pages that hold blobs, the first bytes lead to the next. */
    function spoilChain(): void {
      spoil(2000, 2100);
    }
  });
});

describe("a path that cannot be used", () => {
  const FAULTS: readonly (readonly [string, () => string, DatabaseFaultKind, RegExp])[] = [
    ["is a folder", () => inFolder(), "out-of-reach", /is a folder$/],
    ["is a device", () => "/dev/full", "out-of-reach", /is not a file$/],
    ["leads through a file", () => join("a-file", "notes.db"), "out-of-reach", /not a folder$/],
    ["is in a folder that nobody can write to", () => "/proc/logai/notes.db", "out-of-reach", /./],
    ["is in a folder of the system", () => "/proc/notes.db", "out-of-reach", /./],
    ["is a link to nowhere", () => link("nowhere"), "out-of-reach", /./],
    ["is behind a link to nowhere", () => `${link("nowhere")}/a/notes.db`, "out-of-reach", /./],
    ["is a link to itself", () => link("link.db"), "out-of-reach", /./],
    ["is too long", () => inFolder("x".repeat(300)), "out-of-reach", /./],
  ];
  const join = (file: string, name: string) => {
    writeFileSync(inFolder(file), "");
    return inFolder(file, name);
  };
  const link = (target: string) => {
    symlinkSync(inFolder(target), inFolder("link.db"));
    return inFolder("link.db");
  };

  test.each(FAULTS)("as it %s", (_, make, kind, words) => {
    path = make();
    const fault = faultIn(open);
    expect(fault.kind).toBe(kind);
    expect(fault.message).toContain(path);
    expect(fault.message).toMatch(words);
  });

  test.runIf(hasImmutableFiles())("as the file, or its folder, must not be changed", () => {
    open().close();
    for (const fixed of [path, inFolder("state")]) {
      execFileSync("chattr", ["+i", fixed]);
      try {
        expect(faultIn(open).kind).toBe("read-only");
      } finally {
        execFileSync("chattr", ["-i", fixed]);
      }
    }
  });

  test.skipIf(process.getuid?.() === 0)("as the user may only read it (root may write all the same)", () => {
    open().close();
    for (const fixed of [path, inFolder("state")]) {
      chmodSync(fixed, 0o500);
      expect(faultIn(open).kind).toBe("read-only");
      chmodSync(fixed, 0o700);
    }
  });

  test("as another process holds it", () => {
    open().exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    expect(faultIn(() => open(notesSpec(), { busyMs: 30 })).kind).toBe("busy");
  });
});

/** chattr needs root, and a file system that knows it. */
function hasImmutableFiles(): boolean {
  if (process.getuid?.() !== 0 || process.platform !== "linux") return false;
  try {
    const probe = execFileSync("mktemp", { encoding: "utf8" }).trim();
    execFileSync("chattr", ["+i", probe], { stdio: "ignore" });
    execFileSync("chattr", ["-i", probe], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("a transaction", () => {
  test("keeps all of its work, or nothing", () => {
    const database = open();
    const insert = () => database.exec("INSERT INTO notes (text) VALUES ('x')");
    inTransaction(database, insert);
    const failing = () => {
      insert();
      throw new Error("no more");
    };
    expect(() => inTransaction(database, failing)).toThrow("no more");
    expect(notes(database)).toBe(1);
    expect(inTransaction(database, () => 7)).toBe(7);
  });

  test("that finds no room is a fault, and leaves what there was", () => {
    const database = open();
    database.exec(`PRAGMA max_page_count = ${Number(pragma(database, "page_count")) + 10}`);
    const insert = database.prepare("INSERT INTO files (bytes) VALUES (?)");
    inTransaction(database, () => insert.run(new Uint8Array(10_000)));
    const fault = faultIn(() => inTransaction(database, () => insert.run(new Uint8Array(100_000))));
    expect(fault).toMatchObject({ kind: "full", message: `${path} cannot grow: the disk is full` });
    expect(database.prepare("SELECT count(*) AS files FROM files").get()).toEqual({ files: 1 });
    expect(pragma(database, "quick_check")).toBe("ok");
  });

  test("that another holds up for too long is a fault", () => {
    open().exec("BEGIN IMMEDIATE");
    const other = open(notesSpec(), { busyMs: 10 });
    expect(faultIn(() => inTransaction(other, () => 0)).kind).toBe("busy");
  });
});

test("only errors of the database, and of the file system, are faults", () => {
  const fault = new DatabaseFault("full", "no room");
  expect(faultOf(fault)).toBe(fault);
  for (const error of [new TypeError("x"), "x", undefined, Object.assign(new Error("x"), { errcode: 1 })]) {
    expect(faultOf(error)).toBeUndefined();
  }
  const sqlite = (errcode: number) => faultOf(Object.assign(new Error("x"), { errcode }))?.kind;
  expect([5, 261, 6, 15].map(sqlite)).toEqual(["busy", "busy", "busy", "busy"]);
  expect([8, 1032, 11, 267, 26, 13].map(sqlite)).toEqual([
    ...["read-only", "read-only", "corrupt", "corrupt", "corrupt", "full"],
  ]);
  // SQLITE_IOERR, _SHMSIZE (the shared memory finds no room), _DATA (a checksum).
  expect([10, 4874, 8202, 14].map(sqlite)).toEqual(["out-of-reach", "full", "corrupt", "out-of-reach"]);
  const system = (code: string) => faultOf(Object.assign(new Error("x"), { code, syscall: "open" }))?.kind;
  expect(["EACCES", "EROFS", "ENOSPC", "EIO", "EISDIR"].map(system)).toEqual([
    ...["read-only", "read-only", "full", "out-of-reach", "out-of-reach"],
  ]);
});
