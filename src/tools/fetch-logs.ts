import { z } from "zod";
import type { DigestSummary } from "../analysis/summary.ts";
import type { LogEvent } from "../log/event.ts";
import {
  endTime,
  filterPattern,
  logGroup,
  parseToolFilter,
  parseToolWindow,
  startTime,
} from "./arguments.ts";
import { CHARACTERS_PER_TOKEN, estimateTokens, fitTokens } from "./budget.ts";
import type { Reading } from "./evidence.ts";
import { readOrFold } from "./fold.ts";
import { renderEvents, renderLedger, renderReading, sizeOf } from "./render.ts";
import { renderSpan } from "./render-span.ts";
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

interface Detail {
  readonly templates: number;
  readonly numbers: number;
}

/** The share of a result that counts, templates and numbers take: what the events leave, within these bounds. */
const MOST_HEAD = 0.7;
const LEAST_HEAD = 0.1;
/** For the ledger and the names around it. */
const FRAME_TOKENS = 250;
const DETAILS: readonly [Detail, ...Detail[]] = [
  { templates: 15, numbers: 6 },
  { templates: 10, numbers: 4 },
  { templates: 6, numbers: 2 },
  { templates: 3, numbers: 1 },
  { templates: 1, numbers: 0 },
];

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
    const reading = await readOrFold(source, request, environment, args.limit);
    await environment.evidence.ready();
    const shown = reading.newest.slice(-args.limit);
    const left = environment.resultTokens - FRAME_TOKENS - tokensOf(shown);
    const most = environment.resultTokens * MOST_HEAD;
    const least = environment.resultTokens * LEAST_HEAD;
    const head = fitTokens(Math.min(most, Math.max(least, left)), DETAILS, (detail) =>
      renderReading(reading, environment, detail),
    );
    const room = Math.max(0, environment.resultTokens - estimateTokens(head) - FRAME_TOKENS);
    const events = renderEvents(shown, room, environment);
    const ledger = { ...reading.ledger, returned: events.length };
    const hidden = ledger.matched - events.length;
    const data = {
      context_id: ref,
      ledger: renderLedger(ledger, zone),
      ...(hidden > 0
        ? {
            truncated: `showing the newest ${events.length} of ${ledger.matched} matching events; ${analysedBy(reading)}`,
            not_shown: hidden,
          }
        : {}),
      ...(ledger.matched > 0 ? {} : await renderSpan(source, group, environment)),
      ...(reading.digest.untimed > 0 ? { note: untimedNote(reading.digest) } : {}),
      ...head,
      events,
    };
    const summary = `${ledger.matched} matched, ${ledger.analysed} analysed, ${events.length} shown`;
    return { data, summary, ledger, readings: [reading] };
  },
};

function tokensOf(events: readonly LogEvent[]): number {
  return events.reduce((sum, event) => sum + sizeOf(event), 0) / CHARACTERS_PER_TOKEN;
}

function analysedBy({ samples }: Reading): string {
  return samples ? "the templates and counts of all are those of the source's engine" : "all were analysed";
}

/** A window cannot tell apart what has no time: such events are always in it. */
function untimedNote({ untimed, events }: DigestSummary): string {
  const which =
    untimed === events ? "No event of this group carries a time" : `${untimed} events carry no time`;
  return `${which}: the window does not apply to them, and they are all included.`;
}
