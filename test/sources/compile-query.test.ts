import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { Failure } from "../../src/failure.ts";
import type { LogQuery, QueryFilter } from "../../src/log/query.ts";
import { compileQuery } from "../../src/sources/cloudwatch/compile-query.ts";
import { anyEvents, anyQuery, computeLocally, describeQueryEngine } from "../contracts/query.ts";
import { parseQuery } from "../peers/cloudwatch-query.ts";
import { readEvent } from "../peers/cloudwatch-values.ts";
import { type InsightsEngine, openInsights } from "./insights-engine.ts";

const EMPTY: LogQuery = { filters: [], groupBy: [], aggregates: [], limit: 100 };

let standard: InsightsEngine;
let rare: InsightsEngine;

beforeAll(async () => {
  standard = await openInsights();
  rare = await openInsights("INFREQUENT_ACCESS");
});

afterAll(async () => {
  await standard.close();
  await rare.close();
});

describeQueryEngine("Logs Insights", async () => ({
  group: standard.group,
  run: (events, query, window) => standard.run(events, query, [window]),
}));

test("prints a query", () => {
  expect(compileQuery(EMPTY).text).toMatchInlineSnapshot(`
    "fields @timestamp, @log, @logStream, @message
    | sort @timestamp desc, @log asc, @logStream asc, @message asc
    | limit 101"
  `);
  const full: LogQuery = {
    filters: [
      { field: "level", operator: "at-least", values: ["error"] },
      { field: "duration", operator: "greater", values: [500] },
      { field: "status", operator: "equals", values: [500, "gone", "007"] },
      { field: "user-id", operator: "not-equals", values: ['o"neil'] },
      { field: "message", operator: "contains", values: ["a | b", "line\nend"] },
    ],
    groupBy: ["level", "filter"],
    binMs: 90_000,
    aggregates: [{ function: "count" }, { function: "average", field: "duration" }],
    limit: 20,
  };
  expect(compileQuery(full, { window: { start: 1_500, end: 2_500 } }).text).toMatchInlineSnapshot(`
    "parse @message /(?:level|severity|lvl|levelname|loglevel)(?:"?\\s*[=:]\\s*"?(?<logaiKeyed>[A-Za-z]+)|"\\s*:\\s*(?<logaiNumber>[1-6]0)\\b)|\\b(?<logaiWord>TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL|PANIC)\\b/
    | filter toMillis(@timestamp) >= 1500 and toMillis(@timestamp) < 2500
    | filter (logaiKeyed like /(?i)^(?:error|err|e|severe|eror|failure|fatal|f|ftl|crit|critical|c|alert|a|emerg|emergency|panic|dpanic|p)$/ or logaiWord in ["ERROR", "SEVERE", "CRITICAL", "FATAL", "PANIC"] or logaiNumber = 50 or logaiNumber = 60)
    | filter isNumeric(duration) and duration > 500
    | filter (status = "gone" or status = 500 or (status = "007" and status like /^007$/))
    | filter ispresent(\`user-id\`) and not (\`user-id\` = "o\\"neil")
    | filter (@message like "a | b" or @message like /line\\x0aend/)
    | stats count(*) as logai1, sum(duration) as logai2, sum(duration * 0 + 1) as logai2Count by bin(30s) as logaiBin, logaiKeyed, logaiNumber, logaiWord, \`filter\`
    | limit 100000"
  `);
});

/** What a value or a name might break out by, and anything else that can be written. */
const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom(
      ..."\"'\\`|#/\n\r\t ()[]{}*.,=<>@$^+?-",
      "a",
      "1",
      "\u0000",
      "\u2028",
      "é",
      "\u{1f600}",
    ),
    maxLength: 12,
  }),
  fc.constantFrom(
    '" | limit 1',
    '"\n| stats count(*)',
    "\\",
    '\\"',
    "/ | limit 1",
    "# all of it",
    "` | fields @ptr",
  ),
);

function textOf(query: Partial<LogQuery>): string | undefined {
  try {
    return compileQuery({ ...EMPTY, ...query }).text;
  } catch (error) {
    if (error instanceof Failure && error.code === "invalid-query") return undefined;
    throw error;
  }
}

/** How many of the messages the peer's own reading of a text lets through. */
function countPassing(text: string, messages: readonly string[]): number {
  const events = messages.map((message, serial) =>
    readEvent(
      { message, stream: message, timestamp: serial, ingestionTime: serial, serial },
      "123456789012:/g",
      true,
    ),
  );
  return parseQuery(text).run(events).rows.length;
}

