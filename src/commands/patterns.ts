import { comparePeriods } from "../analysis/compare.ts";
import type { ComparedTemplate, Comparison } from "../analysis/summary.ts";
import type { App } from "../app.ts";
import { Failure } from "../failure.ts";
import type { EventFilter } from "../log/filter.ts";
import { compileFilter } from "../log/filter-match.ts";
import { parseDuration } from "../log/time-duration.ts";
import { formatInstant, formatWindow } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { LocatedGroup } from "../sources/directory.ts";
import type { ScanBudget } from "../sources/scan-budget.ts";
import type { Reading } from "../tools/evidence.ts";
import { type BothReadings, coveredMs, readBoth, readOrFold } from "../tools/fold.ts";
import { isoInZone } from "../tools/render.ts";
import { describeEmpty, describeNotices, describeScans } from "../ui/answer-view.ts";
import { formatCount, formatNoun } from "../ui/text-layout.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { scanBudgetOf } from "./scan-budget.ts";
import { eachGroup, listOf, numberOf, openGroups, textOf, wantsJson } from "./sources.ts";
import { windowFor } from "./window.ts";

interface Question {
  /** Of `--since` and `--until`; undefined: all there is. */
  readonly window: TimeRange | undefined;
  readonly filter?: EventFilter;
  readonly top: number;
  /** How long before it the window to compare with lies, ms. */
  readonly back: number | undefined;
  readonly asJson: boolean;
  /** For the scans of all groups together. */
  readonly scans: ScanBudget;
}

export const runPatterns: RunCommand = async (context, [names], options) => {
  const app = await context.openApp();
  const pattern = textOf(options, "filter");
  const groups = await openGroups(context, app, listOf(names), options);
  const question: Question = {
    window: windowFor(groups, app, context),
    ...(pattern === undefined ? {} : { filter: compileFilter(pattern) }),
    top: numberOf(options, "top", 1, 100_000),
    back: backOf(textOf(options, "compare")),
    asJson: wantsJson(context),
    scans: scanBudgetOf(app, context),
  };
  return eachGroup(groups, context, async (located, index) => {
    if (index > 0 && !question.asJson) await context.screen.line();
    await showGroup(located, question, app, context);
  });
};

async function showGroup(
  located: LocatedGroup,
  question: Question,
  app: App,
  context: CommandContext,
): Promise<void> {
  const { source, group } = located;
  const { filter, back, scans } = question;
  const { signal, screen } = context;
  const window = question.window ?? (await source.dataRange?.([group], signal));
  const request = { group, ...(filter ? { filter } : {}) };
  const report = ({ events, wait }: { readonly events: number; readonly wait?: string }) =>
    screen.progress(`${group}: ${wait ?? formatNoun(events, "event")}`);
  const environment = { signal, report, now: app.now, scans };
  if (back === undefined) {
    const reading = await readOrFold(source, { ...request, window }, environment);
    screen.endProgress();
    await printTemplates(group, reading, question, app, context);
    tellLedger(group, reading, window, app, context);
    return;
  }
  const current = comparedWindow(group, window);
  const before = { start: current.start - back, end: current.end - back };
  const both = await readBoth(source, { ...request, window: current }, before, environment);
  screen.endProgress();
  await printComparison(group, both, { current, before }, question, app, context);
  tellLedger(group, both.current, window, app, context);
  tellScan(group, both.baseline, context);
}

/** @throws Failure "usage" */
function backOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new Failure("usage", `--compare takes a span such as 24h or 7d, not '${text}'.`);
}

async function printTemplates(
  group: string,
  { digest, samples }: Reading,
  { top, asJson }: Question,
  { zone }: App,
  { screen }: CommandContext,
): Promise<void> {
  const { templates, events } = digest;
  const shown = templates.slice(0, top);
  if (asJson) {
    const iso = (ms: number | undefined) => (ms === undefined ? null : isoInZone(ms, zone));
    for (const { id, text, count, level, first, last, examples } of shown) {
      const example = examples[0]?.message ?? samples?.get(text) ?? null;
      await screen.json({
        group,
        id,
        count,
        level: level ?? null,
        first: iso(first),
        last: iso(last),
        text,
        example,
      });
    }
  } else {
    await screen.heading(
      `${group}: ${formatNoun(templates.length, "template")} of ${formatNoun(events, "event")}`,
    );
    const time = (ms: number | undefined) =>
      ms === undefined ? "" : formatInstant(Math.floor(ms / 1000) * 1000, zone);
    await screen.table(
      [
        { title: "events", align: "right" },
        { title: "level" },
        { title: "last", overflow: "cut-middle" },
        { title: "template", overflow: "wrap" },
      ],
      shown.map(({ count, level, last, text }) => [formatCount(count), level ?? "", time(last), text]),
    );
  }
  if (templates.length > top)
    screen.note(`${formatNoun(templates.length - top, "more template")}; --top shows them.`);
}

