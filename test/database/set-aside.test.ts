import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fileId, removeFiles, setAside, watchFiles } from "../../src/database/set-aside.ts";
import { openDatabase } from "../../src/database.ts";
import { startChild } from "./children.ts";
import { useFolder } from "./folder.ts";
import { notesSpec } from "./notes.ts";

const inFolder = useFolder();
const AT = Date.UTC(2025, 0, 31, 14, 5, 9);
const NAME = "notes.db.corrupt-20250131-140509";

function make(text: string): string {
  for (const suffix of ["", "-wal", "-shm"]) writeFileSync(inFolder(`notes.db${suffix}`), text + suffix);
  return inFolder("notes.db");
}

describe("a file that is set aside", () => {
  test("has a new name that tells why and when, together with its log", () => {
    const path = make("bad");
    expect(setAside(path, fileId(path), "corrupt", AT)).toBe(inFolder(NAME));
    expect(readdirSync(inFolder())).toEqual([NAME, `${NAME}-shm`, `${NAME}-wal`]);
    expect(readFileSync(inFolder(`${NAME}-wal`), "utf8")).toBe("bad-wal");
  });

  test("takes the place of no other of that second", () => {
    for (const text of ["first", "second"]) {
      const path = make(text);
      setAside(path, fileId(path), "corrupt", AT);
    }
    expect(readFileSync(inFolder(NAME), "utf8")).toBe("first");
    expect(readFileSync(inFolder(`${NAME}-2`), "utf8")).toBe("second");
  });

  test("is one of two that are left, but that none is deleted which was not ours", () => {
    const kinds = ["foreign", "corrupt", "newer", "foreign", "corrupt", "foreign"] as const;
    kinds.forEach((kind, second) => {
      const path = make(String(second));
      setAside(path, fileId(path), kind, AT + second * 1000);
    });
    const left = readdirSync(inFolder()).filter((name) => !/-(?:wal|shm)$/.test(name));
    expect(left.map((name) => readFileSync(inFolder(name), "utf8")).sort()).toEqual([
      "0",
      "2",
      "3",
      "4",
      "5",
    ]);
  });

  test("is still the one that was found", () => {
    const path = make("bad");
    const found = fileId(path);
    renameSync(path, inFolder("elsewhere.db"));
    expect(setAside(path, found, "corrupt", AT)).toBeUndefined();
    writeFileSync(path, "good");
    expect(setAside(path, found, "corrupt", AT)).toBeUndefined();
    expect(readFileSync(path, "utf8")).toBe("good");
    expect(readdirSync(inFolder())).toHaveLength(4);
  });

  test("stays where its folder takes no new name", () => {
    expect(() => setAside("/proc/version", fileId("/proc/version"), "corrupt", AT)).toThrow("/proc/version");
  });

  test("is moved by one of several processes, and all find a good one after it", async () => {
    for (let round = 0; round < 3; round += 1) {
      mkdirSync(inFolder(String(round)));
      const path = inFolder(String(round), "notes.db");
      writeFileSync(path, "bad");
      const children = [1, 2, 3].map(() => startChild("database/notes-child.ts", "set-aside", path));
      await Promise.all(children.map((child) => child.reach(1)));
      for (const child of children) child.process.stdin?.end("go on\n");
      expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, 0]);
      const moved = children
        .flatMap(({ lines }) => lines.slice(1))
        .filter((line) => line !== "moved nothing");
      const asides = readdirSync(inFolder(String(round))).filter((name) => name !== "notes.db");
      expect(moved).toEqual(asides.map((name) => `moved ${inFolder(String(round), name)}`));
      expect(asides).toEqual([expect.stringMatching(/^notes\.db\.corrupt-19700101-000000(-\d)?$/)]);
      expect(readFileSync(inFolder(String(round), asides[0] ?? ""), "utf8")).toBe("bad");
      openDatabase(path, notesSpec()).close();
    }
  });
});

test("of an open database it is known whether its path still leads to it", () => {
  const path = inFolder("notes.db");
  const changes: readonly (() => void)[] = [
    () => renameSync(path, inFolder("elsewhere.db")),
    () => removeFiles(path),
    // As another process does it whose database had this name before.
    () => renameSync(`${path}-wal`, inFolder("elsewhere.db-wal")),
  ];
  for (const change of changes) {
    const database = openDatabase(path, notesSpec());
    const isInPlace = watchFiles(path);
    database.exec("INSERT INTO notes (text) VALUES ('x'); PRAGMA wal_checkpoint(TRUNCATE)");
    openDatabase(path, notesSpec()).close();
    expect(isInPlace()).toBe(true);
    change();
    expect(isInPlace()).toBe(false);
    database.close();
  }
});

test("a database is removed with its log, and one that is not there is no fault", () => {
  const path = make("x");
  removeFiles(path);
  removeFiles(path);
  expect(readdirSync(inFolder())).toEqual([]);
  expect(existsSync(path)).toBe(false);
});
