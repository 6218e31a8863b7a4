import { randomInt } from "node:crypto";
import { type Database, faultOf, inTransaction } from "../database.ts";
import type { LogEvent } from "../log/event.ts";
import { pack } from "./payload.ts";
import { listRows, readSession, type SessionSummary } from "./read-session.ts";
import type { KeptCall, KeptQuestion } from "./schemas.ts";
import type { Session, SessionPlace, SessionReading } from "./session.ts";
import { makeSessionId } from "./session-id.ts";

export interface StoreOptions {
  /** Of the machine, ms since the epoch. */
  readonly now: () => number;
  /** A whole number below the given one. */
  readonly random: (below: number) => number;
  /** This process, and whether another one still runs. */
  readonly process: number;
  readonly isRunning: (process: number) => boolean;
}

/** The session that a question goes on with, as it was when it was read. */
export interface Earlier {
  readonly id: string;
  readonly questions: number;
}

/** Where a question is kept. */
export interface QuestionKey {
  readonly session: string;
  readonly number: number;
  /** Another process goes on with the same session: this question is in a copy of it. */
  readonly isCopy: boolean;
}

export interface QuestionStart {
  readonly earlier: Earlier | undefined;
  readonly zone: string;
  readonly place: SessionPlace;
  readonly question: KeptQuestion;
}

/** What one step of a question adds. */
export interface QuestionStep {
  /** 1 for the call that was begun first. */
  readonly position: number;
  readonly call: KeptCall;
  /** Names of all that the question has read by now. */
  readonly sources: readonly string[];
  /** Of the call's result, by its reference. */
  readonly readings: readonly SessionReading[];
  readonly events: ReadonlyMap<string, LogEvent>;
}

/**
 * The kept sessions. All of it is synchronous, and each call is kept or not as a whole.
 * @throws DatabaseFault from every member
 */
export interface SessionStore {
  /** Newest first. */
  list(): readonly SessionSummary[];
  /** undefined where there is none. @throws Failure "unreadable" where a part of it is damaged */
  read(id: string): Session | undefined;
  begin(start: QuestionStart): QuestionKey;
  /** False where the session was deleted meanwhile. */
  addStep(key: QuestionKey, step: QuestionStep): boolean;
  update(key: QuestionKey, question: KeptQuestion): boolean;
  /** Takes them out of the file, too. Gives how many there were. */
  delete(ids: readonly string[]): number;
  /** Those that nobody has gone on with since then, ms since the epoch. */
  listOlderThan(time: number): readonly string[];
  close(): void;
}

const DAY = 86_400_000;

export function createSessionStore(database: Database, options: Partial<StoreOptions> = {}): SessionStore {
  const { now = Date.now, random = randomInt, process = 0, isRunning = () => false } = options;
  // What is deleted is overwritten: it may be about what must not be found later.
  database.exec("PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON");
  const writer = { database, now, random, process, isRunning };
  const transact = <T>(work: () => T): T => inTransaction(database, work);
  return {
    list: () => guarded(database, () => listRows(database)),
    read: (id) => transact(() => readSession(database, id)),
    begin: (start) => transact(() => beginQuestion(writer, start)),
    addStep: (key, step) => transact(() => touch(writer, key) && addStep(database, key, step)),
    update: (key, question) => transact(() => touch(writer, key) && updateQuestion(writer, key, question)),
    delete: (ids) => {
      const remove = database.prepare("DELETE FROM sessions WHERE id = ?");
      const count = transact(() => ids.reduce((sum, id) => sum + Number(remove.run(id).changes), 0));
      shrink(database);
      return count;
    },
    listOlderThan: (time) =>
      guarded(database, () =>
        database
          .prepare("SELECT id FROM sessions WHERE updated_at < ? ORDER BY updated_at")
          .all(time)
          .map(({ id }) => String(id)),
      ),
    close: () => {
      if (database.isOpen) database.close();
    },
  };
}

/** Deletes what nobody has gone on with for so many days; 0 keeps all. Gives how many there were. */
export function deleteOld(store: SessionStore, days: number, now: number): number {
  const old = days === 0 ? [] : store.listOlderThan(now - days * DAY);
  // To delete is to clean up the whole file, which others may be using.
  return old.length === 0 ? 0 : store.delete(old);
}

interface Writer extends StoreOptions {
  readonly database: Database;
}

function guarded<T>(database: Database, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw faultOf(error, database.isOpen ? database.location() : null) ?? error;
  }
}

