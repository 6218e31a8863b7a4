/** Every way in which LogAI fails on purpose. Whatever else is thrown is a bug. */
export type FailureCode =
  | "usage"
  | "invalid-filter"
  | "invalid-time"
  | "invalid-query"
  | "configuration"
  | "credentials"
  | "authentication"
  | "group-not-found"
  | "event-not-found"
  | "context-not-found"
  | "unreadable"
  | "access-denied"
  | "rate-limited"
  | "source-unavailable"
  | "model-unavailable"
  | "context-too-long"
  | "egress-blocked"
  | "budget"
  | "interrupted"
  | "disk";

interface FailureOptions {
  /** What to do next, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A failure that the reader is told about: what happened, to what, and (the hint) what to do next. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  readonly hint: string | undefined;

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** The message of anything that was thrown; strings and foreign objects included. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === "string" ? thrown : (JSON.stringify(thrown) ?? String(thrown));
}
