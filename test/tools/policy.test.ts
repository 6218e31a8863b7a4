import { expect, test } from "vitest";
import { z } from "zod";
import { createZone } from "../../src/log/zone.ts";
import { createLocalSource } from "../../src/sources/local/source.ts";
import { estimateTokens } from "../../src/tools/budget.ts";
import { TOOLS, toolsFor } from "../../src/tools/toolbox.ts";

const faces = TOOLS.map(({ name, description, input }) => {
  const schema = z.toJSONSchema(input, { io: "input" });
  return { name, description, schema };
});

/** The names of the parameters; those that may be left out with a question mark. */
function parametersOf({ schema }: (typeof faces)[number]): string[] {
  const required = new Set(schema.required ?? []);
  return Object.keys(schema.properties ?? {}).map((name) => (required.has(name) ? name : `${name}?`));
}

test("names and parameters are what the documentation promises", () => {
  expect(Object.fromEntries(faces.map((face) => [face.name, parametersOf(face)]))).toEqual({
    list_log_groups: ["prefix?", "limit?"],
    fetch_logs: ["log_group", "start_time", "end_time?", "filter_pattern?", "log_stream_prefix?", "limit?"],
    search_logs: ["log_group_prefixes", "search_pattern", "start_time", "end_time?"],
    get_log_statistics: ["log_group", "start_time", "end_time?", "group_by?"],
    query_logs: [
      "log_groups",
      "start_time",
      "end_time?",
      "filters?",
      "group_by?",
      "bin?",
      "aggregates?",
      "sort?",
      "limit?",
    ],
    analyze_error_pattern: ["context_id"],
    correlate_events: ["context_ids", "time_window_seconds?"],
    compare_periods: ["log_group", "start_time", "end_time?", "baseline_start?", "baseline_end?"],
    get_surrounding_logs: ["event_ref", "before?", "after?"],
    list_alarms: ["state?", "prefix?", "limit?"],
    get_metric: ["namespace", "name", "dimensions?", "statistic?", "start_time", "end_time?"],
  });
});

test("descriptions are short and say what a tool reads", () => {
  for (const { name, description } of faces) {
    expect(description.length, name).toBeLessThanOrEqual(400);
    expect(description.length, name).toBeGreaterThan(30);
  }
});

test("no tool is named after a change: all of them only read", () => {
  for (const { name } of faces) {
    expect(name).toMatch(/^(?:list|fetch|search|get|query|analyze|correlate|compare)_/);
    expect(name).not.toMatch(/delete|put|create|update|write|stop|start_|remove/);
  }
});

test("the faces cost a model fewer than 2,400 tokens, and 500 more where there are metrics", () => {
  const tokensOf = (some: readonly object[]) => estimateTokens(JSON.parse(JSON.stringify(some)));
  const offered = new Set(toolsFor([]).map(({ name }) => name));
  const always = tokensOf(faces.filter(({ name }) => offered.has(name)));
  const all = tokensOf(faces);
  expect(always, `the tools cost ${always} tokens`).toBeLessThan(2400);
  expect(all - always, `the tools of metrics cost ${all - always} tokens`).toBeLessThan(500);
});

test("tools are offered only where an active source can serve them", () => {
  const metricTools = ["get_metric", "list_alarms"];
  const source = createLocalSource({ paths: [], zone: createZone("UTC"), now: () => 0 });
  const names = (...sources: Parameters<typeof toolsFor>[0]) => toolsFor(sources).map(({ name }) => name);
  expect(
    TOOLS.map(({ name }) => name)
      .filter((name) => !names(source).includes(name))
      .sort(),
  ).toEqual(metricTools);
  const metrics = {
    listAlarms: async () => ({ alarms: [], hasMore: false, remarks: [] }),
    alarmHistory: async () => [],
    getMetric: async () => Promise.reject(new Error("not asked")),
    nearMetrics: async () => [],
  };
  expect(names(source, { ...source, metrics })).toEqual(TOOLS.map(({ name }) => name));
});
