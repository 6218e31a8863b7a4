import { z } from "zod";
import { findErrorOnset, findTemplateOnset } from "../analysis/onset.ts";
import type { DigestSummary, TemplateSummary } from "../analysis/summary.ts";
import type { LogEvent } from "../log/event.ts";
import { type Reading, readingsOf } from "./evidence.ts";
import { countErrors, firstError, isoInZone, renderEvent, renderTemplate } from "./render.ts";
import type { LogTool, ToolEnvironment } from "./tool.ts";

const input = z.object({
  context_id: z.string().min(1).describe("From fetch_logs, search_logs or get_log_statistics"),
});

const TEMPLATES_PER_GROUP = 10;
const LINES_BEFORE = 8;
/** How long before an onset something new is worth showing, ms. */
const NEW_BEFORE = 1_800_000;
/** New is what was not said for at least so long from the window's beginning, ms. */
const UNSEEN_FOR = 1_800_000;
/** A line that is said no more often is an occurrence, not a habit. */
const RARE = 5;

export const analyzeErrorPattern: LogTool<z.infer<typeof input>> = {
  name: "analyze_error_pattern",
  description:
    "Templates of the errors in a context: counts, onset, how the parameters spread, examples, and the lines just before the first error.",
  input,
  async run({ context_id }, environment) {
    const readings = readingsOf(environment.evidence, context_id);
    const groups = await Promise.all(readings.map((reading) => analyse(reading, environment)));
    const errors = readings.reduce((sum, { digest }) => sum + countErrors(digest), 0);
    const analysed = readings.reduce((sum, { digest }) => sum + digest.events, 0);
    const data = { context_id, analysed, errors, groups };
    return { data, summary: `${errors} errors of ${analysed} events` };
  },
};

async function analyse(reading: Reading, environment: ToolEnvironment) {
  const { digest, request } = reading;
  const { evidence, zone } = environment;
  const severe = digest.templates.filter(isSevere);
  const onset = findErrorOnset(digest);
  const first = firstError(digest, onset?.at);
  return {
    log_group: request.group,
    errors: countErrors(digest),
    error_templates_total: severe.length,
    onset: onset
      ? {
          at: isoInZone(onset.at, zone),
          errors_per_minute_before: Number(onset.rateBefore.toPrecision(3)),
          errors_per_minute_after: Number(onset.rateAfter.toPrecision(3)),
          is_new: onset.isNew,
        }
      : null,
    templates: severe
      .slice(0, TEMPLATES_PER_GROUP)
      .map((template) => renderPattern(template, digest, environment)),
    first_error: first ? renderEvent(first, evidence, zone) : null,
    new_before_onset: renderNew(digest, onset?.at ?? first?.timestamp, environment),
    lines_before_first_error: first ? await linesBefore(reading, first, environment) : [],
  };
}

function isSevere({ level }: TemplateSummary): boolean {
  return level === "error" || level === "fatal";
}

/** What was said for the first time shortly before the trouble began: a deployment, a reload, a lock. */
function renderNew(
  digest: DigestSummary,
  onset: number | undefined,
  { evidence, zone }: ToolEnvironment,
): string[] {
  if (onset === undefined || digest.first === undefined) return [];
  const from = Math.max(onset - NEW_BEFORE, digest.first + UNSEEN_FOR);
  const isNew = ({ first, count, level }: TemplateSummary) =>
    first !== undefined && first >= from && first < onset && (count <= RARE || level === "warn");
  return digest.templates
    .filter(isNew)
    .sort((a, b) => (a.first ?? 0) - (b.first ?? 0))
    .slice(0, LINES_BEFORE)
    .flatMap(({ examples }) => examples.slice(0, 1))
    .map((event) => renderEvent(event, evidence, zone));
}

function renderPattern(
  template: TemplateSummary,
  digest: DigestSummary,
  { evidence, zone }: ToolEnvironment,
) {
  const onset = findTemplateOnset(digest, template);
  return {
    ...renderTemplate(template, evidence, zone, 3),
    onset: onset ? isoInZone(onset.at, zone) : null,
    parameters: template.parameters.slice(0, 6).map(({ distinct, distinctCapped, top }) => ({
      distinct: distinctCapped ? `more than ${distinct}` : distinct,
      top: top.slice(0, 3).map(({ value, count }) => `${value.slice(0, 80)} (${count})`),
    })),
  };
}

async function linesBefore(
  { source }: Reading,
  event: LogEvent,
  environment: ToolEnvironment,
): Promise<string[]> {
  const around = await source.fetchSurrounding({
    event,
    before: LINES_BEFORE,
    after: 0,
    signal: environment.signal,
  });
  return around
    .filter(({ id }) => id !== event.id)
    .map((one) => renderEvent(one, environment.evidence, environment.zone));
}
