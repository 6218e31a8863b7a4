import { z } from "zod";
import { Failure } from "../failure.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { Zone } from "../log/zone.ts";
import type { Alarm, AlarmChange, AlarmLogs, AlarmState, LogMetrics } from "../sources/metrics.ts";
import type { LogSource } from "../sources/source.ts";
import { qualify } from "../sources/with-qualified-names.ts";
import { askMetrics, type MetricsAnswer, renderMetricName } from "./ask-metrics.ts";
import { fitTokens } from "./budget.ts";
import type { JsonObject } from "./json.ts";
import { cutText, isoInZone, renderTime } from "./render.ts";
import type { LogTool, ToolEnvironment } from "./tool.ts";

const input = z.object({
  state: z.enum(["ok", "alarm", "insufficient-data"]).optional(),
  prefix: z.string().describe("Of the name").optional(),
  limit: z.number().int().min(1).max(500).default(50),
});

/** Alarms follow their cause, and point to it: changes from an hour before the window to a while after it. */
const LEAD = 3_600_000;
const LAG = 900_000;
/** Without a window, ms. */
const RECENT = 86_400_000;
const MOST_CHANGES = 30;
/** Changes that are looked at where only those of some alarms are wanted. */
const CHANGES_LOOKED_AT = 100;

interface Detail {
  readonly alarms: number;
  /** So many with all that is known; the others with name and state. */
  readonly full: number;
}

const DETAILS: readonly [Detail, ...Detail[]] = [
  { alarms: 500, full: 500 },
  { alarms: 500, full: 20 },
  { alarms: 100, full: 10 },
  { alarms: 50, full: 5 },
  { alarms: 20, full: 3 },
];

const STATE_ORDER: Readonly<Record<AlarmState, number>> = { alarm: 0, "insufficient-data": 1, ok: 2 };

interface FoundAlarm extends Alarm {
  readonly source: LogSource;
}

export const listAlarms: LogTool<z.infer<typeof input>> = {
  name: "list_alarms",
  description:
    "List alarms: state now, reason, condition, metric, the log groups and filter pattern that feed it; and which changed state around the question's window. A lead on what broke and where to read.",
  input,
  needs: "metrics",
  async run(args, environment) {
    const { resultTokens, signal, zone, now } = environment;
    const window = windowOfChanges(environment);
    const { answers, remarks } = await askMetrics(environment, (metrics) =>
      askOne(metrics, args, window, signal),
    );
    const alarms = sortAlarms(answers).slice(0, args.limit);
    const inAlarm = alarms.filter(({ state }) => state === "alarm").length;
    const changed = renderChanges(answers, window, environment);
    const notices = [...remarks, ...answers.flatMap(({ answer }) => answer.remarks)];
    const left = answers.some(({ answer }) => answer.hasMore);
    const data = fitTokens(resultTokens, DETAILS, (detail) => ({
      as_of: isoInZone(now(), zone),
      returned: Math.min(alarms.length, detail.alarms),
      in_alarm: inAlarm,
      ...changed,
      alarms: alarms
        .slice(0, detail.alarms)
        .map((alarm, index) => renderAlarm(alarm, index < detail.full, environment)),
      ...(left || alarms.length > detail.alarms
        ? { truncated: "more alarms are not listed; narrow by state or prefix" }
        : {}),
      ...(notices.length > 0 ? { notices } : {}),
    }));
    const changes = `${changed.changes.length} changes around the window`;
    return { data, summary: `${inAlarm} of ${alarms.length} alarms in alarm, ${changes}` };
  },
};

function windowOfChanges({ window, now }: ToolEnvironment): TimeRange {
  if (!window) return { start: now() - RECENT, end: now() };
  return { start: window.start - LEAD, end: window.end + LAG };
}

