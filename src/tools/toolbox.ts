import type { z } from "zod";
import { Failure, messageOf } from "../failure.ts";
import type { LogSource } from "../sources/source.ts";
import { analyzeErrorPattern } from "./analyze-error-pattern.ts";
import { comparePeriodsTool } from "./compare-periods.ts";
import { correlateEvents } from "./correlate-events.ts";
import { fetchLogs } from "./fetch-logs.ts";
import { getLogStatistics } from "./get-log-statistics.ts";
import { getMetric } from "./get-metric.ts";
import { getSurroundingLogs } from "./get-surrounding-logs.ts";
import type { JsonObject } from "./json.ts";
import { listAlarms } from "./list-alarms.ts";
import { listLogGroups } from "./list-log-groups.ts";
import { queryLogs } from "./query-logs.ts";
import { searchLogs } from "./search-logs.ts";
import type { LogTool } from "./tool.ts";

/** A tool whose input type is sealed: it parses what it is given. */
export interface SealedTool extends Omit<LogTool, "input" | "run"> {
  readonly input: z.ZodType;
  run(...args: Parameters<LogTool["run"]>): ReturnType<LogTool["run"]>;
}

/** All tools, in the order in which a model reads them. */
export const TOOLS: readonly SealedTool[] = [
  seal(listLogGroups),
  seal(fetchLogs),
  seal(searchLogs),
  seal(getLogStatistics),
  seal(queryLogs),
  seal(analyzeErrorPattern),
  seal(correlateEvents),
  seal(comparePeriodsTool),
  seal(getSurroundingLogs),
  seal(listAlarms),
  seal(getMetric),
];

/** The tools that the active sources can serve. */
export function toolsFor(sources: readonly LogSource[]): readonly SealedTool[] {
  return TOOLS.filter(
    ({ needs }) => needs === undefined || sources.some((source) => source[needs] !== undefined),
  );
}

function seal<Input>(tool: LogTool<Input>): SealedTool {
  return {
    ...tool,
    async run(input, environment, ref) {
      const { evidence, end } = environment.evidence.takeTurn();
      try {
        return await tool.run(tool.input.parse(input), { ...environment, evidence }, ref);
      } finally {
        end();
      }
    },
  };
}

/** A failed tool is a result that a model can react to. */
export function renderToolFailure(error: unknown): JsonObject {
  return {
    error: messageOf(error),
    ...(error instanceof Failure ? { code: error.code } : {}),
    ...(error instanceof Failure && error.hint ? { hint: error.hint } : {}),
  };
}
