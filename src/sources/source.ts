import type { Level, LogEvent } from "../log/event.ts";
import type { EventFilter } from "../log/filter.ts";
import type { BilledScan, Notice } from "../log/ledger.ts";
import type { LogQuery, QueryResult } from "../log/query.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { LogMetrics } from "./metrics.ts";

/** What a source can do by itself; what it lacks is filled in at one place. */
export interface Capabilities {
  /** Applies filter patterns on its own side. */
  readonly filterPatterns: boolean;
  readonly streams: boolean;
  /** Can hand out the newest events first, without reading those before them. */
  readonly newestFirst: boolean;
  /** Has an engine that counts and groups without handing out the events. */
  readonly serverQueries: boolean;
  readonly metrics: boolean;
  readonly liveTail: boolean;
  /** Longest window of one request, hours; Infinity where there is none. */
  readonly maxRangeHours: number;
  /** How long an event may take to be found after it happened, ms; 0 where what is written is there. */
  readonly ingestionDelay: number;
}

/** A group's storage class: of those that are not standard, delivery answers nothing and the others queries only. */
export type GroupClass = "standard" | "infrequent-access" | "essentials" | "delivery";

export interface LogGroup {
  readonly name: string;
  /** undefined where the source knows no classes. */
  readonly class?: GroupClass;
  readonly storedBytes: number | undefined;
  /** Days that events are kept; undefined where they do not expire. */
  readonly retentionDays: number | undefined;
  /** Milliseconds since the epoch of the oldest and newest event; undefined where unknown or without time. */
  readonly oldestEvent: number | undefined;
  readonly newestEvent: number | undefined;
  readonly streams: readonly string[] | undefined;
  /** When the group was made, ms since the epoch, and whether a policy masks values in its events: where it was told. */
  readonly created?: number;
  readonly isMasked?: boolean;
  /** When that was read, ms since the epoch, where listings are kept for a while. */
  readonly listedAt?: number;
  /** A remark for the reader: empty, unreadable, without times. */
  readonly remark?: string;
}

export interface FetchRequest {
  readonly group: string;
  /** undefined: all there is. Events without any time are always in it. */
  readonly window: TimeRange | undefined;
  readonly filter?: EventFilter;
  readonly streamPrefix?: string;
  /** Oldest first unless given; newest first only where the source is capable of it. */
  readonly order?: FetchOrder;
  /** No more events than this are wanted: what a source may cut its pages by. */
  readonly limit?: number;
  readonly signal: AbortSignal;
  /** Told in a few words what holds the fetch up: `Rate limited. Retrying...`. */
  readonly onWait?: (text: string) => void;
  /** Asked where events can only be had by a billed query; without it such a group is not read. */
  readonly approve?: ApproveScan;
}

export type FetchOrder = "oldest-first" | "newest-first";

/**
 * One step of a fetch. Pages may be empty; only the end of the iteration is the end.
 *
 * Of a source with `identify`, a notice that the reading is not whole (`truncated`, `sampled`, `unreadable`,
 * `changed-while-read`, `gap`) comes with or before the first page that lacks something: what came before it is kept.
 */
export interface FetchPage {
  /** In the order asked for, within the page and from page to page; events without time keep the source's order. */
  readonly events: readonly LogEvent[];
  /** Events in the window that this step saw, matching or not; undefined where the source filters unseen. */
  readonly seen: number | undefined;
  /** Bytes read from the source in this step (uncompressed). */
  readonly scannedBytes: number;
  readonly notices?: readonly Notice[];
  /** What this step was billed for, where it was. */
  readonly scan?: BilledScan;
}

export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  /** True for what only adds to the rest: where it is missing, the detail says what does not work without it. */
  readonly isOptional?: boolean;
  readonly detail: string;
  /** How to mend it. */
  readonly hint?: string;
}

/** What a query will read before it is run, so that it can be priced; never less than a rough bound. */
export interface ScanEstimate {
  /** Uncompressed. */
  readonly bytes: number;
  /** What the vendor asks for it; undefined where the price is not known, 0 where it is free. */
  readonly dollars: number | undefined;
  /** How the estimate was made, in a few words. */
  readonly basis: string;
  /** The events of one of the groups can be had in no other way. */
  readonly isOnlyWay?: boolean;
}

