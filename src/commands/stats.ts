import { createDigest } from "../analysis/digest.ts";
import { createFieldCounts } from "../analysis/field-counts.ts";
import { rebin } from "../analysis/histogram.ts";
import type { DigestSummary, Histogram } from "../analysis/summary.ts";
import type { App } from "../app.ts";
import { compileFilter } from "../log/filter-match.ts";
import type { Notice } from "../log/ledger.ts";
import { formatInstant, formatWindow } from "../log/time-input.ts";
import { describeNotices } from "../ui/answer-view.ts";
import type { RunCommand } from "./command.ts";
import { listOf, openSources, pathsOf, textOf, wantsJson } from "./sources.ts";
import { windowOf } from "./window.ts";

interface Row {
  readonly key: string;
  readonly count: number;
  readonly errors?: number;
}

export const runStats: RunCommand = async (context, [names], options) => {
  const app = await context.openApp();
  const asJson = wantsJson(context);
  const by = textOf(options, "by") ?? "level";
  const pattern = textOf(options, "filter");
  const filter = pattern === undefined ? {} : { filter: compileFilter(pattern) };
  const window = windowOf(app, context.shared);
  const directory = await openSources(app, pathsOf(options), context.stdin);
  for (const name of listOf(names)) {
    const { source, group } = await directory.locate(name, context.signal);
    const digest = createDigest({ maxTemplates: 0 });
    const fields = createFieldCounts(by);
    const notices: Notice[] = [];
    for await (const page of source.fetch({ group, window, ...filter, signal: context.signal })) {
      for (const event of page.events) {
        digest.add(event);
        if (!BUILT_IN.has(by)) fields.add(event);
      }
      if (page.notices) notices.push(...page.notices);
    }
    const summary = digest.summarize();
    const rows = BUILT_IN.has(by) ? rowsOf(summary, by, app) : fields.rows();
    if (asJson)
      await context.screen.json({ group, by, total: summary.events, untimed: summary.untimed, rows });
    else {
      await context.screen.heading(`${group}: ${summary.events.toLocaleString("en-US")} events by ${by}`);
      await context.screen.table(
        columnsOf(rows, by),
        rows.map((row) => cellsOf(row, summary.events)),
      );
      if (summary.histogram && (by === "level" || by === "hour" || by === "minute"))
        await context.screen.histogram(summary.histogram, app.zone);
    }
    const where = window ? formatWindow(window, app.zone) : spanText(summary, app);
    context.screen.note(`${group}: ${where}; all ${summary.events.toLocaleString("en-US")} events counted.`);
    for (const line of describeNotices(notices)) context.screen.note(line);
  }
  return 0;
};

const BUILT_IN = new Set(["level", "minute", "hour", "stream"]);

function spanText({ first, last }: DigestSummary, { zone }: App): string {
  return first === undefined || last === undefined
    ? "no times in this log"
    : `${formatInstant(first, zone)} to ${formatInstant(last, zone)}`;
}

function rowsOf(summary: DigestSummary, by: string, { zone }: App): Row[] {
  if (by === "level") {
    const rows = [...summary.levels].map(
      ([key, count]): Row => ({ key: key === "none" ? "(no level)" : key, count }),
    );
    return summary.inferredLevels > 0
      ? [...rows, { key: "(of these inferred from words)", count: summary.inferredLevels }]
      : rows;
  }
  if (by === "stream") return [...summary.streams].map(([key, count]) => ({ key, count }));
  if (!summary.histogram) return [];
  const { start, binMs, bins } = rebin(
    summary.histogram,
    binsOf(summary.histogram, by === "hour" ? 3_600_000 : 60_000),
  );
  return bins
    .map(({ total, errors }, index) => ({
      key: formatInstant(start + index * binMs, zone),
      count: total,
      errors,
    }))
    .filter(({ count }) => count > 0);
}

function binsOf({ bins, binMs }: Histogram, unitMs: number): number {
  return Math.ceil((bins.length * binMs) / unitMs) + 1;
}

function columnsOf(rows: readonly Row[], by: string) {
  const errors = rows.some((row) => row.errors !== undefined)
    ? [{ title: "errors", align: "right" as const }]
    : [];
  return [
    { title: by },
    { title: "events", align: "right" as const },
    { title: "share", align: "right" as const },
    ...errors,
  ];
}

function cellsOf({ key, count, errors }: Row, total: number): string[] {
  const share = total === 0 ? "" : `${((100 * count) / total).toFixed(1)}%`;
  return [
    key,
    count.toLocaleString("en-US"),
    share,
    ...(errors === undefined ? [] : [errors.toLocaleString("en-US")]),
  ];
}
