import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { createQuery, type QueryBounds } from "../../src/analysis/run-query.ts";
import { Failure } from "../../src/failure.ts";
import type { LogEvent } from "../../src/log/event.ts";
import type { LogQuery, QueryFilter } from "../../src/log/query.ts";
import { event, eventsOf } from "./events.ts";

const START = Date.UTC(2026, 0, 2, 10);
const EMPTY: LogQuery = { filters: [], groupBy: [], aggregates: [], limit: 1000 };

function run(events: readonly LogEvent[], query: Partial<LogQuery>, bounds: Partial<QueryBounds> = {}) {
  const running = createQuery({ ...EMPTY, ...query }, bounds);
  for (const one of events) running.add(one);
  return running.result();
}

function rowsOf(events: readonly LogEvent[], query: Partial<LogQuery>) {
  return run(events, query).rows;
}

const COUNT = { function: "count" } as const;
const json = (...values: readonly unknown[]) => eventsOf(values.map((value) => JSON.stringify(value)));

/** Which of the events pass a filter, by index. */
function passing(events: readonly LogEvent[], filter: QueryFilter): number[] {
  const found = rowsOf(events, { filters: [filter] }).map(
    ([timestamp]) => (Number(timestamp) - START) / 1000,
  );
  return found.toSorted((a, b) => a - b);
}

const VALUES = json(
  { v: 500 },
  { v: "500" },
  { v: "500ms" },
  { v: true },
  { v: null },
  { other: 1 },
  { v: "" },
  { v: { a: 1 } },
  { v: "007" },
  { v: 7 },
  { v: "true" },
);

const FILTERS: readonly [Omit<QueryFilter, "field">, number[]][] = [
  [{ operator: "equals", values: [500] }, [0, 1]],
  [{ operator: "equals", values: ["500"] }, [0, 1]],
  [{ operator: "equals", values: ["007"] }, [8]],
  [{ operator: "equals", values: [7] }, [8, 9]],
  [{ operator: "equals", values: ["true"] }, [3, 10]],
  [{ operator: "equals", values: [""] }, [6]],
  [{ operator: "not-equals", values: [500] }, [2, 3, 6, 8, 9, 10]],
  [{ operator: "not-equals", values: [500, "true"] }, [2, 6, 8, 9]],
  [{ operator: "equals", values: [7, "500ms"] }, [2, 8, 9]],
  [{ operator: "contains", values: ["00", "u"] }, [0, 1, 2, 8, 10]],
  [{ operator: "not-contains", values: ["00"] }, [3, 6, 9, 10]],
  [{ operator: "greater", values: [7] }, [0, 1]],
  [{ operator: "at-least", values: [7] }, [0, 1, 8, 9]],
  [{ operator: "less", values: ["7"] }, [3]],
  [{ operator: "at-most", values: [7] }, [3, 8, 9]],
  [{ operator: "exists", values: [] }, [0, 1, 2, 3, 6, 8, 9, 10]],
  [{ operator: "not-exists", values: [] }, [4, 5, 7]],
];

describe("filters", () => {
  it.each(FILTERS)("%j", (filter, expected) => {
    expect(passing(VALUES, { field: "v", ...filter })).toEqual(expected);
  });

  it("finds members by path, in lists, under keys with dots, and under names that events have too", () => {
    const events = json({ a: { b: [{ c: "x" }] } }, { "a.b": { "0.c": "x" } }, { message: "hello", a: 1 });
    expect(passing(events, { field: "a.b[0].c", operator: "equals", values: ["x"] })).toEqual([0, 1]);
    expect(passing(events, { field: "$.message", operator: "equals", values: ["hello"] })).toEqual([2]);
    expect(passing(events, { field: "message", operator: "contains", values: ['"hello"'] })).toEqual([2]);
    expect(passing(events, { field: "a.b.length", operator: "exists", values: [] })).toEqual([]);
  });

  it("finds the level that is written, by its own name or a vendor's, and by its severity", () => {
    const events = eventsOf([
      '{"level":"warning","msg":"ERROR"}',
      '{"time":1,"level":50}',
      "10:00 SEVERE it broke",
      "severity=Info all is well",
      "nothing is said",
      "level: unheard-of ERROR",
    ]);
    const levels = (operator: QueryFilter["operator"], ...values: string[]) =>
      passing(events, { field: "level", operator, values });
    expect(levels("equals", "ERROR")).toEqual([1, 2]);
    expect(levels("at-least", "warn")).toEqual([0, 1, 2]);
    expect(levels("less", "warn")).toEqual([3]);
    expect(levels("not-equals", "error")).toEqual([0, 3]);
    expect(levels("exists")).toEqual([0, 1, 2, 3]);
    expect(levels("not-exists")).toEqual([4, 5]);
    expect(rowsOf(events, { groupBy: ["level"], aggregates: [COUNT] })).toEqual([
      ["error", 2],
      [null, 2],
      ["info", 1],
      ["warn", 1],
    ]);
  });
});

