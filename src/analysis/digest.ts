import type { LogEvent } from "../log/event.ts";
import { createCounts } from "./counts.ts";
import { alignTo } from "./histogram.ts";
import { createNumberCollector } from "./numbers.ts";
import { createSeverityMiner } from "./severity-miner.ts";
import type { Digest, DigestSummary, Histogram, TemplateSummary } from "./summary.ts";
import { examplesOf, type Template, templateText } from "./template.ts";
import { contentOf } from "./text.ts";

/**
 * Folds events into counts, a histogram, templates and numbers, in one pass and bounded memory.
 * @param options.maxTemplates most templates in the summary (default 1000); rarer ones are left out and counted
 * @param options.maxStreams most streams that are counted by name (default 1000)
 */
export function createDigest(options: { maxTemplates?: number; maxStreams?: number } = {}): Digest {
  const counts = createCounts(options.maxStreams);
  const miner = createSeverityMiner(options.maxTemplates ?? 1000);
  const numbers = createNumberCollector();
  return {
    add(event: LogEvent) {
      counts.add(event);
      const content = contentOf(event);
      miner.add(event, content.text, content.from);
      numbers.add(event, content.fields);
    },
    summarize(): DigestSummary {
      const counted = counts.summarize();
      const { histogram, first, last } = counted;
      const { templates, dropped } = miner.templates();
      return {
        ...counted,
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
