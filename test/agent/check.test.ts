import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkAnswer, UNVERIFIED_MARK } from "../../src/agent/check.ts";
import type { LogEvent } from "../../src/log/event.ts";
import { createZone } from "../../src/log/zone.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import { createEvidence } from "../../src/tools/evidence.ts";
import type { JsonObject } from "../../src/tools/json.ts";
import { makeEvent, ZONE } from "./shop.ts";

const sanitizer = createSanitizer();

interface Given {
  /** Messages or events; the first is e1. */
  readonly events?: readonly (string | LogEvent)[];
  /** Data of results; the first is q1. */
  readonly results?: readonly JsonObject[];
  readonly zone?: typeof ZONE;
}

function check(answer: string, { events = [], results = [], zone = ZONE }: Given = {}) {
  const evidence = createEvidence();
  for (const [at, event] of events.entries())
    evidence.citeEvent(typeof event === "string" ? makeEvent("prod/checkout", at, event) : event);
  for (const data of results) {
    const ref = evidence.reserveResult();
    evidence.store({ ref, tool: "get_log_statistics", input: {}, data, ledger: undefined, readings: [] });
  }
  const { answer: marked, report } = checkAnswer(answer, { evidence, sanitizer, zone });
  return { marked, report, bad: report.unverified.map(({ kind, text }) => `${kind} ${text}`) };
}

const LINE = "ERROR payment pay-7 timed out after 5000 ms, attempt 3 of 3";
const STATS = {
  context_id: "q1",
  total: 12_345,
  errors: 41,
  error_share: 0.003321,
  first: "2026-03-12T02:00:00.500Z",
  last: "2026-03-12T02:52:40.000Z",
  levels: { info: 12_304, error: 41 },
  numbers: [{ name: "duration_ms", p50: 120.4, p95: 30_012, max: 45_678 }],
  groups: ["a", "b", "c", "d", "e", "f", "g"],
  bytes: 1_234_567,
};

describe("a duration in two units", () => {
  it.each([
    ["It lasted 52 min 39 s [q1].", []],
    ["It lasted 52 minutes and 40 seconds [q1].", []],
    ["It lasted 52 min 12 s [q1].", ["number 52 min 12"]],
    ["It lasted 2 h, 39 s [q1].", ["number 2 h, 39"]],
    ["It lasted 3 h 41 times [q1].", ["number 3"]],
  ])("is one claim: %s", (text, bad) => {
    expect(check(text, { results: [STATS] }).bad).toEqual(bad);
  });
});

describe("a duration between two times of the same paragraph", () => {
  const results = [{ a: { b: { c: { d: { first: STATS.first, at: "2026-03-12T02:10:00Z" } } } } }];
  it.each([
    ["From 02:00 to 02:10, so for 10 minutes [q1].", []],
    ["From 02:00 to 02:10, so for 12 minutes [q1].", ["number 12"]],
    ["From 02:00 to 02:30, so for 30 minutes [q1].", ["number 30", "time 02:30"]],
  ])("is held against them where they hold: %s", (text, bad) => {
    expect(check(text, { results }).bad.sort()).toEqual(bad);
  });
});

describe("how sure an answer is of itself", () => {
  it.each(["**Confidence: high (≈95%)** [q1]", "I am confident (about 95%) that it is this [q1]."])(
    "is nothing that logs could tell: %s",
    (text) => expect(check(text, { results: [STATS] }).report).toMatchObject({ checked: 1, unverified: [] }),
  );

  it("excuses no other number", () => {
    expect(check("High confidence. 95 requests failed [q1].", { results: [STATS] }).bad).toEqual([
      "number 95",
    ]);
  });
});

