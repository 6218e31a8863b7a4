import type { LogEvent } from "../log/event.ts";
import type { EventFilter } from "../log/filter.ts";
import type { Notice } from "../log/ledger.ts";
import type { TimeRange } from "../log/time-range.ts";

/** What a source can do by itself; what it lacks is filled in at one place. */
export interface Capabilities {
  /** Applies filter patterns on its own side. */
  readonly filterPatterns: boolean;
  readonly streams: boolean;
  /** Has an engine that counts and groups without handing out the events. */
  readonly serverQueries: boolean;
  readonly metrics: boolean;
  readonly liveTail: boolean;
  /** Longest window of one request, hours; Infinity where there is none. */
  readonly maxRangeHours: number;
  /** How long an event may take to be found after it happened, ms; 0 where what is written is there. */
  readonly ingestionDelay: number;
}

export interface LogGroup {
  readonly name: string;
  readonly storedBytes: number | undefined;
  /** Days that events are kept; undefined where they do not expire. */
  readonly retentionDays: number | undefined;
  /** Milliseconds since the epoch of the oldest and newest event; undefined where unknown or without time. */
  readonly oldestEvent: number | undefined;
  readonly newestEvent: number | undefined;
  readonly streams: readonly string[] | undefined;
  /** A remark for the reader: empty, unreadable, without times. */
  readonly remark?: string;
}

export interface FetchRequest {
  readonly group: string;
  /** undefined: all there is. Events without any time are always in it. */
  readonly window: TimeRange | undefined;
  readonly filter?: EventFilter;
  readonly streamPrefix?: string;
  readonly signal: AbortSignal;
}

/** One step of a fetch. Pages may be empty; only the end of the iteration is the end. */
export interface FetchPage {
  /** Oldest first within the page and from page to page; events without time keep the order of the source. */
  readonly events: readonly LogEvent[];
  /** Events in the window that this step saw, matching or not; undefined where the source filters unseen. */
  readonly seen: number | undefined;
  /** Bytes read from the source in this step (uncompressed). */
  readonly scannedBytes: number;
  readonly notices?: readonly Notice[];
}

export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** How to mend it. */
  readonly hint?: string;
}

/** Where logs come from. Everything is read-only. */
export interface LogSource {
  readonly name: string;
  readonly capabilities: Capabilities;

  /** All groups whose name starts with the prefix, ordered by name. */
  listGroups(options: { readonly prefix?: string; readonly signal: AbortSignal }): AsyncIterable<LogGroup>;

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

  /** The span of the data itself, where the source can tell it cheaply: used when a question names no time. */
  dataRange?(groups: readonly string[], signal: AbortSignal): Promise<TimeRange | undefined>;

  checkHealth(signal: AbortSignal): Promise<readonly HealthCheck[]>;
}
