import { z } from "zod";
import { findGroup, groupIdentifier, groupName, type Service, time, token } from "./cloudwatch-groups.ts";
import { type Comparison, parseQuery } from "./cloudwatch-query.ts";
import { type Group, gapBeforeTime, indexAt, type StoredEvent } from "./cloudwatch-store.ts";
import { readEvent, textOf } from "./cloudwatch-values.ts";
import { invalid, parseInput, ServiceError } from "./cloudwatch-wire.ts";

type ResultRow = readonly { readonly field: string; readonly value: string }[];

/** A query that was started; it has been run at once, and only pretends to take its time. */
export interface Query {
  readonly results: readonly ResultRow[];
  readonly statistics: Readonly<Record<string, number>>;
  /** How often GetQueryResults still finds it at work. */
  pollsLeft: number;
  readonly end: "Complete" | "Failed" | "Timeout";
  wasPolled: boolean;
  isCancelled: boolean;
}

const startInput = z.object({
  logGroupName: groupName.optional(),
  logGroupNames: z.array(groupName).min(1).max(50).optional(),
  logGroupIdentifiers: z.array(groupIdentifier).min(1).max(50).optional(),
  queryString: z.string().max(10_000),
  queryLanguage: z.literal("CWLI").optional(),
  startTime: time,
  endTime: time,
  limit: z.number().int().min(1).max(100_000).optional(),
});

const MAX_CONCURRENT = 100;

/** Times are in seconds, both inclusive; nothing of the second at the end but its first millisecond. */
export function startQuery(service: Service, input: unknown): object {
  const request = parseInput(startInput, input);
  const groups = groupsOf(service, request);
  const query = parseQuery(request.queryString);
  refuseByClass(groups, query.commands);
  const running = [...service.queries.values()].filter(isRunning).length;
  if (running >= MAX_CONCURRENT)
    throw new ServiceError("LimitExceededException", "Account maximum query concurrency limit reached.");
  const period = { from: request.startTime * 1000, to: request.endTime * 1000 };
  const current = scan(groups, period);
  const before = query.comparison === undefined ? [] : scan(groups, periodBefore(period, query.comparison));
  const scanned = [...current, ...before];
  const state = query.run(current.map(readScanned), before.map(readScanned));
  const rows = state.rows.slice(0, state.limit ?? request.limit ?? 10_000);
  const columns = state.isStatistics ? state.columns : [...state.columns, "@ptr"];
  const results = rows.map((row) =>
    columns.flatMap((field) => {
      const value = textOf(row.get(field));
      return value === undefined ? [] : [{ field, value }];
    }),
  );
  const queryId = `00000000-0000-4000-9000-${String(service.queries.size + 1).padStart(12, "0")}`;
  service.queries.set(queryId, {
    results,
    statistics: {
      recordsScanned: scanned.length,
      recordsMatched: state.recordsMatched,
      bytesScanned: scanned.reduce((sum, { event }) => sum + Buffer.byteLength(event.message), 0),
      estimatedRecordsSkipped: 0,
      estimatedBytesSkipped: 0,
      logGroupsScanned: groups.length,
      resultCount: results.length,
    },
    pollsLeft: service.paging.queryPolls,
    end:
      request.endTime - request.startTime > service.paging.longestQuery ? "Timeout" : service.paging.queryEnd,
    wasPolled: false,
    isCancelled: false,
  });
  return { queryId };
}

interface Scanned {
  readonly group: Group;
  readonly event: StoredEvent;
}

/** Milliseconds since the epoch, both inclusive. */
interface Period {
  readonly from: number;
  readonly to: number;
}

function scan(groups: readonly Group[], { from, to }: Period): readonly Scanned[] {
  return groups.flatMap((group) => {
    const events = group.timeline.sorted();
    const [low, high] = [indexAt(events, gapBeforeTime(from)), indexAt(events, gapBeforeTime(to + 1))];
    return events.slice(low, high).map((event) => ({ group, event }));
  });
}

