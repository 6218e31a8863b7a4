import type { Database } from "../database.ts";
import type { CacheSettings, CacheShare, CacheStatus, Usage } from "./cache.ts";
import { ROW_BYTES } from "./limits.ts";
import { numberIn, optionalNumberIn, type Row, textIn } from "./rows.ts";

type StatusLimits = Pick<CacheSettings, "maxBytes" | "maxEntries">;

export interface Counters {
  /** One more request: in the caller's transaction. */
  count(usage: Usage): void;
  status(): CacheStatus;
}

export function openCounters(database: Database, { maxBytes, maxEntries }: StatusLimits): Counters {
  const count = database.prepare(
    `UPDATE counters SET cached_events = cached_events + ?, fetched_events = fetched_events + ?,
       spared_calls = spared_calls + ?, made_calls = made_calls + ? WHERE id = 1`,
  );
  const counted = database.prepare(
    "SELECT cached_events, fetched_events, spared_calls, made_calls FROM counters WHERE id = 1",
  );
  const shares = database.prepare(
    `SELECT source, log_group, count(*) AS entries, sum(events) AS events, sum(bytes) AS bytes,
       min(first_event) AS first_event, max(last_event) AS last_event, min(read_from) AS oldest_read
     FROM chunks JOIN keys ON keys.id = chunks.key GROUP BY source, log_group
     UNION ALL
     SELECT source, NULL, count(*), 0, sum(bytes), NULL, NULL, min(read_at) FROM results GROUP BY source`,
  );

  return {
    count({ cachedEvents, fetchedEvents, sparedCalls, madeCalls }) {
      count.run(cachedEvents, fetchedEvents, sparedCalls, madeCalls);
    },
    status() {
      const all = shares
        .all()
        .map(shareIn)
        .sort((a, b) => b.bytes - a.bytes);
      return {
        entries: all.reduce((sum, { entries }) => sum + entries, 0),
        bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
        maxEntries,
        maxBytes,
        oldestRead: all.length === 0 ? undefined : Math.min(...all.map(({ oldestRead }) => oldestRead)),
        usage: usageIn(counted.get()),
        shares: all,
      };
    },
  };
}

function shareIn(row: Row): CacheShare {
  const entries = numberIn(row, "entries");
  const first = optionalNumberIn(row, "first_event");
  const last = optionalNumberIn(row, "last_event");
  return {
    source: textIn(row, "source"),
    group: row.log_group === null ? undefined : textIn(row, "log_group"),
    entries,
    events: numberIn(row, "events"),
    bytes: numberIn(row, "bytes") + entries * ROW_BYTES,
    span: first === undefined || last === undefined ? undefined : { start: first, end: last },
    oldestRead: numberIn(row, "oldest_read"),
  };
}

function usageIn(row: Row | undefined): Usage {
  return {
    cachedEvents: numberIn(row, "cached_events"),
    fetchedEvents: numberIn(row, "fetched_events"),
    sparedCalls: numberIn(row, "spared_calls"),
    madeCalls: numberIn(row, "made_calls"),
  };
}
