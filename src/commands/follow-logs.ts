import type { App } from "../app.ts";
import { Failure } from "../failure.ts";
import type { LogEvent } from "../log/event.ts";
import { compileFilter } from "../log/filter-match.ts";
import { formatDuration } from "../log/time-duration.ts";
import { parseInstant } from "../log/time-input.ts";
import type { LocatedGroup } from "../sources/directory.ts";
import { followByPolling } from "../sources/follow-by-polling.ts";
import { mergeFollows, type OpenFollow } from "../sources/merge-follows.ts";
import type { FollowMode, FollowPage, FollowRequest, LogSource } from "../sources/source.ts";
import { describeNotices } from "../ui/answer-view.ts";
import { formatNoun } from "../ui/text-layout.ts";
import type { CommandContext, ExitCode } from "./command.ts";
import { numberOf, openGroups, textOf, wantsJson } from "./sources.ts";

/** Makes what prints events: the same as without following. */
export type OpenWriter = (
  context: CommandContext,
  app: App,
  asJson: boolean,
  showGroup: boolean,
) => Promise<(events: readonly LogEvent[]) => Promise<void>>;

/** Where a log is not all at hand, the newest events are looked for in the last ten minutes, ms. */
const DEFAULT_SPAN = 600_000;
const DEFAULT_LIMIT = "10";
const MOST_SHOWN = 10_000;

/** What has come so far. */
interface Tally {
  events: number;
  sampled: number;
  dropped: number;
  mode: FollowMode | undefined;
}

/**
 * Prints the newest events of each group, and then what comes, until it is interrupted: that is how it always ends,
 * and the exit code tells it like that of any program that Ctrl-C ends, 130. A reader that goes away ends it with 0.
 */
export async function followLogs(
  context: CommandContext,
  names: readonly string[],
  options: Readonly<Record<string, unknown>>,
  openWriter: OpenWriter,
): Promise<ExitCode> {
  refuseWhatEnds(context, names, options);
  const { screen, signal } = context;
  const app = await context.openApp();
  const asJson = wantsJson(context);
  const pattern = textOf(options, "filter");
  const newest = numberOf({ limit: DEFAULT_LIMIT, ...options }, "limit", 1, MOST_SHOWN);
  const since = sinceOf(context, app);
  const groups = await openGroups(context, app, names, options);
  const asked = {
    ...(pattern === undefined ? {} : { filter: compileFilter(pattern) }),
    newest,
    onWait: (text: string) => screen.progress(text),
  };
  const print = await openWriter(context, app, asJson, groups.length > 1);
  const tally: Tally = { events: 0, sampled: 0, dropped: 0, mode: undefined };
  const began = context.clock();
  for await (const page of mergeFollows(partsOf(groups, since, asked, app), signal)) {
    await print(page.events);
    take(page, tally, context);
    screen.progress(describe(`following ${formatNoun(groups.length, "group")}`, tally));
  }
  screen.endProgress();
  if (screen.closed.aborted) return 0;
  const span = formatDuration(Math.round((context.clock() - began) / 1000) * 1000);
  screen.aside(
    `${describe(`Followed ${formatNoun(groups.length, "group")} for ${span}`, { ...tally, mode: undefined })}.`,
  );
  return signal.aborted ? 130 : 0;
}

/** @throws Failure "usage" for what has no meaning where there is no end */
function refuseWhatEnds(
  context: CommandContext,
  names: readonly string[],
  options: Readonly<Record<string, unknown>>,
): void {
  const flags = [
    ["--all", options.all === true],
    ["--count", options.count === true],
    ["--until", context.shared.until !== undefined],
  ] as const;
  for (const [flag, isGiven] of flags) {
    if (!isGiven) continue;
    throw new Failure("usage", `${flag} does not go with --follow, which has no end.`, {
      hint: `Leave out one of the two.`,
    });
  }
  const isPiped = names.includes("-") || (names.length === 0 && options.in === undefined && context.stdin);
  if (!isPiped) return;
  throw new Failure(
    "usage",
    "Standard input cannot be followed: it is read to its end before anything is shown.",
    {
      hint: "Name the file or the log group itself.",
    },
  );
}

/** undefined where no time is given. @throws Failure "invalid-time" */
function sinceOf({ shared }: CommandContext, app: App): number | undefined {
  return shared.since === undefined
    ? undefined
    : parseInstant(shared.since, { now: app.now(), zone: app.zone });
}

/** One follow for each source, by its own means or by looking again and again. */
function partsOf(
  groups: readonly LocatedGroup[],
  since: number | undefined,
  asked: Omit<FollowRequest, "groups" | "since" | "signal">,
  app: App,
): readonly OpenFollow[] {
  const bySource = new Map<LogSource, string[]>();
  for (const { source, group } of groups) bySource.set(source, [...(bySource.get(source) ?? []), group]);
  return [...bySource].map(([source, names]) => (signal) => {
    // Of files the last lines are shown, however old they are.
    const begin = since ?? (source.dataRange ? 0 : app.now() - DEFAULT_SPAN);
    const request = { ...asked, groups: names, since: begin, signal };
    return source.follow?.(request) ?? followByPolling(source, request, { now: app.now });
  });
}

function take(page: FollowPage, tally: Tally, { screen }: CommandContext): void {
  tally.events += page.events.length;
  tally.sampled += page.sampled ?? 0;
  tally.dropped += page.dropped ?? 0;
  tally.mode = page.mode ?? tally.mode;
  for (const line of describeNotices(page.notices ?? [])) screen.aside(line);
}

/** `following 2 groups, live; 132 events, sampled 2 times`. */
function describe(what: string, { events, sampled, dropped, mode }: Tally): string {
  const counts = [
    formatNoun(events, "event"),
    ...(sampled > 0 ? [`sampled ${formatNoun(sampled, "time")}`] : []),
    ...(dropped > 0 ? [`${dropped} dropped`] : []),
  ];
  return `${what}${mode === undefined ? "" : `, ${mode}`}; ${counts.join(", ")}`;
}
