import { z } from "zod";
import { rebin } from "../analysis/histogram.ts";
import type { DigestSummary, Histogram } from "../analysis/summary.ts";
import { endTime, logGroup, parseToolWindow, startTime } from "./arguments.ts";
import { estimateTokens, fitTokens } from "./budget.ts";
import { type Counted, countByQuery, isForEngine } from "./count-by-query.ts";
import type { JsonObject } from "./json.ts";
import { readGroup } from "./read.ts";
import { countErrors, isoInZone, renderLedger, renderLevels, renderNumber, renderTime } from "./render.ts";
import { renderSpan } from "./render-span.ts";
import type { LogTool, ToolEnvironment, ToolOutcome } from "./tool.ts";

const input = z.object({
  log_group: logGroup,
  start_time: startTime,
  end_time: endTime,
  group_by: z.enum(["level", "hour", "stream", "minute"]).default("level"),
});

const MAX_ROWS = 120;
const MAX_KEY = 80;
const FRAME_TOKENS = 100;
/** How many numeric fields are shown, as far as there is room. */
const NUMBERS = [6, 3, 1, 0] as const;

export const getLogStatistics: LogTool<z.infer<typeof input>> = {
  name: "get_log_statistics",
  description:
    "Count all events of a log group by level, hour, minute or stream, with error rate and numeric fields (latencies). Exact, no sampling. Returns a context_id.",
  input,
  async run(args, environment, ref) {
    const { source, group } = await environment.directory.locate(args.log_group, environment.signal);
    const window = parseToolWindow(args, environment);
    if (await isForEngine(source, group, window, environment))
      return countByEngine(
        await countByQuery(source, group, window, args.group_by, environment),
        args,
        environment,
      );
    const reading = await readGroup(source, { group, window }, environment);
    const { digest } = reading;
    const rows = countRows(digest, args.group_by, environment);
    const errors = countErrors(digest);
    const ledger = { ...reading.ledger, returned: rows.length };
    const counts = {
      context_id: ref,
      ledger: renderLedger(ledger, environment.zone),
      total: digest.events,
      errors,
      error_share: shareOf(errors, digest.events),
      levels: renderLevels(digest),
      first: renderTime(digest.first, environment.zone),
      last: renderTime(digest.last, environment.zone),
      group_by: args.group_by,
      ...cutRows(rows),
      ...(digest.events > 0 ? {} : await renderSpan(source, group, environment)),
    };
    const rest = environment.resultTokens - estimateTokens(counts) - FRAME_TOKENS;
    await environment.evidence.ready();
    const numbers = fitTokens(rest, NUMBERS, (shown) =>
      digest.numbers
        .slice(0, shown)
        .map((number) => renderNumber(number, environment.evidence, environment.zone)),
    );
    const data = { ...counts, numbers };
    return { data, summary: `${digest.events} events, ${errors} errors`, ledger, readings: [reading] };
  },
};

/** The same answer from the counts of the source's engine, which hands out no numeric fields. */
async function countByEngine(
  counted: Counted,
  { log_group, group_by }: z.infer<typeof input>,
  environment: ToolEnvironment,
): Promise<ToolOutcome> {
  const { total, errors, rows } = counted;
  const ledger = { ...counted.ledger, returned: rows.length };
  const { source, group } = await environment.directory.locate(log_group, environment.signal);
  const data = {
    ledger: renderLedger(ledger, environment.zone),
    ...(counted.query === undefined ? {} : { query: counted.query }),
    total,
    errors,
    error_share: shareOf(errors, total),
    levels: counted.levels,
    first: renderTime(counted.first, environment.zone),
    last: renderTime(counted.last, environment.zone),
    group_by,
    ...cutRows(rows),
    ...(total > 0 ? {} : await renderSpan(source, group, environment)),
    numbers: [],
  };
  return { data, summary: `${total} events, ${errors} errors`, ledger };
}

function shareOf(errors: number, total: number): number | null {
  return total === 0 ? null : Number((errors / total).toPrecision(4));
}

function cutRows(rows: readonly JsonObject[]) {
  return {
    rows: rows.slice(0, MAX_ROWS),
    ...(rows.length > MAX_ROWS ? { truncated: `${rows.length - MAX_ROWS} more rows are not shown` } : {}),
  };
}

/** A row names its value by what it is counted by: a stream called `key` would be taken for one. */
function countRows(
  digest: DigestSummary,
  by: "level" | "hour" | "stream" | "minute",
  { zone }: ToolEnvironment,
) {
  if (by === "level") return [...digest.levels].map(([level, count]) => ({ level, count, errors: null }));
  if (by === "stream") {
    return [...digest.streams]
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .map(([stream, count]) => ({ stream: stream.slice(-MAX_KEY), count, errors: null }));
  }
  if (!digest.histogram) return [];
  const { start, binMs, bins } = rebin(
    digest.histogram,
    binsOf(digest.histogram, by === "hour" ? 3_600_000 : 60_000),
  );
  return bins.map(({ total, errors }, index) => ({
    [by]: isoInZone(start + index * binMs, zone),
    count: total,
    errors,
  }));
}

/** As many bins as there are hours or minutes, so that each is one. */
function binsOf({ bins, binMs }: Histogram, unitMs: number): number {
  return Math.min(MAX_ROWS, Math.ceil((bins.length * binMs) / unitMs) + 1);
}