describe("a log group that nobody has read", () => {
  const LISTED = { groups: [{ name: "shop/checkout.log" }, { name: "/aws/lambda/auth" }] };
  const evidence = createEvidence();
  evidence.store({
    ref: evidence.reserveResult(),
    tool: "list_log_groups",
    input: {},
    data: LISTED,
    ledger: undefined,
    readings: [],
  });
  evidence.citeEvent(makeEvent("shop/checkout.log", 0, "cannot open /srv/spool/mail.log"));
  const marked = (text: string) => checkAnswer(text, { evidence, sanitizer, zone: ZONE }).report.unverified;

  it.each([
    ["`auth-service.log` fails too [e1]", "auth-service.log"],
    ["/aws/lambda/billing fails too [q1]", "/aws/lambda/billing"],
  ])("is marked where it may be made up: %s", (text, name) => {
    expect(marked(text)).toMatchObject([{ kind: "group", text: name }]);
  });

  it.each([
    "`shop/checkout.log` [e1] cannot open `/srv/spool/mail.log`",
    "a setting in `app.yaml` [e1], see /etc/logai/rules and inventory-service",
    "among them /aws/lambda/auth [q1]",
    "`checkout.log` has nothing else [e1]",
  ])("is not taken for one where it is something else, or is told by what is cited: %s", (text) => {
    expect(marked(text)).toEqual([]);
  });
});

describe("a quoted line", () => {
  const fence = (text: string, language = "") => `\`\`\`${language}\n${text}\n\`\`\``;

  it.each([
    ["as it is", `${LINE} [e1]`],
    ["with its reference in front", `[e1] ${LINE}`],
    ["in part", "payment pay-7 timed out [e1]"],
    [
      "as it was shown, with time, level and group",
      `[e1] 2026-03-12T02:47:00.123Z error prod/checkout | ${LINE}`,
    ],
    ["cut at its end", "[e1] ERROR payment pay-7 timed out aft…"],
    ["cut in its middle", "[e1] ERROR payment … attempt 3 of 3"],
    ["cut with dots", "[e1] ... timed out after ... attempt 3 of 3"],
    ["cut as the tools cut", "[e1] ERROR payment pay-7… (41 more characters)"],
    ["with other white space", "[e1]   ERROR  payment pay-7\ttimed out"],
  ])("%s passes", (_how, line) => {
    expect(check(fence(line), { events: [LINE] }).bad).toEqual([]);
    expect(check(fence(line), { events: [LINE] }).report.checked).toBeGreaterThan(1);
  });

  it.each([
    ["with another digit", "[e1] ERROR payment pay-7 timed out after 5001 ms"],
    ["with a number cut short", "[e1] ERROR payment pay-7 timed out after 500"],
    ["with another word", "[e1] ERROR payment pay-7 failed after 5000 ms"],
    ["with its words turned round", "[e1] attempt 3 of 3 … ERROR payment"],
    ["of another event", "[e2] ERROR payment pay-7 timed out after 5000 ms"],
    ["joined from two events", "[e1] [e2] ERROR payment … restarted"],
  ])("%s is marked", (_how, line) => {
    const { marked, bad } = check(fence(line), { events: [LINE, "INFO worker restarted"] });
    expect(bad).toHaveLength(1);
    expect(bad[0]).toMatch(/^quote /);
    expect(marked).toBe(fence(line + UNVERIFIED_MARK));
  });

  it("may have its reference in the sentence before or behind, or in the line above", () => {
    const stack = "Exception: no connection\n    at Pool.take(Pool.java:41)\n    at Main.run(Main.java:7)";
    const given = { events: [stack] };
    expect(check(`It failed [e1]:\n\n${fence(stack)}`, given).bad).toEqual([]);
    expect(check(`${fence(stack)}\n\nSee [e1].`, given).bad).toEqual([]);
    expect(check(fence(`[e1] ${stack}`), given).bad).toEqual([]);
    expect(check(`${fence(stack.replace("41", "42"))}\nSee [e1].`, given).bad).toEqual([
      "quote at Pool.take(Pool.java:42)",
    ]);
  });

  it("without any reference in the answer is marked", () => {
    expect(check(fence(LINE), { events: [LINE] }).bad).toEqual([`quote ${LINE}`]);
  });

  it("as JSON escapes it passes", () => {
    const message = '{"level":"error","msg":"can\'t open \\"C:\\\\tmp\\"","n":3}';
    const escaped = message.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
    expect(check(fence(`[e1] ${escaped}`), { events: [message] }).bad).toEqual([]);
  });

  it("passes as the sanitiser left it, and as it is where the sanitiser was off", () => {
    const message =
      "ERROR mail to jane.doe@corp.example.com from 10.1.2.3 failed, token=ghp_q7Rk2VnX9bTz4LmW8cYs6HdJ3fGp5AvE1uKo";
    const shown = sanitizer.sanitize(message).text;
    expect(shown).not.toContain("jane.doe");
    expect(check(fence(`[e1] ${shown}`), { events: [message] }).bad).toEqual([]);
    expect(check(fence(`[e1] ${message}`), { events: [message] }).bad).toEqual([]);
    expect(
      check(fence(`[e1] ${shown.replace("failed", "succeeded")}`), { events: [message] }).bad,
    ).toHaveLength(1);
  });

  it("passes as the gate shows it: without escapes and invisible characters", () => {
    const message = "ERROR \u001b[31mpay\u200bment\u001b[0m \u202etimed\u202c out after 5000 ms";
    expect(check(fence("[e1] ERROR payment timed out after 5000 ms"), { events: [message] }).bad).toEqual([]);
  });

  it("is not what a block of commands or settings is", () => {
    const text = fence("logai logs checkout --since 1h\nkubectl rollout undo deploy/checkout", "bash");
    expect(check(`It failed at 02:47 [e1].\n\nNext [e1]:\n\n${text}`, { events: [LINE] }).marked).toContain(
      text,
    );
  });

  it("inside a sentence is held too", () => {
    const given = { events: [LINE] };
    expect(check("It says `payment pay-7 timed out` [e1].", given).bad).toEqual([]);
    expect(check('It says "payment pay-7 timed out" [e1].', given).bad).toEqual([]);
    const { marked, bad } = check("It says `payment pay-7 was refused` [e1].", given);
    expect(bad).toEqual(["quote payment pay-7 was refused"]);
    expect(marked).toBe(`It says \`payment pay-7 was refused\`${UNVERIFIED_MARK} [e1].`);
  });
});

