import { readdirSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Database, inTransaction, openDatabase } from "../../src/database.ts";
import { startChild } from "./children.ts";
import { useFolder } from "./folder.ts";
import { notesSpec } from "./notes.ts";

const inFolder = useFolder();
const SCRIPT = "database/notes-child.ts";

const schemaOf = (database: Database) =>
  database.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").all();
const versionOf = (database: Database) => database.prepare("PRAGMA user_version").get()?.user_version;
const runsOf = (database: Database) =>
  database
    .prepare("SELECT step FROM runs")
    .all()
    .map(({ step }) => step);

test.each([0, 1, 2, 3, 4, 5])(
  "a file of version %i becomes one of the newest, with what it holds",
  (version) => {
    const path = inFolder("notes.db");
    using old = openDatabase(path, notesSpec(version));
    if (version > 0) old.exec("INSERT INTO notes (text) VALUES ('kept')");
    old.close();
    using database = openDatabase(path, notesSpec());
    using fresh = openDatabase(":memory:", notesSpec());
    expect(versionOf(database)).toBe(5);
    expect(schemaOf(database)).toEqual(schemaOf(fresh));
    expect(runsOf(database)).toEqual([3, 4, 5]);
    const texts = version === 0 ? [] : [{ text: version === 5 ? "kept" : "KEPT", author: "nobody" }];
    expect(database.prepare("SELECT text, author FROM notes").all()).toEqual(texts);
  },
);

test("a migration that fails leaves the version before it, and nothing of its own", () => {
  const path = inFolder("notes.db");
  const { applicationId, migrations } = notesSpec(4);
  const broken =
    "DROP INDEX notes_by_author; CREATE TABLE half (n INTEGER) STRICT; INSERT INTO nowhere VALUES (1)";
  const open = () => openDatabase(path, { applicationId, migrations: [...migrations, broken] });
  expect(open).toThrow("no such table: nowhere");
  using database = openDatabase(path, notesSpec(4));
  using fresh = openDatabase(":memory:", notesSpec(4));
  expect(versionOf(database)).toBe(4);
  expect(schemaOf(database)).toEqual(schemaOf(fresh));
});

test("a migration in the middle of which the process is killed leaves the version before it", async () => {
  const path = inFolder("notes.db");
  const child = startChild(SCRIPT, "migrate-for-ever", path);
  // It is in the middle when it has written more to the log than fits in SQLite's memory.
  while (sizeOf(`${path}-wal`) < 8_000_000 && child.process.exitCode === null) await sleep(5);
  child.process.kill("SIGKILL");
  expect(await child.ended).toBeNull();
  using database = openDatabase(path, notesSpec());
  using fresh = openDatabase(":memory:", notesSpec());
  expect(versionOf(database)).toBe(5);
  expect(schemaOf(database)).toEqual(schemaOf(fresh));
  expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
});

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

describe("several processes at once", () => {
  test("make a new file together: each migration is run once", async () => {
    for (let round = 0; round < 5; round += 1) {
      const path = inFolder(String(round), "notes.db");
      const children = Array.from({ length: 4 }, () => startChild(SCRIPT, "open", path));
      await Promise.all(children.map(({ ended }) => ended));
      expect(children.flatMap(({ lines }) => lines)).toEqual([]);
      using database = openDatabase(path, notesSpec());
      expect(runsOf(database)).toEqual([3, 4, 5]);
      database.close();
      expect(readdirSync(inFolder(String(round)))).toEqual(["notes.db"]);
    }
  });

  test("write many batches, all of which are kept", async () => {
    const path = inFolder("notes.db");
    const names = ["ann", "bob", "cid"];
    const batches = 300;
    const children = names.map((name) => startChild(SCRIPT, "write", path, name, String(batches)));
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    for (const { lines } of children) {
      expect(lines).toEqual(Array.from({ length: batches }, (_, batch) => `kept ${batch}`));
    }
    using database = openDatabase(path, notesSpec());
    const counts = database.prepare("SELECT author, count(*) AS notes FROM notes GROUP BY author").all();
    expect(counts).toEqual(names.map((author) => ({ author, notes: batches * 10 })));
  });

  test("one of which is killed: what it has told is kept, and no half batch", async () => {
    const path = inFolder("notes.db");
    const child = startChild(SCRIPT, "write", path, "ann", "1000000");
    await child.reach(20);
    child.process.kill("SIGKILL");
    await child.ended;
    using database = openDatabase(path, notesSpec());
    const notes = database.prepare("SELECT text FROM notes ORDER BY id").all().length;
    expect(notes).toBeGreaterThanOrEqual(child.lines.length * 10);
    expect(notes % 10).toBe(0);
    expect(inTransaction(database, () => "goes on")).toBe("goes on");
  });
});
