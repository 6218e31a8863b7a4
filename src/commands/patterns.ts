import { comparePeriods } from "../analysis/compare.ts";
import type { Comparison, DigestSummary } from "../analysis/summary.ts";
import type { App } from "../app.ts";
import { Failure } from "../failure.ts";
import { compileFilter } from "../log/filter-match.ts";
import { parseDuration } from "../log/time-duration.ts";
import { formatInstant, formatWindow } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { LocatedGroup } from "../sources/directory.ts";
import { readGroup } from "../tools/read.ts";
import { describeNotices } from "../ui/answer-view.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { listOf, numberOf, openSources, pathsOf, textOf, wantsJson } from "./sources.ts";
import { windowOf } from "./window.ts";

export const runPatterns: RunCommand = async (context, [names], options) => {
  const app = await context.openApp();
  const asJson = wantsJson(context);
  const top = numberOf(options, "top", 1, 100_000);
  const pattern = textOf(options, "filter");
  const filter = pattern === undefined ? {} : { filter: compileFilter(pattern) };
  const back = backOf(textOf(options, "compare"));
  const directory = await openSources(app, pathsOf(options), context.stdin);
  for (const name of listOf(names)) {
    const located = await directory.locate(name, context.signal);
    const span = await directory.dataRange([name], context.signal);
    const window = windowOf(app, context.shared) ?? span;
    const read = (range: TimeRange | undefined) => readWith(located, range, filter, app, context);
    const { digest, ledger } = await read(window);
    context.screen.endProgress();
    if (back !== undefined)
      await printComparison(located.group, digest, window, back, read, app, context, asJson);
    else if (asJson)
      for (const { examples, groups: _, bins: __, ...template } of digest.templates)
        await context.screen.json({ group: located.group, ...template, example: examples[0]?.message });
    else await printTemplates(located.group, digest, top, app, context);
    const outside =
      digest.eventsOutsideTemplates > 0
        ? `; ${digest.eventsOutsideTemplates.toLocaleString("en-US")} events are in none`
        : "";
    const where = window ? formatWindow(window, app.zone) : "all of the data, which has no times";
    context.screen.note(
      `${located.group}: ${ledger.analysed.toLocaleString("en-US")} events in ${digest.templates.length.toLocaleString("en-US")} templates${outside}; ${where}.`,
    );
    for (const line of describeNotices(ledger.notices)) context.screen.note(line);
  }
  return 0;
};

function readWith(
  { source, group }: LocatedGroup,
  window: TimeRange | undefined,
  filter: object,
  app: App,
  { signal, screen }: CommandContext,
) {
  const report = ({ events }: { events: number }) =>
    screen.progress(`${group}: ${events.toLocaleString("en-US")} events`);
  return readGroup(source, { group, window, ...filter }, { signal, report, now: app.now });
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
  { templates, events }: DigestSummary,
  top: number,
  app: App,
  { screen }: CommandContext,
): Promise<void> {
  await screen.heading(
    `${group}: ${templates.length.toLocaleString("en-US")} templates of ${events.toLocaleString("en-US")} events`,
  );
  const time = (ms: number | undefined) => (ms === undefined ? "" : formatInstant(ms, app.zone));
  await screen.table(
    [
      { title: "events", align: "right" as const },
      { title: "level" },
      { title: "first" },
      { title: "last" },
      { title: "template" },
    ],
    templates
      .slice(0, top)
      .map(({ count, level, first, last, text }) => [
        count.toLocaleString("en-US"),
        level ?? "",
        time(first),
        time(last),
        text,
      ]),
  );
  if (templates.length > top) screen.note(`${templates.length - top} more templates; --top shows them.`);
}

async function printComparison(
  group: string,
  digest: DigestSummary,
  window: TimeRange | undefined,
  back: number,
  read: (range: TimeRange) => ReturnType<typeof readGroup>,
  app: App,
  { screen }: CommandContext,
  asJson: boolean,
): Promise<void> {
  if (!window)
    throw new Failure(
      "invalid-time",
      `'${group}' has no times, so there is no earlier window to compare with.`,
      { hint: "Leave --compare out." },
    );
  const before = { start: window.start - back, end: window.end - back };
  const baseline = await read(before);
  const span = window.end - window.start;
  const compared = comparePeriods(baseline.digest, digest, { baselineMs: span, currentMs: span });
  if (asJson) return screen.json({ group, window, baseline: before, ...compared });
  await screen.heading(
    `${group}: ${formatWindow(window, app.zone)} against ${formatWindow(before, app.zone)}`,
  );
  await screen.table(
    [
      { title: "" },
      { title: "before", align: "right" as const },
      { title: "now", align: "right" as const },
      { title: "level" },
      { title: "template" },
    ],
    rowsOf(compared),
  );
  if (baseline.digest.events === 0)
    screen.note(`The window before holds no events, so everything looks new.`);
}

function rowsOf({ fresh, vanished, changed }: Comparison): string[][] {
  const row =
    (what: string) =>
    ({ baselineCount, count, level, text }: Comparison["fresh"][number]) => [
      what,
      baselineCount.toLocaleString("en-US"),
      count.toLocaleString("en-US"),
      level ?? "",
      text,
    ];
  return [...fresh.map(row("new")), ...changed.map(row("changed")), ...vanished.map(row("vanished"))];
}
