import { z } from "zod";
import { comparePeriods } from "../analysis/compare.ts";
import { findErrorOnset } from "../analysis/onset.ts";
import type { ComparedTemplate, Comparison } from "../analysis/summary.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { AnomalyList } from "../sources/source.ts";
import { endTime, logGroup, parseToolWindow, startTime } from "./arguments.ts";
import { fitTokens } from "./budget.ts";
import type { Reading } from "./evidence.ts";
import { coveredMs, readBoth } from "./fold.ts";
import { joinLedgers } from "./join-ledgers.ts";
import type { JsonObject } from "./json.ts";
import {
  countErrors,
  cutText,
  isoInZone,
  renderEvent,
  renderLedger,
  renderLevels,
  renderSample,
  renderTime,
} from "./render.ts";
import { renderSpan } from "./render-span.ts";
import type { LogTool, ToolEnvironment } from "./tool.ts";

const input = z.object({
  log_group: logGroup,
  start_time: startTime,
  end_time: endTime,
  baseline_start: z.string().describe("Default: as long before start_time as the window is").optional(),
  baseline_end: z.string().describe("Default: start_time").optional(),
});

interface Detail {
  readonly fresh: number;
  readonly others: number;
  readonly anomalies: number;
}

const DETAILS: readonly [Detail, ...Detail[]] = [
  { fresh: 15, others: 8, anomalies: 5 },
  { fresh: 10, others: 4, anomalies: 5 },
  { fresh: 6, others: 2, anomalies: 3 },
  { fresh: 3, others: 1, anomalies: 2 },
  { fresh: 1, others: 0, anomalies: 1 },
];

export const comparePeriodsTool: LogTool<z.infer<typeof input>> = {
  name: "compare_periods",
  description:
    "What is new: one log group over a window against a baseline window. New and vanished templates, changed rates, error rates, onset. Both windows are read in full. Returns a context_id of the window.",
  input,
  async run(args, environment, ref) {
    const { source, group } = await environment.directory.locate(args.log_group, environment.signal);
    const window = parseToolWindow(args, environment);
    const baselineWindow = parseBaseline(args, window, environment);
    const [{ current, baseline }, found = NO_ANOMALIES] = await Promise.all([
      readBoth(source, { group, window }, baselineWindow, environment),
      source.listAnomalies?.(group, window, environment.signal),
    ]);
    const comparison = comparePeriods(baseline.digest, current.digest, {
      baselineMs: coveredMs(baseline),
      currentMs: coveredMs(current),
    });
    const span = current.digest.events > 0 ? {} : await renderSpan(source, group, environment);
    await environment.evidence.ready();
    const data = fitTokens(environment.resultTokens, DETAILS, (detail) => ({
      context_id: ref,
      ...render(current, baseline, environment),
      ...span,
      ...renderComparison(comparison, current, detail, environment),
      ...renderAnomalies(found, detail, environment),
    }));
    const { fresh, vanished, changed } = comparison;
    const ledger = joinLedgers([current.ledger, baseline.ledger]);
    return {
      data,
      summary: `${fresh.length} new, ${vanished.length} vanished, ${changed.length} changed`,
      ledger: {
        ...ledger,
        ...(current.ledger.link === undefined ? {} : { link: current.ledger.link }),
        notices: [...ledger.notices, ...found.notices],
      },
      readings: [current],
    };
  },
};

const NO_ANOMALIES: AnomalyList = { anomalies: [], notices: [] };

/** @throws Failure "invalid-time" */
function parseBaseline(
  args: z.infer<typeof input>,
  window: TimeRange,
  environment: ToolEnvironment,
): TimeRange {
  const from = args.baseline_start ?? String(window.start - lengthOf(window));
  const to = args.baseline_end ?? String(window.start);
  return parseToolWindow({ start_time: from, end_time: to }, environment);
}

function lengthOf({ start, end }: TimeRange): number {
  return end - start;
}

function render(current: Reading, baseline: Reading, { zone }: ToolEnvironment): JsonObject {
  const onset = findErrorOnset(current.digest);
  const side = ({ ledger, digest }: Reading) => ({
    ledger: renderLedger({ ...ledger, returned: 0 }, zone),
    levels: renderLevels(digest),
    errors: countErrors(digest),
  });
  return {
    ...side(current),
    baseline: side(baseline),
    onset: onset ? isoInZone(onset.at, zone) : null,
  };
}

function renderComparison(
  { fresh, vanished, changed, errorRatePerMinute }: Comparison,
  current: Reading,
  detail: Detail,
  { evidence, zone }: ToolEnvironment,
): JsonObject {
  const rate = (value: number) => Number(value.toPrecision(3));
  const counts = (one: ComparedTemplate) => ({
    template: cutText(one.text),
    level: one.level ?? null,
    baseline_count: one.baselineCount,
    count: one.count,
  });
  return {
    errors_per_minute: {
      baseline: rate(errorRatePerMinute.baseline),
      current: rate(errorRatePerMinute.current),
    },
    new_total: fresh.length,
    new: fresh.slice(0, detail.fresh).map((one) => ({
      ...counts(one),
      first: renderTime(one.first, zone),
      example: one.examples[0] ? renderEvent(one.examples[0], evidence, zone) : null,
      ...renderSample(current, one.text),
    })),
    vanished_total: vanished.length,
    vanished: vanished.slice(0, detail.others).map(counts),
    changed_total: changed.length,
    changed: changed.slice(0, detail.others).map((one) => ({ ...counts(one), ratio: rate(one.ratio) })),
  };
}

/** What detectors of the service have found: leads. */
function renderAnomalies({ anomalies }: AnomalyList, detail: Detail, { zone }: ToolEnvironment): JsonObject {
  if (anomalies.length === 0) return {};
  return {
    anomalies_total: anomalies.length,
    anomalies: anomalies.slice(0, detail.anomalies).map((one) => ({
      template: cutText(one.pattern),
      description: cutText(one.description),
      priority: one.priority ?? null,
      state: one.state,
      is_ongoing: one.isOngoing,
      first: isoInZone(one.firstSeen, zone),
      last: isoInZone(one.lastSeen, zone),
    })),
  };
}
