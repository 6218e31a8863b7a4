import type { LogEvent } from "../log/event.ts";
import type { TimeRange } from "../log/time-range.ts";

/** Whose events are kept: what must never answer for another. */
export interface CacheOwner {
  /** The source as the user calls it. */
  readonly source: string;
  /** Who reads, and where: account, region, and the address where it is not the vendor's own. */
  readonly account: string;
  readonly region: string;
}

/** What events are kept under: whatever changes which events come is in it. */
export interface EventKey extends CacheOwner {
  readonly group: string;
  /** The filter pattern; undefined: all events. */
  readonly filter: string | undefined;
  /** Of the streams' names; empty for all. */
  readonly streamPrefix: string;
}

/**
 * A span of time of a key all of whose events are kept: those that the source had when it was read. An extent is a run of
 * adjoining chunks. Spans are half-open; all times are ms since the epoch.
 */
export interface Chunk {
  readonly id: number;
  readonly span: TimeRange;
  /** When the oldest and the newest part of it was read. */
  readonly readFrom: number;
  readonly readTo: number;
  /** Under which of the keys it is kept that may answer the request. */
  readonly key: EventKey;
  readonly events: number;
  /** Calls to the source that it took, in parts of one where a call brought more than this. */
  readonly calls: number;
}

/** A part of a window: known, or a gap. */
export interface Part {
  /** Within the window; parts adjoin, and are together all of it. */
  readonly window: TimeRange;
  readonly chunk: Chunk | undefined;
}

/** A span that was read to its end. */
export interface NewChunk {
  readonly span: TimeRange;
  /** Oldest first, all with a time in the span, each once, in the source's order where times are equal. */
  readonly events: readonly LogEvent[];
  /** When reading it began. */
  readonly readAt: number;
  /** False where events of this span may still have been on their way: it is known for a minute only. */
  readonly isSettled: boolean;
  readonly calls: number;
}

/** What came from the cache for one request, and what from the source. */
export interface Usage {
  readonly cachedEvents: number;
  readonly fetchedEvents: number;
  /** Calls to the source that were spared, and that were made. */
  readonly sparedCalls: number;
  readonly madeCalls: number;
}

/** A kind of result, each with its own life. */
export type ResultKind = "groups" | "statistics" | "other";

export interface KnownResult {
  /** Plain JSON, as it was kept: not yet parsed. */
  readonly value: unknown;
  readonly readAt: number;
}

/** What is kept of one group, or of one source's results. */
export interface CacheShare {
  readonly source: string;
  /** undefined: listings and results that are of no one group. */
  readonly group: string | undefined;
  readonly entries: number;
  readonly events: number;
  /** As stored. */
  readonly bytes: number;
  /** The oldest and the newest event's time, both of them in it; undefined where there is no event. */
  readonly span: TimeRange | undefined;
  /** When the oldest of it was read. */
  readonly oldestRead: number;
}

export interface CacheStatus {
  /** Chunks and results. */
  readonly entries: number;
  readonly bytes: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** When the oldest entry was read; undefined where there is none. */
  readonly oldestRead: number | undefined;
  /** Since the cache was made, or emptied. */
  readonly usage: Usage;
  /** Largest first. */
  readonly shares: readonly CacheShare[];
}

/**
 * Events by extents of time, and results by key. Nothing in it throws for the sake of the cache: what cannot be read is
 * unknown, what cannot be kept is not kept, and the owner is warned once.
 */
export interface Cache {
  /**
   * What of the window is known at this time, by whichever keys hold it: the key itself, and those without a filter or
   * with a shorter prefix, whose events then must be filtered. Parts in the order of time.
   */
  plan(key: EventKey, window: TimeRange): readonly Part[];
  /**
   * All events of the chunk, be it a part of a larger one by now; undefined where it has gone since, or is damaged: a gap.
   */
  read(chunk: Chunk): Promise<readonly LogEvent[] | undefined>;
  /** Resolves once it is kept for good: kept chunks survive the end of the process. What is known already stays as it is. */
  keep(key: EventKey, chunk: NewChunk): Promise<void>;
  /** Counts, and what makes these chunks be dropped last. */
  recordUse(owner: CacheOwner, chunks: readonly Chunk[], usage: Usage): void;
  /** A result that is not older than its kind lives. */
  findResult(owner: CacheOwner, kind: ResultKind, key: string): KnownResult | undefined;
  /** @param key names a group where it is the group's name, or has it as a string of JSON within it */
  keepResult(owner: CacheOwner, kind: ResultKind, key: string, value: unknown, readAt: number): void;
  status(): CacheStatus;
  /** @param group with the results that name it; undefined: everything @returns how many entries went */
  clear(group?: string): number;
  close(): void;
}

export interface CacheSettings {
  readonly maxBytes: number;
  readonly maxEntries: number;
  /** How long settled events are taken as they were read, and those that were not settled, ms; Infinity: for good. */
  readonly eventLife: number;
  readonly tailLife: number;
  /** ms since the epoch, of the machine: when something was read is a fact that no setting changes. */
  readonly now: () => number;
  /** Told at most once: why nothing is kept. */
  readonly onWarning: (text: string) => void;
}
