/** Severity, mildest first; vendors' own names are mapped onto these (see level.ts). */
export const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type Level = (typeof LEVELS)[number];

/** One event of a log: a line, or a line with the continuation lines that belong to it. */
export interface LogEvent {
  /** Unique within its group and the same at every fetch; opaque outside the source. */
  readonly id: string;
  readonly group: string;
  readonly stream: string;
  /** Milliseconds since the epoch; undefined where neither the line nor a line before it tells a time. */
  readonly timestamp: number | undefined;
  /** The whole text as the source has it, header and continuation lines ("\n" between them) included. */
  readonly message: string;
  /** Where in `message` (UTF-16 index) the text begins, behind time, level, process and the like. */
  readonly bodyStart: number;
  readonly level: Level | undefined;
  /** True where no level is written in the line and it was concluded from its words. */
  readonly levelInferred: boolean;
}

/** An event's text without its header. */
export function bodyOf(event: LogEvent): string {
  return event.bodyStart === 0 ? event.message : event.message.slice(event.bodyStart);
}

/** True for the levels that an error report is about. */
export function isError(event: LogEvent): boolean {
  return event.level === "error" || event.level === "fatal";
}