const WORD = fc.stringMatching(/^[a-z]{3,8}$/);
const MESSAGE = fc.array(fc.oneof(WORD, fc.integer({ min: 10, max: 99_999 }).map(String)), {
  minLength: 4,
  maxLength: 12,
});

describe("the law of quotes", () => {
  it("a faithful quote passes, however it is cut or wrapped", () => {
    const cuts = fc.tuple(
      MESSAGE,
      fc.nat(),
      fc.nat(),
      fc.constantFrom(" ", "  ", "\t"),
      fc.constantFrom("…", "..."),
    );
    fc.assert(
      fc.property(cuts, ([words, a, b, space, gap]) => {
        const from = a % words.length;
        const until = from + 1 + (b % (words.length - from));
        const part = words.slice(from, until);
        const middle = Math.floor(part.length / 2);
        const quote = part.length > 3 ? [...part.slice(0, middle), gap, ...part.slice(middle + 1)] : part;
        const { bad } = check(`\`\`\`\n[e1] ${quote.join(space)}\n\`\`\``, { events: [words.join(" ")] });
        expect(bad).toEqual([]);
      }),
    );
  });

  it("one altered digit or letter does not", () => {
    fc.assert(
      fc.property(MESSAGE, fc.nat(), (words, at) => {
        const message = words.join(" ");
        const place = at % message.length;
        const char = message[place] ?? "";
        fc.pre(char !== " ");
        const other = /\d/.test(char) ? String((Number(char) + 1) % 10) : char === "z" ? "y" : "z";
        const altered = message.slice(0, place) + other + message.slice(place + 1);
        expect(check(`\`\`\`\n[e1] ${altered}\n\`\`\``, { events: [message] }).bad).toHaveLength(1);
      }),
    );
  });
});

