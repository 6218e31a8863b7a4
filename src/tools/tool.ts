import type { z } from "zod";
import type { Ledger } from "../log/ledger.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { Zone } from "../log/zone.ts";
import type { SourceDirectory } from "../sources/directory.ts";
import type { ScanBudget } from "../sources/scan-budget.ts";
import type { Evidence, Reading } from "./evidence.ts";
import type { JsonObject } from "./json.ts";

/** How far a tool has come; shown, never sent to a model. */
export interface ToolProgress {
  readonly group: string;
  readonly events: number;
  readonly bytes: number;
  /** What holds it up, where something does: `Rate limited. Retrying...`. */
  readonly wait?: string;
}

/** Everything a tool may touch. */
export interface ToolEnvironment {
  readonly directory: SourceDirectory;
  readonly evidence: Evidence;
  readonly now: () => number;
  readonly zone: Zone;
  /** The window of the question, where it is known; a tool's own arguments go before it. */
  readonly window: TimeRange | undefined;
  readonly signal: AbortSignal;
  /** Room for one result, tokens; what does not fit is cut, and the result says so. */
  readonly resultTokens: number;
  readonly report: (progress: ToolProgress) => void;
  /** Asked before a billed scan, told what it came to; without it none is made. */
  readonly scans?: Pick<ScanBudget, "approve" | "record">;
}

export interface ToolOutcome {
  /** Goes to the model (through the gate). */
  readonly data: JsonObject;
  /** One line for the user. */
  readonly summary: string;
  readonly ledger?: Ledger;
  readonly readings?: readonly Reading[];
}

/** One tool: its face to the model and what it does. All of them only read. */
export interface LogTool<Input = unknown> {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType<Input>;
  /** What one of the active sources must have for the tool to be offered. */
  readonly needs?: "metrics";
  /** `ref` is the reference under which the outcome will be kept. */
  run(input: Input, environment: ToolEnvironment, ref: string): Promise<ToolOutcome>;
}