async function askOne(
  metrics: LogMetrics,
  { state, prefix = "", limit }: z.infer<typeof input>,
  window: TimeRange,
  signal: AbortSignal,
) {
  const named = prefix === "" ? {} : { prefix };
  const [list, history] = await Promise.all([
    metrics.listAlarms({ ...(state ? { state } : {}), ...named, limit, signal }),
    askHistory(metrics, { window, limit: CHANGES_LOOKED_AT, signal }),
  ]);
  const changes = history.changes.filter(({ alarm }) => alarm.startsWith(prefix));
  return { ...list, changes, remarks: [...list.remarks, ...history.remarks] };
}

type Answers = readonly MetricsAnswer<Awaited<ReturnType<typeof askOne>>>[];

/** Those in alarm first, then the latest to change. */
function sortAlarms(answers: Answers): readonly FoundAlarm[] {
  return answers
    .flatMap(({ source, answer }) => answer.alarms.map((alarm): FoundAlarm => ({ ...alarm, source })))
    .sort((a, b) => STATE_ORDER[a.state] - STATE_ORDER[b.state] || (b.changed ?? 0) - (a.changed ?? 0));
}

/** In the order of time, the latest of them. */
function renderChanges(answers: Answers, window: TimeRange, environment: ToolEnvironment) {
  const { zone } = environment;
  const all = answers
    .flatMap(({ source, answer }) => answer.changes.map((change) => ({ source, change })))
    .sort((a, b) => a.change.at - b.change.at);
  const shown = all.slice(-MOST_CHANGES);
  const hidden = all.length - shown.length;
  return {
    changes_window: { start: isoInZone(window.start, zone), end: isoInZone(window.end, zone) },
    changes: shown.map(({ source, change }) => ({
      ...nameSource(source, environment),
      ...renderChange(change, zone),
    })),
    ...(hidden > 0 ? { changes_not_shown: `${hidden} or more earlier ones` } : {}),
  };
}

/** Which source it is, where that is a question. */
function nameSource(source: LogSource, { directory }: ToolEnvironment): JsonObject {
  return directory.sources.length > 1 ? { source: source.name } : {};
}

/** A history that cannot be had is a remark: the alarms are worth telling without it. */
async function askHistory(
  metrics: LogMetrics,
  request: Parameters<LogMetrics["alarmHistory"]>[0],
): Promise<{ readonly changes: readonly AlarmChange[]; readonly remarks: readonly string[] }> {
  try {
    return { changes: await metrics.alarmHistory(request), remarks: [] };
  } catch (error) {
    if (!(error instanceof Failure) || error.code === "interrupted") throw error;
    return { changes: [], remarks: [`When alarms changed is not known: ${error.message}`] };
  }
}

function renderAlarm(alarm: FoundAlarm, isFull: boolean, environment: ToolEnvironment): JsonObject {
  const { source, name, state, changed, reason, condition, description, metrics, logs } = alarm;
  const face = {
    ...nameSource(source, environment),
    name,
    state,
    since: renderTime(changed, environment.zone),
  };
  if (!isFull) return face;
  return {
    ...face,
    reason: cutText(reason),
    condition: condition === undefined ? null : cutText(condition),
    ...(description === undefined ? {} : { description: cutText(description) }),
    ...(metrics.length > 0 ? { metrics: metrics.map(renderMetricName) } : {}),
    ...(logs.length > 0 ? { logs: logs.map((one) => renderLogs(one, source, environment)) } : {}),
  };
}

/** With the name that the other tools take: qualified where several sources are active. */
function renderLogs(
  { group, counted }: AlarmLogs,
  source: LogSource,
  { directory }: ToolEnvironment,
): JsonObject {
  const prefix = directory.sources.length > 1 ? qualify(source.name, "") : "";
  const log_group = group.startsWith(prefix) ? group : prefix + group;
  return counted.by === "filter"
    ? { log_group, filter_pattern: counted.pattern, counted_as: counted.metric }
    : { log_group, query: cutText(counted.query) };
}

function renderChange({ alarm, at, from, to, summary }: AlarmChange, zone: Zone): JsonObject {
  return { alarm, at: isoInZone(at, zone), from: from ?? null, to: to ?? null, reason: cutText(summary) };
}