describe("a number", () => {
  it.each([
    ["There were 41 errors [q1]."],
    ["Of 12,345 events [q1], 41 were errors [q1]."],
    ["About 12,000 events [q1]."],
    ["~12.3k events [q1]"],
    ["0.33% of them failed [q1]."],
    ["An error share of 0.0033 [q1]"],
    ["41 of 12345 (0.3 %) [q1]"],
    ["p95 is 30.0 s, the maximum 45.7 s, the median 120 ms [q1]."],
    ["p95 is 30 seconds or 0.5 minutes [q1]"],
    ["More than 40 errors [q1]"],
    ["over 7 groups [q1]"],
    ["It lasted 52 minutes [q1]."],
    ["It lasted about 53 min [q1]."],
    ["1.2 MB were read [q1]."],
    ["12,304 + 41 = 12,345 events [q1]"],
    ["**41** errors, _12,304_ others [q1]"],
    ["The `errors` field says `41` [q1]."],
    ["| prod/checkout | 41 | [q1] |"],
    ["12,000 of them were fast, 300 slow (2.4%) [q2]."],
    ["They are kept for 30 days [q2], the timeout was 5 minutes [q2]."],
    ["sku-1539 of v2.3.1 on 10.0.0.7:8080 failed 41 times [q1]"],
    ["1. The first: 41 errors [q1]"],
    ["## 2. Impact: 41 errors [q1]"],
    ["See https://status.example.com/incidents/4711 for 41 errors [q1]."],
    ["HTTP 5xx and p99: 41 [q1]"],
    ["Both [q1] and [q1] say so: 2 results."],
  ])("that the result gives passes: %s", (line) => {
    const more = { total: 12_500, rows: [12_000, 300], retention_days: 30, note: "timeout=5m" };
    const { bad, marked } = check(line, { results: [STATS, more] });
    expect(bad).toEqual([]);
    expect(marked).toBe(line);
  });

  it.each([
    ["There were 42 errors [q1].", "42"],
    ["Of 12,346 events [q1].", "12,346"],
    ["0.34% of them failed [q1].", "0.34"],
    ["p95 is 31.0 s [q1].", "31.0"],
    ["p95 is 45 ms [q1].", "45"],
    ["About 20,000 events [q1].", "20,000"],
    ["More than 50 errors [q1]", "50"],
    ["It lasted 3 hours [q1].", "3"],
    ["It lasted 7 hours, for all 7 groups [q1].", "7"],
    ["| prod/checkout | 43 | [q1] |", "43"],
    ["The count is `44` [q1].", "44"],
  ])("that it does not give is marked: %s", (line, number) => {
    const { bad, marked } = check(line, { results: [STATS] });
    expect(bad).toEqual([`number ${number}`]);
    expect(marked.split(UNVERIFIED_MARK)).toHaveLength(2);
    expect(marked.replace(UNVERIFIED_MARK, "")).toBe(line);
  });

  it("is marked behind its unit, and behind the code that it stands in", () => {
    expect(check("It took 31.0 s [q1].", { results: [STATS] }).marked).toBe(
      `It took 31.0 s${UNVERIFIED_MARK} [q1].`,
    );
    expect(check("It is `n=44` [q1].", { results: [STATS] }).marked).toBe(
      `It is \`n=44\`${UNVERIFIED_MARK} [q1].`,
    );
  });

  it("may come from an event's text, also where it stands in a word", () => {
    const events = ["ERROR status:503 retry_after=30s code=E_41 took 5000ms"];
    expect(check("Status 503, retry after 30 s, took 5 s or 5000 ms [e1].", { events }).bad).toEqual([]);
    expect(check("Status 504 [e1].", { events }).bad).toEqual(["number 504"]);
  });

  it("is held against what its paragraph cites, over wrapped lines, but not against the next paragraph's", () => {
    const results = [STATS, { total: 7 }];
    expect(check("There were 41 errors, all of them\nin one service [q1].", { results }).bad).toEqual([]);
    expect(check("There were 41 errors [q2].\n\nMore: [q1].", { results }).bad).toEqual(["number 41"]);
    expect(check("- 41 errors [q2]\n- 7 others [q1]", { results }).bad).toEqual(["number 41"]);
  });

  it("in a table may be cited in the table's head", () => {
    const table = "| level | count [q1] |\n|---|---|\n| error | 41 |\n| info | 12,305 |";
    expect(check(table, { results: [STATS] }).bad).toEqual(["number 12,305"]);
  });

  it("without a reference is counted, not marked", () => {
    const { report, marked } = check("There were 41 errors. Raise `timeout=30` to 60 s.", {
      results: [STATS],
    });
    expect(report).toMatchObject({ checked: 0, unverified: [], uncited: 2 });
    expect(marked).not.toContain(UNVERIFIED_MARK);
  });

  it("is right for every count, with or without separators, and wrong for every other", () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.integer({ min: 1, max: 1000 }), (count, off) => {
        const results = [{ total: count }];
        expect(check(`There were ${count} events [q1].`, { results }).bad).toEqual([]);
        expect(check(`There were ${count.toLocaleString("en-US")} events [q1].`, { results }).bad).toEqual(
          [],
        );
        fc.pre(count + off > 1);
        expect(check(`There were ${count + off} events [q1].`, { results }).bad).toHaveLength(1);
      }),
    );
  });
});

