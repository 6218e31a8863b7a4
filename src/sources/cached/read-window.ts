import type { Cache, EventKey } from "../../cache/cache.ts";
import type { LogEvent } from "../../log/event.ts";
import type { Notice } from "../../log/ledger.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { Zone } from "../../log/zone.ts";
import { GROUP_NOTICES } from "../group-notices.ts";
import type { FetchPage, FetchRequest, LogSource } from "../source.ts";
import { createCollector } from "./collect.ts";
import type { OwnReadings } from "./own-readings.ts";
import { recall } from "./recall.ts";
import { isKnown, type KnownStep, planSteps, type Step } from "./steps.ts";
import { createTally, type Tally } from "./tally.ts";

export interface WindowRequest extends FetchRequest {
  readonly window: TimeRange;
}

export interface ReadOptions {
  readonly source: LogSource;
  readonly cache: Cache;
  readonly key: EventKey;
  readonly own: OwnReadings;
  /** Of the machine, ms since the epoch. */
  readonly now: () => number;
  /** How long after its time an event may arrive, ms. */
  readonly ingestionDelay: number;
  /** What this run itself has read so short a time ago, ms, is taken without a word. */
  readonly quiet: number;
  readonly zone: Zone;
  /** What is to be said of the group and the whole window, where the source will not say it by itself. */
  readonly tellGroup: () => Promise<readonly Notice[] | undefined>;
  /** Told once it is certain that what is being read will not be kept. */
  readonly onUnkept: () => void;
}

/** A window in the order asked for: what is known from the cache, gaps from the source. */
export async function* readWindow(
  request: WindowRequest,
  steps: readonly Step[],
  options: ReadOptions,
): AsyncGenerator<FetchPage> {
  const { group, window, limit = Number.POSITIVE_INFINITY } = request;
  const { cache, key, now, zone, tellGroup } = options;
  const tally = createTally(group, zone);
  const told = new Set<Notice["kind"]>();
  const [first] = steps;
  try {
    // A source says it of the window that it is asked for: of the whole one where that begins there.
    const notices = first?.chunk || first?.window.start !== window.start ? await tellGroup() : undefined;
    if (notices) for (const kind of GROUP_NOTICES) told.add(kind);
    if (notices && notices.length > 0) yield { events: [], seen: 0, scannedBytes: 0, notices };
    for await (const page of takeSteps(request, steps, options, tally)) {
      const isEnough = tally.given() >= limit;
      yield addNotices(tellOnce(page, told), isEnough ? tally.notices(now()) : []);
      if (isEnough) return;
    }
    const end = tally.notices(now());
    if (end.length > 0) yield { events: [], seen: 0, scannedBytes: 0, notices: end };
  } finally {
    const { chunks, usage } = tally.usage();
    cache.recordUse(key, chunks, usage);
  }
}

/** Each gap tells of the group: that is passed on once. */
function tellOnce(page: FetchPage, told: Set<Notice["kind"]>): FetchPage {
  if (!page.notices) return page;
  const notices = page.notices.filter(({ kind }) => !GROUP_NOTICES.has(kind) || !told.has(kind));
  for (const { kind } of notices) if (GROUP_NOTICES.has(kind)) told.add(kind);
  return { ...page, notices };
}

function addNotices(page: FetchPage, notices: readonly Notice[]): FetchPage {
  return notices.length === 0 ? page : { ...page, notices: [...(page.notices ?? []), ...notices] };
}

async function* takeSteps(
  request: WindowRequest,
  planned: readonly Step[],
  options: ReadOptions,
  tally: Tally,
): AsyncGenerator<FetchPage> {
  const { cache, key } = options;
  const lost = new Set<number>();
  const reader = createChunkReader(cache);
  let steps = planned;
  for (let step = steps[0]; step; step = steps[0]) {
    const [, next] = steps;
    if (!isKnown(step)) {
      yield* readGap(step.window, request, options, tally);
    } else {
      const events = await reader.read(step, next);
      if (!events) {
        lost.add(step.chunk.id);
        steps = planSteps(cache.plan(key, restOf(steps)), request.order, lost);
        continue;
      }
      yield* readKnown(step, events, request, options, tally);
    }
    steps = steps.slice(1);
  }
}

/** The window of all steps that are left. */
function restOf(steps: readonly Step[]): TimeRange {
  return {
    start: Math.min(...steps.map(({ window }) => window.start)),
    end: Math.max(...steps.map(({ window }) => window.end)),
  };
}

/** Reads chunks, and the next one while this one is handed on. */
function createChunkReader(cache: Cache) {
  let ahead: { readonly id: number; readonly events: ReturnType<Cache["read"]> } | undefined;
  return {
    async read({ chunk }: KnownStep, next: Step | undefined): Promise<readonly LogEvent[] | undefined> {
      const events = await (ahead?.id === chunk.id ? ahead.events : cache.read(chunk));
      ahead = next && isKnown(next) ? { id: next.chunk.id, events: cache.read(next.chunk) } : undefined;
      return events;
    },
  };
}

async function* readKnown(
  step: KnownStep,
  events: readonly LogEvent[],
  request: WindowRequest,
  { own, now, quiet }: ReadOptions,
  tally: Tally,
): AsyncGenerator<FetchPage> {
  const { key, readFrom } = step.chunk;
  const isKnownToReader = readFrom > now() - quiet && own.has(key, step.window);
  tally.addKnown(step, !isKnownToReader);
  for await (const page of recall(step, events, { ...request, ...limitLeft(request, tally) })) {
    tally.addRecalled(page);
    yield page;
  }
}

async function* readGap(
  window: TimeRange,
  request: WindowRequest,
  options: ReadOptions,
  tally: Tally,
): AsyncGenerator<FetchPage> {
  const { source, cache, key, own, now, ingestionDelay, onUnkept } = options;
  const rest = { ...request, window, ...limitLeft(request, tally) };
  const readAt = now();
  const collector = createCollector({
    ...{ cache, key, window, order: request.order, readAt },
    settledEnd: readAt - ingestionDelay,
    onKeep: (span) => own.add(key, span),
  });
  let given = 0;
  let hasEnded = false;
  try {
    for await (const page of source.fetch(rest)) {
      given += page.events.length;
      tally.addFetched(page);
      await collector.add(page);
      if (!collector.isKeeping()) onUnkept();
      yield page;
    }
    hasEnded = true;
  } finally {
    await collector.end(hasEnded && given < (rest.limit ?? Number.POSITIVE_INFINITY));
  }
}

function limitLeft({ limit }: FetchRequest, tally: Tally): { readonly limit?: number } {
  return limit === undefined ? {} : { limit: limit - tally.given() };
}
