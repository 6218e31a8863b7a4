import { describe, expect, it, test } from "vitest";
import { checkAnswer } from "../../src/agent/check.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import { createDirectory } from "../../src/sources/directory.ts";
import type { LogSource, QueryRequest } from "../../src/sources/source.ts";
import { estimateTokens } from "../../src/tools/budget.ts";
import { createEvidence } from "../../src/tools/evidence.ts";
import { queryLogs } from "../../src/tools/query-logs.ts";
import type { ToolEnvironment } from "../../src/tools/tool.ts";
import { failureOf } from "./run-tools.ts";
import { at, fileOf, NOW, openToolFolder, RESULT_TOKENS, ZONE } from "./tool-folder.ts";

const WINDOW = { start_time: at(0), end_time: at(3600) };

/** Requests of a service as JSON, one a minute. */
const api = fileOf(
  Array.from({ length: 40 }, (_, i) =>
    JSON.stringify({
      time: at(i * 60),
      level: i % 10 === 9 ? "error" : "info",
      path: ["/pay", "/cart"][i % 2],
      ms: i % 10 === 9 ? 1500 : 100 + i,
      user: `u${i % 7}`,
    }),
  ),
);
const worker = fileOf([
  `${at(10)} INFO job done took=12ms queue=mail`,
  `${at(20)} ERROR job failed queue=mail tries=3`,
  `${at(30)} INFO job done took=15 queue=push`,
]);

const open = () => openToolFolder({ "shop/api.log": api, "shop/worker.log": worker });

describe("query_logs", () => {
  it("counts by field and time, with percentiles, and keeps a ledger", async () => {
    await using folder = await open();
    const data = await folder.data("query_logs", {
      log_groups: ["api"],
      ...WINDOW,
      filters: [{ field: "level", operator: "at-least", value: "info" }],
      group_by: ["path"],
      aggregates: [
        { function: "count" },
        { function: "p95", field: "ms" },
        { function: "count-distinct", field: "user" },
      ],
    });
    expect(data).toMatchObject({
      context_id: "q1",
      columns: ["path", "count", "p95(ms)", "count-distinct(user)"],
      rows: [
        { path: "/cart", count: 20, "p95(ms)": 1500, "count-distinct(user)": 7 },
        { path: "/pay", count: 20, "p95(ms)": 136, "count-distinct(user)": 7 },
      ],
      ledger: { groups: ["shop/api.log"], matched: 40, returned: 2, filter: "level at-least 'info'" },
    });
    expect(JSON.stringify(data.ledger)).toContain("Percentiles are within 2 %");
  });

  it("bins by time, over several groups, in the reader's zone", async () => {
    await using folder = await open();
    const query = { log_groups: ["api", "worker"], ...WINDOW, bin: "10m", group_by: ["level"] };
    const { rows } = await folder.data("query_logs", query);
    expect(rows).toEqual(
      expect.arrayContaining([
        { bin: at(0), level: "error", count: 2 },
        { bin: at(0), level: "info", count: 11 },
        { bin: at(600), level: "error", count: 1 },
      ]),
    );
  });

  it("finds the fields of logfmt too", async () => {
    await using folder = await open();
    const query = {
      log_groups: ["worker"],
      ...WINDOW,
      group_by: ["queue"],
      aggregates: [{ function: "maximum", field: "took" }],
    };
    expect((await folder.data("query_logs", query)).rows).toEqual([
      { queue: "push", "maximum(took)": 15 },
      { queue: "mail", "maximum(took)": null },
    ]);
  });

  it("shows the events themselves, newest first, where nothing is counted", async () => {
    await using folder = await open();
    const query = {
      log_groups: ["worker"],
      ...WINDOW,
      filters: [{ field: "message", operator: "contains", value: ["failed", "push"] }],
    };
    expect(await folder.data("query_logs", { ...query, limit: 1 })).toMatchObject({
      columns: ["timestamp", "group", "stream", "message"],
      rows: [{ timestamp: at(30), message: expect.stringContaining("queue=push") }],
      ledger: { matched: 2, notices: ["The result is cut to the first 1 events."] },
    });
  });

  it("says which field no event has, and why there is nothing", async () => {
    await using folder = await open();
    const misspelt = { log_groups: ["api"], ...WINDOW, group_by: ["pth"] };
    expect(await folder.data("query_logs", misspelt)).toMatchObject({
      no_event_has: ["pth"],
      rows: [{ count: 40 }],
    });
    const none = { ...misspelt, filters: [{ field: "path", operator: "equals", value: "/none" }] };
    expect(await folder.data("query_logs", none)).toMatchObject({
      rows: [],
      ledger: { matched: 0, empty: "filter-matches-nothing" },
    });
    const early = { ...misspelt, start_time: at(-7200), end_time: at(-3600) };
    expect(await folder.data("query_logs", early)).toMatchObject({
      ledger: { matched: 0, empty: "no-events-in-window" },
      group_span: { oldest_event: at(0) },
    });
  });

  it("keeps to the room for a result, and says what it cut", async () => {
    const lines = Array.from({ length: 900 }, (_, i) =>
      JSON.stringify({ time: at(i), id: `${i}-${"long ".repeat(20)}` }),
    );
    await using folder = await openToolFolder({ "ids.log": fileOf(lines) });
    const data = await folder.data("query_logs", {
      log_groups: ["ids"],
      ...WINDOW,
      group_by: ["id"],
      limit: 1000,
    });
    expect(estimateTokens(data)).toBeLessThan(RESULT_TOKENS);
    expect(data.truncated).toMatch(/showing the first \d+ of 900 rows/);
    expect(data.ledger).toMatchObject({ matched: 900, analysed: 900 });
  });

  it("gives what claims can be held against", async () => {
    await using folder = await open();
    const { ref } = await folder.call("query_logs", {
      log_groups: ["api"],
      ...WINDOW,
      bin: "30m",
      aggregates: [{ function: "count" }, { function: "average", field: "ms" }],
    });
    const options = { evidence: folder.evidence, sanitizer: createSanitizer(), zone: ZONE };
    const claims = `From 10:30 on there were 10 requests of 270.6 ms on average [${ref}].`;
    expect(checkAnswer(claims, options).report.unverified).toEqual([]);
    expect(checkAnswer(`There were 31 requests [${ref}].`, options).report.unverified).toHaveLength(1);
  });
});

