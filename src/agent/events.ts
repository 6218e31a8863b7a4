import type { FailureCode } from "../failure.ts";
import type { Ledger } from "../log/ledger.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { TokenUsage } from "../models/prices.ts";
import type { JsonObject } from "../tools/json.ts";
import type { ToolProgress } from "../tools/tool.ts";
import type { CheckReport } from "./check.ts";

/** The window that all of a question's times became, and where it came from. */
export interface QuestionScope {
  readonly window: TimeRange;
  readonly zone: string;
  /** The question's words, a flag, the question before it, the data itself, or the default; "untimed" where no log tells a time. */
  readonly from: "question" | "flags" | "earlier" | "data" | "untimed" | "default";
  readonly words: string | undefined;
  readonly baseline: TimeRange | undefined;
}

/** Everything that happens while a question is answered. Print, JSON and the chat read this one stream. */
export type AgentEvent =
  | {
      readonly type: "question-start";
      readonly question: string;
      readonly scope: QuestionScope;
      readonly model: string;
      readonly provider: string;
    }
  | { readonly type: "round-start"; readonly round: number }
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "tool-start"; readonly call: string; readonly tool: string; readonly input: JsonObject }
  | {
      readonly type: "tool-progress";
      readonly call: string;
      readonly tool: string;
      readonly progress: ToolProgress;
    }
  | {
      readonly type: "tool-end";
      readonly call: string;
      readonly tool: string;
      readonly ref: string;
      readonly summary: string;
      readonly ms: number;
      readonly repeated: boolean;
      readonly ledger: Ledger | undefined;
    }
  | {
      readonly type: "tool-failed";
      readonly call: string;
      readonly tool: string;
      readonly message: string;
      readonly code: FailureCode | undefined;
      readonly hint: string | undefined;
      readonly ms: number;
    }
  | { readonly type: "retry-wait"; readonly attempt: number; readonly ms: number; readonly reason: string }
  | { readonly type: "notice"; readonly text: string }
  | {
      readonly type: "answer-checked";
      readonly answer: string;
      readonly report: CheckReport;
      readonly ledgers: readonly Ledger[];
    }
  | { readonly type: "finish"; readonly outcome: Outcome };

export interface Outcome {
  readonly reason: "answered" | "failed" | "interrupted" | "budget";
  readonly failure:
    | { readonly code: FailureCode; readonly message: string; readonly hint: string | undefined }
    | undefined;
  readonly rounds: number;
  readonly usage: TokenUsage;
  /** Dollars; undefined where the model's price is not known. */
  readonly cost: number | undefined;
  readonly ms: number;
}
