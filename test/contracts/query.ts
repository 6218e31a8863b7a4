import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createQuery } from "../../src/analysis/run-query.ts";
import { Failure } from "../../src/failure.ts";
import type { LogEvent } from "../../src/log/event.ts";
import {
  columnsOf,
  type LogQuery,
  QUERY_FUNCTIONS,
  QUERY_OPERATORS,
  type QueryAggregate,
  type QueryFilter,
  type QueryResult,
} from "../../src/log/query.ts";
import type { TimeRange } from "../../src/log/time-range.ts";

export interface GivenEvent {
  /** ms since the epoch. */
  readonly timestamp: number;
  readonly stream: string;
  readonly message: string;
}

/** An engine that is held to what the local one computes. */
export interface QueryEngine {
  /** The group that its events are in. */
  readonly group: string;
  /** @throws Failure "invalid-query" for what it cannot compute exactly */
  run(
    events: readonly GivenEvent[],
    query: LogQuery,
    window: TimeRange,
  ): Promise<Pick<QueryResult, "rows" | "isComplete">>;
}

const START = Date.UTC(2026, 2, 1, 12);
const HOUR = 3_600_000;
/** Neither end is a whole second. */
const WINDOW: TimeRange = { start: START + 500, end: START + HOUR - 250 };

const TEXTS = [
  ...[
    "a",
    "b",
    "host2",
    "host10",
    "HOST",
    "500",
    "007",
    "12ms",
    "1e3",
    "true",
    "false",
    "",
    "ünï",
    "5A",
    "null",
  ],
  ...[
    'quo"te',
    "back\\slash",
    "x | limit 1",
    "# no comment",
    "`tick`",
    "line\nend",
    "tab\there",
    "/re/",
    "%",
    "'",
  ],
];
const NUMBERS = [0, 1, -5, 2.5, 7, 10, 30, 500, 1e6];
const KEYS = ["host", "ms", "ok", "user-id", "filter", "@type", "message", "level", "a.b", "count"];
/** Names of fields that queries use, of events and of members that are there sometimes. */
const FIELDS = [
  ...[
    "host",
    "ms",
    "ok",
    "user-id",
    "filter",
    "$.@type",
    "$.message",
    "$.level",
    "a.b",
    "$.count",
    "list[0]",
    "list.1.x",
  ],
  ...["stream", "message", "level", "none"],
];

const leaf = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.constantFrom(...NUMBERS),
  fc.boolean(),
  fc.constant(null),
);
const levelName = fc.constantFrom("error", "WARN", "Info", "fatal", "unheard", "trace", 30, 50, "e");
const json = fc
  .record(
    {
      host: leaf,
      ms: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...NUMBERS) }, { weight: 1, arbitrary: leaf }),
      ok: fc.boolean(),
      ...Object.fromEntries(KEYS.slice(3, 7).map((key) => [key, leaf])),
      level: levelName,
      a: fc.oneof(fc.record({ b: leaf }), fc.constant({})),
      list: fc.array(fc.oneof(leaf, fc.record({ x: leaf })), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  )
  .map((value) => JSON.stringify(value));
const text = fc.constantFrom(
  "10:00 ERROR it broke",
  "severity: Info all is well",
  "WARN disk at 91%",
  "plain text",
  "NOTICE of CRITICAL things",
  "[1,2]",
);

const event: fc.Arbitrary<GivenEvent> = fc.record({
  timestamp: fc.integer({ min: 0, max: HOUR }).map((ms) => START + ms),
  stream: fc.constantFrom("s1", "s2"),
  message: fc.oneof({ weight: 3, arbitrary: json }, { weight: 1, arbitrary: text }),
});

const value = fc.oneof(fc.constantFrom(...TEXTS), fc.constantFrom(...NUMBERS));
const filter: fc.Arbitrary<QueryFilter> = fc
  .tuple(
    fc.constantFrom(...FIELDS),
    fc.constantFrom(...QUERY_OPERATORS),
    fc.array(value, { minLength: 1, maxLength: 3 }),
  )
  .map(([field, operator, values]) => {
    if (operator === "exists" || operator === "not-exists") return { field, operator, values: [] };
    if (field === "level") return { field, operator, values: ["warn"] };
    return /^(?:less|at-|greater)/.test(operator)
      ? { field, operator, values: values.slice(0, 1) }
      : { field, operator, values };
  });

const aggregate: fc.Arbitrary<QueryAggregate> = fc
  .tuple(
    fc.constantFrom(...QUERY_FUNCTIONS),
    fc.constantFrom("ms", "host", "ok", "timestamp", "stream", "none"),
  )
  .map(([name, field]) => ({ function: name, field }));

const grouping = fc.uniqueArray(fc.constantFrom(...FIELDS, "group"), { maxLength: 2 });

