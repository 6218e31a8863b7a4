import type { CheckReport } from "../agent/check.ts";
import type { Outcome, QuestionScope } from "../agent/events.ts";
import type { DigestSummary } from "../analysis/summary.ts";
import type { CacheOwner } from "../cache/cache.ts";
import type { FailureCode } from "../failure.ts";
import type { LogEvent } from "../log/event.ts";
import type { Ledger } from "../log/ledger.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { Counts } from "../sanitize/sanitizer.ts";
import type { JsonObject } from "../tools/json.ts";

/** Where the logs of a session are, as the command line said it: enough to open the same again, and no secret. */
export interface SessionPlace {
  /** Files, folders and globs, absolute. */
  readonly paths: readonly string[];
  /** Piped in: gone with the process that read it. */
  readonly hadInput: boolean;
  /** The built-in incident. */
  readonly isDemo: boolean;
  readonly source: string | undefined;
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

/** One group as it was read: enough to analyse it again without reading it. */
export interface SessionReading {
  /** The source's name; the group is in the request. */
  readonly source: string;
  readonly request: {
    readonly group: string;
    readonly window: TimeRange | undefined;
    readonly filter: string | undefined;
    readonly streamPrefix: string | undefined;
  };
  readonly digest: DigestSummary;
  /** Oldest first. */
  readonly newest: readonly LogEvent[];
  readonly ledger: Ledger;
  readonly samples: ReadonlyMap<string, string> | undefined;
  readonly templatesFrom: number | undefined;
}

export interface SessionCall {
  /** 1 for the first round of tool calls of the question. */
  readonly round: number;
  /** The model's id of the call. */
  readonly id: string;
  readonly tool: string;
  readonly input: JsonObject;
  readonly ms: number;
  /** What came of it; `ref` is its handle, `data` what the model was told (before the gate). */
  readonly result:
    | {
        readonly ref: string;
        readonly summary: string;
        readonly data: JsonObject;
        readonly ledger: Ledger | undefined;
        readonly readings: readonly SessionReading[];
        /** Answered from an identical call before it. */
        readonly isRepeated: boolean;
      }
    | { readonly message: string; readonly code: FailureCode | undefined; readonly hint: string | undefined };
}

export interface SessionQuestion {
  /** 1 for the first of the session. */
  readonly number: number;
  readonly text: string;
  /** What the program took for now, ms since the epoch. */
  readonly askedAt: number;
  /** Where its logs were, where that is not the place of the session. */
  readonly place?: SessionPlace;
  /** As whom its sources were read: what finds in the cache again what they gave. */
  readonly owners: readonly CacheOwner[];
  /** With the absolute window that all of its times became. */
  readonly scope: QuestionScope;
  readonly model: { readonly provider: string; readonly id: string };
  readonly calls: readonly SessionCall[];
  /** With its references; empty where none came. */
  readonly answer: string;
  readonly report: CheckReport | undefined;
  readonly ledgers: readonly Ledger[];
  readonly notices: readonly string[];
  readonly redacted: Counts;
  /** undefined where the program ended before the question did. */
  readonly outcome: Outcome | undefined;
}

/**
 * An investigation: what was asked, what was looked at, what was answered. Its texts hold no credentials: they were taken
 * out before it was kept. Personal data is in it, as it is in the logs.
 */
export interface Session {
  /** Short, to be typed. */
  readonly id: string;
  /** Of the machine, ms since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly zone: string;
  /** Of the last question. */
  readonly place: SessionPlace;
  readonly questions: readonly SessionQuestion[];
  /** By their references (`e3`): every event that a tool showed. */
  readonly events: ReadonlyMap<string, LogEvent>;
}
