import { isError, type Level, type LogEvent } from "../log/event.ts";
import { alignTo, createTimeBins, toHistogram } from "./histogram.ts";
import { createNumberCollector } from "./numbers.ts";
import { createSeverityMiner } from "./severity-miner.ts";
import type { Digest, DigestSummary, Histogram, TemplateSummary } from "./summary.ts";
import { examplesOf, type Template, templateText } from "./template.ts";
import { textOf } from "./text.ts";

/** What the streams beyond the bound on them are counted under. */
export const OTHER_STREAMS = "(other streams)";

/** Channels of the histogram: total, warnings, errors. */
const PLAIN = [0];
const WARNING = [0, 1];
const ERROR = [0, 2];

/**
 * Folds events into counts, a histogram, templates and numbers, in one pass and bounded memory.
 * @param options.maxTemplates most templates in the summary (default 1000); rarer ones are left out and counted
 * @param options.maxStreams most streams that are counted by name (default 1000)
 */
export function createDigest(options: { maxTemplates?: number; maxStreams?: number } = {}): Digest {
  const { maxTemplates = 1000, maxStreams = 1000 } = options;
  const miner = createSeverityMiner(maxTemplates);
  const numbers = createNumberCollector();
  const bins = createTimeBins(3);
  const levels = new Map<Level | "none", number>();
  const streams = new Map<string, number>();
  let events = 0;
  let untimed = 0;
  let inferredLevels = 0;
  let first: number | undefined;
  let last: number | undefined;

  function noteTime(event: LogEvent): void {
    const { timestamp } = event;
    if (timestamp === undefined) {
      untimed++;
      return;
    }
    if (first === undefined || timestamp < first) first = timestamp;
    if (last === undefined || timestamp > last) last = timestamp;
    bins.add(timestamp, isError(event) ? ERROR : event.level === "warn" ? WARNING : PLAIN);
  }

  return {
    add(event) {
      events++;
      noteTime(event);
      levels.set(event.level ?? "none", (levels.get(event.level ?? "none") ?? 0) + 1);
      if (event.levelInferred) inferredLevels++;
      const known = streams.get(event.stream);
      if (known !== undefined || streams.size < maxStreams) streams.set(event.stream, (known ?? 0) + 1);
      else streams.set(OTHER_STREAMS, (streams.get(OTHER_STREAMS) ?? 0) + 1);
      miner.add(event, textOf(event));
      numbers.add(event);
    },
    summarize(): DigestSummary {
      const histogram = toHistogram(bins);
      const { templates, dropped } = miner.templates();
      return {
        events,
        untimed,
        first,
        last,
        levels: new Map(levels),
        inferredLevels,
        streams: new Map(streams),
        histogram,
        templates: templates.map((template, index) => summarize(template, `t${index + 1}`, histogram)),
        eventsOutsideTemplates: dropped,
        numbers: numbers.summarize(first, last),
      };
    },
  };
}

function summarize(template: Template, id: string, histogram: Histogram | undefined): TemplateSummary {
  return {
    id,
    text: templateText(template),
    count: template.count,
    level: template.level,
    levelInferred: template.levelInferred,
    first: template.first,
    last: template.last,
    examples: examplesOf(template),
    parameters: template.parameters.map((parameter) => parameter.summarize()),
    bins: histogram ? alignTo(histogram, template.bins) : [],
    groups: new Map(template.groups),
  };
}