function beginQuestion(writer: Writer, { earlier, zone, place, question }: QuestionStart): QuestionKey {
  const { database, now } = writer;
  const time = now();
  const isHere = earlier !== undefined && exists(database, earlier.id);
  const isFree = isHere && isAsItWas(writer, earlier);
  const session = isFree ? earlier.id : newId(writer);
  if (isFree) {
    database
      .prepare("UPDATE sessions SET zone = ?, place = ? WHERE id = ?")
      .run(zone, toText(place), session);
  } else {
    database
      .prepare("INSERT INTO sessions (id, created_at, updated_at, zone, place) VALUES (?, ?, ?, ?, ?)")
      .run(session, time, time, zone, toText(place));
    if (isHere) copyQuestions(database, earlier, session);
  }
  const number = isHere ? earlier.questions + 1 : 1;
  database
    .prepare(
      `INSERT INTO questions (session, number, text, model, place, sources, cost, process, payload)
       VALUES (?, ?, ?, ?, ?, '[]', NULL, ?, ?)`,
    )
    .run(session, number, question.text, question.model.id, toText(place), writer.process, pack(question));
  const key = { session, number, isCopy: isHere && !isFree };
  touch(writer, key);
  return key;
}

function exists(database: Database, id: string): boolean {
  return database.prepare("SELECT 1 FROM sessions WHERE id = ?").get(id) !== undefined;
}

/** Nobody has asked since it was read, and nobody is still being answered. */
function isAsItWas({ database, process, isRunning }: Writer, { id, questions }: Earlier): boolean {
  const last = database
    .prepare("SELECT number, process FROM questions WHERE session = ? ORDER BY number DESC LIMIT 1")
    .get(id);
  const other = last?.process;
  const isBusy = typeof other === "number" && other !== process && isRunning(other);
  return Number(last?.number ?? 0) === questions && !isBusy;
}

function newId({ database, random }: Writer): string {
  for (;;) {
    const id = makeSessionId(random);
    if (!exists(database, id)) return id;
  }
}

const COPIED: readonly (readonly [table: string, columns: string])[] = [
  ["questions", "number, text, model, place, sources, cost, payload"],
  ["calls", "question, position, payload"],
  ["readings", "question, ref, payload"],
  ["events", "question, position, payload"],
];

function copyQuestions(database: Database, { id, questions }: Earlier, session: string): void {
  for (const [table, columns] of COPIED) {
    const number = table === "questions" ? "number" : "question";
    database
      .prepare(
        `INSERT INTO ${table} (session, ${columns}) SELECT ?, ${columns} FROM ${table} WHERE session = ? AND ${number} <= ?`,
      )
      .run(session, id, questions);
  }
}

function touch({ database, now }: Writer, { session }: QuestionKey): boolean {
  const { changes } = database.prepare("UPDATE sessions SET updated_at = ? WHERE id = ?").run(now(), session);
  return Number(changes) > 0;
}

function addStep(database: Database, key: QuestionKey, step: QuestionStep): boolean {
  const { position, call, sources, readings, events } = step;
  const insert = (table: "calls" | "events", payload: Uint8Array) =>
    database
      .prepare(`INSERT INTO ${table} (session, question, position, payload) VALUES (?, ?, ?, ?)`)
      .run(key.session, key.number, position, payload);
  insert("calls", pack(call));
  database
    .prepare("UPDATE questions SET sources = ? WHERE session = ? AND number = ?")
    .run(JSON.stringify(sources), key.session, key.number);
  if (events.size > 0) insert("events", pack(events));
  if (readings.length > 0 && "ref" in call.result) {
    database
      .prepare("INSERT INTO readings (session, question, ref, payload) VALUES (?, ?, ?, ?)")
      .run(key.session, key.number, call.result.ref, pack(readings));
  }
  return true;
}

function updateQuestion(
  { database, process }: Writer,
  { session, number }: QuestionKey,
  question: KeptQuestion,
): boolean {
  const { outcome } = question;
  const owner = outcome === undefined ? process : null;
  const { changes } = database
    .prepare(
      "UPDATE questions SET text = ?, cost = ?, process = ?, payload = ? WHERE session = ? AND number = ?",
    )
    .run(question.text, outcome?.cost ?? null, owner, pack(question), session, number);
  return Number(changes) > 0;
}

/** Gives the room back, and empties the log of writes: there, too, is what was deleted. */
function shrink(database: Database): void {
  try {
    database.exec("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (error) {
    // Another process is reading: it will be done with the next deletion.
    if (faultOf(error) === undefined) throw error;
  }
}

function toText(place: SessionPlace): string {
  return JSON.stringify(place);
}
