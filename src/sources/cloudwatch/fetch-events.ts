import type { FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import { Failure } from "../../failure.ts";
import { refusedNotice } from "../../log/refusals.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { Zone } from "../../log/zone.ts";
import type { FetchPage, FetchRequest } from "../source.ts";
import type { Connection } from "./client.ts";
import { type CloudWatchGroup, identify } from "./groups.ts";
import { createPosition, type FilterInput, type Position } from "./position.ts";
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
  const position = createPosition({ ...plan, group: plan.group.name, input: inputOf(plan) });
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
    // With each page, for a reading may be left at any: its parts are added up.
    const notices = refused > 0 ? { notices: [refusedNotice("CloudWatch", refused)] } : {};
    refused = 0;
    yield {
      events,
      seen: isFiltered ? undefined : events.length,
      scannedBytes: fresh.reduce((sum, { message = "" }) => sum + message.length + EVENT_OVERHEAD, 0),
      ...notices,
    };
    if (page.nextToken === undefined) return;
  }
}

function inputOf({ filterPattern, streamPrefix, stream, limit }: FetchPlan): FilterInput {
  return {
    ...(filterPattern === undefined ? {} : { filterPattern }),
    ...(streamPrefix ? { logStreamNamePrefix: streamPrefix } : {}),
    ...(stream === undefined ? {} : { logStreamNames: [stream] }),
    ...(limit === undefined ? {} : { limit: Math.min(limit, MOST_PER_PAGE) }),
  };
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