/** Lets a billed scan go ahead, or refuses it. @throws Failure "budget" */
export type ApproveScan = (estimate: ScanEstimate) => Promise<void>;

export interface QueryRequest {
  /** Up to 50. */
  readonly groups: readonly string[];
  readonly window: TimeRange;
  readonly query: LogQuery;
  readonly signal: AbortSignal;
  readonly onWait?: (text: string) => void;
  /** Asked before anything is scanned that is billed; without it nothing such is. */
  readonly approve?: ApproveScan;
}

export interface PatternRequest {
  /** Up to 50. */
  readonly groups: readonly string[];
  readonly window: TimeRange;
  readonly filter?: EventFilter;
  readonly streamPrefix?: string;
  readonly signal: AbortSignal;
  readonly onWait?: (text: string) => void;
  /** Asked before anything is scanned that is billed; without it nothing such is. */
  readonly approve?: ApproveScan;
}

/** Events of one form, as the source's engine put them together. */
export interface Pattern {
  /** Constant text, with `<*>` where it varied. */
  readonly text: string;
  readonly count: number;
  /** Of the events that matched, 0 to 1. */
  readonly share: number;
  readonly level: Level | undefined;
  /** Whether the level is written in the pattern, or what the service says of it. */
  readonly levelFrom: "text" | "service" | undefined;
  /** ms since the epoch, as exact as the service's counts over time are; undefined where it tells none. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** Messages of that form, where the service gives some. */
  readonly samples: readonly string[];
}

export interface PatternResult {
  /** Commonest first. */
  readonly patterns: readonly Pattern[];
  /** Events that matched, those of no pattern included. */
  readonly matched: number;
  readonly scannedBytes: number;
  /** What the engine is billed by, where it is. */
  readonly scan?: BilledScan;
  /** What the engine was given, in its own language. */
  readonly text: string;
  /** Where a person can see the same in the vendor's console. */
  readonly link?: string;
  readonly notices: readonly Notice[];
}

/** The patterns of a window and of one that it is compared with; those with the same text are the same. */
export interface PatternComparison {
  readonly current: PatternResult;
  readonly baseline: PatternResult;
}

/** What a detector of the service found to be unusual. */
export interface Anomaly {
  readonly pattern: string;
  /** In a few words, by the service. */
  readonly description: string;
  readonly priority: string | undefined;
  /** The service's word: `Active`. */
  readonly state: string;
  /** Whether it goes on. */
  readonly isOngoing: boolean;
  /** ms since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
}

export interface AnomalyList {
  /** Of high priority first, then the latest. */
  readonly anomalies: readonly Anomaly[];
  readonly notices: readonly Notice[];
}

export interface FollowRequest {
  readonly groups: readonly string[];
  readonly filter?: EventFilter;
  readonly streamPrefix?: string;
  /** ms since the epoch: events from here on; those that had come before the follow are given first. */
  readonly since: number;
  /** Of those that had come before, the newest so many of each group; all unless told. */
  readonly newest?: number;
  readonly signal: AbortSignal;
  readonly onWait?: (text: string) => void;
}

/** Whether events are handed out as they come, or looked for again and again. */
export type FollowMode = "live" | "polling";

/** What came in one moment of following; every few seconds there is one, be it empty. */
export interface FollowPage {
  /** In the order of time within the page; a late event may be older than the page before. */
  readonly events: readonly LogEvent[];
  /** Samplings, drops, reconnects and gaps, as they happen. */
  readonly notices?: readonly Notice[];
  /** How events come from now on: told at first, and when that changes. */
  readonly mode?: FollowMode;
  /** How many times the source gave only a sample of what came. */
  readonly sampled?: number;
  /** Events that came and could not be kept, because the reader was too slow. */
  readonly dropped?: number;
}

/**
 * Addresses of the vendor's console, to look at the same with one's own eyes; undefined where it has no place for it.
 * Nothing in them but ASCII that neither a terminal nor Markdown takes for something else between `<` and `>`.
 */
