import type { DatabaseSpec } from "../database.ts";

/**
 * Times are REAL, in which every number of the program is kept as it is. The bytes of events have a table of their own,
 * so that what is looked through stays small; an id is never given twice, so that a plan finds its chunk or none.
 */
const FIRST = `
CREATE TABLE keys (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  log_group TEXT NOT NULL,
  prefix TEXT NOT NULL,
  filter TEXT
) STRICT;
CREATE UNIQUE INDEX keys_by_name
  ON keys (source, account, region, log_group, prefix, coalesce(filter, ''), filter IS NULL);
CREATE INDEX keys_by_group ON keys (log_group);

CREATE TABLE chunks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key INTEGER NOT NULL REFERENCES keys (id),
  starts REAL NOT NULL,
  ends REAL NOT NULL,
  read_from REAL NOT NULL,
  read_to REAL NOT NULL,
  is_settled INTEGER NOT NULL,
  events INTEGER NOT NULL,
  first_event REAL,
  last_event REAL,
  text_length INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  calls REAL NOT NULL,
  used_at REAL NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunks_by_start ON chunks (key, starts);
CREATE INDEX chunks_by_use ON chunks (used_at, bytes);

CREATE TABLE payloads (
  chunk INTEGER PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE,
  payload BLOB NOT NULL
) STRICT;

CREATE TABLE results (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  read_at REAL NOT NULL,
  bytes INTEGER NOT NULL,
  used_at REAL NOT NULL,
  payload BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX results_by_key ON results (source, account, region, kind, key);
CREATE INDEX results_by_use ON results (used_at, bytes);

CREATE TABLE counters (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  cached_events REAL NOT NULL DEFAULT 0,
  fetched_events REAL NOT NULL DEFAULT 0,
  spared_calls REAL NOT NULL DEFAULT 0,
  made_calls REAL NOT NULL DEFAULT 0,
  cleaned_at REAL NOT NULL DEFAULT 0
) STRICT;
INSERT INTO counters (id) VALUES (1);
`;

export const CACHE_SPEC: DatabaseSpec = {
  // "LAIc"
  applicationId: 0x4c414963,
  migrations: [FIRST],
};
