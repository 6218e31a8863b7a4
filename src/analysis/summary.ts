import type { Level, LogEvent } from "../log/event.ts";

/** What one `<*>` of a template stood for. */
export interface ParameterSummary {
  /** Distinct values seen, counted up to `distinctCapped`. */
  readonly distinct: number;
  readonly distinctCapped: boolean;
  /** The commonest values with their counts, at most 5. */
  readonly top: readonly { readonly value: string; readonly count: number }[];
}

/** Events that say the same thing with other values. */
export interface TemplateSummary {
  /** Unique within its digest: "t1" is the most frequent. */
  readonly id: string;
  /** Constant text, with `<*>` where it varied. */
  readonly text: string;
  readonly count: number;
  /** The most severe level among its events. */
  readonly level: Level | undefined;
  readonly levelInferred: boolean;
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** The first event, the last, and at most two between. */
  readonly examples: readonly LogEvent[];
  readonly parameters: readonly ParameterSummary[];
  /** Events per bin of the digest's histogram; empty where there are no times. */
  readonly bins: readonly number[];
  /** Events per group. */
  readonly groups: ReadonlyMap<string, number>;
}

export interface HistogramBin {
  readonly total: number;
  readonly warnings: number;
  /** Levels error and fatal. */
  readonly errors: number;
  /** Time of the first of them, ms since the epoch, where it is known. */
  readonly firstError?: number;
}

/** Counts over time; bins are aligned to the clock (UTC), equal and adjoining. */
export interface Histogram {
  /** Start of the first bin, ms since the epoch. */
  readonly start: number;
  readonly binMs: number;
  readonly bins: readonly HistogramBin[];
}

/** A number that events carry under a name, such as response_time_ms; only those that have a time trend. */
export interface NumericSummary {
  readonly name: string;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** From a bounded sketch: within 2 % of the value. */
  readonly p50: number;
  readonly p95: number;
  /** Medians of consecutive slices of equal duration over the digest's span, oldest first; NaN for an empty slice. */
  readonly trend: readonly number[];
  /** True for durations and latencies, by name or unit. */
  readonly isDuration: boolean;
  /** "ms" where the unit was told by name or text; the values are converted to it. */
  readonly unit: "ms" | undefined;
  /** Share (0 to 1) of the values above 1 s, for durations whose unit is known or evident. */
  readonly shareAboveSecond: number | undefined;
  /** The event with the largest value, and the first that reached half of it. */
  readonly largest: LogEvent;
  readonly firstLarge: LogEvent;
}

/** Everything that one streaming pass over events keeps; bounded in size whatever the number of events. */
export interface DigestSummary {
  readonly events: number;
  /** Events without a time. */
  readonly untimed: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly levels: ReadonlyMap<Level | "none", number>;
  /** How many of the levels were concluded from words. */
  readonly inferredLevels: number;
  readonly streams: ReadonlyMap<string, number>;
  readonly histogram: Histogram | undefined;
  /** Most frequent first. */
  readonly templates: readonly TemplateSummary[];
  /** Events that fell in templates that were dropped because there were too many. */
  readonly eventsOutsideTemplates: number;
  readonly numbers: readonly NumericSummary[];
}

/** Takes events one by one, in time order or nearly so. */
export interface Digest {
  add(event: LogEvent): void;
  summarize(): DigestSummary;
}

/** A moment at which a series starts to differ. */
export interface Onset {
  /** Time of the first event of the changed behaviour, ms since the epoch. */
  readonly at: number;
  /** Events per minute before and after. */
  readonly rateBefore: number;
  readonly rateAfter: number;
  /** True where there was none at all before. */
  readonly isNew: boolean;
}

export interface ComparedTemplate {
  readonly text: string;
  readonly level: Level | undefined;
  readonly baselineCount: number;
  readonly count: number;
  /** Rate now over rate then, per unit of time; Infinity for a new one, 0 for a vanished one. */
  readonly ratio: number;
  readonly first: number | undefined;
  readonly examples: readonly LogEvent[];
}

/** Two digests of the same groups over two windows. */
export interface Comparison {
  readonly fresh: readonly ComparedTemplate[];
  readonly vanished: readonly ComparedTemplate[];
  readonly changed: readonly ComparedTemplate[];
  readonly errorRatePerMinute: { readonly baseline: number; readonly current: number };
}

/** Errors that passed from one group to another by the ids that their events share. */
export interface Propagation {
  readonly from: string;
  readonly to: string;
  /** Ids whose first error or warning was in `from` and that had a later one in `to`. */
  readonly ids: number;
  readonly medianLagMs: number;
  readonly example: { readonly id: string; readonly events: readonly LogEvent[] };
}

export interface GroupTiming {
  readonly group: string;
  readonly events: number;
  readonly errors: number;
  readonly firstError: LogEvent | undefined;
  readonly onset: Onset | undefined;
  /** Errors whose id also had an error or warning in another group at or before that time, and those that had none. */
  readonly errorsWithEarlierCause: number;
  readonly errorsFirstHere: number;
}

export interface Correlation {
  /** Groups in the order in which their trouble began. */
  readonly groups: readonly GroupTiming[];
  /** Strongest first. */
  readonly propagations: readonly Propagation[];
  /** Windows in which more than one group had errors, most errors first. */
  readonly bursts: readonly {
    readonly start: number;
    readonly end: number;
    readonly groups: ReadonlyMap<string, number>;
  }[];
  /** Ids seen, and whether the bound on them was reached. */
  readonly ids: number;
  readonly idsCapped: boolean;
}