export interface ConsoleLinks {
  /** The event in its stream, with what was written around it. */
  event(event: LogEvent): string | undefined;
  /** The events of a group that match. */
  group(request: {
    readonly group: string;
    readonly window: TimeRange | undefined;
    readonly filter?: string;
  }): string | undefined;
  /** A query, in the language of the source's engine. */
  query(request: {
    readonly groups: readonly string[];
    readonly window: TimeRange;
    readonly text: string;
  }): string | undefined;
}

/** Who reads, and where: what was read by one must never answer another. */
export interface Identity {
  readonly account: string;
  /** With the address, where that is not the vendor's own. */
  readonly region: string;
}

/** Short texts that a source may want again in its next run: nothing secret. */
export interface IdentityMemory {
  find(key: string): string | undefined;
  keep(key: string, value: string): void;
}

export interface ListOptions {
  readonly prefix?: string;
  readonly signal: AbortSignal;
  /** Nothing that was listed before this run, or more than some seconds ago. */
  readonly isFresh?: boolean;
}

/** Where logs come from. Everything is read-only. */
export interface LogSource {
  readonly name: string;
  readonly capabilities: Capabilities;

  /** All groups whose name starts with the prefix, ordered by name. */
  listGroups(options: ListOptions): AsyncIterable<LogGroup>;

  /**
   * The matching events of one group, oldest first, all of them; memory is bounded by the page.
   * @throws Failure "group-not-found" | "unreadable" | "access-denied" | "source-unavailable"
   */
  fetch(request: FetchRequest): AsyncIterable<FetchPage>;

  /**
   * The events around one event in its stream, in the stream's order, that event included.
   * @throws Failure "event-not-found" where the source no longer has it
   */
  fetchSurrounding(request: {
    readonly event: LogEvent;
    readonly before: number;
    readonly after: number;
    readonly signal: AbortSignal;
  }): Promise<readonly LogEvent[]>;

  /**
   * Whose events these are, where they may be kept from run to run; asked before each reading.
   * @throws Failure "credentials" | "configuration" | "interrupted"
   */
  identify?(signal: AbortSignal, memory?: IdentityMemory): Promise<Identity>;

  /** The span of the data itself, where the source can tell it cheaply: used when a question names no time. */
  dataRange?(groups: readonly string[], signal: AbortSignal): Promise<TimeRange | undefined>;

  /** Size, newest event and whatever else the listing left out, of these groups. */
  describeGroups?(names: readonly string[], signal: AbortSignal): Promise<readonly LogGroup[]>;

  /** What `query` would read of these groups in this window, and what that costs. */
  estimateScan?(groups: readonly string[], window: TimeRange, signal: AbortSignal): Promise<ScanEstimate>;

  /**
   * Runs a query in the source's own engine; stopping it (the signal, an error) stops it there too.
   * @throws Failure "invalid-query" where the engine refuses it, "group-not-found", "access-denied", ...
   */
  query?(request: QueryRequest): Promise<QueryResult>;

  /**
   * Folds the events of groups into patterns in the source's own engine, where reading them would take too long.
   * @throws Failure "invalid-filter" for a filter that the engine cannot apply, and whatever `query` throws
   */
  foldPatterns?(request: PatternRequest): Promise<PatternResult>;

  /** The same of two windows, whose scans are approved together. @throws as `foldPatterns` does */
  comparePatterns?(request: PatternRequest & { readonly baseline: TimeRange }): Promise<PatternComparison>;

  /** What detectors that somebody has set up say of a group in a window: a lead; where they may not be asked, a notice. */
  listAnomalies?(group: string, window: TimeRange, signal: AbortSignal): Promise<AnomalyList>;

  /**
   * Events as they arrive, each once, until the signal aborts: then it just ends. A break is mended and told; what
   * could not be read meanwhile is told as a gap.
   * @throws Failure where it cannot begin, or cannot go on
   */
  follow?(request: FollowRequest): AsyncIterable<FollowPage>;

  /** Alarms and metrics beside the logs. */
  readonly metrics?: LogMetrics;

  /** Where the same can be seen in the vendor's console: known once the source has been reached. */
  links?(): Promise<ConsoleLinks>;

  checkHealth(signal: AbortSignal): Promise<readonly HealthCheck[]>;
}
