import type { TimeRange } from "./time-range.ts";

/** Something about a result that the reader must know to judge it. */
export interface Notice {
  readonly kind:
    | "zone-assumed"
    | "year-assumed"
    | "no-time"
    | "window-from-data"
    | "window-defaulted"
    | "not-yet-ingested"
    | "beyond-retention"
    | "masked"
    | "truncated"
    | "sampled"
    | "unreadable"
    | "binary"
    | "changed-while-read"
    | "event-split"
    | "out-of-order"
    | "broken-text"
    | "estimate"
    | "from-memory"
    | "following"
    | "gap"
    | "throttled";
  /** One sentence for the reader, with what it is about and how many. */
  readonly text: string;
  /** The log group, where it concerns one. */
  readonly group?: string;
  /** Of "throttled": how many calls a service refused for their rate, all of which were made again. */
  readonly refused?: { readonly service: string; readonly calls: number };
}

/** A scan that the vendor bills: what was expected of it, and what it came to. */
export interface BilledScan {
  /** Uncompressed. */
  readonly estimatedBytes: number;
  readonly bytes: number;
  /** undefined where the price is not known. */
  readonly estimatedDollars: number | undefined;
  readonly dollars: number | undefined;
}

/** Why a result holds no event; a result never just is empty. */
export type EmptyReason =
  | "no-such-group"
  | "group-is-empty"
  | "no-events-in-window"
  | "filter-matches-nothing"
  | "access-denied"
  | "unreadable";

/** What was looked at to get a result, in full: the completeness ledger. */
export interface Ledger {
  readonly source: string;
  readonly groups: readonly string[];
  /** Absolute; undefined where the groups have no times at all. */
  readonly window: TimeRange | undefined;
  readonly filter?: string;
  readonly streamPrefix?: string;
  /** Events in the window, before the filter; undefined where the source filtered them itself. */
  readonly inWindow?: number;
  /** Events that matched window and filter: exact. */
  readonly matched: number;
  /** Events that the result shows. */
  readonly returned: number;
  /** Events that counts, templates and histograms of this result were computed from. */
  readonly analysed: number;
  readonly scannedBytes: number;
  /** Where a billed engine read them. */
  readonly scan?: BilledScan;
  readonly empty?: EmptyReason;
  /** Where a person can see the same in the vendor's console; of several groups, the one that matched most. */
  readonly link?: string;
  readonly notices: readonly Notice[];
}
