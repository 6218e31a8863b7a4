import { z } from "zod";
import { Failure } from "../failure.ts";
import type { EventFilter } from "../log/filter.ts";
import { compileFilter } from "../log/filter-match.ts";
import { parseInstant } from "../log/time-input.ts";
import type { TimeRange } from "../log/time-range.ts";
import type { ToolEnvironment } from "./tool.ts";

export const logGroup = z.string().min(1).describe("Name of a log group, from list_log_groups");
export const startTime = z
  .string()
  .min(1)
  .describe("Start, inclusive: ISO 8601, relative ('1h ago', '-30m', 'yesterday'), epoch ms");
export const endTime = z.string().min(1).describe("End, exclusive; same forms; default now").optional();
export const filterPattern = z
  .string()
  .describe('CloudWatch filter pattern: ERROR, "exact phrase", ?A ?B, -not, %regex%, { $.status = 500 }')
  .optional();

/** The absolute window of a tool's arguments. @throws Failure "invalid-time" */
export function parseToolWindow(
  input: { readonly start_time: string; readonly end_time?: string | undefined },
  { now, zone }: Pick<ToolEnvironment, "now" | "zone">,
): TimeRange {
  const start = parseInstant(input.start_time, { now: now(), zone });
  const end = input.end_time === undefined ? now() : parseInstant(input.end_time, { now: now(), zone });
  if (end > start) return { start, end };
  throw new Failure(
    "invalid-time",
    `The end (${input.end_time ?? "now"}) is not after the start (${input.start_time}).`,
    {
      hint: "Give a start_time that is before end_time.",
    },
  );
}

/** An absent or empty pattern is no filter. @throws Failure "invalid-filter" */
export function parseToolFilter(pattern: string | undefined): EventFilter | undefined {
  return pattern === undefined || pattern.trim() === "" ? undefined : compileFilter(pattern);
}
