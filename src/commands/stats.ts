import { type CountsSummary, createCounts } from "../analysis/counts.ts";
import type { App } from "../app.ts";
import type { EventFilter } from "../log/filter.ts";
import { compileFilter } from "../log/filter-match.ts";
import type { BilledScan, Notice } from "../log/ledger.ts";
import { formatWindow } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { LocatedGroup } from "../sources/directory.ts";
import { isForEngine } from "../tools/count-by-query.ts";
import { whyEmpty } from "../tools/read.ts";
import { isoInZone } from "../tools/render.ts";
import { describeEmpty, describeNotices, describeScans } from "../ui/answer-view.ts";
import { formatCount, formatNoun } from "../ui/text-layout.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { type Counter, createCounter, type Row } from "./count-by.ts";
import { countByEngine } from "./count-by-engine.ts";
import { scanBudgetOf } from "./scan-budget.ts";
import { eachGroup, listOf, openGroups, textOf, wantsJson } from "./sources.ts";
import { windowFor } from "./window.ts";

/** Rows over time that are shown as bars in place of a table. */
const MOST_BARS = 120;

interface Question {
  readonly by: string;
  readonly window: TimeRange | undefined;
  readonly filter?: EventFilter;
}

interface Counted {
  readonly summary: CountsSummary;
  readonly counter: Counter;
  readonly notices: readonly Notice[];
  readonly scan?: BilledScan | undefined;
}

export const runStats: RunCommand = async (context, [names], options) => {
  const app = await context.openApp();
  const asJson = wantsJson(context);
  const pattern = textOf(options, "filter");
  const groups = await openGroups(context, app, listOf(names), options);
  const question: Question = {
    by: textOf(options, "by") ?? "level",
    window: windowFor(groups, app, context),
    ...(pattern === undefined ? {} : { filter: compileFilter(pattern) }),
  };
  return eachGroup(groups, context, async (located, index) => {
    const counted =
      (await countInEngine(located, question, app, context)) ??
      (await count(located, question, app, context));
    context.screen.endProgress();
    if (asJson) await context.screen.json(toJson(located.group, counted, question, app));
    else {
      if (index > 0) await context.screen.line();
      await show(located.group, counted, question, app, context);
    }
    await tellLedger(located, counted, question, app, context);
  });
};

/** By the engine of the source, where reading would take too long or is not possible; undefined where it is not for it. */
async function countInEngine(
  located: LocatedGroup,
  { by, window, filter }: Question,
  app: App,
  context: CommandContext,
): Promise<Counted | undefined> {
  const { screen, signal } = context;
  const { source, group } = located;
  if (!window || filter || !(await isForEngine(source, group, window, { signal }))) return undefined;
  const scans = scanBudgetOf(app, context);
  const onWait = (text: string) => screen.progress(`${group}: ${text}`);
  const counted = await countByEngine(located, by, window, app.zone, {
    signal,
    onWait,
    approve: scans.approve,
  });
  const { events, first, last, rows, result } = counted;
  const nothing = {
    untimed: 0,
    inferredLevels: 0,
    levels: new Map(),
    streams: new Map(),
    histogram: undefined,
  };
  return {
    summary: { ...nothing, events, first, last },
    counter: { add: () => {}, rows: () => rows, remarks: () => [ENGINE_REMARK] },
    notices: result.notices,
    scan: result.scan,
  };
}

const ENGINE_REMARK = "counted by the source's own engine; levels are those that are written in the events";

async function count(
  { source, group }: LocatedGroup,
  { by, ...request }: Question,
  app: App,
  context: CommandContext,
): Promise<Counted> {
  const { screen, signal } = context;
  const { approve } = scanBudgetOf(app, context);
  const { zone } = app;
  const counts = createCounts();
  const counter = createCounter(by, zone);
  const notices: Notice[] = [];
  let events = 0;
  let scan: BilledScan | undefined;
  const onWait = (text: string) => screen.progress(`${group}: ${text}`);
  for await (const page of source.fetch({ group, ...request, signal, onWait, approve })) {
    for (const event of page.events) {
      counts.add(event);
      counter.add(event);
    }
    events += page.events.length;
    screen.progress(`${group}: ${formatNoun(events, "event")}`);
    if (page.notices) notices.push(...page.notices);
    scan = page.scan ?? scan;
  }
  return { summary: counts.summarize(), counter, notices, scan };
}

function toJson(group: string, { summary, counter }: Counted, { by, window }: Question, { zone }: App) {
  const span = window ?? spanOf(summary);
  const iso = (ms: number) => isoInZone(ms, zone);
  return {
    group,
    by,
    window: span ? { start: iso(span.start), end: iso(span.end) } : null,
    total: summary.events,
    untimed: summary.untimed,
    rows: counter.rows(),
    remarks: counter.remarks(),
  };
}

/** A table; in a terminal what is counted over time is drawn, and levels with it. */
async function show(
  group: string,
  { summary, counter }: Counted,
  { by }: Question,
  { zone }: App,
  { screen }: CommandContext,
): Promise<void> {
  await screen.heading(`${group}: ${formatNoun(summary.events, "event")} by ${by}`);
  const rows = counter.rows();
  if (rows.length === 0) return;
  const overTime = screen.isTerminal ? counter.histogram?.() : undefined;
  if (overTime && overTime.bins.length <= MOST_BARS) return screen.histogram(overTime, zone, MOST_BARS);
  await screen.table(
    columnsOf(rows, by),
    rows.map((row) => cellsOf(row, by, summary.events)),
  );
  const drawn = overTime ?? (by === "level" ? summary.histogram : undefined);
  if (!screen.isTerminal || !drawn) return;
  await screen.line();
  await screen.histogram(drawn, zone);
}

/** What was counted and what the rows leave out, on stderr. */
async function tellLedger(
  { source, group }: LocatedGroup,
  { summary, counter, notices, scan }: Counted,
  { by: _, ...request }: Question,
  { zone }: App,
  { screen, signal }: CommandContext,
): Promise<void> {
  const span = request.window ?? spanOf(summary);
  const where = span ? formatWindow(span, zone) : "no times in this log";
  screen.note(`${group}: ${where}; all ${formatNoun(summary.events, "event")} counted.`);
  for (const remark of counter.remarks()) screen.note(`${group}: ${remark}.`);
  for (const line of [...describeScans(scan ? [scan] : []), ...describeNotices(notices)]) screen.note(line);
  if (summary.events > 0) return;
  screen.note(`${group}: ${describeEmpty(await whyEmpty(source, { group, ...request }, undefined, signal))}`);
}

function spanOf({ first, last }: CountsSummary): TimeRange | undefined {
  return first === undefined || last === undefined ? undefined : { start: first, end: last + 1 };
}

function columnsOf(rows: readonly Row[], by: string) {
  const right = { align: "right" as const };
  const errors = rows.some((row) => row.errors !== undefined) ? [{ title: "errors", ...right }] : [];
  return [
    { title: by, overflow: "cut-middle" as const },
    { title: "events", ...right },
    { title: "share", ...right },
    ...errors,
  ];
}

function cellsOf({ key, count: events, errors }: Row, by: string, total: number): string[] {
  const share = total === 0 ? "" : `${((100 * events) / total).toFixed(1)}%`;
  const name = by === "level" && key === "none" ? "(no level)" : key;
  return [name, formatCount(events), share, ...(errors === undefined ? [] : [formatCount(errors)])];
}
