import { Failure } from "../../failure.ts";
import type { LogEvent } from "../../log/event.ts";
import type { Notice } from "../../log/ledger.ts";
import type { Zone } from "../../log/zone.ts";
import { byTime } from "../follow-by-polling.ts";
import type { FollowPage, FollowRequest, LogSource } from "../source.ts";
import { type Sleep, sleepFor } from "../token-bucket.ts";
import { placeOf } from "./assemble-events.ts";
import type { LogFile } from "./open-log.ts";
import { type FileTail, identify, openTail, type TailOptions, type TailStart } from "./tail-file.ts";

export interface FollowFilesOptions {
  /** The files of a group as they are now, oldest first. @throws Failure where there is none */
  readonly filesOf: (group: string, signal: AbortSignal) => Promise<readonly LogFile[]>;
  readonly fetch: LogSource["fetch"];
  readonly zone: Zone;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly sleep?: Sleep;
}

/** One group that is followed. */
interface Place {
  readonly group: string;
  readonly tails: Map<string, FileTail>;
  /** Looks since a file has no name in the group any more, by its identity. */
  readonly gone: Map<string, number>;
  /** What could not be opened. */
  readonly refused: Set<string>;
  readonly options: TailOptions;
  /** Identity of the file that is written to: it is no copy of another. */
  newest: string | undefined;
  isMissing: boolean;
}

const LOOK_MS = 500;
/** Looks for which a file is read on that was renamed or deleted: its writer may not have noticed yet. */
const LAST_LOOKS = 120;
/** Files of a group that are kept open: its newest. */
const MOST_FILES = 20;
/** Events that are given at once and in order. */
const BATCH = 5_000;
/** How far before a file's end its newest events are looked for, before all of it is read, ms. */
const NEAR_END = [60_000, 3_600_000];
/** An end for windows that have none. */
const FAR = Date.UTC(2100, 0, 1);

/**
 * Reads files on as they grow: whole lines, each once, also where a file is rotated by renaming or by copying, emptied
 * or replaced. What had come before is fetched.
 */
