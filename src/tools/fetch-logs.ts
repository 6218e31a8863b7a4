import { z } from "zod";
import {
  endTime,
  filterPattern,
  logGroup,
  parseToolFilter,
  parseToolWindow,
  startTime,
} from "./arguments.ts";
import { readGroup } from "./read.ts";
import { estimateTokens, renderEvents, renderLedger, renderReading } from "./render.ts";
import type { LogTool } from "./tool.ts";

const input = z.object({
  log_group: logGroup,
  start_time: startTime,
  end_time: endTime,
  filter_pattern: filterPattern,
  log_stream_prefix: z.string().describe("Only streams whose name starts with this").optional(),
  limit: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .describe("Events to show; all that match are analysed")
    .default(100),
});

export const fetchLogs: LogTool<z.infer<typeof input>> = {
  name: "fetch_logs",
  description:
    "Read one log group over a time window. Every matching event is analysed (levels, templates, histogram, numbers); the newest `limit` are shown with references such as [e3]. Returns a context_id for the analysing tools.",
  input,
  async run(args, environment, ref) {
    const { directory, signal, zone } = environment;
    const { source, group } = await directory.locate(args.log_group, signal);
    const filter = parseToolFilter(args.filter_pattern);
    const window = parseToolWindow(args, environment);
    const request = {
      group,
      window,
      ...(filter ? { filter } : {}),
      ...(args.log_stream_prefix ? { streamPrefix: args.log_stream_prefix } : {}),
    };
    const reading = await readGroup(source, request, environment);
    const head = renderReading(reading, environment, 15);
    const room = Math.max(500, environment.resultTokens - estimateTokens(head));
    const events = renderEvents(reading.newest.slice(-args.limit), room, environment);
    const ledger = { ...reading.ledger, returned: events.length };
    const data = {
      context_id: ref,
      ledger: renderLedger(ledger, zone),
      ...(events.length < ledger.matched
        ? {
            truncated: `showing the newest ${events.length} of ${ledger.matched} matching events; all were analysed`,
            not_shown: ledger.matched - events.length,
          }
        : {}),
      ...head,
      events,
    };
    const summary = `${ledger.matched} matched, ${ledger.analysed} analysed, ${events.length} shown`;
    return { data, summary, ledger, readings: [reading] };
  },
};