describe("a time", () => {
  const given = { events: [LINE], results: [STATS] };

  it.each([
    ["At 02:47 [e1]"],
    ["at 2:47 AM [e1]"],
    ["at 02:47:00 [e1]"],
    ["at 02:47:00.123Z [e1]"],
    ["at 02:47:00.12 UTC [e1]"],
    ["on 2026-03-12 at 02:47 [e1]"],
    ["2026-03-12 02:47:00 [e1]"],
    ["2026-03-12T02:47:00.123Z [e1]"],
    ["on March 12 at 02:47 [e1]"],
    ["on 12 March [e1]"],
    ["on 12 March 2026 [e1]"],
    ["on March 12, 2026 at 02:47 [e1]"],
    ["from 02:00 to 02:52 [q1]"],
    ["from 02:00:00.5 to 02:52:40 [q1]"],
    ["between 02:00–02:52 [q1]"],
  ])("that the evidence gives passes: %s", (line) => {
    const { bad, report } = check(line, given);
    expect(bad).toEqual([]);
    expect(report.checked).toBeGreaterThan(1);
  });

  it.each([
    ["At 02:48 [e1]", "02:48"],
    ["At 12:47 [e1]", "12:47"],
    ["at 2:47 PM [e1]", "2:47 PM"],
    ["at 02:47:01 [e1]", "02:47:01"],
    ["at 02:47:00.124 [e1]", "02:47:00.124"],
    ["2026-03-13 [e1]", "2026-03-13"],
    ["2026-03-13T02:47:00Z [e1]", "2026-03-13T02:47:00Z"],
    ["on March 13 [e1]", "March 13"],
    ["on 12 March 2025 [e1]", "12 March 2025"],
    ["at 47:00 [e1]", "47:00"],
  ])("that it does not give is marked: %s", (line, time) => {
    expect(check(line, given).bad).toEqual([`time ${time}`]);
  });

  it("may be told in the user's zone or in UTC, if it says so", () => {
    const zone = createZone("Europe/Berlin");
    const told = (line: string) => check(line, { events: [LINE], zone }).bad;
    expect(told("at 03:47 [e1]")).toEqual([]);
    expect(told("at 02:47 UTC [e1]")).toEqual([]);
    expect(told("2026-03-12T03:47:00+01:00 [e1]")).toEqual([]);
    expect(told("at 03:47 UTC [e1]")).toHaveLength(1);
    expect(told("at 02:47 [e1]")).toHaveLength(1);
  });

  it("may be the time of a bar of a histogram", () => {
    const results = [
      {
        histogram: {
          start: "2026-03-12T02:00:00.000Z",
          bin_seconds: 60,
          total: [1, 2, 3],
          errors: [0, 0, 3],
        },
      },
    ];
    expect(check("3 errors at 02:02 [q1]", { results }).bad).toEqual([]);
    expect(check("3 errors at 02:03 [q1]", { results }).bad).toEqual(["time 02:03"]);
  });

  it("between two events is a duration", () => {
    const events = [makeEvent("a", 0, "x"), makeEvent("a", 40, "y")];
    expect(check("It took 40 seconds [e1][e2].", { events }).bad).toEqual([]);
    expect(check("It took 50 seconds [e1][e2].", { events }).bad).toEqual(["number 50"]);
  });
});