const REFUSED: readonly [title: string, input: object, message: RegExp][] = [
  ["a bin that is no duration", { bin: "often" }, /Cannot read 'often'/],
  ["a field that cannot be", { group_by: ["a`b"] }, /'a`b' cannot be queried/],
  ["a name of Insights' own", { group_by: ["@message"] }, /Write 'message'/],
  [
    "a column that is not there",
    { group_by: ["path"], sort: { by: "ms", order: "descending" } },
    /no column 'ms'/,
  ],
  ["a function without its field", { aggregates: [{ function: "p95" }] }, /'p95' needs a field/],
  ["a text as a limit", { filters: [{ field: "ms", operator: "greater", value: "much" }] }, /needs a number/],
  ["a filter without a value", { filters: [{ field: "ms", operator: "equals" }] }, /needs a value/],
];

test.each(REFUSED)("refuses %s", async (_title, query, message) => {
  await using folder = await open();
  const failure = await failureOf(folder.call("query_logs", { log_groups: ["api"], ...WINDOW, ...query }));
  expect(failure.code).toBe("invalid-query");
  expect(`${failure.message} ${failure.hint ?? ""}`).toMatch(message);
});

describe("a source with an engine of its own", () => {
  /** Answers every query with one row, and tells what it was asked. */
  function createEngine(name: string): { readonly source: LogSource; readonly asked: QueryRequest[] } {
    const asked: QueryRequest[] = [];
    const source: LogSource = {
      name,
      capabilities: {
        filterPatterns: true,
        streams: true,
        newestFirst: true,
        serverQueries: true,
        metrics: false,
        liveTail: false,
        maxRangeHours: 168,
        ingestionDelay: 300_000,
      },
      async *listGroups() {
        yield {
          name: "/app",
          storedBytes: undefined,
          retentionDays: undefined,
          oldestEvent: undefined,
          newestEvent: undefined,
          streams: undefined,
        };
      },
      fetch: () => {
        throw new Error("It must not be read.");
      },
      fetchSurrounding: async () => [],
      checkHealth: async () => [],
      async query(request) {
        asked.push(request);
        const empty = request.query.filters.length > 0;
        return {
          columns: ["bin", "count"],
          rows: empty ? [] : [[NOW - 60_000, 12]],
          matched: empty ? 0 : 12,
          scannedEvents: empty ? 0 : 100,
          scannedBytes: 2048,
          isComplete: true,
          text: "stats count(*) by bin(1m)",
          notices: [{ kind: "estimate", text: "About so many." }],
        };
      },
    };
    return { source, asked };
  }

  function environmentOf(...sources: readonly LogSource[]): ToolEnvironment {
    return {
      directory: createDirectory(sources),
      evidence: createEvidence(),
      now: () => NOW,
      zone: ZONE,
      window: undefined,
      signal: new AbortController().signal,
      resultTokens: RESULT_TOKENS,
      report: () => undefined,
    };
  }

  const input = queryLogs.input.parse({ log_groups: ["/app", "/app"], start_time: "-1h", bin: "1m" });

  it("is asked instead of being read, and its words and notices are passed on", async () => {
    const { source, asked } = createEngine("cloud");
    const { data, ledger } = await queryLogs.run(input, environmentOf(source), "q1");
    expect(asked).toMatchObject([
      { groups: ["/app"], query: { binMs: 60_000, aggregates: [{ function: "count" }], limit: 100 } },
    ]);
    expect(data).toMatchObject({
      query: "stats count(*) by bin(1m)",
      rows: [{ bin: "2026-01-10T11:59:00.000Z", count: 12 }],
    });
    expect(ledger).toMatchObject({ inWindow: 100, matched: 12, scannedBytes: 2048 });
    expect(ledger?.notices.map(({ kind }) => kind)).toEqual(["estimate", "not-yet-ingested"]);
  });

  it("tells an empty window without reading", async () => {
    const { source } = createEngine("cloud");
    const filters = [{ field: "level", operator: "equals" as const, value: "error" }];
    const { ledger } = await queryLogs.run({ ...input, filters }, environmentOf(source), "q1");
    expect(ledger).toMatchObject({ matched: 0, empty: "no-events-in-window" });
  });

  it("is not asked together with another", async () => {
    const sources = [createEngine("one").source, createEngine("two").source];
    const both = { ...input, log_groups: ["one:/app", "two:/app"] };
    const failure = await failureOf(queryLogs.run(both, environmentOf(...sources), "q1"));
    expect(failure).toMatchObject({
      code: "invalid-query",
      message: expect.stringContaining("several sources"),
    });
  });
});
