import type { TimeRange } from "./time-range.ts";

export const NOTICE_KINDS = [
  "zone-assumed",
  "year-assumed",
  "no-time",
  "window-from-data",
  "window-defaulted",
  "not-yet-ingested",
  "beyond-retention",
  "masked",
  "truncated",
  "sampled",
  "unreadable",
  "binary",
  "changed-while-read",
  "event-split",
  "out-of-order",
  "broken-text",
  "estimate",
  "from-cache",
  "following",
  "gap",
  "throttled",
] as const;

/** Something about a result that the reader must know to judge it. */
export interface Notice {
  readonly kind: (typeof NOTICE_KINDS)[number];
  /** One sentence for the reader, with what it is about and how many. */
  readonly text: string;
  /** The log group, where it concerns one. */
  readonly group?: string;
  /** Of "throttled": how many calls a service refused for their rate, all of which were made again. */
  readonly refused?: { readonly service: string; readonly calls: number };
  /** Of "from-cache": what came from it. */
  readonly cached?: CachedShare;
}

/** Events that were not read anew, and how old what is known of them is. All times are ms since the epoch. */
export interface CachedShare {
  readonly events: number;
  /** Of how many that were given; absent where nothing was read anew. */
  readonly of?: number;
  /** When the oldest and the newest part of it was read. */
  readonly readFrom: number;
  readonly readTo: number;
  /** How the times are written: as seen from then, in that zone. */
  readonly toldAt: number;
  readonly zone: string;
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
