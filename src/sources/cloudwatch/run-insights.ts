import type { QueryStatistics } from "@aws-sdk/client-cloudwatch-logs";
import { Failure } from "../../failure.ts";
import { type Sleep, sleepFor } from "../token-bucket.ts";
import type { Connection } from "./client.ts";
import type { CloudWatchGroup } from "./groups.ts";
import type { ResultRow } from "./insights-rows.ts";

/** A query in the language of Logs Insights. */
export interface InsightsQuery {
  readonly groups: readonly CloudWatchGroup[];
  readonly text: string;
  /** Rows, at most. */
  readonly limit: number;
  /** Seconds since the epoch, both inclusive. */
  readonly startTime: number;
  readonly endTime: number;
  /** The part of the question that a place in the text stems from. */
  readonly blame: (offset: number) => string;
}

export interface InsightsRun {
  readonly signal: AbortSignal;
  readonly onWait?: ((text: string) => void) | undefined;
  readonly sleep?: Sleep;
}

export interface InsightsAnswer {
  readonly rows: readonly ResultRow[];
  /** False where the service ended the query before it had looked at everything. */
  readonly isWhole: boolean;
  readonly statistics: QueryStatistics;
}

/** Pauses between looks at a query, ms: short ones answer at once, long ones are not asked after too often. */
const FIRST_PAUSE = 150;
const LONGEST_PAUSE = 2_000;
/** A query that was stopped on the way out has so long to be told, ms. */
const STOP_WITHIN = 2_000;

/**
 * Runs a query to its end and gives all of its rows. Whatever ends it before (the signal, an error) stops it in the
 * service too, where it would run on and be billed.
 * @throws Failure "invalid-query" | "source-unavailable" | whatever a call can fail with
 */
export async function runInsights(
  connection: Connection,
  query: InsightsQuery,
  run: InsightsRun,
): Promise<InsightsAnswer> {
  const queryId = await start(connection, query, run);
  try {
    return await follow(connection, queryId, query, run);
  } catch (error) {
    await stop(connection, queryId);
    if (run.signal.aborted) throw new Failure("interrupted", "Interrupted.", { cause: error });
    throw error;
  }
}

/** The service's error for a text that it cannot read, as an SDK's error carries it. */
function isMalformed(error: unknown): error is Failure {
  return (
    error instanceof Failure && error.cause instanceof Error && error.cause.name === "MalformedQueryException"
  );
}

async function start(
  { send, logs, commands }: Connection,
  { groups, text, limit, startTime, endTime, blame }: InsightsQuery,
  { signal, onWait }: InsightsRun,
): Promise<string> {
  const input = { ...identifyAll(groups), queryString: text, limit, startTime, endTime };
  try {
    const { queryId } = await send({
      operation: "StartQuery",
      run: (abortSignal) => logs.send(new commands.StartQueryCommand(input), { abortSignal }),
      signal,
      about: groups.map(({ name }) => name).join(", "),
      onWait,
    });
    if (queryId === undefined) throw new Failure("source-unavailable", "Logs Insights gave the query no id.");
    return queryId;
  } catch (error) {
    if (isMalformed(error)) throw refused(error, blame);
    throw error;
  }
}

/** Names where all groups are of the own account, else ARNs; the two do not mix. */
function identifyAll(groups: readonly CloudWatchGroup[]) {
  if (groups.every(({ isLinked }) => !isLinked))
    return { logGroupNames: groups.map(({ bareName }) => bareName) };
  return { logGroupIdentifiers: groups.map(({ arn, bareName }) => arn ?? bareName) };
}

async function follow(
  { send, logs, commands }: Connection,
  queryId: string,
  { groups }: InsightsQuery,
  { signal, onWait, sleep = sleepFor }: InsightsRun,
): Promise<InsightsAnswer> {
  const rows: ResultRow[] = [];
  let nextToken: string | undefined;
  let pause = FIRST_PAUSE;
  for (;;) {
    const input = { queryId, ...(nextToken === undefined ? {} : { nextToken }) };
    const answer = await send({
      operation: "GetQueryResults",
      run: (abortSignal) => logs.send(new commands.GetQueryResultsCommand(input), { abortSignal }),
      signal,
      about: groups.map(({ name }) => name).join(", "),
      onWait,
    });
    const { status = "Unknown", results = [], statistics = {} } = answer;
    if (status === "Failed" || status === "Cancelled") throw ended(status);
    if (status === "Complete" || status === "Timeout") {
      rows.push(...results);
      nextToken = answer.nextToken;
      if (nextToken === undefined) return { rows, isWhole: status === "Complete", statistics };
      continue;
    }
    onWait?.(progressOf(statistics));
    await sleep(pause, signal);
    pause = Math.min(LONGEST_PAUSE, pause * 1.5);
  }
}

function progressOf({ recordsScanned = 0, bytesScanned = 0 }: QueryStatistics): string {
  if (recordsScanned === 0) return "Logs Insights is at work";
  const megabytes = Math.round(bytesScanned / 1e6).toLocaleString("en-US");
  return `Logs Insights has scanned ${recordsScanned.toLocaleString("en-US")} events, ${megabytes} MB`;
}

/** A query that has ended meanwhile cannot be stopped, which is as good. */
async function stop({ logs, commands }: Connection, queryId: string): Promise<void> {
  const abortSignal = AbortSignal.timeout(STOP_WITHIN);
  await logs.send(new commands.StopQueryCommand({ queryId }), { abortSignal }).catch(() => {});
}

function ended(status: string): Failure {
  return new Failure("source-unavailable", `Logs Insights ended the query: ${status.toLowerCase()}.`, {
    hint: status === "Failed" ? "Try again, or narrow the window." : "Somebody else may have stopped it.",
  });
}

function refused(failure: Failure, blame: (offset: number) => string): Failure {
  const { cause } = failure;
  const offset = cause instanceof Error ? offsetOf(cause) : undefined;
  const where = offset === undefined ? "" : ` in ${blame(offset)}`;
  const said = cause instanceof Error ? cause.message : failure.message;
  return new Failure("invalid-query", `Logs Insights does not take the query${where}: ${said}`, {
    hint: "Change that part of the query.",
    cause,
  });
}

function offsetOf(error: Error): number | undefined {
  const compiled: unknown = Reflect.get(error, "queryCompileError");
  const location: unknown =
    typeof compiled === "object" && compiled !== null ? Reflect.get(compiled, "location") : undefined;
  const start: unknown =
    typeof location === "object" && location !== null ? Reflect.get(location, "startCharOffset") : undefined;
  return typeof start === "number" ? start : undefined;
}