/** @throws Failure "invalid-time" for a log without times */
function comparedWindow(group: string, window: TimeRange | undefined): TimeRange {
  if (window) return window;
  throw new Failure(
    "invalid-time",
    `'${group}' has no times, so there is no earlier window to compare with.`,
    { hint: "Leave --compare out." },
  );
}

interface Windows {
  readonly current: TimeRange;
  readonly before: TimeRange;
}

async function printComparison(
  group: string,
  { current, baseline }: BothReadings,
  { current: window, before }: Windows,
  { back = 0, top, asJson }: Question,
  { zone }: App,
  { screen }: CommandContext,
): Promise<void> {
  const compared = comparePeriods(baseline.digest, current.digest, {
    baselineMs: coveredMs(baseline),
    currentMs: coveredMs(current),
  });
  if (asJson) {
    const iso = ({ start, end }: TimeRange) => ({ start: isoInZone(start, zone), end: isoInZone(end, zone) });
    await screen.json({ group, window: iso(window), baseline: iso(before), ...comparisonToJson(compared) });
  } else {
    await screen.heading(`${group}: ${formatWindow(window, zone)} against ${formatWindow(before, zone)}`);
    const rows = rowsOf(compared);
    const right = { align: "right" as const };
    if (rows.length > 0)
      await screen.table(
        [
          { title: "" },
          { title: "before", ...right },
          { title: "now", ...right },
          { title: "level" },
          { title: "template", overflow: "wrap" },
        ],
        rows.slice(0, top),
      );
    else await screen.line("Nothing new, nothing vanished, no rate changed beyond chance.");
    if (rows.length > top)
      screen.note(`${formatNoun(rows.length - top, "more difference")}; --top shows them.`);
  }
  if (baseline.digest.events === 0)
    screen.note("The window before holds no events, so everything looks new.");
  if (back < window.end - window.start)
    screen.note("The two windows overlap: --compare is shorter than the window.");
}

function comparisonToJson({ fresh, vanished, changed, errorRatePerMinute }: Comparison) {
  const plain = ({ text, level, baselineCount, count }: ComparedTemplate) => ({
    text,
    level: level ?? null,
    before: baselineCount,
    now: count,
  });
  return {
    fresh: fresh.map(plain),
    changed: changed.map(plain),
    vanished: vanished.map(plain),
    errorRatePerMinute,
  };
}

function rowsOf({ fresh, vanished, changed }: Comparison): string[][] {
  const row =
    (what: string) =>
    ({ baselineCount, count, level, text }: ComparedTemplate) => [
      what,
      formatCount(baselineCount),
      formatCount(count),
      level ?? "",
      text,
    ];
  return [...fresh.map(row("new")), ...changed.map(row("changed")), ...vanished.map(row("gone"))];
}

/** What was read and what the templates leave out, on stderr. */
function tellLedger(
  group: string,
  reading: Reading,
  window: TimeRange | undefined,
  { zone }: App,
  context: CommandContext,
): void {
  const { digest, ledger } = reading;
  const { screen } = context;
  const outside = digest.eventsOutsideTemplates;
  const rest = outside > 0 ? `; ${formatNoun(outside, "event")} in none` : "";
  const where = window ? formatWindow(window, zone) : "all of the data, which has no times";
  screen.note(
    `${group}: ${formatNoun(ledger.analysed, "event")} in ${formatNoun(digest.templates.length, "template")}${rest}; ${where}.`,
  );
  if (ledger.empty) screen.note(`${group}: ${describeEmpty(ledger.empty)}`);
  tellScan(group, reading, context);
  for (const line of describeNotices(ledger.notices)) screen.note(line);
}

function tellScan(group: string, { ledger: { scan } }: Reading, { screen }: CommandContext): void {
  for (const line of describeScans(scan ? [scan] : [])) screen.note(`${group}: ${line}`);
}
