import { Failure } from "../../failure.ts";
import type { LogEvent } from "../../log/event.ts";
import type { TimeRange } from "../../log/time-range.ts";
import { EARLIEST_BACKWARDS, fetchBackwards } from "./fetch-backwards.ts";
import { type FetchOptions, fetchEvents } from "./fetch-events.ts";
import type { CloudWatchGroup } from "./groups.ts";
import { isSameEvent } from "./shown-events.ts";
import { findReach } from "./stream-reach.ts";

export interface SurroundingRequest {
  readonly group: CloudWatchGroup;
  readonly event: LogEvent;
  readonly before: number;
  readonly after: number;
  readonly signal: AbortSignal;
}

/** How far from the event its neighbours are looked for, ms: two weeks. */
const REACH = 14 * 86_400_000;
/** Events of the same millisecond, at most, that a page must hold beside those that are asked for. */
const PAGE_MARGIN = 50;

/**
 * The events around one in its stream, which is read backwards and forwards from its time on.
 * @throws Failure "event-not-found" where the stream no longer has it
 */
export async function fetchSurrounding(
  request: SurroundingRequest,
  options: FetchOptions,
): Promise<readonly LogEvent[]> {
  const { event } = request;
  const { timestamp } = event;
  if (timestamp === undefined) throw notThere(event);
  const start = (await reachOf(request, timestamp, options)) ?? Math.max(0, timestamp - REACH);
  const before = await take(request, { start, end: timestamp + 1 }, request.before, true, options);
  const after = await take(
    request,
    { start: timestamp, end: timestamp + REACH },
    request.after,
    false,
    options,
  );
  if (!before || !after) throw notThere(event);
  return [...before.toReversed(), event, ...after];
}

/** Where the events before it begin, as far as they cannot be fetched from the newest on. */
async function reachOf(
  { group, event, before: count, signal }: SurroundingRequest,
  timestamp: number,
  options: FetchOptions,
): Promise<number | undefined> {
  if (goesBackwards(timestamp, options)) return undefined;
  return findReach(options.connection, { group, stream: event.stream, timestamp, count, signal });
}

/** AWS does so from 2024 on; of another endpoint it is not known. */
function goesBackwards(timestamp: number, { connection }: FetchOptions): boolean {
  return connection.endpoint === undefined && timestamp >= EARLIEST_BACKWARDS;
}

/** The events of a direction that come behind the event itself; undefined where it is not met. */
async function take(
  { group, event, signal }: SurroundingRequest,
  window: TimeRange,
  count: number,
  newestFirst: boolean,
  options: FetchOptions,
): Promise<readonly LogEvent[] | undefined> {
  // Read forwards and turned round, a page has to hold all that came after the event in its millisecond.
  const isTurned = newestFirst && !goesBackwards(event.timestamp ?? 0, options);
  const limit = isTurned ? {} : { limit: count + PAGE_MARGIN };
  const plan = { group, window, stream: event.stream, newestFirst, ...limit };
  const request = { group: group.name, window, signal };
  const taken: LogEvent[] = [];
  let isMet = false;
  const fetchPages = newestFirst ? fetchBackwards : fetchEvents;
  for await (const { events } of fetchPages(plan, request, options)) {
    for (const one of events) {
      if (isMet && taken.length < count) taken.push(one);
      isMet ||= isSameEvent(one, event);
      if (!isMet && isBeyond(one, event, newestFirst)) return undefined;
    }
    if (isMet && taken.length >= count) break;
  }
  return isMet ? taken : undefined;
}

function isBeyond(one: LogEvent, event: LogEvent, newestFirst: boolean): boolean {
  const [at = 0, wanted = 0] = [one.timestamp, event.timestamp];
  return newestFirst ? at < wanted : at > wanted;
}

function notThere(event: LogEvent): Failure {
  return new Failure(
    "event-not-found",
    `The event is not in stream '${event.stream}' of ${event.group} any more.`,
    {
      hint: "It may have passed the group's retention.",
    },
  );
}
