import type { EventFilter } from "../log/filter.ts";
import type { Ledger } from "../log/ledger.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { ListedGroup } from "../sources/directory.ts";
import type { LogSource } from "../sources/source.ts";
import type { Reading } from "./evidence.ts";

/** What is searched of one source. */
export interface SourceSearch {
  readonly source: LogSource;
  readonly groups: readonly ListedGroup[];
  readonly window: TimeRange;
  readonly filter: EventFilter;
}

/** What a search of one source came to, or of several. */
export interface Found {
  /** Of every group that was read; of those that an engine searched, where something matched. */
  readonly readings: readonly Reading[];
  /** Of all that was searched. */
  readonly ledgers: readonly Ledger[];
  readonly failed: readonly { readonly log_group: string; readonly error: string }[];
}

export function joinFound(all: readonly Found[]): Found {
  return {
    readings: all.flatMap(({ readings }) => readings),
    ledgers: all.flatMap(({ ledgers }) => ledgers),
    failed: all.flatMap(({ failed }) => failed),
  };
}
