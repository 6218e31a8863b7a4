import type { FilteredLogEvent, FilterLogEventsCommandInput } from "@aws-sdk/client-cloudwatch-logs";
import { Failure } from "../../failure.ts";
import type { TimeRange } from "../../log/time-range.ts";

/** What FilterLogEvents takes, beside the group. */
export type FilterInput = Omit<FilterLogEventsCommandInput, "logGroupName" | "logGroupIdentifier">;

/** How far a reading of pages has come. */
export interface Position {
  /** The next request. */
  next(): FilterInput;
  /** The events of a page that were not there before. @throws Failure where the service does not come further */
  take(events: readonly FilteredLogEvent[], nextToken: string | undefined): readonly FilteredLogEvent[];
  /** Goes on from the last event without a token; false where that was done already and brought nothing. */
  restart(): boolean;
}

export interface Course {
  readonly group: string;
  readonly window: TimeRange | undefined;
  readonly newestFirst: boolean;
  /** What stays the same from page to page. */
  readonly input: FilterInput;
}

/** Pages in a row that bring the same token and no event, after which the reading is begun anew where it stands. */
const MOST_REPEATS = 20;

export function createPosition({ group, window, newestFirst, input }: Course): Position {
  const bounds = boundsOf(window);
  let token: string | undefined;
  let repeats = 0;
  let isStuck = false;
  /** Time of the last event, the ids of that millisecond, and the page before: what may be brought again. */
  let last: number | undefined;
  let edge = new Set<string>();
  let previous: readonly FilteredLogEvent[] = [];

  const isBehind = ({ timestamp = 0 }: FilteredLogEvent) =>
    last !== undefined && (newestFirst ? timestamp >= last : timestamp <= last);
  const withoutKnown = (events: readonly FilteredLogEvent[]) => {
    const [first] = events;
    if (!first || !isBehind(first)) return events;
    const known = new Set(previous.map(({ eventId }) => eventId));
    return events.filter(({ eventId = "" }) => !known.has(eventId) && !edge.has(eventId));
  };
  const moveOn = (fresh: readonly FilteredLogEvent[], page: readonly FilteredLogEvent[]) => {
    const newest = fresh.at(-1);
    if (!newest) return;
    isStuck = false;
    previous = page;
    if (newest.timestamp !== last) edge = new Set();
    last = newest.timestamp;
    for (let at = fresh.length - 1; at >= 0 && fresh[at]?.timestamp === last; at--)
      edge.add(fresh[at]?.eventId ?? "");
  };
  const restart = (): boolean => {
    if (isStuck || token === undefined) return false;
    isStuck = true;
    token = undefined;
    repeats = 0;
    if (last !== undefined) bounds[newestFirst ? "endTime" : "startTime"] = last;
    return true;
  };
  return {
    next: () => ({
      ...input,
      ...bounds,
      ...(newestFirst ? { startFromHead: false } : {}),
      ...(token === undefined ? {} : { nextToken: token }),
    }),
    take(events, nextToken) {
      const fresh = withoutKnown(events);
      moveOn(fresh, events);
      repeats = fresh.length === 0 && nextToken !== undefined && nextToken === token ? repeats + 1 : 0;
      token = nextToken;
      if (repeats >= MOST_REPEATS && !restart()) throw stuck(group);
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
