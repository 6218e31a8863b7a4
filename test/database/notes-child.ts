import { writeSync } from "node:fs";
import { fileId, setAside } from "../../src/database/set-aside.ts";
import { DatabaseFault, inTransaction, openDatabase } from "../../src/database.ts";
import { ENDLESS_SPEC, notesSpec } from "./notes.ts";

/** What the tests have other processes do to a database of notes; each prints a line when something is done. */
const [task, path = "", name = "", count = "0"] = process.argv.slice(2);
const say = (text: string) => writeSync(1, `${text}\n`);

function write(): void {
  const database = openDatabase(path, notesSpec(), { busyMs: 20_000 });
  const insert = database.prepare("INSERT INTO notes (text, author) VALUES (?, ?)");
  for (let batch = 0; batch < Number(count); batch += 1) {
    inTransaction(database, () => {
      for (let n = 0; n < 10; n += 1) insert.run(`${batch}.${n}`, name);
    });
    say(`kept ${batch}`);
  }
  database.close();
}

function moveAway(): void {
  const id = fileId(path);
  say("found");
  // What comes in is the word to go on.
  process.stdin.once("data", () => {
    const target = setAside(path, id, "corrupt", 0);
    openDatabase(path, notesSpec()).close();
    say(`moved ${target ?? "nothing"}`);
    process.stdin.destroy();
  });
}

try {
  if (task === "open") openDatabase(path, notesSpec(), { busyMs: 20_000 }).close();
  if (task === "migrate-for-ever") openDatabase(path, ENDLESS_SPEC);
  if (task === "write") write();
  if (task === "set-aside") moveAway();
} catch (error) {
  say(error instanceof DatabaseFault ? `fault ${error.kind}: ${error.message}` : String(error));
  process.exitCode = 1;
}
