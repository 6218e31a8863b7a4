import { z } from "zod";
import { findNewBefore } from "../analysis/changes.ts";
import { findErrorOnset, findTemplateOnset } from "../analysis/onset.ts";
import type { DigestSummary, TemplateSummary } from "../analysis/summary.ts";
import { Failure } from "../failure.ts";
import { isError, type LogEvent } from "../log/event.ts";
import { fitTokens } from "./budget.ts";
import { type Reading, readingsOf } from "./evidence.ts";
import type { JsonObject } from "./json.ts";
import {
  countErrors,
  firstError,
  isoInZone,
  isSevere,
  renderEvent,
  renderPart,
  renderTemplate,
  renderTime,
} from "./render.ts";
import { renderParameter } from "./render-parameter.ts";
import { spreadFields } from "./spread-fields.ts";
import type { LogTool, ToolEnvironment } from "./tool.ts";

const input = z.object({
  context_id: z.string().min(1).describe("From fetch_logs, search_logs or get_log_statistics"),
});

interface Detail {
  readonly groups: number;
  readonly templates: number;
  readonly examples: number;
  readonly lines: number;
}

const DETAILS: readonly [Detail, ...Detail[]] = [
  { groups: 200, templates: 10, examples: 3, lines: 8 },
  { groups: 200, templates: 8, examples: 2, lines: 6 },
  { groups: 200, templates: 6, examples: 1, lines: 4 },
  { groups: 40, templates: 4, examples: 1, lines: 2 },
  { groups: 15, templates: 3, examples: 1, lines: 1 },
  { groups: 6, templates: 1, examples: 1, lines: 1 },
  { groups: 3, templates: 1, examples: 0, lines: 0 },
];
const LINES_BEFORE = 8;

export const analyzeErrorPattern: LogTool<z.infer<typeof input>> = {
  name: "analyze_error_pattern",
  description:
    "Templates of the errors in a context (of all its events where none is an error): counts, onset, end, how parameters and fields spread, examples, what was new before the onset, and the lines before the first error.",
  input,
  async run({ context_id }, environment) {
    const readings = readingsOf(environment.evidence, context_id);
    const analyses = await Promise.all(readings.map((reading) => analyse(reading, environment)));
    const ranked = analyses.toSorted((a, b) => b.errors - a.errors);
    const errors = analyses.reduce((sum, one) => sum + one.errors, 0);
    const analysed = readings.reduce((sum, { digest }) => sum + digest.events, 0);
    await environment.evidence.ready();
    const data = fitTokens(environment.resultTokens, DETAILS, (detail) => {
      const hidden = ranked.length - detail.groups;
      return {
        context_id,
        analysed,
        errors,
        ...(hidden > 0 ? { truncated: `${hidden} groups with fewer errors are not shown` } : {}),
        groups: ranked.slice(0, detail.groups).map((one) => render(one, detail, environment)),
      };
    });
    return { data, summary: `${errors} errors of ${analysed} events` };
  },
};

interface Analysis {
  readonly reading: Reading;
  readonly errors: number;
  readonly templates: readonly TemplateSummary[];
  readonly first: LogEvent | undefined;
  readonly before: readonly LogEvent[];
}

async function analyse(reading: Reading, { signal }: ToolEnvironment): Promise<Analysis> {
  const { digest } = reading;
  const severe = digest.templates.filter(isSevere);
  const errors = countErrors(digest);
  const isPart = reading.templatesFrom !== undefined;
  // The first of the newest events is not the first of all.
  const first = isPart ? undefined : firstError(digest, findErrorOnset(digest)?.at);
  const around = first ? await linesBefore(reading, first, signal) : [];
  return {
    reading,
    errors,
    templates: severe.length > 0 || (isPart && errors > 0) ? severe : digest.templates,
    first,
    before: around.filter(({ id }) => id !== first?.id),
  };
}

/** None where the source cannot tell them: what is known of the errors is worth telling without. */
async function linesBefore(
  { source, newest }: Reading,
  event: LogEvent,
  signal: AbortSignal,
): Promise<readonly LogEvent[]> {
  try {
    return await source.fetchSurrounding({ event, before: LINES_BEFORE, after: 0, signal });
  } catch (error) {
    if (!(error instanceof Failure) || error.code === "interrupted") throw error;
    const stream = newest.filter((one) => one.stream === event.stream);
    const at = stream.findIndex(({ id }) => id === event.id);
    return at < 0 ? [] : stream.slice(Math.max(0, at - LINES_BEFORE), at);
  }
}

function render(analysis: Analysis, detail: Detail, environment: ToolEnvironment): JsonObject {
  const { reading, errors, templates, first, before } = analysis;
  const { digest, newest, request } = reading;
  const { evidence, zone } = environment;
  const onset = findErrorOnset(digest);
  const line = (event: LogEvent) => renderEvent(event, evidence, zone);
  return {
    log_group: request.group,
    errors,
    error_templates_total: errors > 0 ? templates.length : 0,
    onset: onset
      ? {
          at: isoInZone(onset.at, zone),
          errors_per_minute_before: Number(onset.rateBefore.toPrecision(3)),
          errors_per_minute_after: Number(onset.rateAfter.toPrecision(3)),
          is_new: onset.isNew,
        }
      : null,
    last_error: renderTime(lastError(digest), zone),
    last_event: renderTime(digest.last, zone),
    ...renderPart(reading),
    templates: templates
      .slice(0, detail.templates)
      .map((template) => renderPattern(template, digest, detail, environment)),
    spread: spreadFields(newest, errors > 0),
    first_error: first ? line(first) : null,
    new_before_onset: findNewBefore(digest, onset?.at ?? first?.timestamp)
      .slice(0, detail.lines)
      .map(line),
    lines_before_first_error: before.slice(Math.max(0, before.length - detail.lines)).map(line),
  };
}

/** The last bin with an error tells to its width; the last error of a template to the millisecond. */
function lastError(digest: DigestSummary): number | undefined {
  const ends = digest.templates.filter(isSevere).flatMap(({ last, examples }) => {
    const event = examples.at(-1);
    return event && isError(event) && last !== undefined ? [last] : [];
  });
  return ends.length === 0 ? undefined : Math.max(...ends);
}

function renderPattern(
  template: TemplateSummary,
  digest: DigestSummary,
  { examples }: Detail,
  { evidence, zone }: ToolEnvironment,
) {
  const onset = findTemplateOnset(digest, template);
  return {
    ...renderTemplate(template, evidence, zone, examples),
    onset: onset ? isoInZone(onset.at, zone) : null,
    parameters: template.parameters.slice(0, 6).map(({ distinct, distinctCapped, top }, index) => ({
      distinct: distinctCapped ? `more than ${distinct}` : distinct,
      top: top.slice(0, 3).map(({ value, count }) => `${renderParameter(template, index, value)} (${count})`),
    })),
  };
}
