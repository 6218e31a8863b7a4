import { expect, test } from "vitest";
import { estimateTokens } from "../../src/tools/budget.ts";
import { fileOf, linesOf, openToolFolder, RESULT_TOKENS, type ToolFolder } from "./tool-folder.ts";

const WINDOW = { start_time: "2026-01-10T00:00:00Z", end_time: "2026-01-11T00:00:00Z" };
const LONG = "ungainly ".repeat(400);
const WORDS = ["alpha", "bravo", "carol", "delta", "echo", "fox", "golf", "hotel", "india", "julia", "kilo"];

/** A text of its own for each number, so that no two lines fold into one template. */
function tellApart(index: number): string {
  return [index, index * 7 + 3, index * 13 + 5]
    .map((value) => WORDS[value % WORDS.length])
    .join(` (${LONG}) `);
}

/** Many groups of long, different, escaped lines with ids that all share. */
function hugeFiles(groups: number, lines: number): Record<string, string> {
  const files: Record<string, string> = {};
  for (let group = 0; group < groups; group += 1) {
    const name = `prod/eu-central-1/a-rather-long-name-of-a-service-${String(group).padStart(3, "0")}.log`;
    files[name] = fileOf(
      linesOf(
        lines,
        (i) =>
          `${i % 2 ? "ERROR" : "WARN"} ${tellApart(i)} "quoted\\" \u0007 request_id=${(0xabcdef0000 + i).toString(16)}f7 took ${i} ms`,
        { step: 20, start: group },
      ),
    );
  }
  return files;
}

async function callAll(folder: ToolFolder): Promise<Record<string, number>> {
  const tokens: Record<string, number> = {};
  const call = async (tool: string, input: unknown) => {
    const outcome = await folder.call(tool, input);
    tokens[`${tool} ${JSON.stringify(input).slice(0, 60)}`] = estimateTokens(outcome.data);
    return outcome;
  };
  const listing = await call("list_log_groups", { limit: 1000 });
  const [log_group = ""] = JSON.stringify(listing.data).match(/prod[^"]+/g) ?? [];
  const fetched = await call("fetch_logs", { log_group, ...WINDOW, limit: 1000 });
  await call("fetch_logs", { log_group, ...WINDOW, limit: 1 });
  const search = await call("search_logs", {
    log_group_prefixes: [""],
    search_pattern: "request_id",
    ...WINDOW,
  });
  for (const group_by of ["level", "hour", "minute", "stream"])
    await call("get_log_statistics", { log_group, ...WINDOW, group_by });
  await call("analyze_error_pattern", { context_id: fetched.ref });
  await call("analyze_error_pattern", { context_id: search.ref });
  await call("correlate_events", { context_ids: [fetched.ref, search.ref] });
  await call("compare_periods", { log_group, start_time: "2026-01-10T10:10:00Z", end_time: WINDOW.end_time });
  await call("get_surrounding_logs", { event_ref: "e1", before: 200, after: 200 });
  return tokens;
}

test.each([
  ["many groups", 130, 6],
  ["long groups", 3, 400],
])("every result of %s fits into its budget", async (_title, groups, lines) => {
  await using folder = await openToolFolder(hugeFiles(groups, lines));
  const tokens = await callAll(folder);
  for (const [call, cost] of Object.entries(tokens)) expect(cost, call).toBeLessThanOrEqual(RESULT_TOKENS);
});
