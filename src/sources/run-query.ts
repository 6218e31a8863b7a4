import { createQuery } from "../analysis/run-query.ts";
import { Failure } from "../failure.ts";
import type { Notice } from "../log/ledger.ts";
import type { QueryResult } from "../log/query.ts";
import { planQuery } from "../log/query-plan.ts";
import type { LogSource, QueryRequest } from "./source.ts";

/** How far a query has come that is computed here. */
export interface QueryProgress {
  readonly group: string;
  /** Events that were looked at so far. */
  readonly events: number;
  readonly bytes: number;
}

export interface QueryGroupsOptions {
  /** Told every so many events. */
  readonly report?: (progress: QueryProgress) => void;
}

const MOST_GROUPS = 50;
const REPORT_EVERY = 20_000;
/** Notices by which a fetch says that events are missing. */
const PARTIAL: ReadonlySet<Notice["kind"]> = new Set([
  "truncated",
  "sampled",
  "unreadable",
  "beyond-retention",
]);

/**
 * Runs a query: in the source's own engine where it has one, else here over all events of the groups, one after the other.
 * Events without any time are in every window.
 * @throws Failure "invalid-query", and whatever the source's engine or fetch throws
 */
export async function queryGroups(
  source: LogSource,
  request: QueryRequest,
  options: QueryGroupsOptions = {},
): Promise<QueryResult> {
  const { groups } = request;
  if (groups.length === 0 || groups.length > MOST_GROUPS) {
    throw new Failure(
      "invalid-query",
      `A query is over 1 to ${MOST_GROUPS} log groups, not ${groups.length}.`,
      {
        hint: "Name fewer groups, or ask about them in turn.",
      },
    );
  }
  planQuery(request.query);
  if (source.capabilities.serverQueries && source.query) return source.query(request);
  return computeQuery(source, request, options);
}

async function computeQuery(
  source: LogSource,
  { groups, window, query, ...rest }: QueryRequest,
  { report }: QueryGroupsOptions,
): Promise<QueryResult> {
  const running = createQuery(query);
  const notices: Notice[] = [];
  let seen: number | undefined = 0;
  let events = 0;
  let bytes = 0;
  let nextReport = REPORT_EVERY;
  for (const group of new Set(groups)) {
    for await (const page of source.fetch({ group, window, ...rest })) {
      for (const event of page.events) running.add(event);
      events += page.events.length;
      seen = seen === undefined || page.seen === undefined ? undefined : seen + page.seen;
      bytes += page.scannedBytes;
      if (page.notices) notices.push(...page.notices);
      if (events >= nextReport) {
        report?.({ group, events, bytes });
        nextReport = events + REPORT_EVERY;
      }
    }
  }
  const result = running.result();
  return {
    ...result,
    scannedEvents: seen ?? events,
    scannedBytes: bytes,
    isComplete: result.isComplete && !notices.some(({ kind }) => PARTIAL.has(kind)),
    notices: [...notices, ...result.notices],
  };
}
