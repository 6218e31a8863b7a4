import type { FailureCode } from "../failure.ts";
import type { ExitCode } from "./command.ts";

const EXIT_CODES: Partial<Record<FailureCode, ExitCode>> = {
  usage: 2,
  "invalid-filter": 2,
  "invalid-time": 2,
  "invalid-query": 2,
  configuration: 3,
  credentials: 3,
  authentication: 3,
  budget: 4,
  interrupted: 130,
};

/** What the shell is told of a failure. */
export function exitCodeOf(code: FailureCode): ExitCode {
  return EXIT_CODES[code] ?? 1;
}

/** A log that is there and cannot be read; others may still be. */
export function isUnreadable(code: FailureCode | undefined): boolean {
  return code === "access-denied" || code === "unreadable" || code === "source-unavailable";
}
