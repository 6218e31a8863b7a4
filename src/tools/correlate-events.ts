import { z } from "zod";
import { createCorrelator } from "../analysis/correlate.ts";
import type { Correlation } from "../analysis/summary.ts";
import { readingsOf } from "./evidence.ts";
import type { JsonObject } from "./json.ts";
import { isoInZone, renderEvent } from "./render.ts";
import type { LogTool, ToolEnvironment } from "./tool.ts";

const input = z.object({
  context_ids: z.array(z.string().min(1)).min(1).max(50),
  time_window_seconds: z.number().positive().max(86_400).default(60),
});

const PROPAGATIONS = 8;
const BURSTS = 5;

export const correlateEvents: LogTool<z.infer<typeof input>> = {
  name: "correlate_events",
  description:
    "Relate the events of several contexts by time and by shared request or trace ids: where trouble began, how it passed from group to group, which errors share no id with the rest.",
  input,
  async run({ context_ids, time_window_seconds }, environment) {
    const correlator = createCorrelator({ windowMs: time_window_seconds * 1000 });
    const done = new Set<string>();
    for (const reading of context_ids.flatMap((id) => readingsOf(environment.evidence, id))) {
      const { request, source } = reading;
      const key = JSON.stringify([source.name, request.group, request.window, request.filter?.pattern]);
      if (done.has(key)) continue;
      done.add(key);
      for await (const page of source.fetch({ ...request, signal: environment.signal })) {
        for (const event of page.events) correlator.add(event);
      }
    }
    const correlation = correlator.summarize();
    const summary = `${correlation.ids} ids over ${correlation.groups.length} groups, ${correlation.propagations.length} paths`;
    return { data: render(correlation, environment), summary };
  },
};

function render(correlation: Correlation, { evidence, zone }: ToolEnvironment): JsonObject {
  return {
    ids_seen: correlation.ids,
    ...(correlation.idsCapped ? { note: "Too many ids: only the first were followed." } : {}),
    groups_by_onset: correlation.groups.map((group) => ({
      log_group: group.group,
      events: group.events,
      errors: group.errors,
      onset: group.onset ? isoInZone(group.onset.at, zone) : null,
      first_error: group.firstError ? renderEvent(group.firstError, evidence, zone) : null,
      errors_with_earlier_cause_elsewhere: group.errorsWithEarlierCause,
      errors_first_here: group.errorsFirstHere,
    })),
    propagations: correlation.propagations
      .slice(0, PROPAGATIONS)
      .map(({ from, to, ids, medianLagMs, example }) => ({
        from,
        to,
        ids,
        median_lag_ms: Math.round(medianLagMs),
        example_id: example.id,
        example: example.events.slice(0, 6).map((event) => renderEvent(event, evidence, zone)),
      })),
    bursts: correlation.bursts.slice(0, BURSTS).map(({ start, end, groups }) => ({
      start: isoInZone(start, zone),
      end: isoInZone(end, zone),
      errors: Object.fromEntries(groups),
    })),
  };
}
