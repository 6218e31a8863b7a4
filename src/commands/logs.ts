import type { App } from "../app.ts";
import type { LogEvent } from "../log/event.ts";
import { compileFilter } from "../log/filter-match.ts";
import type { Notice } from "../log/ledger.ts";
import { formatWindow } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { LocatedGroup } from "../sources/directory.ts";
import { createTail } from "../tools/read.ts";
import { isoInZone } from "../tools/render.ts";
import { describeNotices } from "../ui/answer-view.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { listOf, numberOf, openSources, pathsOf, textOf, wantsJson } from "./sources.ts";
import { windowOf } from "./window.ts";

const MOST_SHOWN = 1_000_000;

/** What was read, for the ledger. */
interface Tally {
  matched: number;
  bytes: number;
  readonly notices: Notice[];
}

export const runLogs: RunCommand = async (context, [names], options) => {
  const app = await context.openApp();
  const asJson = wantsJson(context);
  const filter = textOf(options, "filter");
  const request = {
    window: windowOf(app, context.shared),
    ...(filter === undefined ? {} : { filter: compileFilter(filter) }),
  };
  const limit = numberOf(options, "limit", 1, MOST_SHOWN);
  const directory = await openSources(app, pathsOf(options), context.stdin);
  const groups = await Promise.all(listOf(names).map((name) => directory.locate(name, context.signal)));
  const tally: Tally = { matched: 0, bytes: 0, notices: [] };
  const print = await writerOf(context, app, asJson, groups.length > 1);
  let shown = 0;
  if (options.all === true) {
    for (const group of groups) {
      for await (const events of pagesOf(group, request, context, tally)) {
        shown += events.length;
        await print(events);
      }
    }
  } else {
    const tail = createTail(limit);
    const perGroup: LogEvent[][] = [];
    for (const group of groups) {
      const own = createTail(limit);
      for await (const events of pagesOf(group, request, context, tally))
        if (options.count !== true) for (const event of events) own.push(event);
      perGroup.push(own.items());
    }
    for (const event of perGroup.flat().sort(byTime)) tail.push(event);
    const newest = tail.items();
    shown = newest.length;
    if (options.count === true) await context.screen.line(String(tally.matched));
    else await print(newest);
  }
  context.screen.endProgress();
  for (const line of describe(tally, shown, options.count === true, request.window, app))
    context.screen.note(line);
  if (tally.matched === 0) context.screen.note(await whyNothing(groups, request, context));
  return 0;
};

/** Events as JSON, one object a line, or as lines to read. */
async function writerOf({ screen }: CommandContext, { zone }: App, asJson: boolean, showGroup: boolean) {
  if (!asJson) return screen.events({ zone, showGroup, showStream: true });
  return async (events: readonly LogEvent[]) => {
    for (const { bodyStart: _, timestamp, ...event } of events) {
      await screen.json({ timestamp: timestamp === undefined ? null : isoInZone(timestamp, zone), ...event });
    }
  };
}

type Request = { readonly window: TimeRange | undefined; readonly filter?: ReturnType<typeof compileFilter> };

async function* pagesOf(
  { source, group }: LocatedGroup,
  request: Request,
  context: CommandContext,
  tally: Tally,
) {
  for await (const page of source.fetch({ group, ...request, signal: context.signal })) {
    tally.matched += page.events.length;
    tally.bytes += page.scannedBytes;
    if (page.notices) tally.notices.push(...page.notices);
    context.screen.progress(`${group}: ${tally.matched.toLocaleString("en-US")} events`);
    if (page.events.length > 0) yield page.events;
  }
}

function byTime(a: LogEvent, b: LogEvent): number {
  return (a.timestamp ?? 0) - (b.timestamp ?? 0);
}

function describe(
  { matched, notices }: Tally,
  shown: number,
  counted: boolean,
  window: TimeRange | undefined,
  app: App,
): string[] {
  const where = window ? `in ${formatWindow(window, app.zone)}` : "in all of the data";
  const what =
    counted || shown === matched
      ? "all of them"
      : `the newest ${shown.toLocaleString("en-US")}; --limit or --all shows more`;
  const line = `${matched.toLocaleString("en-US")} events matched ${where}${matched > 0 ? ` (${what})` : ""}.`;
  return [line, ...describeNotices(notices)];
}

/** An empty result says what kind of empty it is. */
async function whyNothing(
  groups: readonly LocatedGroup[],
  request: Request,
  context: CommandContext,
): Promise<string> {
  const { whyEmpty } = await import("../tools/read.ts");
  const reasons = await Promise.all(
    groups.map(({ source, group }) => whyEmpty(source, { group, ...request }, undefined, context.signal)),
  );
  const sentences = {
    "group-is-empty": "The log is empty.",
    "no-events-in-window": "There are events, but none in this window. Try another --since.",
    "filter-matches-nothing":
      "There are events in this window, but none matches. Filter patterns are case-sensitive.",
    "no-such-group": "There is no such log group.",
    "access-denied": "Access was denied.",
    unreadable: "It could not be read.",
  } as const;
  return [...new Set(reasons.map((reason) => sentences[reason]))].join(" ");
}