function readScanned({ group, event }: Scanned) {
  return readEvent(event, `${group.account}:${group.name}`, group.class === "STANDARD");
}

const DAY = 86_400_000;
/** How long a month is for `diff` is not documented. */
const SHIFTS: Readonly<Record<Comparison, number | undefined>> = {
  period: undefined,
  day: DAY,
  week: 7 * DAY,
  month: 30 * DAY,
};

function periodBefore({ from, to }: Period, comparison: Comparison): Period {
  const shift = SHIFTS[comparison] ?? to - from;
  return { from: from - shift, to: to - shift };
}

/** Commands that groups of the Infrequent Access class lack: the classes' table of the documentation. */
const STANDARD_ONLY = new Set(["pattern", "diff", "anomaly", "unmask", "filterindex"]);

function refuseByClass(groups: readonly Group[], commands: readonly string[]): void {
  const command = commands.find((name) => STANDARD_ONLY.has(name));
  const group = groups.find((one) => one.class !== "STANDARD");
  if (command !== undefined && group !== undefined)
    throw invalid(`The command ${command} is not supported for the log class of ${group.name}.`);
}

function groupsOf(service: Service, request: z.infer<typeof startInput>): Group[] {
  const { logGroupName, logGroupNames, logGroupIdentifiers } = request;
  const given = [logGroupName === undefined ? undefined : [logGroupName], logGroupNames, logGroupIdentifiers];
  const [names, ...others] = given.filter((list) => list !== undefined);
  if (names === undefined || others.length > 0)
    throw invalid("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers is required.");
  const groups = names.map((logGroupIdentifier) => findGroup(service.store, { logGroupIdentifier }));
  const delivery = groups.find((group) => group.class === "DELIVERY");
  if (delivery !== undefined) throw invalid(`The log class of ${delivery.name} has no Logs Insights.`);
  return groups;
}

const resultsInput = z.object({
  queryId: z.string().max(256),
  nextToken: token.optional(),
  maxItems: z.number().int().min(1).max(10_000).optional(),
});

/** Scheduled at first, then Running with half of the rows, then Complete in pages. */
export function getQueryResults(service: Service, input: unknown): object {
  const { queryId, nextToken, maxItems = 10_000 } = parseInput(resultsInput, input);
  const query = findQuery(service, queryId);
  const answer = { queryLanguage: "CWLI", statistics: query.statistics };
  if (query.isCancelled) return { ...answer, status: "Cancelled", results: [] };
  if (isRunning(query)) {
    query.pollsLeft -= 1;
    const status = query.wasPolled ? "Running" : "Scheduled";
    const half = query.wasPolled ? query.results.slice(0, Math.min(maxItems, query.results.length / 2)) : [];
    query.wasPolled = true;
    return { ...answer, status, results: half };
  }
  if (query.end !== "Complete") return { ...answer, status: query.end, results: [] };
  const owner = ["results", queryId];
  const start = nextToken === undefined ? 0 : Number(service.tokens.read(nextToken, owner).at);
  const end = start + maxItems;
  return {
    ...answer,
    status: "Complete",
    results: query.results.slice(start, end),
    ...(end < query.results.length ? { nextToken: service.tokens.issue(owner, String(end)) } : {}),
  };
}

/** An error where the query has ended already. */
export function stopQuery(service: Service, input: unknown): object {
  const query = findQuery(service, parseInput(resultsInput.pick({ queryId: true }), input).queryId);
  if (!isRunning(query)) throw invalid("The specified query is not running.");
  query.isCancelled = true;
  return { success: true };
}

function findQuery({ queries }: Service, queryId: string): Query {
  const query = queries.get(queryId);
  if (query === undefined)
    throw new ServiceError("ResourceNotFoundException", "The specified query does not exist.");
  return query;
}

function isRunning({ pollsLeft, isCancelled }: Query): boolean {
  return pollsLeft > 0 && !isCancelled;
}
