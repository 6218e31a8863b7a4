import type { FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import { Failure } from "../../failure.ts";
import type { LogEvent } from "../../log/event.ts";
import type { Notice } from "../../log/ledger.ts";
import { formatInstant } from "../../log/time-input.ts";
import { byTime, type Polled } from "../follow-by-polling.ts";
import { mergeGroups } from "../merge-groups.ts";
import type { FetchRequest, FollowPage, FollowRequest } from "../source.ts";
import { EARLIEST_BACKWARDS } from "./fetch-backwards.ts";
import { type FetchOptions, type FetchPlan, fetchEvents } from "./fetch-events.ts";
import type { CloudWatchGroup } from "./groups.ts";
import type { ServiceEvent } from "./read-event.ts";
import type { ArrivedEvent, ShownEvents } from "./shown-events.ts";

export interface FetchedGroup {
  readonly group: CloudWatchGroup;
  readonly read: (event: ServiceEvent) => LogEvent;
}

/** What is fetched beside a Live Tail session, and what was shown of it. */
export interface CatchUp {
  readonly groups: readonly FetchedGroup[];
  readonly request: FollowRequest;
  readonly options: FetchOptions;
  readonly shown: ShownEvents;
}

/** How long after its own time an event may be ingested, ms, to be found by a fetch that goes by its own time. */
const LATE_MS = 300_000;
/** How far this clock may be from the service's, ms: a signature would be refused for more. */
const SKEW_MS = 300_000;
/** Events of a gap that are fetched, at most. */
const MOST_FETCHED = 100_000;
/** An end for windows that have none. */
const FAR = Date.UTC(2100, 0, 1);

/** The events that had come before the first session: the newest of each group, or all since the time asked for. */
export async function* fetchBacklog(part: CatchUp): AsyncGenerator<FollowPage> {
  const { groups, request, options, shown } = part;
  const { newest, since } = request;
  const isFresh = shown.beginFetch();
  const notices: Notice[] = [];
  if (newest === undefined) {
    const window = { start: since, end: FAR };
    const pages = groups.map((one) =>
      fetchGroup(part, one, { window, keep: isFresh, from: since, notices, newestFirst: false }),
    );
    for await (const events of mergeGroups(pages)) yield { events };
  } else {
    const window = { start: Math.max(since, EARLIEST_BACKWARDS), end: FAR };
    const found: LogEvent[] = [];
    for (const one of groups)
      found.push(...(await fetchNewest(part, one, { window, isFresh, newest, notices })));
    yield { events: byTime(found) };
  }
  if (newest === 0) for (const { group } of groups) shown.raiseFloor(group.name, options.now());
  if (notices.length > 0) yield { events: [], notices };
}

interface NewestFetch {
  readonly window: { readonly start: number; readonly end: number };
  readonly isFresh: (event: ArrivedEvent) => boolean;
  readonly newest: number;
  readonly notices: Notice[];
}

async function fetchNewest(
  part: CatchUp,
  one: FetchedGroup,
  { window, isFresh, newest, notices }: NewestFetch,
): Promise<readonly LogEvent[]> {
  if (newest === 0) return [];
  let taken = 0;
  let ingested = Number.NEGATIVE_INFINITY;
  const keep = (event: ArrivedEvent) => {
    if (taken >= newest || !isFresh(event)) return false;
    taken += 1;
    ingested = Math.max(ingested, event.ingested);
    return true;
  };
  const events: LogEvent[] = [];
  const plan = { window, keep, from: window.start, notices, newestFirst: true, limit: newest };
  for await (const page of fetchGroup(part, one, plan)) {
    events.push(...page);
    if (taken >= newest) break;
  }
  // What had come before these is left out for good, be it found later.
  if (taken >= newest) part.shown.raiseFloor(one.group.name, ingested);
  return events.toReversed();
}

/**
 * What was ingested since shortly before a time and was not shown. Where it cannot be read, or is too much, a notice
 * tells of the gap.
 * @param before when the last update had come, ms since the epoch
 */
export async function* fetchGap(part: CatchUp, before: number): AsyncGenerator<FollowPage> {
  const { groups, shown } = part;
  const isFresh = shown.beginFetch();
  const keep = (event: ArrivedEvent) => event.ingested > before - SKEW_MS && isFresh(event);
  const notices: Notice[] = [];
  const window = { start: before - SKEW_MS - LATE_MS, end: FAR };
  const pages = groups.map((one) =>
    fetchGroup(part, one, { window, keep, from: before, notices, newestFirst: false }),
  );
  let fetched = 0;
  for await (const events of mergeGroups(pages)) {
    yield { events };
    fetched += events.length;
    if (fetched < MOST_FETCHED) continue;
    const last = events.at(-1)?.timestamp ?? before;
    notices.push(gapNotice(part, undefined, last, `more than ${MOST_FETCHED} events came meanwhile`));
    // Given up for good: a second look does not begin with the rest.
    for (const { group } of groups) shown.raiseFloor(group.name, part.options.now());
    break;
  }
  if (notices.length > 0) yield { events: [], notices };
}

interface GroupFetch {
  readonly window: { readonly start: number; readonly end: number };
  readonly keep: (event: ArrivedEvent) => boolean;
  /** Where a gap begins if the fetch fails, ms since the epoch. */
  readonly from: number;
  readonly notices: Notice[];
  readonly newestFirst: boolean;
  readonly limit?: number;
}

/** The pages of one group; a fetch that fails leaves a gap that is told, and the follow goes on. */
async function* fetchGroup(
  part: CatchUp,
  { group }: FetchedGroup,
  { window, keep, from, notices, newestFirst, limit }: GroupFetch,
): AsyncGenerator<readonly LogEvent[]> {
  const { request, options } = part;
  const plan: FetchPlan = {
    ...planOf(group, request),
    window,
    keep: (event) => keep(arrivedOf(event, group.name)),
    newestFirst,
    ...(limit === undefined ? {} : { limit }),
  };
  let last = from;
  try {
    const fetching = fetchEvents(plan, { ...request, group: group.name, window }, options);
    for await (const { events } of fetching) {
      if (!newestFirst) last = Math.max(last, events.at(-1)?.timestamp ?? last);
      if (events.length > 0) yield events;
    }
  } catch (error) {
    if (!(error instanceof Failure) || error.code === "interrupted" || error.code === "credentials")
      throw error;
    notices.push(gapNotice(part, group.name, last, error.message.replace(/\.$/, "")));
  }
}

function gapNotice(part: CatchUp, group: string | undefined, from: number, reason: string): Notice {
  const { zone, now } = part.options;
  const span = `from ${formatInstant(from, zone)} to ${formatInstant(Math.max(from, now()), zone)}`;
  const text = `${group === undefined ? "Events" : `${group}: events`} ${span} may be missing: ${reason}.`;
  return { kind: "gap", ...(group === undefined ? {} : { group }), text };
}

/**
 * What polling asks, in place of Live Tail: it leaves out what a session has shown.
 * @param before when the last update had come, ms since the epoch; undefined where there was no session
 */
export function pollFetch(
  { groups, request, options, shown }: CatchUp,
  before: number | undefined,
): { readonly source: Polled; readonly since: number } {
  const groupOf = new Map(groups.map(({ group }) => [group.name, group]));
  const fetch = async function* (asked: FetchRequest) {
    const group = groupOf.get(asked.group);
    if (!group) return;
    const plan = {
      ...planOf(group, request),
      window: asked.window,
      newestFirst: asked.order === "newest-first",
      ...(asked.limit === undefined ? {} : { limit: asked.limit }),
    };
    const isFresh = shown.compareFetch();
    const keep = (event: FilteredLogEvent) => {
      const arrived = arrivedOf(event, group.name);
      return before === undefined || (arrived.ingested > before - SKEW_MS && isFresh(arrived));
    };
    yield* fetchEvents({ ...plan, keep }, asked, options);
  };
  const capabilities = { newestFirst: true, ingestionDelay: LATE_MS };
  return { source: { fetch, capabilities }, since: (before ?? request.since) - SKEW_MS - LATE_MS };
}

function planOf(group: CloudWatchGroup, { filter, streamPrefix }: FollowRequest) {
  return {
    group,
    ...(filter ? { filterPattern: filter.pattern } : {}),
    ...(streamPrefix ? { streamPrefix } : {}),
  };
}

function arrivedOf(event: FilteredLogEvent, group: string): ArrivedEvent {
  const { logStreamName = "", timestamp, ingestionTime, message = "" } = event;
  return { group, stream: logStreamName, timestamp, ingested: ingestionTime ?? timestamp ?? 0, message };
}
