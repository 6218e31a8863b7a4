import { describe, expect, it, test } from "vitest";
import { T } from "./cloudwatch-client.ts";
import { parseQuery } from "./cloudwatch-query.ts";
import { readEvent, textOf } from "./cloudwatch-values.ts";
import { ServiceError } from "./cloudwatch-wire.ts";

/** Runs a query over messages, ten seconds apart. */
function run(messages: readonly unknown[], query: string, { discovers = true } = {}) {
  const events = messages.map((message, serial) => {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    const event = {
      timestamp: T + serial * 10_000,
      ingestionTime: T,
      stream: "s",
      serial,
      unmasked: undefined,
    };
    return readEvent({ ...event, message: text }, "123456789012:/g", discovers);
  });
  const { rows, columns } = parseQuery(query).run(events);
  return rows.map((row) => columns.map((column) => textOf(row.get(column)) ?? null));
}

const REQUESTS = [
  { host: "a", ms: 10, ok: true, "@version": "1", tags: ["x", "y"], error: null },
  { host: "a", ms: 30, ok: false, "a-b": 1 },
  { host: "b", ms: "20", user: { id: "u1" } },
  { host: "b", ms: "slow" },
  "took=40ms of host=c",
];

describe("queries", () => {
  it.each<[string, (string | null)[][]]>([
    [
      "stats count(*) as n, count(ms), sum(ms), avg(ms), min(ms), max(ms) by host | sort host",
      [
        ["a", "2", "2", "40", "20", "10", "30"],
        ["b", "2", "2", "20", "20", "slow", "20"],
        [null, "1", "0", null, null, null, null],
      ],
    ],
    [
      "stats min(ms + 0), max(ms + 0), pct(ms, 50), pct(ms, 95), count_distinct(host)",
      [["10", "30", "20", "30", "2"]],
    ],
    [
      "stats count(*) by ok, host | sort count(*) desc, host desc",
      [
        [null, "b", "2"],
        ["1", "a", "1"],
        ["0", "a", "1"],
        [null, null, "1"],
      ],
    ],
    ["filter ok = 1 | fields tags.1, @@version", [["y", "1"]]],
    ["filter `a-b` = 1 | fields `a-b` as x", [["1"]]],
    ["filter ispresent(error) or not ispresent(host) | fields @message", [["took=40ms of host=c"]]],
    ["filter isNumeric(ms) and ms > 15 | fields ms", [["20"], ["30"]]],
    [
      'filter host not in ["a"] and host not like /B/ | fields host, user.id',
      [
        [null, null],
        ["b", null],
        ["b", "u1"],
      ],
    ],
    [
      "parse @message /took=(?<took>\\d+)(?<unit>ms)?( (?<none>never))?/ | filter ispresent(took) | fields took * 2, unit, none",
      [["80", "ms", null]],
    ],
    [
      'parse @message "took=* of host=*" as took, at | filter ispresent(at) # the text\n| display at, took',
      [["c", "40ms"]],
    ],
    [
      'fields case(ms >= 30, "slow", ms < 30, "fast", "none") as speed | filter host = \'a\' | dedup speed | sort speed',
      [["fast"], ["slow"]],
    ],
    ['stats count(*) by bin(1m) as minute | filter minute like "12:00"', [["2026-03-01 12:00:00.000", "5"]]],
    [`filter toMillis(@timestamp) >= ${T + 40_000} | stats count(*)`, [["1"]]],
    ['filter host = "z" | stats count(*)', []],
    [
      "filter @message like /took/ | pattern @message | display @pattern, @ratio, @sampleCount, @severityLabel",
      [["took=<Token-1> of host=c", "1", "1", "INFO"]],
    ],
  ])("%s", (query, expected) => {
    const rows = run(REQUESTS, query);
    if (query.startsWith("pattern"))
      expect(rows.map(([, ...rest]) => rest)).toContainEqual(expected[0]?.slice(1));
    else expect(rows).toEqual(expected);
  });

  it("sorts as the documentation's example does", () => {
    const sorted = [
      "!:",
      "#",
      "*%04",
      "0#",
      "5A",
      "111A",
      "2345_",
      "@",
      "@_",
      "A",
      "A9876fghj",
      "a12345hfh",
      "0",
      "01",
      "1",
      "2",
      "3",
    ];
    const values = sorted.map((v) => ({ v }));
    expect(run(values.toReversed(), "fields v | sort v").flat()).toEqual(sorted);
    expect(run(values, "fields v | sort v desc").flat()).toEqual(sorted.toReversed());
  });

  it("discovers no fields where the class of the group has none, but parses JSON", () => {
    const none = { discovers: false };
    expect(run(REQUESTS, "stats count(*) by host", none)).toEqual([[null, "5"]]);
    const query =
      'fields jsonParse(@message) as j | filter j.user.`id` = "u1" or j.tags[1] = "y" | stats count(*) by j.host';
    expect(run(REQUESTS, query, none)).toEqual([
      ["a", "1"],
      ["b", "1"],
    ]);
  });
});

test.each<[string, number, number]>([
  ["filter a = `b", 11, 12],
  ['filter a = "b\nc"', 11, 12],
  ["filter limit = 3", 7, 12],
  ["filter a like b", 14, 15],
  ["fields a | stats nope(b)", 17, 21],
  ["fields a | limit 0", 17, 18],
  ["fields a b", 9, 10],
  ["stats pct(a)", 6, 9],
  ["filter (a = 1", 13, 13],
])("tells where %j is wrong", (query, startCharOffset, endCharOffset) => {
  try {
    parseQuery(query);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    expect(error.code).toBe("MalformedQueryException");
    expect(error.details).toMatchObject({
      queryCompileError: { location: { startCharOffset, endCharOffset } },
    });
  }
});