describe("text that comes from outside", () => {
  const operators = fc.constantFrom("equals", "not-equals", "contains", "not-contains");

  it("is a value and nothing else", () => {
    const other = fc.tuple(nasty, nasty, fc.boolean());
    fc.assert(
      fc.property(nasty, other, operators, (value, [before, after, isIn], operator) => {
        const text = textOf({ filters: [{ field: "v", operator, values: [value, "zz"] }] });
        if (text === undefined) {
          expect(value === "" || !value.isWellFormed()).toBe(true);
          return;
        }
        expect(parseQuery(text).commands).toEqual(["fields", "sort", "limit"].toSpliced(0, 0, "filter"));
        const member = before + (isIn ? value : "") + after;
        const events = [JSON.stringify({ v: member }), JSON.stringify({ v: value }), "{}"];
        const query = { ...EMPTY, filters: [{ field: "v", operator, values: [value, "zz"] }] };
        const given = events.map((message) => ({ timestamp: 1, stream: "s", message }));
        const expected = computeLocally(given, query, "g", { start: 0, end: 2 }).matched;
        expect(countPassing(text, events)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it("is found in messages and in names of streams as it stands there", () => {
    fc.assert(
      fc.property(nasty, fc.constantFrom("message", "stream"), (value, field) => {
        fc.pre(value !== "" && value.isWellFormed());
        const equal = textOf({ filters: [{ field, operator: "equals", values: [`a ${value}`] }] }) ?? "";
        expect(countPassing(equal, [`a ${value}`, `b ${value}`, `a ${value} `])).toBe(1);
        const part = textOf({ filters: [{ field, operator: "contains", values: [value] }] }) ?? "";
        expect(countPassing(part, [`a ${value}`, `b ${value}c`])).toBe(2);
      }),
    );
  });

  it("is the name of a field or is refused", () => {
    const name = fc.oneof(nasty, fc.stringMatching(/^[\w @$:+/.-]{1,12}$/));
    fc.assert(
      fc.property(name, (field) => {
        const filters: QueryFilter[] = [{ field, operator: "equals", values: ["x"] }];
        const text = textOf({ filters });
        if (text === undefined) return;
        expect(parseQuery(text).commands.filter((command) => command !== "parse")).toHaveLength(4);
        const key = field.replace(/^\$\./, "");
        fc.pre(!["message", "stream"].includes(field) && !key.includes("["));
        expect(
          countPassing(text, [JSON.stringify({ [key]: "x" }), JSON.stringify({ [key]: "y" }), "x"]),
        ).toBe(1);
        const stats = textOf({ groupBy: [field], aggregates: [{ function: "sum", field }] });
        expect(parseQuery(stats ?? "").commands).toEqual(["stats", "sort", "limit"]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("windows that are queried one by one", () => {
  it("make the result of all, where they can", async () => {
    const start = Date.UTC(2026, 2, 1, 12);
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 3_599_999 }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(anyEvents, anyQuery, cuts, async (events, query, inner) => {
        const compiled = textOf(query) === undefined ? undefined : compileQuery(query);
        fc.pre(compiled?.isSplittable === true);
        const edges = [0, ...inner.toSorted((a, b) => a - b), 3_600_000].map((ms) => start + ms);
        const windows = edges.slice(1).map((end, at) => ({ start: edges[at] ?? 0, end }));
        const whole = { start, end: start + 3_600_000 };
        const actual = await standard.run(events, query, windows, { isSplit: true });
        expect(actual.rows).toEqual(computeLocally(events, query, standard.group, whole).rows);
      }),
      { numRuns: 60 },
    );
  });

  it("are refused where they cannot", () => {
    const query: LogQuery = { ...EMPTY, aggregates: [{ function: "p95", field: "ms" }] };
    expect(compileQuery(query).isSplittable).toBe(false);
    expect(() => compileQuery(query, { isSplit: true })).toThrow(/cannot be put together/);
  });
});

test("groups without discovered fields are queried by the JSON of their messages", async () => {
  const window = { start: Date.UTC(2026, 2, 1, 12), end: Date.UTC(2026, 2, 1, 13) };
  await fc.assert(
    fc.asyncProperty(anyEvents, anyQuery, async (events, query) => {
      // A map or list at the end of a path is present there, which no discovered field is.
      fc.pre(textOf(query) !== undefined && !JSON.stringify(query).includes("list[0]"));
      const actual = await rare.run(events, query, [window], { discoversFields: false });
      expect(actual.rows).toEqual(computeLocally(events, query, rare.group, window).rows);
    }),
    { numRuns: 100 },
  );
});

test.each([
  [1, "1ms"],
  [250, "250ms"],
  [1000, "1s"],
  [60_000, "1m"],
  [300_000, "5m"],
  [3_600_000, "1h"],
  [86_400_000, "1d"],
  [604_800_000, "1d"],
  [90_000, "30s"],
  [420_000, "1m"],
  [172_800_000, "1d"],
])("a bin of %d ms is asked for as bin(%s), which no unit's cap cuts", (binMs, bin) => {
  const { text } = compileQuery({ ...EMPTY, binMs, aggregates: [{ function: "count" }] });
  expect(text).toContain(`bin(${bin}) as`);
});

const LONG_VALUES = Array.from({ length: 90 }, (_, n) => "x".repeat(200) + n);
const REFUSED: readonly [title: string, query: Partial<LogQuery>, message: RegExp][] = [
  [
    "a percentile in odd bins",
    { binMs: 90_000, aggregates: [{ function: "p95", field: "ms" }] },
    /no bin of 90000 ms/,
  ],
  ["bins of many pieces", { binMs: 1009, aggregates: [{ function: "count" }] }, /no bin of 1009 ms/],
  ["too long a text", { filters: [{ field: "v", operator: "equals", values: LONG_VALUES }] }, /longer than/],
  ["what is no query at all", { limit: 0 }, /limit/],
];

test.each(REFUSED)("refuses %s", (_title, query, message) => {
  expect(() => compileQuery({ ...EMPTY, ...query })).toThrow(message);
  expect(textOf(query)).toBeUndefined();
});

test("tells from which part of the query a place in the text stems", () => {
  const query: LogQuery = {
    filters: [
      { field: "duration", operator: "greater", values: [500] },
      { field: "level", operator: "equals", values: ["error"] },
      { field: "user", operator: "contains", values: ["o'neil"] },
    ],
    groupBy: ["path"],
    aggregates: [{ function: "p95", field: "bytes" }],
    limit: 10,
  };
  const { text, blame } = compileQuery(query, { window: { start: 0, end: 1 } });
  const blamed = (part: string) => blame(text.indexOf(part));
  expect(blamed("duration")).toBe("the filter greater on 'duration'");
  expect(blamed("o'neil")).toBe("the filter contains on 'user'");
  expect(blamed("SEVERE")).toBe("the reading of levels");
  expect(blamed("toMillis")).toBe("the window");
  expect(blamed("pct(bytes")).toBe("the statistics (p95(bytes) by groups)");
  expect(blamed("limit")).toBe("the limit");
  expect(blame(text.length + 5)).toBe("the limit");
});

describe("rows that come back", () => {
  const query: LogQuery = {
    ...EMPTY,
    groupBy: ["user-id", "group"],
    aggregates: [
      { function: "maximum", field: "timestamp" },
      { function: "sum", field: "ms" },
      { function: "average", field: "ms" },
    ],
    limit: 1,
  };
  const row = (fields: Readonly<Record<string, string>>) =>
    Object.entries(fields).map(([field, value]) => ({ field, value }));

  it("are read whichever way the service writes names, times and numbers", () => {
    const { read } = compileQuery(
      { ...query, limit: 3, sort: { by: "user-id", order: "ascending" } },
      { groupName: (log) => log.slice(-3) },
    );
    const rows = [
      row({
        "user-id": "a",
        "@log": "123456789012:/api",
        logai1: "2026-03-01 12:00:00.000",
        logai2: "1.5E3",
        logai3: "0.5",
      }),
      row({ "`user-id`": "b", "@log": "123456789012:/api", logai1: "1772366400000", logai2: "" }),
      row({}),
    ];
    expect(read([rows])).toEqual({
      rows: [
        ["a", "api", 1_772_366_400_000, 1500, 0.5],
        ["b", "api", 1_772_366_400_000, 0, null],
        [null, null, null, 0, null],
      ],
      isComplete: true,
      notices: [],
    });
  });

  it("are cut to the limit, which is said", () => {
    const { read, limit } = compileQuery(query);
    expect(limit).toBe(2);
    const result = read([[row({ "user-id": "a" }), row({ "user-id": "b" })]]);
    expect(result).toMatchObject({ isComplete: false, notices: [{ kind: "truncated" }] });
    expect(result.rows).toHaveLength(1);
  });

  it("may be fewer than there are where the service gave the most that it gives", () => {
    const { read, limit } = compileQuery({
      ...EMPTY,
      groupBy: ["level"],
      aggregates: [{ function: "count" }],
    });
    expect(limit).toBe(100_000);
    const full = Array.from({ length: limit }, () => row({ logaiWord: "ERROR", logai1: "1" }));
    expect(read([full])).toMatchObject({ rows: [["error", 100_000]], isComplete: false });
  });
});
