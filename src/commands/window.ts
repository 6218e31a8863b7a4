import type { App } from "../app.ts";
import { parseWindow } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { SharedOptions } from "./command.ts";

/** The window of `--since` and `--until`; undefined where neither is given: all there is. @throws Failure "invalid-time" */
export function windowOf(app: App, { since, until }: SharedOptions): TimeRange | undefined {
  if (since === undefined && until === undefined) return undefined;
  const now = app.now();
  // With an end alone, everything before it.
  return parseWindow(
    { since: since ?? "1970-01-01", until },
    { now, zone: app.zone, defaultSpanMs: 86_400_000 },
  );
}
