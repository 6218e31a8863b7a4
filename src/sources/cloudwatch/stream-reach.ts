import { Failure } from "../../failure.ts";
import type { Connection } from "./client.ts";
import { type CloudWatchGroup, identify } from "./groups.ts";

export interface ReachRequest {
  readonly group: CloudWatchGroup;
  readonly stream: string;
  /** ms since the epoch. */
  readonly timestamp: number;
  /** Events of the stream that are wanted before that time. */
  readonly count: number;
  readonly signal: AbortSignal;
}

/** Events of one page, at most: GetLogEvents' limit. */
const MOST_PER_PAGE = 10_000;
/** Pages in a row without an event, after which the stream is taken to hold nothing more before. */
const MOST_EMPTY = 50;

/**
 * How far back a stream has to be read for so many events before a time, ms since the epoch; undefined where the stream
 * cannot be read so. GetLogEvents goes backwards whatever the age of the events; but it tells no ids, so the events
 * themselves are fetched otherwise.
 */
export async function findReach(
  { send, logs, commands }: Connection,
  { group, stream, timestamp, count, signal }: ReachRequest,
): Promise<number | undefined> {
  let nextToken: string | undefined;
  let earliest = timestamp;
  let found = 0;
  let empty = 0;
  try {
    while (found < count && empty < MOST_EMPTY) {
      const input = {
        ...identify(group),
        logStreamName: stream,
        // Its end is exclusive, unlike that of FilterLogEvents.
        endTime: timestamp,
        limit: Math.min(MOST_PER_PAGE, count - found),
        startFromHead: false,
        ...(nextToken === undefined ? {} : { nextToken }),
      };
      const page = await send({
        operation: "GetLogEvents",
        run: (abortSignal) => logs.send(new commands.GetLogEventsCommand(input), { abortSignal }),
        signal,
        about: group.name,
      });
      const times = (page.events ?? []).flatMap((event) => event.timestamp ?? []);
      found += times.length;
      empty = times.length === 0 ? empty + 1 : 0;
      earliest = times.reduce((least, time) => Math.min(least, time), earliest);
      // There is always a token; the end is one that comes back as it was sent.
      if (page.nextBackwardToken === undefined || page.nextBackwardToken === nextToken) break;
      nextToken = page.nextBackwardToken;
    }
    return earliest;
  } catch (error) {
    if (error instanceof Failure && /^(access-denied|source-unavailable|group-not-found)$/.test(error.code))
      return undefined;
    throw error;
  }
}
