import { z } from "zod";
import { compileFilter } from "../../src/log/filter-match.ts";
import { accessDenied, errorOf } from "./cloudwatch-errors.ts";
import {
  findGroup,
  groupIdentifier,
  groupName,
  type Service,
  streamName,
  time,
  token,
} from "./cloudwatch-groups.ts";
import { type Gap, type Group, gapAt, gapBeforeTime, indexAt, type StoredEvent } from "./cloudwatch-store.ts";
import type { Cursor } from "./cloudwatch-tokens.ts";
import { assertExclusive, invalid, parseInput, ServiceError } from "./cloudwatch-wire.ts";

const eventsInput = z.object({
  logGroupName: groupName.optional(),
  logGroupIdentifier: groupIdentifier.optional(),
  startTime: time.optional(),
  endTime: time.optional(),
  startFromHead: z.boolean().optional(),
  nextToken: token.optional(),
  limit: z.number().int().min(1).max(10_000).optional(),
  unmask: z.boolean().optional(),
});

const filterInput = eventsInput.extend({
  logStreamNames: z.array(streamName).min(1).max(100).optional(),
  logStreamNamePrefix: streamName.optional(),
  filterPattern: z.string().max(1024).optional(),
});

const getInput = eventsInput.extend({ logStreamName: streamName });

type FilterRequest = z.infer<typeof filterInput>;

/** Latest-first search reaches back to here only: 2024-01-01T00:00:00Z. */
const BACKWARDS_SINCE = Date.UTC(2024, 0, 1);

/** Both ends of the window are inclusive; done only when there is no token. */
export function filterLogEvents(service: Service, input: unknown): object {
  const request = parseInput(filterInput, input);
  const { nextToken, limit, startFromHead, unmask, ...query } = request;
  assertExclusive({ logStreamNames: query.logStreamNames, logStreamNamePrefix: query.logStreamNamePrefix });
  const group = findReadable(service, request, "FilterLogEvents");
  assertMayUnmask(service, group, unmask);
  const accepts = acceptsOf(group, request);
  const cursor = nextToken === undefined ? undefined : service.tokens.read(nextToken, query);
  const { emptyPages, repeatTokenEvery, repeatPageEvery, ignoresOrder } = service.paging;
  const backwards = cursor?.backwards ?? (startFromHead === false && !ignoresOrder);
  if (backwards && (query.startTime ?? 0) < BACKWARDS_SINCE)
    throw invalid("startFromHead=false needs a startTime on or after Jan 1, 2024 00:00:00 UTC.");

  const answer = (events: readonly StoredEvent[], next: string | undefined) => ({
    events: events.map((event) => describeFilteredEvent(event, unmask)),
    searchedLogStreams: [],
    ...(next === undefined ? {} : { nextToken: next }),
  });
  const issue = (at: Cursor["at"], empty: number) => service.tokens.issue(query, at, { backwards, empty });
  if (cursor !== undefined && nextToken !== undefined) {
    if (service.tokens.shouldRepeat(nextToken, cursor, repeatTokenEvery)) return answer([], nextToken);
  }
  const events = group.timeline.sorted();
  const low = indexAt(events, gapBeforeTime(query.startTime ?? 0));
  const high = indexAt(events, gapBeforeTime((query.endTime ?? Number.MAX_SAFE_INTEGER - 1) + 1));
  const from = cursor === undefined ? (backwards ? high : low) : indexAt(events, placeOf(cursor));
  const empty = cursor?.empty ?? emptyPages;
  if (empty > 0) return answer([], issue(gapAt(events, from), empty - 1));

  const to = backwards ? Math.min(low, from) : Math.max(high, from);
  const page = takePage(service, { events, from, to, limit, accepts });
  if (cursor !== undefined && nextToken !== undefined) {
    if (service.tokens.shouldRepeat(nextToken, cursor, repeatPageEvery)) return answer(page.taken, nextToken);
  }
  const isEnd = page.end === to && !(service.paging.trailingPage && page.taken.length > 0);
  return answer(page.taken, isEnd ? undefined : issue(gapAt(events, page.end), emptyPages));
}

function acceptsOf(group: Group, request: FilterRequest): (event: StoredEvent) => boolean {
  const { logStreamNames: names, logStreamNamePrefix: prefix = "", filterPattern } = request;
  if (names?.some((name) => !group.streams.has(name)))
    throw new ServiceError("ResourceNotFoundException", "The specified log stream does not exist.");
  const wanted = names === undefined ? undefined : new Set(names);
  const filter = filterPattern === undefined ? undefined : compilePattern(filterPattern);
  return ({ stream, message }) =>
    (wanted?.has(stream) ?? stream.startsWith(prefix)) && (filter?.test(message) ?? true);
}

/** @throws ServiceError InvalidParameterException. */
export function compilePattern(pattern: string) {
  try {
    return compileFilter(pattern);
  } catch {
    throw invalid("Invalid filter pattern");
  }
}