export async function* followFiles(
  request: FollowRequest,
  options: FollowFilesOptions,
): AsyncGenerator<FollowPage> {
  const { signal } = request;
  const { sleep = sleepFor } = options;
  const places = request.groups.map((group) => createPlace(group, request, options));
  try {
    for (const place of places) {
      const notices: Notice[] = [];
      await openFiles(place, request, options, () => "end", notices);
      yield* readBacklog(place, request, options, notices);
    }
    yield { events: [], mode: "live" };
    while (!signal.aborted) {
      yield* lookAt(places, request, options);
      await sleep(LOOK_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    for (const { tails } of places) for (const tail of tails.values()) await tail.close();
  }
}

function createPlace(group: string, request: FollowRequest, { zone, now }: FollowFilesOptions): Place {
  const { filter, signal } = request;
  const options = { group, filter, zone, now, signal };
  return {
    group,
    tails: new Map(),
    gone: new Map(),
    refused: new Set(),
    options,
    newest: undefined,
    isMissing: false,
  };
}

/** Opens the files that are new in a group, and notes which ones have another name or none any more. */
async function openFiles(
  place: Place,
  { streamPrefix = "", signal }: FollowRequest,
  { filesOf }: FollowFilesOptions,
  startOf: (isNewest: boolean, head: Buffer) => TailStart,
  notices: Notice[],
): Promise<void> {
  const { group, tails, gone, refused } = place;
  const files = (await filesOf(group, signal)).filter(({ stream }) => stream.startsWith(streamPrefix));
  const there = new Set<string>();
  for (const file of files.slice(-MOST_FILES)) {
    const identity = await identify(file.path);
    if (identity === undefined) continue;
    there.add(identity);
    place.newest = identity;
    const known = tails.get(identity);
    if (known) {
      known.stream = file.stream;
      continue;
    }
    if (refused.has(identity)) continue;
    const isNewest = file === files.at(-1);
    try {
      const tail = await openTail(file, ({ head }) => startOf(isNewest, head), place.options);
      tails.set(tail.identity, tail);
      there.add(tail.identity);
      if (!tail.isFollowable && isNewest) notices.push(notGrowing(group, file));
    } catch (error) {
      if (!(error instanceof Failure) || error.code === "interrupted") throw error;
      refused.add(identity);
      notices.push({ kind: "unreadable", group, text: error.message });
    }
  }
  for (const identity of tails.keys()) {
    if (there.has(identity)) gone.delete(identity);
    else gone.set(identity, (gone.get(identity) ?? 0) + 1);
  }
}

function notGrowing(group: string, { stream }: LogFile): Notice {
  const text = `${stream} is not followed: only plain text in UTF-8 grows line by line.`;
  return { kind: "unreadable", group, text };
}

/** What lies before the places where following begins. */
async function* readBacklog(
  { group, tails }: Place,
  { since, newest, filter, streamPrefix, signal }: FollowRequest,
  { fetch }: FollowFilesOptions,
  notices: Notice[],
): AsyncGenerator<FollowPage> {
  const begins = new Map([...tails.values()].map(({ stream, offset }) => [stream, offset]));
  const isBefore = ({ id }: LogEvent) => {
    const place = placeOf(id);
    return !place || place.offset < (begins.get(place.stream) ?? Number.POSITIVE_INFINITY);
  };
  const request = {
    group,
    ...(filter ? { filter } : {}),
    ...(streamPrefix ? { streamPrefix } : {}),
    signal,
  };
  let last: LogEvent[] = [];
  let told: readonly Notice[] = [];
  for (const start of newest === undefined ? [since] : startsOf(since, tails.values())) {
    last = [];
    told = [];
    for await (const page of fetch({ ...request, window: { start, end: FAR } })) {
      const events = page.events.filter(isBefore);
      told = [...told, ...(page.notices ?? []).filter(({ kind }) => kind !== "changed-while-read")];
      if (newest === undefined) yield { events };
      else if (newest > 0) last = [...last, ...events].slice(-newest);
    }
    if (last.length === newest) break;
  }
  const all = [...notices, ...told];
  yield { events: last, ...(all.length > 0 ? { notices: all } : {}) };
}

/** Where to look for the newest events: near the end at first, for a large file is sought by time. */
function startsOf(since: number, tails: Iterable<FileTail>): readonly number[] {
  const times = [...tails].flatMap(({ lastTime }) => lastTime ?? []);
  const end = Math.max(...times);
  return [...NEAR_END.map((span) => end - span).filter((start) => start > since), since];
}

async function* lookAt(
  places: readonly Place[],
  request: FollowRequest,
  options: FollowFilesOptions,
): AsyncGenerator<FollowPage> {
  const batch: LogEvent[] = [];
  const notices: Notice[] = [];
  for (const place of places) {
    const take = async function* (tails: Iterable<FileTail>) {
      for (const tail of tails) {
        if (!tail.isFollowable) continue;
        for await (const events of tail.read()) {
          batch.push(...events);
          if (batch.length >= BATCH) yield { events: byTime(batch.splice(0)) };
        }
      }
    };
    yield* take(place.tails.values());
    // Before an emptied file is begun anew: a copy of it goes on where its reading had come to.
    await findChanges(place, request, options, notices);
    yield* take(restartReplaced(place, notices));
    await closeGone(place);
  }
  yield { events: byTime(batch), ...(notices.length > 0 ? { notices } : {}) };
}

function restartReplaced({ tails, group, newest }: Place, notices: Notice[]): readonly FileTail[] {
  const replaced = [...tails.values()].flatMap((tail) => {
    const { replacement, identity } = tail;
    if (!replacement) return [];
    return [{ tail, original: identity === newest ? undefined : originalOf(replacement, tail, tails) }];
  });
  // Found for all before one of them is begun anew.
  const begins = replaced.map(({ tail, original }) => ({ tail, original, offset: original?.offset ?? 0 }));
  for (const { tail, original, offset } of begins) {
    tail.restart(offset);
    if (!original) notices.push(resetNotice(group, tail));
  }
  return begins.map(({ tail }) => tail);
}

/** Rotation may copy a log and then empty it: the copy begins as the log did. */
function originalOf(
  head: Buffer,
  copy: FileTail | undefined,
  tails: ReadonlyMap<string, FileTail>,
): FileTail | undefined {
  return [...tails.values()].find((tail) => {
    const length = Math.min(head.length, tail.head.length);
    return tail !== copy && length > 0 && head.subarray(0, length).equals(tail.head.subarray(0, length));
  });
}

async function closeGone({ tails, gone }: Place): Promise<void> {
  for (const [identity, looks] of gone) {
    if (looks < LAST_LOOKS) continue;
    gone.delete(identity);
    await tails.get(identity)?.close();
    tails.delete(identity);
  }
}

function resetNotice(group: string, { stream }: FileTail): Notice {
  const text = `${stream} was emptied or replaced and is read from its start; lines written just before may be missing.`;
  return { kind: "gap", group, text };
}

/** A file that is away for a moment is waited for. */
async function findChanges(
  place: Place,
  request: FollowRequest,
  options: FollowFilesOptions,
  notices: Notice[],
): Promise<void> {
  const { group, tails } = place;
  const startOf = (isNewest: boolean, head: Buffer): TailStart => {
    const original = isNewest ? undefined : originalOf(head, undefined, tails);
    return original ? { copyOf: original } : "start";
  };
  try {
    await openFiles(place, request, options, startOf, notices);
    place.isMissing = false;
  } catch (error) {
    if (request.signal.aborted || !(error instanceof Failure)) throw error;
    if (!place.isMissing) {
      const text = `${error.message.replace(/\.$/, "")}; it is waited for.`;
      notices.push({ kind: "following", group, text });
    }
    place.isMissing = true;
  }
}
