import { expect, test } from "vitest";
import { z } from "zod";
import { estimateTokens } from "../../src/tools/budget.ts";
import { TOOLS } from "../../src/tools/toolbox.ts";

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
    analyze_error_pattern: ["context_id"],
    correlate_events: ["context_ids", "time_window_seconds?"],
    compare_periods: ["log_group", "start_time", "end_time?", "baseline_start?", "baseline_end?"],
    get_surrounding_logs: ["event_ref", "before?", "after?"],
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
    expect(name).toMatch(/^(?:list|fetch|search|get|analyze|correlate|compare)_/);
    expect(name).not.toMatch(/delete|put|create|update|write|stop|start_|remove/);
  }
});

test("all faces together cost a model fewer than 2,000 tokens", () => {
  const tokens = estimateTokens(JSON.parse(JSON.stringify(faces)));
  expect(tokens, `the tools cost ${tokens} tokens`).toBeLessThan(2000);
});
