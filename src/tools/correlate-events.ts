import { z } from "zod";
import { createCorrelator } from "../analysis/correlate.ts";
import type { Correlation } from "../analysis/summary.ts";
import { Failure } from "../failure.ts";
import { fitTokens } from "./budget.ts";
import { readingsOf } from "./evidence.ts";
import type { JsonObject } from "./json.ts";
import { isoInZone, renderEvent } from "./render.ts";
import type { LogTool, ToolEnvironment } from "./tool.ts";

const input = z.object({
  context_ids: z.array(z.string().min(1)).min(1).max(50),
  time_window_seconds: z.number().positive().max(86_400).default(60),
});

interface Detail {
  readonly groups: number;
  /** Groups whose first error is shown. */
  readonly lines: number;
  readonly paths: number;
  /** Events of one path's example. */
  readonly hops: number;
  readonly bursts: number;
}

const DETAILS: readonly [Detail, ...Detail[]] = [
  { groups: 50, lines: 50, paths: 12, hops: 6, bursts: 5 },
  { groups: 50, lines: 12, paths: 8, hops: 4, bursts: 3 },
  { groups: 50, lines: 6, paths: 6, hops: 3, bursts: 2 },
  { groups: 30, lines: 3, paths: 4, hops: 2, bursts: 1 },
  { groups: 15, lines: 1, paths: 2, hops: 2, bursts: 0 },
  { groups: 4, lines: 1, paths: 1, hops: 2, bursts: 0 },
];

export const correlateEvents: LogTool<z.infer<typeof input>> = {
  name: "correlate_events",
  description:
    "Relate the events of several contexts by time and by shared request or trace ids: where trouble began, how it passed from group to group, which errors share no id with the rest.",
  input,
  async run({ context_ids, time_window_seconds }, environment) {
    const correlator = createCorrelator({ windowMs: time_window_seconds * 1000 });
    const done = new Set<string>();
    for (const reading of context_ids.flatMap((id) => readingsOf(environment.evidence, id))) {
      const { request, source, newest, digest } = reading;
      const isHeld = newest.length >= digest.events;
      if (!isHeld && (reading.samples || reading.templatesFrom !== undefined)) throw notRead(request.group);
      const key = JSON.stringify([source.name, request.group, request.window, request.filter?.pattern]);
      if (done.has(key)) continue;
      done.add(key);
      // What is held whole need not be read again.
      const pages = isHeld ? [{ events: newest }] : source.fetch({ ...request, signal: environment.signal });
      for await (const page of pages) {
        for (const event of page.events) correlator.add(event);
      }
    }
    const correlation = correlator.summarize();
    const summary = `${correlation.ids} ids over ${correlation.groups.length} groups, ${correlation.propagations.length} paths`;
    await environment.evidence.ready();
    const data = fitTokens(environment.resultTokens, DETAILS, (detail) =>
      render(correlation, detail, environment),
    );
    return { data, summary };
  },
};

function notRead(group: string): Failure {
  return new Failure(
    "context-not-found",
    `There is too much of '${group}' in this context to relate its events: they were counted, not read.`,
    { hint: "Call fetch_logs over a narrower window, and relate its context." },
  );
}

function render(correlation: Correlation, detail: Detail, { evidence, zone }: ToolEnvironment): JsonObject {
  const groups = correlation.groups.slice(0, detail.groups);
  const hidden = correlation.groups.length - groups.length;
  return {
    ids_seen: correlation.ids,
    ...(correlation.idsCapped ? { note: "Too many ids: only the first were followed." } : {}),
    groups_by_onset: groups.map((group, index) => ({
      log_group: group.group,
      events: group.events,
      errors: group.errors,
      onset: group.onset ? isoInZone(group.onset.at, zone) : null,
      first_error:
        group.firstError && index < detail.lines ? renderEvent(group.firstError, evidence, zone) : null,
      errors_with_earlier_cause_elsewhere: group.errorsWithEarlierCause,
      errors_first_here: group.errorsFirstHere,
    })),
    ...(hidden > 0 ? { truncated: `${hidden} groups whose trouble began later are not shown` } : {}),
    propagations: correlation.propagations
      .slice(0, detail.paths)
      .map(({ from, to, ids, medianLagMs, example }) => ({
        from,
        to,
        ids,
        median_lag_ms: Math.round(medianLagMs),
        example_id: example.id.slice(0, 200),
        example: example.events.slice(0, detail.hops).map((event) => renderEvent(event, evidence, zone)),
      })),
    bursts: correlation.bursts.slice(0, detail.bursts).map(({ start, end, groups: errors }) => ({
      start: isoInZone(start, zone),
      end: isoInZone(end, zone),
      errors: Object.fromEntries([...errors].slice(0, 10)),
    })),
  };
}