describe("a reference", () => {
  const given = { events: [LINE, "INFO other 77", "INFO third"], results: [STATS] };

  it.each([
    "41 after 5000 ms [e1, q1]",
    "41 after 5000 ms [e1][q1]",
    "41 after 5000 ms [e1; q1]",
    "41 after 5000 ms [e1 and q1]",
    "41 after 5000 ms **[E1]** ([q1])",
    "5000 ms, 77 [e1-e3]",
    "5000 ms, 77 [e1–e2]",
  ])("may be written so: %s", (line) => {
    const { bad, report } = check(line, given);
    expect(bad).toEqual([]);
    expect(report.citations.length).toBeGreaterThan(1);
  });

  it("that does not exist is marked, and told", () => {
    const { marked, report } = check("It failed [e9].", given);
    expect(marked).toBe(`It failed [e9]${UNVERIFIED_MARK}.`);
    expect(report.unverified).toEqual([{ kind: "reference", text: "e9", refs: ["e9"] }]);
    expect(report.citations).toEqual([]);
  });

  it("is resolved to what it stands for, sanitised", () => {
    const events = ["ERROR mail to jane.doe@corp.example.com failed"];
    expect(check("It failed [e1], see [q1].", { events, results: [STATS] }).report.citations).toMatchObject([
      {
        ref: "e1",
        kind: "event",
        group: "prod/checkout",
        timestamp: "2026-03-12T02:47:00.123Z",
        level: "error",
        text: "ERROR mail to [EMAIL_REDACTED] failed",
      },
      { ref: "q1", kind: "result", tool: "get_log_statistics" },
    ]);
  });
});

describe("a log group", () => {
  const evidence = createEvidence();
  evidence.citeEvent(makeEvent("prod/checkout", 0, LINE));
  const groups = ["prod/checkout", "prod/payment"].map((name) => ({ name }));
  const store = (tool: string, data: JsonObject, read: readonly string[]) =>
    evidence.store({
      ref: evidence.reserveResult(),
      tool,
      input: {},
      data,
      readings: [],
      ledger: {
        source: "memory",
        groups: read,
        window: undefined,
        matched: 1,
        returned: 1,
        analysed: 1,
        scannedBytes: 1,
        notices: [],
      },
    });
  store("list_log_groups", { groups }, []);
  store("fetch_logs", { total: 1 }, ["prod/checkout"]);
  const told = (line: string) =>
    checkAnswer(line, { evidence, sanitizer, zone: ZONE }).report.unverified.map(
      ({ kind, text }) => `${kind} ${text}`,
    );

  it("that was read, or is in the cited result, passes", () => {
    expect(told("Trouble in prod/checkout [e1].")).toEqual([]);
    expect(told("Not looked at: `prod/payment` [q1].")).toEqual([]);
    expect(told("Not looked at: prod/payment.")).toEqual([]);
  });

  it("that was never read is marked where something else is cited for it", () => {
    expect(told("Trouble in `prod/payment` [e1].")).toEqual(["group prod/payment"]);
  });
});

describe("any text", () => {
  it("keeps its lines, and is itself again without the marks", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "[e1]",
        "[q1]",
        "[e9]",
        "```",
        "~~~",
        "`",
        "**",
        "| ",
        "- ",
        "1. ",
        "# ",
        "\n",
        "\n\n",
        '"',
        "…",
      ),
      fc.constantFrom(
        "41",
        "12,345",
        "02:47",
        "2026-03-12T02:47:00Z",
        "3%",
        "sku-1",
        "10.0.0.7",
        "a/b/c",
        " ",
      ),
      fc.string({ unit: "binary", maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("").replaceAll(UNVERIFIED_MARK, "");
        const { marked } = check(text, { events: [LINE], results: [STATS] });
        expect(marked.replaceAll(UNVERIFIED_MARK, "")).toBe(text);
        expect(marked.split("\n")).toHaveLength(text.split("\n").length);
      }),
    );
  });

  it.each([
    ["digits", "1".repeat(200_000)],
    ["groups of digits", "1,234".repeat(40_000)],
    ["dots", "1.".repeat(100_000)],
    ["brackets", "[e1".repeat(70_000)],
    ["references without an end", `[${"e1, ".repeat(50_000)}`],
    ["backticks", "` a b c ".repeat(25_000)],
    ["quotation marks", '" a b c '.repeat(25_000)],
    ["colons", "02:47:".repeat(33_000)],
    ["slashes", "a/".repeat(100_000)],
    ["white space", `${" ".repeat(200_000)}1.`],
    ["fences", "```\n".repeat(50_000)],
  ])("is read in linear time: %s", (_what, text) => {
    // Quadratic work on this much text takes minutes: the test's own limit would end it.
    const { marked } = check(`[e1] ${text}`, { events: [text] });
    expect(marked.length).toBeGreaterThanOrEqual(text.length);
  });
});