describe("groups and aggregates", () => {
  const requests = json(
    { path: "/a", ms: 10, user: "u1" },
    { path: "/a", ms: "30", user: "u2" },
    { path: "/a", ms: "slow", user: "u1" },
    { path: "/b", ms: 2.5 },
    { ms: 1 },
  );

  it("computes each function of the numbers, the texts or the events that there are", () => {
    const of = (name: "sum", field = "ms") => ({ function: name, field });
    const names = ["count", "count-distinct", "sum", "average", "minimum", "maximum", "p50", "p99"] as const;
    const query = { groupBy: ["path"], aggregates: [COUNT, ...names.map((name) => of(name as "sum"))] };
    expect(rowsOf(requests, query)).toEqual([
      ["/a", 3, 3, 3, 40, 20, 10, 30, 10, 30],
      ["/b", 1, 1, 1, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5],
      [null, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    ]);
    const none = { groupBy: ["path"], aggregates: names.map((name) => of(name as "sum", "none")), limit: 1 };
    expect(rowsOf(requests, none)).toEqual([["/a", 0, 0, 0, null, null, null, null, null]]);
  });

  it("gives one row without groups, also of nothing", () => {
    expect(rowsOf([], { aggregates: [COUNT, { function: "average", field: "ms" }] })).toEqual([[0, null]]);
    expect(rowsOf([], { aggregates: [COUNT], groupBy: ["path"] })).toEqual([]);
  });

  it("bins by UTC, apart from what has no time", () => {
    const at = (time: number | undefined) => event({ message: "x", timestamp: time });
    const day = 86_400_000;
    const events = [at(START), at(START + 60_000), at(START + 89_999), at(START + 90_000), at(undefined)];
    expect(rowsOf(events, { binMs: 90_000, aggregates: [COUNT] })).toEqual([
      [START, 3],
      [START + 90_000, 1],
      [null, 1],
    ]);
    expect(rowsOf(events.slice(0, 4), { binMs: day, aggregates: [COUNT] })).toEqual([
      [Date.UTC(2026, 0, 2), 4],
    ]);
    const span = [
      { function: "minimum", field: "timestamp" } as const,
      { function: "maximum", field: "timestamp" } as const,
    ];
    expect(rowsOf(events, { aggregates: span })).toEqual([[START, START + 90_000]]);
  });

  it("sorts texts naturally and before numbers, what is missing last, and breaks ties from left to right", () => {
    const hosts = ["host10", "host2", "7", "10", undefined, "HOST", "host2x"];
    const events = json(...hosts.map((host) => ({ host })));
    const sorted = (order: "ascending" | "descending") =>
      rowsOf(events, { groupBy: ["host"], aggregates: [COUNT], sort: { by: "host", order } }).map(
        ([host]) => host,
      );
    expect(sorted("ascending")).toEqual(["HOST", "host2", "host2x", "host10", "7", "10", null]);
    expect(sorted("descending")).toEqual(["10", "7", "host10", "host2x", "host2", "HOST", null]);
    const ties = rowsOf(events, { groupBy: ["host"], aggregates: [COUNT], limit: 2 });
    expect(ties).toEqual([
      ["HOST", 1],
      ["host2", 1],
    ]);
  });

  it("counts on beyond its bounds what it has, and says what is left out", () => {
    const events = json(...Array.from({ length: 30 }, (_, n) => ({ n: n % 15 })));
    const groups = run(events, { groupBy: ["n"], aggregates: [COUNT] }, { groups: 10 });
    expect(groups).toMatchObject({ isComplete: false, matched: 30 });
    expect(groups.rows).toHaveLength(10);
    expect(groups.rows.every(([, count]) => count === 2)).toBe(true);
    expect(groups.notices[0]?.text).toContain("10 events of further groups");
    const distinct = [{ function: "count-distinct", field: "n" }] as const;
    const few = run(events, { aggregates: distinct }, { distinctValues: 12 });
    expect(few).toMatchObject({ rows: [[12]], isComplete: false, notices: [{ kind: "truncated" }] });
    expect(run(events, { aggregates: distinct })).toMatchObject({
      rows: [[15]],
      isComplete: true,
      notices: [],
    });
    const long = eventsOf(Array.from({ length: 50 }, (_, n) => `${n}${"x".repeat(1000)}`));
    const cut = run(long, {}, { characters: 5000 });
    expect(cut.rows.length).toBeLessThan(6);
    expect(cut).toMatchObject({ isComplete: false, matched: 50, notices: [{ kind: "truncated" }] });
  });
});

describe("events as rows", () => {
  it("gives the newest first, cut to the limit", () => {
    const events = eventsOf(["a", "b", "c"]);
    const result = run(events, { limit: 2 });
    expect(result.columns).toEqual(["timestamp", "group", "stream", "message"]);
    expect(result.rows).toEqual([
      [START + 2000, "app", "s", "c"],
      [START + 1000, "app", "s", "b"],
    ]);
    expect(result).toMatchObject({ isComplete: false, matched: 3 });
    expect(rowsOf(events, { sort: { by: "message", order: "ascending" }, limit: 1 })).toEqual([
      [START, "app", "s", "a"],
    ]);
  });

  test("are the first of all, whatever the order in which they come", () => {
    const given = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 });
    fc.assert(
      fc.property(given, fc.integer({ min: 1, max: 20 }), (seconds, limit) => {
        const events = seconds.map((second, at) => event({ message: `m${at}`, timestamp: START + second }));
        const all = rowsOf(events, {});
        expect(rowsOf(events, { limit })).toEqual(all.slice(0, limit));
        expect(rowsOf(events.toReversed(), { limit })).toEqual(all.slice(0, limit));
      }),
    );
  });
});

