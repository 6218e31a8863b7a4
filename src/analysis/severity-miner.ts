import { isError, type LogEvent } from "../log/event.ts";
import { type Template, worthOf } from "./template.ts";
import { createMiner, type Miner } from "./templates.ts";

/**
 * Folds events of errors, of warnings and of the rest each by themselves: a line of an access log that failed does
 * not make an error of all that look like it. The interface is the one of a single miner.
 */
export function createSeverityMiner(maxTemplates: number): Miner {
  const miners = [createMiner(maxTemplates), createMiner(maxTemplates), createMiner(maxTemplates)] as const;
  const [errors, warnings, others] = miners;
  const minerOf = (event: LogEvent) => (isError(event) ? errors : event.level === "warn" ? warnings : others);
  return {
    add: (event, text, from) => minerOf(event).add(event, text, from),
    templates() {
      const parts = miners.map((miner) => miner.templates());
      const found = parts.flatMap(({ templates }) => templates).sort((a, b) => worthOf(b) - worthOf(a));
      const kept = found.slice(0, maxTemplates).sort(byCount);
      const rest = found.slice(maxTemplates).reduce((sum, { count }) => sum + count, 0);
      return { templates: kept, dropped: parts.reduce((sum, { dropped }) => sum + dropped, rest) };
    },
  };
}

function byCount(a: Template, b: Template): number {
  return b.count - a.count;
}
