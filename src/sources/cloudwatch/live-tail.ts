import { Failure } from "../../failure.ts";
import type { LogEvent } from "../../log/event.ts";
import type { Notice } from "../../log/ledger.ts";
import { byTime, followByPolling, notFollowed, POLL_MS } from "../follow-by-polling.ts";
import { mergeFollows } from "../merge-follows.ts";
import type { FollowPage, FollowRequest } from "../source.ts";
import { type Sleep, sleepFor } from "../token-bucket.ts";
import { type CatchUp, fetchBacklog, fetchGap, pollFetch } from "./catch-up.ts";
import type { FetchOptions } from "./fetch-events.ts";
import type { CloudWatchGroup } from "./groups.ts";
import { type LiveSession, type LiveUpdate, openLiveSession } from "./live-session.ts";
import { createEventReader } from "./read-event.ts";
import { createShownEvents } from "./shown-events.ts";

export interface LiveTailOptions extends FetchOptions {
  /** Waits before a new session, and from one look to the next where there is none. */
  readonly sleep?: Sleep;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** What all sessions of a follow have together. */
interface Follow {
  readonly options: LiveTailOptions;
  readonly sessions: number;
  sampled: number;
  dropped: number;
  isPriceTold: boolean;
}

/** What one session follows. */
interface Part extends CatchUp {
  readonly follow: Follow;
}

/** How far a part has come. */
interface Progress {
  /** When the last update came, ms since the epoch; undefined before the first session. */
  heardAt: number | undefined;
  /** Sessions in a row that did not open, or brought nothing. */
  failures: number;
}

/** Groups of one session, at most. */
const GROUPS_OF_SESSION = 10;
/** Updates after which what came before the session is looked for once more: not all of it could be found at once. */
const SECOND_LOOK = 15;
/** First and longest pause before a new session, ms. */
const PAUSES = [1_000, 30_000] as const;

/**
 * Follows groups by StartLiveTail: what had come before is fetched, then events are handed on as they come. A session
 * that ends is followed by another, and what came in between is fetched. Where no session is to be had, the groups
 * are polled, and it is said why.
 * @param find throws a Failure for a group that is not there, or is not to be read
 */
export async function* followLive(
  request: FollowRequest,
  find: (name: string, signal: AbortSignal) => Promise<CloudWatchGroup>,
  options: LiveTailOptions,
): AsyncGenerator<FollowPage> {
  const { signal, streamPrefix } = request;
  const { groups, notices } = await findAll(request, find);
  if (notices.length > 0) yield { events: [], notices };
  const isAddressable = ({ arn }: CloudWatchGroup) => arn !== undefined;
  const chunks = chunksOf(groups.filter(isAddressable), streamPrefix ? 1 : GROUPS_OF_SESSION);
  const others = groups.filter((group) => !isAddressable(group));
  const follow = { options, sessions: chunks.length, sampled: 0, dropped: 0, isPriceTold: false };
  const partOf = (some: readonly CloudWatchGroup[], own: AbortSignal): Part => ({
    follow,
    options,
    groups: some.map((group) => ({
      group,
      read: createEventReader(group.name, options.zone, options.now()),
    })),
    request: { ...request, signal: own },
    shown: createShownEvents(),
  });
  const parts = chunks.map((some) => (own: AbortSignal) => followPart(partOf(some, own)));
  if (others.length > 0) parts.push((own) => poll(partOf(others, own), undefined, "its ARN is not known"));
  yield* mergeFollows(parts, signal);
}

/** Of several groups, one that is not to be followed is told and left out. @throws Failure where none is left */
async function findAll(
  { groups: names, signal }: FollowRequest,
  find: (name: string, signal: AbortSignal) => Promise<CloudWatchGroup>,
): Promise<{ readonly groups: readonly CloudWatchGroup[]; readonly notices: readonly Notice[] }> {
  const groups: CloudWatchGroup[] = [];
  const notices: Notice[] = [];
  for (const name of names) {
    try {
      groups.push(await find(name, signal));
    } catch (error) {
      if (!(error instanceof Failure) || notices.length + 1 === names.length) throw error;
      if (!/^(group-not-found|unreadable|access-denied)$/.test(error.code)) throw error;
      notices.push(notFollowed(name, error));
    }
  }
  return { groups, notices };
}

function chunksOf<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  );
}

async function* followPart(part: Part): AsyncGenerator<FollowPage> {
  const { now } = part.options;
  const progress: Progress = { heardAt: undefined, failures: 0 };
  for (;;) {
    const opened = await tryToOpen(part);
    if ("refused" in opened) {
      if (progress.heardAt === undefined || !opened.mayPass)
        return yield* poll(part, progress.heardAt, opened.refused);
      yield { events: [] };
      await pause(part, progress);
      continue;
    }
    try {
      const before = progress.heardAt;
      progress.heardAt ??= now();
      yield* beginSession(part, before);
      yield* relay(opened, part, progress, before ?? progress.heardAt);
    } finally {
      opened.close();
    }
    if (part.request.signal.aborted) return;
    const { isTimeUp, reason } = opened.end();
    const why = isTimeUp ? "its three hours are over" : reason;
    yield { events: [], notices: [following(`Live Tail ended (${why}); connecting again.`)] };
    if (!isTimeUp) await pause(part, progress);
  }
}

type NotOpened = { readonly refused: string; readonly mayPass: boolean };