const REFUSED: readonly [Partial<LogQuery>, RegExp][] = [
  [{ limit: 0 }, /limit/],
  [{ limit: 100_001 }, /limit/],
  [{ groupBy: ["host"] }, /Nothing is counted/],
  [{ binMs: 0.5, aggregates: [COUNT] }, /bin/],
  [{ aggregates: [COUNT, COUNT] }, /two columns 'count'/],
  [{ groupBy: ["bin"], binMs: 1000, aggregates: [COUNT] }, /two columns 'bin'/],
  [{ aggregates: [{ function: "sum" }] }, /'sum' needs a field/],
  [{ aggregates: [{ function: "sum", field: "message" }] }, /cannot be computed/],
  [{ aggregates: [{ function: "p95", field: "timestamp" }] }, /cannot be computed/],
  [{ aggregates: [COUNT], sort: { by: "host", order: "ascending" } }, /no column 'host'/],
  [{ filters: [{ field: "timestamp", operator: "greater", values: [1] }] }, /cannot be on 'timestamp'/],
  [{ filters: [{ field: "group", operator: "equals", values: ["a"] }] }, /cannot be on 'group'/],
  [{ filters: [{ field: "a", operator: "less", values: ["x"] }] }, /needs a number/],
  [{ filters: [{ field: "a", operator: "less", values: [1, 2] }] }, /one value/],
  [{ filters: [{ field: "a", operator: "equals", values: [] }] }, /needs a value/],
  [{ filters: [{ field: "a", operator: "exists", values: [1] }] }, /takes no value/],
  [{ filters: [{ field: "a", operator: "contains", values: [""] }] }, /empty/],
  [{ filters: [{ field: "a", operator: "equals", values: ["\ud800"] }] }, /no text/],
  [{ filters: [{ field: "a", operator: "equals", values: [Number.NaN] }] }, /no plain number/],
  [{ filters: [{ field: "level", operator: "equals", values: ["loud"] }] }, /'loud' is no level/],
  [{ filters: [{ field: "level", operator: "contains", values: ["error"] }] }, /no parts/],
];

test.each(REFUSED)("refuses %j", (query, message) => {
  const attempt = () => createQuery({ ...EMPTY, ...query });
  expect(attempt).toThrow(message);
  expect(attempt).toThrow(Failure);
});

test.each([
  "",
  "a..b",
  "@message",
  "@duration",
  "a`b",
  "a|b",
  "a#b",
  'a"b',
  "a\nb",
  "a\\b",
  " a",
  "x".repeat(300),
])("refuses the field %j", (field) => {
  expect(() => createQuery({ ...EMPTY, groupBy: [field], aggregates: [COUNT] })).toThrow(/cannot be queried/);
});
