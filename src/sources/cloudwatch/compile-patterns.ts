import { Failure } from "../../failure.ts";
import { queryFiltersOf } from "../../log/filter-query.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { PatternRequest } from "../source.ts";
import { quoteExpression, quoteText } from "./insights-text.ts";

/** The modifiers of `diff`: empty for the period directly before. */
export type DiffModifier = "" | "previousDay" | "previousWeek";

const DAY = 86_400_000;

/**
 * How `diff` calls a baseline; undefined where it cannot mean it: it must be as long as the window and lie directly before
 * it, or a day or a week (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Diff.html). How long its
 * month is, nobody says.
 */
export function diffModifierOf(window: TimeRange, baseline: TimeRange): DiffModifier | undefined {
  const shift = window.start - baseline.start;
  if (window.end - baseline.end !== shift) return undefined;
  if (shift === window.end - window.start) return "";
  if (shift === DAY) return "previousDay";
  return shift === 7 * DAY ? "previousWeek" : undefined;
}

type Asked = Pick<PatternRequest, "filter" | "streamPrefix">;

/** @throws Failure "invalid-filter" */
export function compilePatterns(asked: Asked, { start, end }: TimeRange): string {
  const isInWindow = `filter toMillis(@timestamp) >= ${start} and toMillis(@timestamp) < ${end}`;
  return [isInWindow, ...filtersOf(asked), "pattern @message", "sort @sampleCount desc"].join("\n| ");
}

/** The time is that of the query alone, for a filter of it would leave nothing of the other period. */
export function compileDiff(asked: Asked, modifier: DiffModifier): string {
  return [...filtersOf(asked), "pattern @message", `diff ${modifier}`.trim()].join("\n| ");
}

function filtersOf({ filter, streamPrefix = "" }: Asked): readonly string[] {
  const conditions = filter ? conditionsOf(filter.pattern) : [];
  if (streamPrefix !== "") conditions.push(`@logStream like /^${quoteExpression(streamPrefix)}/`);
  return conditions.map((condition) => `filter ${condition}`);
}

function conditionsOf(pattern: string): string[] {
  const filters = queryFiltersOf(pattern);
  if (!filters) throw notApplicable(pattern);
  return filters.map(({ operator, values }) => {
    const isAny = values.map((value) => isIn(String(value))).join(" or ");
    if (operator === "not-contains") return `not (${isAny})`;
    return values.length === 1 ? isAny : `(${isAny})`;
  });
}

function isIn(term: string): string {
  return `@message like ${quoteText(term) ?? `/${quoteExpression(term)}/`}`;
}

function notApplicable(pattern: string): Failure {
  return new Failure(
    "invalid-filter",
    `There is too much to read, and Logs Insights cannot apply the filter '${pattern}' when it finds patterns.`,
    { hint: "Use plain terms, narrow the window, or count by fields with a query (query_logs)." },
  );
}