/** Queries that are sound more often than not. */
export const anyQuery: fc.Arbitrary<LogQuery> = fc
  .record({
    filters: fc.array(filter, { maxLength: 2 }),
    groupBy: grouping,
    binMs: fc.option(fc.constantFrom(1000, 7000, 60_000, 90_000, 300_000, 420_000, 86_400_000), {
      nil: undefined,
      freq: 1,
    }),
    aggregates: fc.uniqueArray(aggregate, {
      maxLength: 3,
      selector: (one) => `${one.function} ${one.field}`,
    }),
    sort: fc.option(fc.tuple(fc.nat(), fc.constantFrom("ascending", "descending")), { nil: undefined }),
    limit: fc.constantFrom(1, 2, 5, 1000),
    isOfEvents: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ filters, groupBy, binMs, aggregates, sort, limit, isOfEvents }) => {
    const query: LogQuery =
      isOfEvents === 0
        ? { filters, groupBy: [], aggregates: [], limit }
        : {
            filters,
            groupBy,
            ...(binMs === undefined ? {} : { binMs }),
            aggregates: [{ function: "count" }, ...aggregates],
            limit,
          };
    if (!sort) return query;
    const columns = columnsOf(query);
    return { ...query, sort: { by: columns[sort[0] % columns.length] ?? "count", order: sort[1] } };
  });

export const anyEvents = fc.array(event, { maxLength: 12 });

/** The events of a window as the local engine answers for them. */
export function computeLocally(
  events: readonly GivenEvent[],
  query: LogQuery,
  group: string,
  window = WINDOW,
) {
  const running = createQuery(query);
  for (const [index, one] of events.entries()) {
    if (one.timestamp < window.start || one.timestamp >= window.end) continue;
    const given: LogEvent = {
      id: String(index),
      group,
      stream: one.stream,
      timestamp: one.timestamp,
      message: one.message,
      bodyStart: 0,
      level: undefined,
      levelInferred: false,
    };
    running.add(given);
  }
  return running.result();
}

/** Holds an engine to the local one: the same rows for the same events, whatever is asked. */
export function describeQueryEngine(name: string, open: () => Promise<QueryEngine>): void {
  describe(`${name}, as an engine of queries`, () => {
    it("answers as the local engine does, or refuses", async () => {
      const engine = await open();
      let answered = 0;
      await fc.assert(
        fc.asyncProperty(anyEvents, anyQuery, async (events, query) => {
          const expected = attempt(() => computeLocally(events, query, engine.group));
          if (expected === undefined) {
            await expect(engine.run(events, query, WINDOW)).rejects.toMatchObject({ code: "invalid-query" });
            return;
          }
          const actual = await engine.run(events, query, WINDOW).catch(refusal);
          if (actual === undefined) return;
          answered += 1;
          expect(actual.rows).toEqual(expected.rows);
          expect(actual.isComplete).toBe(expected.isComplete);
        }),
        { numRuns: 300 },
      );
      // Most queries must be answered, or nothing was held.
      expect(answered).toBeGreaterThan(150);
    });

    it.each(EXAMPLES)("answers %s", async (_title, query, expected) => {
      const engine = await open();
      const whole = { start: START, end: START + HOUR };
      const given: LogQuery = {
        filters: [],
        groupBy: [],
        aggregates: [{ function: "count" }],
        limit: 100,
        ...query,
      };
      expect(computeLocally(EVENTS, given, engine.group, whole).rows).toEqual(expected);
      expect((await engine.run(EVENTS, given, whole)).rows).toEqual(expected);
    });
  });
}

function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof Failure && error.code === "invalid-query") return undefined;
    throw error;
  }
}

function refusal(error: unknown): undefined {
  if (error instanceof Failure && error.code === "invalid-query") return undefined;
  throw error;
}

const at = (seconds: number, message: unknown): GivenEvent => ({
  timestamp: START + seconds * 1000,
  stream: "s1",
  message: typeof message === "string" ? message : JSON.stringify(message),
});

const EVENTS: readonly GivenEvent[] = [
  at(0, { level: "error", path: "/pay", ms: 900, ok: false }),
  at(30, { level: "warn", path: "/pay", ms: "850" }),
  at(59.999, { level: 50, path: "/cart", ms: "12ms", ok: true }),
  at(60, { severity: "ERROR", path: null }),
  at(95, "12:01 SEVERE the disk is full"),
];

const EXAMPLES: readonly [title: string, query: Partial<LogQuery>, rows: readonly (readonly unknown[])[]][] =
  [
    [
      "levels in their own words, added up",
      { groupBy: ["level"] },
      [
        ["error", 4],
        ["warn", 1],
      ],
    ],
    [
      "an average over levels and bins of 90 s",
      { groupBy: ["level"], binMs: 90_000, aggregates: [{ function: "average", field: "ms" }] },
      [
        [START, "error", 900],
        [START, "warn", 850],
        [START + 90_000, "error", null],
      ],
    ],
    [
      "a percentile by level",
      { groupBy: ["level"], aggregates: [{ function: "p95", field: "ms" }] },
      [
        ["error", 900],
        ["warn", 850],
      ],
    ],
    [
      "what is missing as a group of its own",
      { groupBy: ["path"] },
      [
        ["/pay", 2],
        [null, 2],
        ["/cart", 1],
      ],
    ],
    ["no unit as a number", { filters: [{ field: "ms", operator: "at-least", values: [10] }] }, [[2]]],
    [
      "booleans as 1 and 0, and by their names",
      { filters: [{ field: "ok", operator: "equals", values: ["true"] }], groupBy: ["ok"] },
      [["1", 1]],
    ],
    ["a count of nothing", { filters: [{ field: "path", operator: "equals", values: ["/none"] }] }, [[0]]],
    [
      "minutes of UTC",
      { binMs: 60_000 },
      [
        [START, 3],
        [START + 60_000, 2],
      ],
    ],
  ];
