import type { Cache, CacheOwner, EventKey } from "../cache/cache.ts";
import { Failure } from "../failure.ts";
import { createZone, type Zone } from "../log/zone.ts";
import { throwIfAborted } from "./cached/aborted.ts";
import { createListing } from "./cached/listing.ts";
import { createOwnReadings } from "./cached/own-readings.ts";
import { type ReadOptions, readWindow, type WindowRequest } from "./cached/read-window.ts";
import { rememberResults } from "./cached/results.ts";
import { planSteps } from "./cached/steps.ts";
import { recallSurrounding } from "./cached/surroundings.ts";
import { startUnderWay, type UnderWay } from "./cached/under-way.ts";
import { noticesOf } from "./group-notices.ts";
import type { FetchPage, FetchRequest, IdentityMemory, LogSource, ScanEstimate } from "./source.ts";

export interface CacheOptions {
  readonly cache: Cache;
  /** Of the machine, as the cache's own; ms since the epoch. */
  readonly now?: () => number;
  /** What the program takes for now: events before a group's retention are gone as of then. As `now` unless given. */
  readonly asOf?: () => number;
  /** For the times in notices; UTC unless given. */
  readonly zone?: Zone;
  /** How long after its time an event may arrive, ms; the source's own delay, or 5 minutes where it tells none. */
  readonly ingestionDelay?: number;
  /** What this run itself has read so short a time ago, ms, is taken without a word; 10 minutes unless given. */
  readonly quiet?: number;
  /** How long the newest event of a group is taken as it was read, ms; a minute unless given. */
  readonly describeLife?: number;
}

const DEFAULT_DELAY = 300_000;
const DEFAULT_QUIET = 600_000;
const DEFAULT_DESCRIBE_LIFE = 60_000;

/**
 * The same source, that reads nothing twice: windows, and parts of windows, that were read before are answered from the
 * cache, and only the gaps are fetched. The events are those that the source itself would give at that time, in its
 * order, but that these may be missing: events that arrived within the last minute, and events that arrived later than
 * the ingestion delay after their time. What comes from the cache has scanned no bytes and is billed for nothing, and a
 * notice says so.
 *
 * - A source that cannot tell whose events it gives (`identify`) is not cached, nor is a request without a window.
 * - The inner source must give each event once, in the order of time both ways, and the same filter must mean the same
 *   there as here.
 */
export function withCache(source: LogSource, options: CacheOptions): LogSource {
  const { identify, describeGroups, estimateScan } = source;
  if (!identify) return source;
  const { cache, now = Date.now, zone = createZone("UTC"), quiet = DEFAULT_QUIET } = options;
  const { describeLife = DEFAULT_DESCRIBE_LIFE } = options;
  const { asOf = now, ingestionDelay = source.capabilities.ingestionDelay || DEFAULT_DELAY } = options;
  const listing = createListing(source, { cache, now, describeLife });
  const own = createOwnReadings();
  const underWay = new Map<string, UnderWay>();
  const memory = rememberIdentity(cache, { source: source.name, account: "", region: "" }, now);

  /** undefined where nobody knows who reads: the fetch itself then tells why. */
  const ownerOf = async (signal: AbortSignal): Promise<CacheOwner | undefined> => {
    try {
      return { source: source.name, ...(await identify.call(source, signal, memory)) };
    } catch (error) {
      if (!(error instanceof Failure) || error.code === "interrupted") throw error;
      return undefined;
    }
  };

  async function* read(request: WindowRequest, owner: CacheOwner): AsyncGenerator<FetchPage> {
    const { group, window, order, signal } = request;
    const key = keyOf(request, owner);
    const plan = () => planSteps(cache.plan(key, window), order, new Set());
    const id = JSON.stringify([key, window, order]);
    let steps = plan();
    const others = request.limit === undefined ? underWay.get(id) : undefined;
    if (others && steps.some(({ chunk }) => !chunk)) {
      await others.wait(signal);
      steps = plan();
    }
    const mine = startUnderWay();
    // Of a limited reading nobody can expect that it goes to the end.
    if (request.limit === undefined) underWay.set(id, mine);
    const end = (): void => {
      if (underWay.get(id) === mine) underWay.delete(id);
      mine.end();
    };
    const tellGroup: ReadOptions["tellGroup"] = async () => {
      const facts = await listing.describe(owner, group, signal);
      return facts && noticesOf(facts, window, asOf(), zone);
    };
    const how = { source, cache, key, own, now, ingestionDelay, quiet, zone, tellGroup, onUnkept: end };
    try {
      for await (const page of readWindow(request, steps, how)) {
        mine.turn(true);
        yield page;
        mine.turn(false);
      }
    } finally {
      end();
    }
  }

  return {
    ...source,

    identify: (signal) => identify.call(source, signal, memory),

    async *listGroups(request) {
      const owner = await ownerOf(request.signal);
      if (owner) yield* await listing.list(owner, request);
      else yield* source.listGroups(request);
    },

    async *fetch(request) {
      const { signal, window } = request;
      throwIfAborted(signal);
      const owner = window && isCacheable(window) ? await ownerOf(signal) : undefined;
      if (window && owner) yield* read({ ...request, window }, owner);
      else yield* source.fetch(request);
    },

    async fetchSurrounding(request) {
      const { event, signal } = request;
      throwIfAborted(signal);
      const owner = await ownerOf(signal);
      const key = owner && keyOf({ group: event.group, window: undefined, signal }, owner);
      return (key && (await recallSurrounding(cache, key, request))) ?? source.fetchSurrounding(request);
    },

    ...(describeGroups && {
      async describeGroups(names, signal) {
        const owner = await ownerOf(signal);
        return owner ? listing.describeAll(owner, names, signal) : describeGroups.call(source, names, signal);
      },
    }),

    ...(estimateScan && {
      async estimateScan(groups, window, signal) {
        const owner = isCacheable(window) ? await ownerOf(signal) : undefined;
        const isKnown = (group: string, by: CacheOwner) =>
          cache.plan(keyOf({ group, window, signal }, by), window).every(({ chunk }) => chunk);
        return owner && groups.every((group) => isKnown(group, owner))
          ? ALL_KNOWN
          : estimateScan.call(source, groups, window, signal);
      },
    }),

    ...rememberResults(source, { cache, ownerOf, now, quiet, zone }),
  };
}

/** What can be read without a scan need not be counted by one. */
const ALL_KNOWN: ScanEstimate = { bytes: 0, dollars: 0, basis: "all of it is in the cache" };

function isCacheable({ start, end }: WindowRequest["window"]): boolean {
  return Number.isSafeInteger(start) && Number.isSafeInteger(end) && start < end;
}

function keyOf({ group, filter, streamPrefix = "" }: FetchRequest, owner: CacheOwner): EventKey {
  return { ...owner, group, filter: filter?.pattern, streamPrefix };
}

function rememberIdentity(cache: Cache, owner: CacheOwner, now: () => number): IdentityMemory {
  return {
    find(key) {
      const value = cache.findResult(owner, "other", key)?.value;
      return typeof value === "string" ? value : undefined;
    },
    keep(key, value) {
      cache.keepResult(owner, "other", key, value, now());
    },
  };
}