/** The end of the window is exclusive; a token that comes back as it was sent is the end. */
export function getLogEvents(service: Service, input: unknown): object {
  const request = parseInput(getInput, input);
  const { nextToken, startTime = 0, endTime = Number.MAX_SAFE_INTEGER, startFromHead = false } = request;
  const group = findReadable(service, request, "GetLogEvents");
  assertMayUnmask(service, group, request.unmask);
  const stream = group.streams.get(request.logStreamName);
  if (stream === undefined)
    throw new ServiceError("ResourceNotFoundException", "The specified log stream does not exist.");
  const query = ["events", group.arn, stream.name];
  const cursor = nextToken === undefined ? undefined : readDirected(service, nextToken, query);
  if (cursor?.backwards === false && !startFromHead)
    throw invalid("startFromHead must be true with a nextForwardToken.");

  const backwards = cursor?.backwards ?? !startFromHead;
  const events = stream.timeline.sorted();
  const low = indexAt(events, gapBeforeTime(startTime));
  const high = Math.max(low, indexAt(events, gapBeforeTime(endTime)));
  const asked = cursor === undefined ? (backwards ? high : low) : indexAt(events, placeOf(cursor));
  const from = Math.min(high, Math.max(low, asked));
  const empty = cursor?.empty ?? service.paging.emptyPages;
  const page =
    empty > 0
      ? { taken: [], end: from }
      : takePage(service, {
          events,
          from,
          to: backwards ? low : high,
          limit: request.limit,
          accepts: () => true,
        });
  const isEnd = empty === 0 && page.taken.length === 0;
  const issue = (index: number, backward: boolean): string => {
    if (isEnd && nextToken !== undefined && backward === backwards) return nextToken;
    const left = empty > 0 && backward === backwards ? empty - 1 : isEnd ? 0 : service.paging.emptyPages;
    const issued = service.tokens.issue(query, gapAt(events, index), { backwards: backward, empty: left });
    return `${backward ? "b" : "f"}/${issued}`;
  };
  const [start, end] = backwards ? [page.end, from] : [from, page.end];
  return {
    events: (backwards ? page.taken.toReversed() : page.taken).map((event) =>
      describeEvent(event, request.unmask),
    ),
    nextForwardToken: issue(end, false),
    nextBackwardToken: issue(start, true),
  };
}

function readDirected({ tokens }: Service, directed: string, query: unknown): Cursor {
  const cursor = tokens.read(directed.slice(2), query);
  if (directed.slice(0, 2) !== (cursor.backwards ? "b/" : "f/"))
    throw invalid("The specified nextToken is invalid.");
  return cursor;
}

/** Only the Standard class can be read event by event; the others want Insights, if anything. */
export function findReadable(
  { store }: Service,
  request: { logGroupName?: string | undefined; logGroupIdentifier?: string | undefined },
  operation: string,
): Group {
  const group = findGroup(store, request);
  if (group.class === "STANDARD") return group;
  throw new ServiceError(
    "InvalidOperationException",
    `The log group ${group.name} is of log-group-class ${group.class}. ${operation} is not supported for this log class.`,
  );
}

function placeOf({ at }: Cursor): Gap {
  if (typeof at === "string") throw invalid("The specified nextToken is invalid.");
  return at;
}

interface PageRequest {
  readonly events: readonly StoredEvent[];
  /** Places between events; from above `to` goes backwards. */
  readonly from: number;
  readonly to: number;
  readonly limit: number | undefined;
  readonly accepts: (event: StoredEvent) => boolean;
}

/** What CloudWatch adds to each event's UTF-8 bytes, where it counts bytes. */
const EVENT_OVERHEAD = 26;

function takePage({ paging }: Service, request: PageRequest): { taken: StoredEvent[]; end: number } {
  const { events, from, to, accepts } = request;
  const limit = Math.min(request.limit ?? paging.maxEvents, paging.maxEvents);
  const step = from <= to ? 1 : -1;
  const taken: StoredEvent[] = [];
  let bytes = 0;
  let end = from;
  for (; end !== to && Math.abs(end - from) < paging.maxScanned; end += step) {
    const event = events[step === 1 ? end : end - 1];
    if (event === undefined || !accepts(event)) continue;
    bytes += event.bytes + EVENT_OVERHEAD;
    if (taken.length === limit || (taken.length > 0 && bytes > paging.maxBytes)) break;
    taken.push(event);
  }
  return { taken, end };
}

/** @throws ServiceError AccessDeniedException where true texts are asked for and nobody may read them. */
export function assertMayUnmask(
  { allowsUnmask }: Service,
  { arn }: Group,
  unmask: boolean | undefined,
): void {
  if (unmask === true && !allowsUnmask)
    throw errorOf(accessDenied({ operation: "Unmask", resource: `${arn}:log-stream:` }));
}

function describeEvent(event: StoredEvent, unmask = false): object {
  const { timestamp, message, unmasked = message, ingestionTime } = event;
  return { timestamp, message: unmask ? unmasked : message, ingestionTime };
}

function describeFilteredEvent(event: StoredEvent, unmask = false): object {
  const { timestamp, stream, message, unmasked = message, ingestionTime, serial } = event;
  const eventId = `3${String(timestamp).padStart(15, "0")}${String(serial).padStart(40, "0")}`;
  return { logStreamName: stream, timestamp, message: unmask ? unmasked : message, ingestionTime, eventId };
}
