import type { App } from "../app.ts";
import { Failure } from "../failure.ts";
import type { LogEvent } from "../log/event.ts";
import type { EventFilter } from "../log/filter.ts";
import { compileFilter } from "../log/filter-match.ts";
import type { Notice } from "../log/ledger.ts";
import { formatWindow } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { LocatedGroup } from "../sources/directory.ts";
import { mergeGroups } from "../sources/merge-groups.ts";
import { createTail, whyEmpty } from "../tools/read.ts";
import { isoInZone } from "../tools/render.ts";
import { describeEmpty, describeNotices } from "../ui/answer-view.ts";
import { formatCount, formatNoun } from "../ui/text-layout.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { isUnreadable } from "./exit-code.ts";
import { listOf, numberOf, openGroups, textOf, wantsJson } from "./sources.ts";
import { windowOf } from "./window.ts";

const MOST_SHOWN = 1_000_000;

interface Request {
  readonly window: TimeRange | undefined;
  readonly filter?: EventFilter;
}

/** What was read, for the ledger. */
interface Tally {
  matched: number;
  shown: number;
  /** Groups that could not be read, where others could. */
  unread: number;
  readonly notices: Notice[];
}

type Print = (events: readonly LogEvent[]) => Promise<void>;

export const runLogs: RunCommand = async (context, [names], options) => {
  const app = await context.openApp();
  const asJson = wantsJson(context);
  const pattern = textOf(options, "filter");
  const request: Request = {
    window: windowOf(app, context.shared),
    ...(pattern === undefined ? {} : { filter: compileFilter(pattern) }),
  };
  const limit = numberOf(options, "limit", 1, MOST_SHOWN);
  const groups = await openGroups(context, app, listOf(names), options);
  const tally: Tally = { matched: 0, shown: 0, unread: 0, notices: [] };
  const isOnly = groups.length === 1;
  const pages = groups.map((group) => pagesOf(group, request, context, tally, isOnly));
  const count = options.count === true;
  if (count) await drain(pages);
  else {
    const print = await writerOf(context, app, asJson, groups.length > 1);
    if (options.all === true) await printAll(mergeGroups(pages), print, tally);
    else await printNewest(pages, limit, print, tally);
  }
  if (count)
    await (asJson
      ? context.screen.json({ matched: tally.matched })
      : context.screen.line(String(tally.matched)));
  context.screen.endProgress();
  // Nothing is said of lines that could not be handed on.
  await context.screen.flush();
  if (context.screen.closed.aborted) return 0;
  for (const line of describe(tally, count, request.window, app)) context.screen.note(line);
  if (tally.matched === 0 && tally.unread === 0)
    for (const line of await whyNothing(groups, request, context)) context.screen.note(line);
  return tally.unread > 0 ? 1 : 0;
};

async function drain(pages: readonly AsyncIterable<unknown>[]): Promise<void> {
  for (const one of pages) for await (const _ of one);
}

async function printAll(
  pages: AsyncIterable<readonly LogEvent[]>,
  print: Print,
  tally: Tally,
): Promise<void> {
  for await (const events of pages) {
    tally.shown += events.length;
    await print(events);
  }
}

/** One group after the other, so that only the newest of each are held; then those together, in the order of time. */
async function printNewest(
  pages: readonly AsyncIterable<readonly LogEvent[]>[],
  limit: number,
  print: Print,
  tally: Tally,
): Promise<void> {
  const newest: LogEvent[][] = [];
  for (const one of pages) {
    const tail = createTail(limit);
    for await (const events of one) for (const event of events) tail.push(event);
    newest.push(tail.items());
  }
  const tail = createTail(limit);
  for await (const events of mergeGroups(newest.map(asPages))) for (const event of events) tail.push(event);
  tally.shown = tail.items().length;
  await print(tail.items());
}

async function* asPages(events: readonly LogEvent[]): AsyncGenerator<readonly LogEvent[]> {
  yield events;
}

/** Events as JSON, one object a line, or as lines to read. */
async function writerOf(
  { screen }: CommandContext,
  { zone }: App,
  asJson: boolean,
  showGroup: boolean,
): Promise<Print> {
  if (!asJson) return screen.events({ zone, showGroup, showStream: !showGroup });
  return async (events) => {
    for (const { id, group, stream, timestamp, level, levelInferred, message } of events) {
      const time = timestamp === undefined ? null : isoInZone(timestamp, zone);
      await screen.json({ timestamp: time, group, stream, level: level ?? null, levelInferred, message, id });
    }
  };
}

async function* pagesOf(
  { source, group }: LocatedGroup,
  request: Request,
  { screen, signal }: CommandContext,
  tally: Tally,
  isOnly: boolean,
): AsyncGenerator<readonly LogEvent[]> {
  try {
    for await (const page of source.fetch({ group, ...request, signal })) {
      tally.matched += page.events.length;
      if (page.notices) tally.notices.push(...page.notices);
      screen.progress(`${group}: ${formatNoun(tally.matched, "event")}`);
      if (page.events.length > 0) yield page.events;
    }
  } catch (error) {
    if (isOnly || !(error instanceof Failure) || !isUnreadable(error.code)) throw error;
    tally.unread += 1;
    await screen.failure(error, undefined);
  }
}

/** The ledger: how many matched, where, whether all of them are shown. */
function describe(
  { matched, shown, notices }: Tally,
  counted: boolean,
  window: TimeRange | undefined,
  app: App,
): string[] {
  const where = window ? `in ${formatWindow(window, app.zone)}` : "in all of the data";
  const rest =
    counted || shown === matched
      ? ""
      : `; the newest ${formatCount(shown)} are shown, --limit or --all shows more`;
  return [`${formatNoun(matched, "event")} matched ${where}${rest}.`, ...describeNotices(notices)];
}

/** An empty result says what kind of empty it is, each reason once with its groups. */
async function whyNothing(
  groups: readonly LocatedGroup[],
  request: Request,
  { signal }: CommandContext,
): Promise<string[]> {
  const reasons = new Map<string, string[]>();
  for (const { source, group } of groups) {
    const reason = describeEmpty(await whyEmpty(source, { group, ...request }, undefined, signal));
    reasons.set(reason, [...(reasons.get(reason) ?? []), group]);
  }
  return [...reasons].map(([reason, names]) =>
    groups.length > 1 ? `${names.join(", ")}: ${reason}` : reason,
  );
}