/** @throws Failure for what a fetch would fail for too */
async function tryToOpen({ options, groups, request }: Part): Promise<LiveSession | NotOpened> {
  const { filter, streamPrefix, signal, onWait } = request;
  try {
    const opened = await openLiveSession(options.connection, {
      groups: groups.map(({ group }) => group),
      ...(filter ? { filterPattern: filter.pattern } : {}),
      ...(streamPrefix ? { streamPrefix } : {}),
      signal,
      onWait,
    });
    return "refused" in opened ? { ...opened, mayPass: false } : opened;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (/^(interrupted|credentials|configuration|invalid-filter)$/.test(error.code)) throw error;
    const mayPass = error.code === "source-unavailable" || error.code === "rate-limited";
    return { refused: error.message.replace(/\.$/, ""), mayPass };
  }
}

/** A random part of a time that doubles, so that those who were cut off together do not come back together. */
async function pause({ follow, request }: Part, progress: Progress): Promise<void> {
  const { sleep = sleepFor, random = Math.random } = follow.options;
  const [first, longest] = PAUSES;
  const most = Math.min(longest, first * 2 ** progress.failures);
  progress.failures += 1;
  await sleep(Math.ceil(most * (0.5 + random() / 2)), request.signal);
}

/** What is to be shown before the session's own events. */
async function* beginSession(part: Part, before: number | undefined): AsyncGenerator<FollowPage> {
  const { follow } = part;
  const notices: Notice[] = [];
  if (!follow.isPriceTold) notices.push(priceOf(follow.sessions));
  follow.isPriceTold = true;
  yield { events: [], mode: "live", notices };
  if (before === undefined) return yield* fetchBacklog(part);
  let fetched = 0;
  let isWhole = true;
  for await (const page of fetchGap(part, before)) {
    fetched += page.events.length;
    isWhole &&= !page.notices?.some(({ kind }) => kind === "gap");
    yield page;
  }
  const found =
    fetched === 0
      ? "nothing had come meanwhile"
      : `what had come meanwhile was fetched, ${fetched === 1 ? "1 event" : `${fetched} events`}`;
  if (isWhole) yield { events: [], notices: [following(`Live Tail is connected again; ${found}.`)] };
}

/** Hands on a session's events until it ends. */
async function* relay(
  session: LiveSession,
  part: Part,
  progress: Progress,
  before: number,
): AsyncGenerator<FollowPage> {
  for (let updates = 1; ; updates += 1) {
    const update = await session.next();
    if (!update) return;
    progress.heardAt = part.options.now();
    progress.failures = 0;
    yield showUpdate(update, part);
    if (updates === SECOND_LOOK) yield* fetchGap(part, before);
  }
}

function showUpdate({ events, isSampled, dropped }: LiveUpdate, part: Part): FollowPage {
  const { shown, groups, follow } = part;
  const readers = new Map(groups.map(({ group, read }) => [group.name, read]));
  const fresh: LogEvent[] = [];
  for (const event of events) {
    const id = shown.takeLive(event);
    const { stream, timestamp, message } = event;
    const read = readers.get(event.group);
    if (id !== undefined && read) fresh.push(read({ id, stream, timestamp, message }));
  }
  const notices = [...tellSampling(follow, isSampled), ...tellDrops(follow, dropped)];
  // What was left out on purpose is not to come with the next fetch, when nobody waits for it any more.
  if (isSampled || dropped > 0) {
    const newest = events.reduce((latest, { ingested }) => Math.max(latest, ingested), 0);
    for (const { group } of groups) shown.raiseFloor(group.name, newest);
  }
  return {
    events: byTime(fresh),
    ...(notices.length > 0 ? { notices } : {}),
    ...(isSampled ? { sampled: 1 } : {}),
    ...(dropped > 0 ? { dropped } : {}),
  };
}

/** Told with the running total, each time that it has doubled. */
function tellSampling(follow: Follow, isSampled: boolean): readonly Notice[] {
  if (!isSampled) return [];
  follow.sampled += 1;
  if (!Number.isInteger(Math.log2(follow.sampled))) return [];
  const count =
    follow.sampled === 1 ? "1 update so far is a sample" : `${follow.sampled} updates so far are samples`;
  const text = `Live Tail shows 500 events a second at most: ${count}. A narrower --filter, or logai logs without --follow, shows all.`;
  return [{ kind: "sampled", text }];
}

function tellDrops(follow: Follow, dropped: number): readonly Notice[] {
  const before = follow.dropped;
  follow.dropped += dropped;
  if (dropped === 0 || (before > 0 && follow.dropped < 2 * before)) return [];
  const text = `Events come faster than they are taken: ${follow.dropped} were dropped so far.`;
  return [{ kind: "truncated", text }];
}

/** @param before when the last update came, ms since the epoch; undefined where there was no session */
async function* poll(part: Part, before: number | undefined, reason: string): AsyncGenerator<FollowPage> {
  const { follow, request, groups } = part;
  const names = groups.map(({ group }) => group.name);
  const text = `${names.join(", ")}: not followed live: ${reason}. Looking every ${POLL_MS / 1000} s instead.`;
  yield { events: [], notices: [following(text)] };
  const polled = pollFetch(part, before);
  const { newest, ...rest } = request;
  const from = before === undefined ? request : { ...rest, since: polled.since };
  yield* followByPolling(polled.source, { ...from, groups: names }, follow.options);
}

/** As of 2026 in us-east-1: aws.amazon.com/cloudwatch/pricing. */
function priceOf(sessions: number): Notice {
  const each = sessions > 1 ? `; these are ${sessions} sessions` : "";
  return following(`Live Tail costs $0.01 a minute of a session after 1,800 free minutes a month${each}.`);
}

function following(text: string): Notice {
  return { kind: "following", text };
}
