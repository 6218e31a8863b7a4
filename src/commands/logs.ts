import type { App } from "../app.ts";
import { Failure } from "../failure.ts";
import type { LogEvent } from "../log/event.ts";
import type { EventFilter } from "../log/filter.ts";
import { compileFilter } from "../log/filter-match.ts";
import type { BilledScan, Notice } from "../log/ledger.ts";
import { formatWindow } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { LocatedGroup } from "../sources/directory.ts";
import { mergeGroups } from "../sources/merge-groups.ts";
import { createTail, readNewest } from "../sources/read-newest.ts";
import type { ScanBudget } from "../sources/scan-budget.ts";
import type { FetchPage, FetchRequest } from "../sources/source.ts";
import { whyEmpty } from "../tools/read.ts";
import { isoInZone } from "../tools/render.ts";
import { describeEmpty, describeNotices, describeScans } from "../ui/answer-view.ts";
import { formatBytes, formatCount, formatNoun } from "../ui/text-layout.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { isUnreadable } from "./exit-code.ts";
import { scanBudgetOf } from "./scan-budget.ts";
import { listOf, numberOf, openGroups, textOf, wantsJson } from "./sources.ts";
import { windowFor } from "./window.ts";

const MOST_SHOWN = 1_000_000;
/** Events that are made JSON together. */
const AT_ONCE = 1000;
const DEFAULT_LIMIT = "100";

interface Request {
  readonly window: TimeRange | undefined;
  readonly filter?: EventFilter;
}

/** What was read, for the ledger. */
interface Tally {
  /** With `older`, at least. */
  matched: number;
  /** Older matching events were left unread, because the newest were all that was asked for. */
  older: boolean;
  shown: number;
  /** Groups that could not be read, where others could. */
  unread: number;
  bytes: number;
  readonly scans: BilledScan[];
  readonly notices: Notice[];
}

/** What all the ways to read a group share. */
interface Read {
  readonly request: Request;
  readonly tally: Tally;
  readonly context: CommandContext;
  readonly scans: ScanBudget;
  readonly isOnly: boolean;
}

type Print = (events: readonly LogEvent[]) => Promise<void>;

export const runLogs: RunCommand = async (context, [names], options) => {
  if (options.follow === true) {
    const { followLogs } = await import("./follow-logs.ts");
    return followLogs(context, listOf(names), options, writerOf);
  }
  const app = await context.openApp();
  const asJson = wantsJson(context);
  const pattern = textOf(options, "filter");
  const filter = pattern === undefined ? {} : { filter: compileFilter(pattern) };
  const groups = await openGroups(context, app, listOf(names), options);
  const limit = limitOf(groups, app, options);
  const request: Request = { window: windowFor(groups, app, context), ...filter };
  const tally: Tally = { matched: 0, older: false, shown: 0, unread: 0, bytes: 0, scans: [], notices: [] };
  const count = options.count === true;
  const scans = scanBudgetOf(app, context);
  const read: Read = { request, tally, context, scans, isOnly: groups.length === 1 };
  if (count) for (const group of groups) await skimGroup(group, read);
  else {
    const print = await writerOf(context, app, asJson, groups.length > 1);
    if (options.all === true)
      await printAll(mergeGroups(groups.map((one) => pagesOf(one, read))), print, tally);
    else await printNewest(groups, read, limit, print);
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
  groups: readonly LocatedGroup[],
  read: Read,
  limit: number,
  print: Print,
): Promise<void> {
  const newest: (readonly LogEvent[])[] = [];
  for (const { source, group } of groups) {
    await orUnread(read, async () => {
      const request = requestOf(group, read);
      const found = await readNewest(source, request, limit, (page) => take(page, group, read));
      if (found.hasOlder) read.tally.older = true;
      newest.push(found.events);
    });
  }
  const tail = createTail(limit);
  for await (const events of mergeGroups(newest.map(asPages))) for (const event of events) tail.push(event);
  read.tally.shown = tail.items().length;
  await print(tail.items());
}

/** Reads a group for its count alone. */
async function skimGroup({ source, group }: LocatedGroup, read: Read): Promise<void> {
  await orUnread(read, async () => {
    for await (const page of source.fetch(requestOf(group, read))) take(page, group, read);
  });
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
    for (let from = 0; from < events.length; from += AT_ONCE) {
      const values = events
        .slice(from, from + AT_ONCE)
        .map(({ id, group, stream, timestamp, level, levelInferred, message }) => {
          const time = timestamp === undefined ? null : isoInZone(timestamp, zone);
          return { timestamp: time, group, stream, level: level ?? null, levelInferred, message, id };
        });
      await screen.jsonLines(values);
    }
  };
}

async function* pagesOf({ source, group }: LocatedGroup, read: Read): AsyncGenerator<readonly LogEvent[]> {
  try {
    for await (const page of source.fetch(requestOf(group, read))) {
      take(page, group, read);
      if (page.events.length > 0) yield page.events;
    }
  } catch (error) {
    await tellUnread(error, read);
  }
}

async function orUnread(read: Read, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await tellUnread(error, read);
  }
}

/** Of several groups one that cannot be read is told and passed over. */
async function tellUnread(error: unknown, { isOnly, tally, context }: Read): Promise<void> {
  if (isOnly || !(error instanceof Failure) || !isUnreadable(error.code)) throw error;
  tally.unread += 1;
  await context.screen.failure(error, undefined);
}

function requestOf(group: string, { request, context, scans }: Read): FetchRequest {
  const { screen, signal } = context;
  const onWait = (text: string) => screen.progress(`${group}: ${text}`);
  return { group, ...request, signal, onWait, approve: scans.approve };
}

function take(page: FetchPage, group: string, { tally, context, scans }: Read): void {
  if (page.scan) {
    tally.scans.push(page.scan);
    scans.record(page.scan);
  }
  tally.matched += page.events.length;
  tally.bytes += page.scannedBytes;
  if (page.notices) tally.notices.push(...page.notices);
  context.screen.progress(`${group}: ${formatNoun(tally.matched, "event")}, ${formatBytes(tally.bytes)}`);
}

/** How many events are to be printed: a cloud's have limits of their own. @throws Failure "usage" */
function limitOf(
  groups: readonly LocatedGroup[],
  { loaded }: App,
  options: Readonly<Record<string, unknown>>,
): number {
  const isLocal = groups.every(({ source }) => source.dataRange !== undefined);
  const { defaultLimit, maxResults } = loaded.settings.cloudwatch;
  return isLocal
    ? numberOf({ limit: DEFAULT_LIMIT, ...options }, "limit", 1, MOST_SHOWN)
    : numberOf({ limit: Math.min(defaultLimit, maxResults), ...options }, "limit", 1, maxResults);
}

/** The ledger: how many matched, where, whether all of them are shown. */
function describe(
  { matched, older, shown, scans, notices }: Tally,
  counted: boolean,
  window: TimeRange | undefined,
  app: App,
): string[] {
  const where = window ? `in ${formatWindow(window, app.zone)}` : "in all of the data";
  const told = [...describeScans(scans), ...describeNotices(notices)];
  if (older)
    return [
      `The newest ${formatNoun(shown, "event")} ${where}; there are older ones, which were not read: --limit or --all shows more, --count counts them.`,
      ...told,
    ];
  const rest =
    counted || shown === matched
      ? ""
      : `; the newest ${formatCount(shown)} are shown, --limit or --all shows more`;
  return [`${formatNoun(matched, "event")} matched ${where}${rest}.`, ...told];
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
