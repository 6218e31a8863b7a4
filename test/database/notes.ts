import type { DatabaseSpec } from "../../src/database.ts";

const MIGRATIONS = [
  "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
  "CREATE TABLE files (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT; CREATE TABLE runs (step INTEGER) STRICT",
  "ALTER TABLE notes ADD COLUMN author TEXT NOT NULL DEFAULT 'nobody'; INSERT INTO runs VALUES (3)",
  "CREATE INDEX notes_by_author ON notes (author, text); INSERT INTO runs VALUES (4) -- a comment at the end",
  "UPDATE notes SET text = upper(text); INSERT INTO runs VALUES (5)",
];

/** A database of notes, as versions of a program before this one made it, up to the newest. */
export function notesSpec(version = MIGRATIONS.length): DatabaseSpec {
  return { applicationId: 0x4e4f5445, migrations: MIGRATIONS.slice(0, version) };
}

/** With one migration more, that never ends. */
export const ENDLESS_SPEC: DatabaseSpec = {
  ...notesSpec(),
  migrations: [
    ...MIGRATIONS,
    `CREATE TABLE half (text TEXT) STRICT;
     WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
     INSERT INTO half SELECT hex(randomblob(1000)) FROM numbers`,
  ],
};
