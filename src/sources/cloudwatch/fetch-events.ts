import type { FilteredLogEvent, FilterLogEventsCommandInput } from "@aws-sdk/client-cloudwatch-logs";
import { Failure } from "../../failure.ts";
import { refusedNotice } from "../../log/refusals.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { Zone } from "../../log/zone.ts";
import type { FetchPage, FetchRequest } from "../source.ts";
import type { Connection } from "./client.ts";
import { type CloudWatchGroup, identify } from "./groups.ts";
import { createEventReader } from "./read-event.ts";

export interface FetchOptions {
  readonly connection: Connection;
  readonly zone: Zone;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** What FilterLogEvents takes, beside the group. */
export interface FetchPlan {
  readonly group: CloudWatchGroup;
  readonly window: TimeRange | undefined;
  readonly filterPattern?: string;
  readonly streamPrefix?: string;
  readonly stream?: string;
  readonly newestFirst: boolean;
  /** Events of a page, at most. */
  readonly limit?: number;
  /** Asked once for each event: whether it is handed on. */
  readonly keep?: (event: FilteredLogEvent) => boolean;
}

/** Pages in a row that bring the same token and no event, after which the reading is begun anew where it stands. */
const MOST_REPEATS = 20;
/** Characters that a filter pattern may have. */
const LONGEST_PATTERN = 1024;
const MOST_PER_PAGE = 10_000;
/** What CloudWatch counts for an event beside its text, bytes: PutLogEvents' documented overhead. */
const EVENT_OVERHEAD = 26;

/**
 * The events of a window, page by page as the service cuts them: empty pages with a token are followed, events that a
 * repeated page brings again are dropped, and a token that has expired is replaced by a new start at the last event.
 */
export async function* fetchEvents(
  plan: FetchPlan,
  request: FetchRequest,
  options: FetchOptions,
): AsyncGenerator<FetchPage> {
  const { connection, zone, now } = options;
  const readEvent = createEventReader(plan.group.name, zone, now());
  const position = createPosition(plan);
  let refused = 0;
  const onRefused = () => {
    refused += 1;
  };
  for (;;) {
    const page = await readPage(connection, position, plan.group, { ...request, onRefused });
    if (page === undefined) continue;
    const fresh = position.take(page.events ?? [], page.nextToken);
    const kept = plan.keep ? fresh.filter(plan.keep) : fresh;
    const events = kept.map(({ eventId, logStreamName, timestamp, message = "" }) =>
      readEvent({ id: eventId ?? "", stream: logStreamName ?? "", timestamp, message }),
    );
    const isFiltered = plan.filterPattern !== undefined;
    const isLast = page.nextToken === undefined;
    yield {
      events,
      seen: isFiltered ? undefined : events.length,
      scannedBytes: fresh.reduce((sum, { message = "" }) => sum + message.length + EVENT_OVERHEAD, 0),
      ...(isLast && refused > 0 ? { notices: [refusedNotice("CloudWatch", refused)] } : {}),
    };
    if (isLast) return;
  }
}

async function readPage(
  { send, logs, commands }: Connection,
  position: Position,
  group: CloudWatchGroup,
  { signal, onWait, onRefused }: FetchRequest & { readonly onRefused: () => void },
) {
  const full = { ...identify(group), ...position.next() };
  try {
    return await send({
      operation: "FilterLogEvents",
      run: (abortSignal) => logs.send(new commands.FilterLogEventsCommand(full), { abortSignal }),
      signal,
      about: group.name,
      onWait,
      onRefused,
    });
  } catch (error) {
    if (!(error instanceof Failure) || !isBadToken(error) || !position.restart()) throw error;
    return undefined;
  }
}

/** A token is good for 24 hours; a reading that was held up for longer goes on with a new one. */
function isBadToken({ cause }: Failure): boolean {
  return (
    cause instanceof Error &&
    cause.name === "InvalidParameterException" &&
    /nextToken|token/i.test(cause.message)
  );
}

/** How far a reading has come. */
interface Position {
  /** The next request. */
  next(): Omit<FilterLogEventsCommandInput, "logGroupName" | "logGroupIdentifier">;
  /** The events of a page that were not there before. @throws Failure where the service does not come further */
  take(events: readonly FilteredLogEvent[], nextToken: string | undefined): readonly FilteredLogEvent[];
  /** Goes on from the last event without a token; false where that was done already and brought nothing. */
  restart(): boolean;
}

function createPosition(plan: FetchPlan): Position {
  const { window, newestFirst } = plan;
  const bounds = boundsOf(window);
  let token: string | undefined;
  let repeats = 0;
  /** Time of the last event and the ids of that millisecond, and of the page before: what a new start brings again. */
  let last: number | undefined;
  let known = new Set<string>();
  let isStuck = false;

  const restart = (): boolean => {
    if (isStuck || token === undefined) return false;
    isStuck = true;
    token = undefined;
    repeats = 0;
    if (last !== undefined) {
      if (newestFirst) bounds.endTime = last;
      else bounds.startTime = last;
    }
    return true;
  };
  return {
    next: () => ({
      ...bounds,
      ...(plan.filterPattern === undefined ? {} : { filterPattern: plan.filterPattern }),
      ...(plan.streamPrefix ? { logStreamNamePrefix: plan.streamPrefix } : {}),
      ...(plan.stream === undefined ? {} : { logStreamNames: [plan.stream] }),
      ...(newestFirst ? { startFromHead: false } : {}),
      ...(plan.limit === undefined ? {} : { limit: Math.min(plan.limit, MOST_PER_PAGE) }),
      ...(token === undefined ? {} : { nextToken: token }),
    }),
    take(events, nextToken) {
      const fresh = events.filter(({ eventId }) => eventId === undefined || !known.has(eventId));
      const newest = fresh.at(-1);
      if (newest) {
        isStuck = false;
        const isSame = newest.timestamp === last;
        last = newest.timestamp;
        const kept = isSame ? known : new Set<string>();
        for (const { eventId } of events) if (eventId !== undefined) kept.add(eventId);
        known = kept;
      }
      repeats = fresh.length === 0 && nextToken !== undefined && nextToken === token ? repeats + 1 : 0;
      token = nextToken;
      if (repeats >= MOST_REPEATS && !restart()) throw stuck(plan.group.name);
      return fresh;
    },
    restart,
  };
}

/** Both ends of FilterLogEvents are inclusive, and times before the epoch are none. */
function boundsOf(window: TimeRange | undefined): { startTime?: number; endTime?: number } {
  if (!window) return {};
  return { startTime: Math.max(0, window.start), endTime: Math.max(0, window.end - 1) };
}

function stuck(group: string): Failure {
  return new Failure("source-unavailable", `CloudWatch gives the same page of ${group} again and again.`, {
    hint: "What was read until here is not all of the window. Try again, or a narrower window.",
  });
}

/** @throws Failure "invalid-filter" for a pattern that the service would refuse for its length */
export function checkPattern(pattern: string | undefined): void {
  if (pattern === undefined || pattern.length <= LONGEST_PATTERN) return;
  throw new Failure(
    "invalid-filter",
    `The filter pattern has ${pattern.length} characters; CloudWatch takes ${LONGEST_PATTERN}.`,
    {
      hint: "Shorten the pattern.",
    },
  );
}
