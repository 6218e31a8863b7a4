import { Failure } from "../failure.ts";
import type { LogEvent } from "../log/event.ts";
import type { Notice } from "../log/ledger.ts";
import { createSeenEvents, type SeenEvents } from "./seen-events.ts";
import type { Capabilities, FetchRequest, FollowPage, FollowRequest, LogSource } from "./source.ts";
import { type Sleep, sleepFor } from "./token-bucket.ts";

export interface PollingOptions {
  /** ms since the epoch. */
  readonly now: () => number;
  readonly sleep?: Sleep;
  /** From one look to the next, ms. */
  readonly intervalMs?: number;
  /** Ids that are remembered of each group, about. */
  readonly mostIds?: number;
}

/** What is asked again and again; its ids must stay what they are. */
export interface Polled {
  readonly capabilities: Pick<Capabilities, "newestFirst" | "ingestionDelay">;
  readonly fetch: LogSource["fetch"];
}

export const POLL_MS = 2_000;
/** How far every look reaches back behind the one before, ms: most events are found within that. */
const OVERLAP_MS = 15_000;
/** How often a look reaches back as far as events may be late, ms. */
const DEEP_EVERY_MS = 30_000;
/** Events that are given at once and in order. */
const BATCH = 5_000;
/** Newest events read before the follow begins, beside those that are shown: what the first looks bring again. */
const FIRST_READ = 1_000;
/** An end for windows that have none. */
const FAR = Date.UTC(2100, 0, 1);

/** One group that is polled. */
interface Place {
  readonly group: string;
  readonly seen: SeenEvents;
  /** When the last look that came to its end had begun, ms since the epoch; undefined before the first. */
  readTo: number | undefined;
  deepAt: number;
  isTroubled: boolean;
  /** Kinds of the source's remarks that were passed on. */
  readonly told: Set<string>;
}

/**
 * Follows a source that hands out nothing by itself: looks every two seconds for what is new, a little further back
 * than the last time, and now and then as far back as events may be late. A look that fails is made up for by the next.
 */
