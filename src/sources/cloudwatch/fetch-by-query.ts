import { createHash } from "node:crypto";
import { Failure } from "../../failure.ts";
import type { LogEvent } from "../../log/event.ts";
import { queryFiltersOf } from "../../log/filter-query.ts";
import type { QueryCell, QueryResult } from "../../log/query.ts";
import type { Zone } from "../../log/zone.ts";
import type { FetchPage, FetchRequest, QueryRequest } from "../source.ts";
import type { CloudWatchGroup } from "./groups.ts";
import { createEventReader, type ServiceEvent } from "./read-event.ts";

export interface QueryFetchOptions {
  readonly query: (request: QueryRequest) => Promise<QueryResult>;
  readonly zone: Zone;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** The most rows that a query gives. */
const MOST_EVENTS = 100_000;
const PAGE_EVENTS = 5_000;

/**
 * The events of a group whose class hands them out to queries only, by one query that is billed: at most 100,000, the
 * newest, which a notice says. What the query cannot tell of a filter pattern is looked at here.
 */
export async function* fetchByQuery(
  group: CloudWatchGroup,
  request: FetchRequest,
  { query, zone, now }: QueryFetchOptions,
): AsyncGenerator<FetchPage> {
  const { filter, streamPrefix = "", window, limit = MOST_EVENTS, order, signal, onWait, approve } = request;
  if (!approve) throw notReadable(group);
  const exact = filter ? queryFiltersOf(filter.pattern) : [];
  const isExact = exact !== undefined && streamPrefix === "";
  // A query's rows are the newest: the first of a window are known once it has given all.
  const isLimited = isExact && order === "newest-first";
  const result = await query({
    groups: [group.name],
    window: window ?? { start: group.created ?? 0, end: now() },
    query: {
      filters:
        exact ??
        (filter?.required ?? []).map((text) => ({ field: "message", operator: "contains", values: [text] })),
      groupBy: [],
      aggregates: [],
      limit: isLimited ? Math.min(limit, MOST_EVENTS) : MOST_EVENTS,
    },
    signal,
    approve,
    ...(onWait ? { onWait } : {}),
  });
  const readEvent = createEventReader(group.name, zone, now());
  const newestFirst = identifyRows(result)
    .map(readEvent)
    .filter(({ stream, message }) => stream.startsWith(streamPrefix) && (filter?.test(message) ?? true));
  const events = order === "newest-first" ? newestFirst : newestFirst.reverse();
  yield {
    events: [],
    seen: 0,
    scannedBytes: result.scannedBytes,
    notices: isLimited ? noticesOf(result, request) : result.notices,
    ...scanOf(result),
  };
  yield* pagesOf(events, filter !== undefined);
}

/** That no more than was asked for came is no news. */
function noticesOf({ notices, rows }: QueryResult, { limit }: FetchRequest) {
  return limit !== undefined && rows.length >= limit
    ? notices.filter(({ kind }) => kind !== "truncated")
    : notices;
}

function scanOf({ scan }: QueryResult) {
  return scan ? { scan } : {};
}

function* pagesOf(events: readonly LogEvent[], isFiltered: boolean): Generator<FetchPage> {
  for (let at = 0; at < events.length; at += PAGE_EVENTS) {
    const some = events.slice(at, at + PAGE_EVENTS);
    yield { events: some, seen: isFiltered ? undefined : some.length, scannedBytes: 0 };
  }
}

/** Rows carry no id: an event's is made of all that it is, and of its place among equal ones. */
function identifyRows({ columns, rows }: QueryResult): ServiceEvent[] {
  const place = (name: string) => columns.indexOf(name);
  const [time, stream, message] = [place("timestamp"), place("stream"), place("message")];
  const met = new Map<string, number>();
  return rows.map((row) => {
    const event = {
      timestamp: numberOf(row[time]),
      stream: String(row[stream] ?? ""),
      message: String(row[message] ?? ""),
    };
    const digest = createHash("sha256").update(JSON.stringify(event)).digest("base64url").slice(0, 24);
    const count = met.get(digest) ?? 0;
    met.set(digest, count + 1);
    return { ...event, id: `row:${digest}:${count}` };
  });
}

function numberOf(cell: QueryCell | undefined): number | undefined {
  return typeof cell === "number" ? cell : undefined;
}

function notReadable({ name, class: groupClass }: CloudWatchGroup): Failure {
  return new Failure(
    "unreadable",
    `Log group '${name}' is of the ${groupClass} class, whose events come by billed queries only, and none was allowed here.`,
    { hint: "Ask for counts: logai stats, or a question; or give a budget with --max-scan-cost." },
  );
}
