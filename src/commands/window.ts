import type { App } from "../app.ts";
import { parseWindow } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { LocatedGroup } from "../sources/directory.ts";
import type { CommandContext, SharedOptions } from "./command.ts";

/** Without any time, of a source that cannot tell where its data lies: the last day, ms. */
const DEFAULT_SPAN = 86_400_000;

/**
 * The window of `--since` and `--until` for these groups. Without either it is all there is; a cloud's log has no end
 * that anybody would want to read to, so there it is the last 24 hours, and the user is told.
 * @throws Failure "invalid-time"
 */
export function windowFor(
  groups: readonly LocatedGroup[],
  app: App,
  { shared, screen }: Pick<CommandContext, "shared" | "screen">,
): TimeRange | undefined {
  const given = windowOf(app, shared);
  if (given || groups.every(({ source }) => source.dataRange !== undefined)) return given;
  const now = app.now();
  screen.note("No --since is given: the last 24 hours.");
  return { start: now - DEFAULT_SPAN, end: now };
}

/** The window of `--since` and `--until`; undefined where neither is given: all there is. @throws Failure "invalid-time" */
function windowOf(app: App, { since, until }: SharedOptions): TimeRange | undefined {
  if (since === undefined && until === undefined) return undefined;
  const now = app.now();
  // With an end alone, everything before it.
  return parseWindow(
    { since: since ?? "1970-01-01", until },
    { now, zone: app.zone, defaultSpanMs: DEFAULT_SPAN },
  );
}
