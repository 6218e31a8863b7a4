import { z } from "zod";
import type { Paging } from "./cloudwatch-tokens.ts";
import { invalid, parseInput } from "./cloudwatch-wire.ts";
import { type MetricFilterOfGroup, type MonitoringStore, nameOf } from "./monitoring-store.ts";
import { takePage } from "./monitoring-wire.ts";

const describeFiltersInput = z.object({
  logGroupName: z.string().min(1).max(512).optional(),
  filterNamePrefix: z.string().min(1).max(512).optional(),
  metricName: z.string().max(255).optional(),
  metricNamespace: z.string().max(255).optional(),
  nextToken: z.string().min(1).optional(),
  limit: z.number().int().min(1).max(50).optional(),
});

const FILTERS_ON_A_PAGE = 50;

export function describeMetricFilters(store: MonitoringStore, input: unknown, paging: Paging): object {
  const { nextToken, limit, ...request } = parseInput(describeFiltersInput, input);
  const { logGroupName, filterNamePrefix = "", metricName, metricNamespace } = request;
  if ((metricName === undefined) !== (metricNamespace === undefined))
    throw invalid("metricName and metricNamespace must be given together.");
  const asked = store.filters().filter(
    (filter) =>
      (logGroupName === undefined || filter.group === logGroupName) &&
      // The prefix counts together with a log group only.
      (logGroupName === undefined || nameOf(filter).startsWith(filterNamePrefix)) &&
      (metricName === undefined ||
        (filter.metric.name === metricName && filter.metric.namespace === metricNamespace)),
  );
  const size = Math.min(limit ?? FILTERS_ON_A_PAGE, paging.maxItems ?? FILTERS_ON_A_PAGE);
  const { page, next } = takePage(asked, ["filters", request], { size, token: nextToken });
  const token = next.NextToken === undefined ? {} : { nextToken: next.NextToken };
  return { metricFilters: page.map(renderFilter), ...token };
}

function renderFilter(filter: MetricFilterOfGroup): object {
  const { group, pattern, metric } = filter;
  return {
    filterName: nameOf(filter),
    filterPattern: pattern,
    metricTransformations: [{ metricName: metric.name, metricNamespace: metric.namespace, metricValue: "1" }],
    creationTime: 0,
    logGroupName: group,
  };
}
