import { describe, expect, test } from "vitest";
import { Failure } from "../../src/failure.ts";
import { createDirectory, type SourceDirectory } from "../../src/sources/directory.ts";
import { openShop } from "../agent/shop.ts";
import { keepScripts, openLogFolder, replayOver, type Script } from "./replayed-folder.ts";

const time = (seconds: number) => new Date(Date.UTC(2026, 2, 12, 2, 40, seconds)).toISOString();
const API = Array.from({ length: 67 }, (_, index) =>
  index % 5 === 0
    ? `${time(index * 10)} ERROR payment ${index} timed out after ${5000 + index} ms req=r${index}`
    : `${time(index * 10)} INFO request ${index} served req=r${index}`,
);
const DB = Array.from({ length: 20 }, (_, index) => `${time(index * 30)} WARN lock waited ${index * 7} ms`);
const FILES = { "api.log": API, "db.log": DB };

const since = { start_time: "2026-03-12T02:00:00Z" };
const read = (log_group: string, more = {}) => ["fetch_logs", { log_group, ...since, ...more }] as const;

/** Every tool that reads logs; q2 and q3 are the two files. */
const ALL: Script = {
  rounds: [
    [["list_log_groups", {}]],
    [read("api.log"), read("db.log", { end_time: "now", limit: 10 })],
    [
      ["analyze_error_pattern", { context_id: "q2" }],
      ["correlate_events", { context_ids: ["q2", "q3"] }],
      ["search_logs", { log_group_prefixes: [""], search_pattern: "ERROR", start_time: "3h ago" }],
      ["get_log_statistics", { log_group: "api.log", ...since, group_by: "minute" }],
      ["compare_periods", { log_group: "api.log", start_time: "75m ago", baseline_start: "80m ago" }],
      ["get_surrounding_logs", { event_ref: "e5", before: 3, after: 3 }],
      ["query_logs", { log_groups: ["api.log"], ...since, group_by: ["level"] }],
    ],
  ],
  answer:
    "There are 14 errors in 67 events [q2], such as `payment 55 timed out after 5055 ms` [q2]. Of db.log 20 events matched [q3].",
};
const REFS = ["q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9", "q10"];
/** Those that look at api.log. */
const OF_API = REFS.filter((ref) => ref !== "q1" && ref !== "q3");
const verdicts = (refs: readonly string[], kind: string) =>
  Object.fromEntries(refs.map((ref) => [ref, kind]));
const allSame = verdicts(REFS, "same");