export async function* followByPolling(
  source: Polled,
  request: FollowRequest,
  options: PollingOptions,
): AsyncGenerator<FollowPage> {
  const { signal } = request;
  const { sleep = sleepFor, intervalMs = POLL_MS } = options;
  let places = request.groups.map((group) => createPlace(group, request.since, options));
  yield { events: [], mode: "polling" };
  try {
    while (!signal.aborted) {
      const batch: LogEvent[] = [];
      for (const place of places) {
        const notices: Notice[] = [];
        try {
          for await (const events of look(source, place, request, options, notices)) {
            batch.push(...events);
            if (batch.length >= BATCH) yield { events: byTime(batch.splice(0)) };
          }
          notices.push(...recover(place));
        } catch (error) {
          if (signal.aborted) return;
          const notice = noticeOf(error, place, places.length);
          if (!place.isTroubled) places = places.filter((other) => other !== place);
          if (notice) notices.push(notice);
        }
        if (notices.length > 0) yield { events: [], notices };
      }
      yield { events: byTime(batch) };
      await sleep(intervalMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function createPlace(group: string, since: number, { mostIds }: PollingOptions): Place {
  const seen = createSeenEvents(mostIds);
  seen.raiseFloor(since);
  return {
    group,
    seen,
    readTo: undefined,
    deepAt: Number.NEGATIVE_INFINITY,
    isTroubled: false,
    told: new Set(),
  };
}

/** The events of one group that were not met before, in portions. */
async function* look(
  source: Polled,
  place: Place,
  request: FollowRequest,
  { now }: PollingOptions,
  notices: Notice[],
): AsyncGenerator<readonly LogEvent[]> {
  const { seen, readTo } = place;
  const lateness = Math.max(OVERLAP_MS, source.capabilities.ingestionDelay);
  const began = now();
  const isDeep = began - place.deepAt >= DEEP_EVERY_MS;
  if (readTo === undefined && request.newest !== undefined) {
    yield await readNewest(source, place, request, request.newest, began, notices);
  } else {
    const reach = isDeep ? began - lateness : Number.POSITIVE_INFINITY;
    const start =
      readTo === undefined ? request.since : Math.max(request.since, Math.min(readTo - OVERLAP_MS, reach));
    for await (const page of fetchPages(source, place, request, { window: { start, end: FAR } }, notices))
      yield page.filter(seen.isNew);
  }
  if (isDeep) place.deepAt = began;
  place.readTo = began;
  seen.forgetBefore(began - lateness);
}

/**
 * The newest events from the beginning on. All that is read is remembered, and what lies before it counts as met: it
 * was there before the follow.
 */
async function readNewest(
  source: Polled,
  place: Place,
  request: FollowRequest,
  count: number,
  began: number,
  notices: Notice[],
): Promise<readonly LogEvent[]> {
  const { seen } = place;
  const window = { start: request.since, end: FAR };
  let newest: LogEvent[] = [];
  if (!source.capabilities.newestFirst) {
    for await (const page of fetchPages(source, place, request, { window }, notices))
      newest = [...newest, ...page.filter(seen.isNew)].slice(-count || Number.POSITIVE_INFINITY);
    return newest;
  }
  const part = { window, order: "newest-first" as const, limit: Math.max(count, FIRST_READ) };
  for await (const page of fetchPages(source, place, request, part, notices)) {
    for (const event of page) if (seen.isNew(event) && newest.length < count) newest.push(event);
    const last = page.at(-1)?.timestamp;
    if (last === undefined || newest.length < count || last >= began - OVERLAP_MS) continue;
    seen.raiseFloor(last + 1);
    break;
  }
  return newest.toReversed();
}

/** The pages of a fetch; the source's remarks are passed on once for each kind. */
async function* fetchPages(
  source: Polled,
  { group, told }: Place,
  { filter, streamPrefix, signal, onWait }: FollowRequest,
  part: Pick<FetchRequest, "window" | "order" | "limit">,
  notices: Notice[],
): AsyncGenerator<readonly LogEvent[]> {
  const request: FetchRequest = {
    group,
    signal,
    ...part,
    ...(filter ? { filter } : {}),
    ...(streamPrefix ? { streamPrefix } : {}),
    ...(onWait ? { onWait } : {}),
  };
  for await (const page of source.fetch(request)) {
    for (const notice of page.notices ?? []) {
      if (!told.has(notice.kind)) notices.push(notice);
      told.add(notice.kind);
    }
    yield page.events;
  }
}

/** A look came to its end: what is to be said of it. */
function recover(place: Place): readonly Notice[] {
  const notices: Notice[] = [];
  if (place.isTroubled)
    notices.push(following(place.group, `${place.group} can be read again; nothing was left out.`));
  place.isTroubled = false;
  if (!place.seen.keepsUntimed && !place.told.has("truncated")) {
    place.told.add("truncated");
    const text = `${place.group}: too many events have no time; more of those are not shown.`;
    notices.push({ kind: "truncated", group: place.group, text });
  }
  return notices;
}

/**
 * What a failed look means: trouble that may pass is told once, a group that is not to be read is left out.
 * @throws whatever was thrown, where nothing would be left to follow
 */
function noticeOf(error: unknown, place: Place, count: number): Notice | undefined {
  if (!(error instanceof Failure)) throw error;
  const { group } = place;
  const reason = error.message.replace(/\.$/, "");
  if (error.code === "rate-limited" || (error.code === "source-unavailable" && place.readTo !== undefined)) {
    const wasTroubled = place.isTroubled;
    place.isTroubled = true;
    const text = `${group} cannot be read at present (${reason}); it is tried on.`;
    return wasTroubled ? undefined : following(group, text);
  }
  const isOfGroup = /^(access-denied|unreadable|group-not-found|source-unavailable)$/.test(error.code);
  if (count === 1 || !isOfGroup) throw error;
  place.isTroubled = false;
  return notFollowed(group, error);
}

/** Of several groups, one that is left out. */
export function notFollowed(group: string, { message }: Failure): Notice {
  const end = /[.?!]$/.test(message) ? "" : ".";
  return { kind: "unreadable", group, text: `${group} is not followed: ${message}${end}` };
}

function following(group: string, text: string): Notice {
  return { kind: "following", group, text };
}

/** Events without a time stay where they are, before the others. */
export function byTime(events: readonly LogEvent[]): readonly LogEvent[] {
  const timeOf = ({ timestamp }: LogEvent) => timestamp ?? Number.NEGATIVE_INFINITY;
  return events.toSorted((a, b) => {
    const [one, other] = [timeOf(a), timeOf(b)];
    return one === other ? 0 : one - other;
  });
}
