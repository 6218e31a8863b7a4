import { fileId, setAside } from "../database/set-aside.ts";
import { DatabaseFault, type DatabaseSpec, openDatabase } from "../database.ts";
import { Failure, messageOf } from "../failure.ts";
import { createSessionStore, type SessionStore, type StoreOptions } from "./store.ts";

export interface OpenSessionsOptions extends Partial<StoreOptions> {
  readonly path: string;
  /** Told when a file could not be used, and a new one was made. */
  readonly onWarning: (text: string) => void;
}

/** Payloads are JSON that zstd compressed (payload.ts); what is listed is in columns. */
const MIGRATION = `
CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  zone TEXT NOT NULL,
  place TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_time ON sessions (updated_at);
CREATE TABLE questions (
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  text TEXT NOT NULL,
  model TEXT NOT NULL,
  place TEXT NOT NULL,
  sources TEXT NOT NULL,
  cost REAL,
  process INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (session, number)
) STRICT;
CREATE TABLE calls (
  session TEXT NOT NULL,
  question INTEGER NOT NULL,
  position INTEGER NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (session, question, position),
  FOREIGN KEY (session, question) REFERENCES questions (session, number) ON DELETE CASCADE
) STRICT;
CREATE TABLE readings (
  session TEXT NOT NULL,
  question INTEGER NOT NULL,
  ref TEXT NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (session, question, ref),
  FOREIGN KEY (session, question) REFERENCES questions (session, number) ON DELETE CASCADE
) STRICT;
CREATE TABLE events (
  session TEXT NOT NULL,
  question INTEGER NOT NULL,
  position INTEGER NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (session, question, position),
  FOREIGN KEY (session, question) REFERENCES questions (session, number) ON DELETE CASCADE
) STRICT;
`;

const SPEC: DatabaseSpec = {
  // "LaiS"
  applicationId: 0x4c616953,
  migrations: [MIGRATION],
};

/**
 * The sessions of this machine's user. A file that is damaged or not LogAI's is set aside and a new one made, with a warning.
 * @throws Failure "disk" where it cannot be used at all, "configuration" where a newer LogAI made it
 */
export function openSessions(options: OpenSessionsOptions): SessionStore {
  const { path, now = Date.now } = options;
  const id = fileId(path);
  try {
    return createSessionStore(openDatabase(path, SPEC), options);
  } catch (error) {
    if (!(error instanceof DatabaseFault)) throw error;
    if (error.kind !== "corrupt" && error.kind !== "foreign") throw failureOf(error);
    const target = moveAside(path, id, error, now());
    const where = target === undefined ? "" : ` It was set aside as ${target}.`;
    options.onWarning(`${error.message}: the saved sessions cannot be read.${where}`);
    return createAnew(options);
  }
}

function moveAside(path: string, id: string | undefined, fault: DatabaseFault, now: number) {
  try {
    return setAside(path, id, fault.kind, now);
  } catch (error) {
    throw new Failure("disk", `${fault.message}, and it cannot be set aside: ${messageOf(error)}.`, {
      hint: "Move the file away by hand.",
      cause: error,
    });
  }
}

function createAnew(options: OpenSessionsOptions): SessionStore {
  try {
    return createSessionStore(openDatabase(options.path, SPEC), options);
  } catch (error) {
    throw error instanceof DatabaseFault ? failureOf(error) : error;
  }
}

/** What the reader is told of a fault. */
export function failureOf(fault: DatabaseFault): Failure {
  const { kind, message, cause } = fault;
  if (kind === "newer") {
    return new Failure("configuration", `${message}: the saved sessions cannot be read by this version.`, {
      hint: "Update LogAI, or set XDG_STATE_HOME to another folder.",
      cause,
    });
  }
  return new Failure("disk", `${message}.`, { hint: HINTS[kind], cause });
}

const HINTS: Readonly<Record<DatabaseFault["kind"], string>> = {
  corrupt: "Move the file away: a new one is made.",
  foreign: "Move the file away: a new one is made.",
  newer: "Update LogAI.",
  "read-only": "Check who may write to the file and its folder, or set XDG_STATE_HOME to another folder.",
  full: "Make room on the disk.",
  busy: "Wait until the other logai is done, and try again.",
  "out-of-reach": "Check the folder, or set XDG_STATE_HOME to another one.",
};