describe("a session over logs that are as they were", () => {
  test("is the same in every call, whatever its times were relative to, and its answer holds", async () => {
    using folder = openLogFolder(FILES);
    const session = await keepScripts(folder.open(), [ALL]);
    const { kinds, standings } = await replayOver(session, folder.open());
    expect(kinds).toEqual(allSame);
    expect(standings).toEqual([
      { report: expect.objectContaining({ unverified: [] }), lost: [], changed: [], asKept: [] },
    ]);
    expect(standings[0]?.report.checked).toBeGreaterThan(5);
  });

  test("is the same over several questions, whose references go on", async () => {
    using folder = openLogFolder(FILES);
    const second: Script = {
      rounds: [
        [read("api.log"), ["analyze_error_pattern", { context_id: "q3" }]],
        [
          ["correlate_events", { context_ids: ["q2", "q11"] }],
          ["get_surrounding_logs", { event_ref: "e20" }],
        ],
      ],
      answer: "Again 14 errors [q11], as before [q2].",
    };
    const session = await keepScripts(folder.open(), [ALL, second]);
    const { kinds, standings } = await replayOver(session, folder.open());
    expect(kinds).toEqual({ ...allSame, ...verdicts(["q11", "q12", "q13", "q14"], "same") });
    expect(standings.map(({ lost }) => lost)).toEqual([[], []]);
  });

  test("is not run twice where a call was answered from an identical one", async () => {
    const groups = { checkout: ["ERROR payment timed out after 5000 ms"] };
    const shop = openShop({ groups });
    const calls = [read("checkout"), read("checkout"), read("checkout", { filter_pattern: "ERROR" })];
    const session = await keepScripts(shop.directory, [{ rounds: [calls, [read("checkout")]] }]);
    expect(session.questions[0]?.calls).toHaveLength(4);
    shop.fetched.length = 0;
    const { kinds } = await replayOver(session, shop.directory);
    expect(kinds).toEqual(verdicts(["q1", "q2"], "same"));
    expect(shop.fetched).toHaveLength(2);
  });

  test("is the same where they hold credentials: in lines, in a question, known again later", async () => {
    const secret = "hunter2Tr0ub4dor";
    const lines = [
      `${time(1)} INFO retry with ${secret} as it stands`,
      `${time(2)} ERROR cannot reach postgres://svc:${secret}@db/app`,
      `${time(3)} INFO login password=${secret} ok`,
      `${time(4)} INFO token ${secret} again`,
      `${time(5)} INFO -----BEGIN RSA PRIVATE KEY-----`,
      `${time(6)} INFO MIIEowIBAAKCAQEAxyzabcdefghijklmnop`,
      `${time(7)} INFO -----END RSA PRIVATE KEY-----`,
    ];
    using folder = openLogFolder({ "a.log": lines, "b.log": [`${time(9)} INFO only ${secret} here`] });
    const scripts: Script[] = [
      { text: `who used password=${secret}?`, rounds: [[read("b.log")], [read("a.log")]] },
      { rounds: [[read("b.log"), ["analyze_error_pattern", { context_id: "q2" }]]] },
    ];
    const session = await keepScripts(folder.open(), scripts);
    expect(JSON.stringify(session.questions[0])).not.toContain(secret);
    const { kinds } = await replayOver(session, folder.open());
    expect(kinds).toEqual(verdicts(["q1", "q2", "q3", "q4"], "same"));
  });
});

describe("a session over logs that changed", () => {
  test("by a line more differs where it is seen, by what it changes", async () => {
    using folder = openLogFolder(FILES);
    const session = await keepScripts(folder.open(), [ALL]);
    folder.write("api.log", [...API, `${time(1200)} ERROR payment 99 timed out after 9000 ms req=r99`]);
    const { kinds, pathsOf, outcomes, standings } = await replayOver(session, folder.open());
    // Nothing changed around the event of q9.
    expect(kinds).toEqual({ ...allSame, ...verdicts(OF_API, "different"), q9: "same" });
    const q2 = outcomes.get("q2");
    expect(q2?.kind === "different" ? q2.differences : []).toEqual(
      expect.arrayContaining([
        { path: "ledger.matched", before: 67, now: 68 },
        { path: "levels.error", before: 14, now: 15 },
        { path: "events[67]", before: undefined, now: expect.stringContaining("payment 99 timed out") },
      ]),
    );
    expect(pathsOf("q2").filter((path) => path.startsWith("events"))).toEqual(["events[67]"]);
    expect(pathsOf("q6")).toContain("ledger.matched");
    expect(standings[0]?.lost).toEqual([{ kind: "number", text: "67", refs: ["q2", "q2", "q3"] }]);
    expect(standings[0]?.changed).toEqual(["q2"]);
  });

  test("by a line less at the beginning shifts no other line, and no reference", async () => {
    using folder = openLogFolder(FILES);
    const session = await keepScripts(folder.open(), [ALL]);
    folder.write("api.log", API.slice(1));
    const { pathsOf, kinds } = await replayOver(session, folder.open());
    expect(pathsOf("q2").filter((path) => path.startsWith("events"))).toEqual(["events[0]"]);
    expect(kinds).toMatchObject({ q1: "same", q3: "same", q2: "different" });
  });

  test("by another text of a cited line loses the quotes of it", async () => {
    using folder = openLogFolder(FILES);
    const first = API[0] ?? "";
    const shown = await keepScripts(folder.open(), [{ rounds: [[read("api.log")]] }]);
    const refOf = (line: string) => [...shown.events].find(([, { message }]) => message === line)?.[0];
    const [ref, next] = [refOf(first), refOf(API[1] ?? "")];
    const answer = `It began with \`payment 0 timed out after 5000 ms\` [${ref}], then \`request 1 served\` [${next}].`;
    const session = await keepScripts(folder.open(), [{ rounds: [[read("api.log")]], answer }]);
    expect(session.questions[0]?.report?.unverified).toEqual([]);
    const another = first.replace("timed out", "was refused");
    folder.write("api.log", [another, ...API.slice(1)]);
    const { outcomes, standings } = await replayOver(session, folder.open());
    expect(outcomes.get("q1")).toMatchObject({
      differences: expect.arrayContaining([
        {
          path: "events[0]",
          before: expect.stringMatching(`^\\[${ref}\\].*timed out`),
          now: expect.stringMatching(/^\[e\d+\].*was refused/),
        },
      ]),
    });
    expect(standings[0]?.lost.map(({ kind, text }) => [kind, text])).toEqual([
      ["reference", ref],
      ["quote", "payment 0 timed out after 5000 ms"],
    ]);
  });

  test("in one file leaves the calls over the other alone", async () => {
    using folder = openLogFolder(FILES);
    const session = await keepScripts(folder.open(), [ALL]);
    folder.write("db.log", DB.slice(0, 19));
    const { kinds } = await replayOver(session, folder.open());
    expect(kinds).toEqual({ ...allSame, q3: "different", q5: "different", q6: expect.any(String) });
  });
});

describe("a call", () => {
  test("that failed then and fails alike now is the same", async () => {
    using folder = openLogFolder(FILES);
    const rounds: Script["rounds"] = [
      [read("nothing.log")],
      [["search_logs", { log_group_prefixes: [""], search_pattern: "{ $.", ...since }]],
      [["get_surrounding_logs", { event_ref: "e999" }]],
      [["analyze_error_pattern", { context_id: "q77" }]],
      [["compare_periods", {}]],
      [["no_such_tool", {}]],
    ];
    const session = await keepScripts(folder.open(), [{ rounds }]);
    const { kinds } = await replayOver(session, folder.open());
    expect(kinds).toEqual(
      verdicts(
        [
          "fetch_logs",
          "search_logs",
          "get_surrounding_logs",
          "analyze_error_pattern",
          "compare_periods",
          "no_such_tool",
        ],
        "same",
      ),
    );
  });

  test("that failed then and works now differs", async () => {
    using folder = openLogFolder(FILES);
    const session = await keepScripts(folder.open(), [{ rounds: [[read("late.log")]] }]);
    folder.write("late.log", API);
    const { outcomes } = await replayOver(session, folder.open());
    expect(outcomes.get("fetch_logs")).toEqual({
      kind: "different",
      summary: expect.stringContaining("67 matched"),
      differences: [{ path: "error", before: expect.stringContaining("late.log"), now: undefined }],
    });
  });

  test("that worked then and fails now differs, where it is its own failure", async () => {
    using folder = openLogFolder(FILES);
    const rounds = [
      [read("api.log")],
      [["get_surrounding_logs", { event_ref: "e1", before: 1, after: 1 }] as const],
    ];
    const session = await keepScripts(folder.open(), [{ rounds }]);
    const shown = session.events.get("e1")?.message ?? "-";
    folder.write(
      "api.log",
      API.filter((line) => line !== shown),
    );
    const { outcomes } = await replayOver(session, folder.open());
    expect(outcomes.get("q2")).toMatchObject({
      kind: "different",
      summary: expect.stringMatching(/^failed: /),
      differences: [{ path: "error", before: undefined, now: expect.stringContaining("e1") }],
    });
  });

  test("whose logs are gone is not run, nor is what builds on it; the answer is held against what was kept", async () => {
    using folder = openLogFolder(FILES);
    const session = await keepScripts(folder.open(), [ALL]);
    folder.remove("api.log");
    const { outcomes, kinds, standings } = await replayOver(session, folder.open());
    expect(outcomes.get("q2")).toEqual({ kind: "not-run", reason: expect.stringContaining("api.log") });
    expect(outcomes.get("q4")).toEqual({
      kind: "not-run",
      reason: "It builds on q2, which was not run again.",
    });
    expect(kinds).toMatchObject({ q3: "same", q5: "not-run", q7: "not-run", q9: "not-run", q10: "not-run" });
    // The list, and a search of all there is, are of less.
    expect(kinds).toMatchObject({ q1: "different", q6: "different" });
    expect(standings[0]).toMatchObject({ lost: [], asKept: ["q2"] });
  });

  test("whose source is out of reach is not run, though its tool makes do without", async () => {
    const groups = { checkout: ["ERROR payment timed out"], orders: ["ERROR no"] };
    const search = ["search_logs", { log_group_prefixes: [""], search_pattern: "ERROR", ...since }] as const;
    const script = { rounds: [[read("checkout")], [search]], answer: "1 error [q1]." };
    const session = await keepScripts(openShop({ groups }).directory, [script]);
    const broken = openShop({
      groups,
      onFetch: ({ group }) => {
        if (group === "orders") throw new Failure("source-unavailable", "orders cannot be reached.");
      },
    });
    const { outcomes } = await replayOver(session, broken.directory);
    expect(outcomes.get("q1")).toEqual({ kind: "same" });
    expect(outcomes.get("q2")).toEqual({ kind: "not-run", reason: "orders cannot be reached." });
  });

  test("over an empty group is the same where only its window can be had", async () => {
    const groups = { quiet: [], other: ["INFO one"] };
    const session = await keepScripts(openShop({ groups }).directory, [{ rounds: [[read("quiet")]] }]);
    const cached = openShop({
      groups,
      onFetch: ({ window }) => {
        if (!window) throw new Failure("source-unavailable", "Not in the cache.");
      },
    });
    expect((await replayOver(session, cached.directory)).kinds).toEqual({ q1: "same" });
  });

  test("takes the lines around an event as they were kept where they cannot be had, and says so", async () => {
    const groups = { checkout: ["INFO one", "INFO two", "ERROR three failed", "INFO four"] };
    const shop = openShop({ groups });
    const rounds: Script["rounds"] = [
      [read("checkout")],
      [
        ["analyze_error_pattern", { context_id: "q1" }],
        ["get_surrounding_logs", { event_ref: "e3" }],
      ],
    ];
    const session = await keepScripts(shop.directory, [{ rounds }]);
    const { outcomes } = await replayOver(session, withoutSurroundings(shop.directory));
    expect(outcomes.get("q2")).toEqual({ kind: "same", tookKept: true });
    expect(outcomes.get("q3")).toEqual({ kind: "not-run", reason: "Not in the cache." });
  });

  test("whose arguments held a credential is not run", async () => {
    using folder = openLogFolder(FILES);
    const calls = [read("api.log", { filter_pattern: '"password=hunter2Tr0ub4dor"' })];
    const session = await keepScripts(folder.open(), [{ rounds: [calls] }]);
    const { outcomes } = await replayOver(session, folder.open());
    expect(outcomes.get("q1")).toEqual({ kind: "not-run", reason: expect.stringContaining("credential") });
  });

  test("finds its group by the name that it was read under where groups cannot be listed", async () => {
    const { directory } = openShop({ groups: { checkout: ["ERROR payment timed out"] } });
    const session = await keepScripts(directory, [
      { rounds: [[read("checkout")], [["list_log_groups", {}]]] },
    ]);
    const refuse = async (): Promise<never> => {
      throw new Failure("source-unavailable", "The list is not in the cache.");
    };
    const unlisted = { ...directory, list: refuse, locate: refuse };
    const { outcomes } = await replayOver(session, unlisted);
    expect(outcomes.get("q1")).toEqual({ kind: "same" });
    expect(outcomes.get("q2")).toEqual({ kind: "not-run", reason: "The list is not in the cache." });
  });
});

function withoutSurroundings(directory: SourceDirectory): SourceDirectory {
  const fetchSurrounding = async (): Promise<never> => {
    throw new Failure("source-unavailable", "Not in the cache.");
  };
  return createDirectory(directory.sources.map((source) => ({ ...source, fetchSurrounding })));
}
