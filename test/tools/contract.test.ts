import { expect, test } from "vitest";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import { failureOf } from "./run-tools.ts";
import { at, fileOf, linesOf, openToolFolder, type ToolFolder } from "./tool-folder.ts";

const WINDOW = { start_time: "2026-01-10T10:00:00Z", end_time: "2026-01-10T11:00:00Z" };

const FILES = {
  "shop/checkout-api.log": fileOf(
    linesOf(60, (i) => `INFO order ${i} placed in ${20 + i} ms`, { step: 30 }),
    linesOf(12, (i) => `ERROR payment of order ${i} failed: card declined`, { start: 900, step: 10 }),
    [`${at(890)} WARN config reloaded: retries 3 -> 0`],
  ),
  "shop/auth-service.log": fileOf(linesOf(20, (i) => `INFO login of user ${i}`)),
  "plain.log": "no time here\nnone here either\n",
  "empty.log": "",
};

const open = () => openToolFolder(FILES);
const checkout = { log_group: "checkout-api", ...WINDOW };

test("list_log_groups lists, takes a prefix and a limit, and offers near names", async () => {
  await using folder = await open();
  const all = await folder.data("list_log_groups", {});
  expect(all.total).toBe(4);
  expect(await folder.data("list_log_groups", { prefix: "shop/" })).toMatchObject({ total: 2, returned: 2 });
  expect(await folder.data("list_log_groups", { limit: 1 })).toMatchObject({
    returned: 1,
    truncated: expect.stringContaining("3 more"),
  });
  const near = await folder.data("list_log_groups", { prefix: "auth" });
  expect(near).toMatchObject({ total: 0, note: expect.stringContaining("No group starts with 'auth'") });
  expect(JSON.stringify(near.groups)).toContain("shop/auth-service.log");
});

test("fetch_logs analyses all events and shows the newest, oldest first", async () => {
  await using folder = await open();
  const { data, ledger, ref } = await folder.call("fetch_logs", { ...checkout, limit: 3 });
  expect(ledger).toMatchObject({ matched: 73, analysed: 73, returned: 3, inWindow: 73 });
  expect(data).toMatchObject({ context_id: ref, not_shown: 70, levels: { info: 60, error: 12, warn: 1 } });
  expect(data.events).toHaveLength(3);
  expect(JSON.stringify(data.events)).toMatch(/order 57 .*order 58 .*order 59 /);
});

test("fetch_logs takes a filter, a stream prefix and every form of time", async () => {
  await using folder = await open();
  const errors = await folder.call("fetch_logs", { ...checkout, filter_pattern: '"card declined"' });
  expect(errors.ledger).toMatchObject({ matched: 12, filter: '"card declined"' });
  for (const start_time of ["2h ago", "-2h", "2026-01-10T10:00:00Z", String(Date.UTC(2026, 0, 10, 10))]) {
    const { ledger } = await folder.call("fetch_logs", { log_group: "checkout-api", start_time });
    expect(ledger?.matched, start_time).toBe(73);
  }
  const none = await folder.data("fetch_logs", { ...checkout, log_stream_prefix: "no-such-stream" });
  expect(none.ledger).toMatchObject({ matched: 0, empty: "filter-matches-nothing" });
});

test("an empty result says which of the kinds of empty it is, and where the data lies", async () => {
  await using folder = await open();
  const before = { start_time: "2026-01-09T00:00:00Z", end_time: "2026-01-09T01:00:00Z" };
  expect(await folder.data("fetch_logs", { log_group: "checkout-api", ...before })).toMatchObject({
    ledger: { matched: 0, empty: "no-events-in-window" },
    group_span: { oldest_event: at(0), newest_event: at(1770) },
  });
  expect(await folder.data("fetch_logs", { log_group: "empty", ...WINDOW })).toMatchObject({
    ledger: { empty: "group-is-empty" },
  });
  expect(await folder.data("fetch_logs", { ...checkout, filter_pattern: "ZEBRA" })).toMatchObject({
    ledger: { empty: "filter-matches-nothing", in_window: 73 },
  });
  const search = { log_group_prefixes: ["shop/"], search_pattern: "order", ...before };
  expect(await folder.data("search_logs", search)).toMatchObject({
    ledger: { matched: 0, empty: "no-events-in-window" },
    spans: [{ log_group: "shop/auth-service.log" }, { log_group: "shop/checkout-api.log" }],
  });
});

test("events without a time are in every window, and the result says so", async () => {
  await using folder = await open();
  const data = await folder.data("fetch_logs", { log_group: "plain", ...WINDOW });
  expect(data).toMatchObject({ ledger: { matched: 2, window: null }, events_without_time: 2 });
  expect(data.note).toContain("No event of this group carries a time");
});

test("search_logs counts all matches of each group and keeps them as one context", async () => {
  await using folder = await open();
  const { data, ref } = await folder.call("search_logs", {
    log_group_prefixes: [""],
    search_pattern: "?order ?login",
    ...WINDOW,
  });
  expect(data).toMatchObject({ groups_with_matches: 2, ledger: { matched: 92 } });
  const analysis = await folder.data("analyze_error_pattern", { context_id: ref });
  expect(analysis).toMatchObject({ errors: 12 });
});

test("get_log_statistics counts by level, hour, minute and stream", async () => {
  await using folder = await open();
  const rows = async (group_by: string) =>
    (await folder.data("get_log_statistics", { ...checkout, group_by })).rows;
  expect(await rows("level")).toEqual(expect.arrayContaining([{ level: "error", count: 12, errors: null }]));
  expect(await rows("hour")).toEqual([{ hour: at(0), count: 73, errors: 12 }]);
  expect(await rows("minute")).toHaveLength(30);
  const streams = await rows("stream");
  expect(streams).toMatchObject([{ stream: expect.any(String), count: 73 }]);
  // A pod's name, and a sanitiser that looks for the values of keys.
  const [pod] = JSON.parse(
    JSON.stringify(streams).replace(/"stream":"[^"]*"/, '"stream":"app-7f9c6d5b8-x2x4z"'),
  );
  expect(createSanitizer().sanitize(JSON.stringify(pod)).counts).toEqual({});
});

test("analyze_error_pattern tells the onset, the end, what was new before, and the kinds", async () => {
  await using folder = await open();
  const { ref } = await folder.call("fetch_logs", checkout);
  const { groups } = await folder.data("analyze_error_pattern", { context_id: ref });
  expect(groups).toMatchObject([
    {
      log_group: "shop/checkout-api.log",
      errors: 12,
      onset: { at: at(900), is_new: true },
      last_error: at(1010),
      last_event: at(1770),
      templates: [{ template: "payment of order <*> failed: card declined", count: 12 }],
      new_before_onset: [expect.stringContaining("config reloaded: retries 3 -> 0")],
      first_error: expect.stringContaining("order 0 failed"),
    },
  ]);
});

test("correlate_events follows shared ids from group to group", async () => {
  const id = (i: number) => `request_id=${(0xabcdef012300 + i).toString(16)}`;
  await using folder = await openToolFolder({
    "stock.log": fileOf(linesOf(20, (i) => `ERROR no stock ${id(i)}`, { step: 5 })),
    "cart.log": fileOf(linesOf(20, (i) => `ERROR add failed ${id(i)}`, { start: 1, step: 5 })),
  });
  const stock = await folder.call("fetch_logs", { log_group: "stock", ...WINDOW });
  const cart = await folder.call("fetch_logs", { log_group: "cart", ...WINDOW });
  const data = await folder.data("correlate_events", { context_ids: [cart.ref, stock.ref, cart.ref] });
  expect(data.propagations).toMatchObject([
    { from: "stock.log", to: "cart.log", ids: 20, median_lag_ms: 1000 },
  ]);
});

test("compare_periods finds what is new, against the stretch before or one of its own", async () => {
  await using folder = await open();
  const current = { log_group: "checkout-api", start_time: at(880), end_time: at(1760) };
  const data = await folder.data("compare_periods", current);
  expect(data).toMatchObject({ errors: 12, baseline: { errors: 0 }, new_total: 2 });
  expect(data.new).toMatchObject([
    { level: "error", count: 12 },
    { level: "warn", count: 1 },
  ]);
  const same = { baseline_start: at(880), baseline_end: at(1760) };
  expect(await folder.data("compare_periods", { ...current, ...same })).toMatchObject({ new_total: 0 });
});

test("get_surrounding_logs gives the lines around an event in its stream", async () => {
  await using folder = await open();
  const { data } = await folder.call("fetch_logs", { ...checkout, filter_pattern: '"order 0 failed"' });
  const [ref = ""] = /e\d+/.exec(JSON.stringify(data.events)) ?? [];
  const around = await folder.data("get_surrounding_logs", { event_ref: ref, before: 1, after: 2 });
  expect(around).toMatchObject({ before: 1, after: 2, log_group: "shop/checkout-api.log" });
  expect(around.events).toHaveLength(4);
});

const FAILING: readonly [string, string, (folder: ToolFolder) => Promise<unknown>, string, RegExp][] = [
  [
    "an unknown group is answered with near names",
    "fetch_logs",
    (folder) => folder.call("fetch_logs", { ...checkout, log_group: "chekout-api" }),
    "group-not-found",
    /'chekout-api' not found. Did you mean 'shop\/checkout-api.log'/,
  ],
  [
    "an unknown prefix too",
    "search_logs",
    (folder) =>
      folder.call("search_logs", { log_group_prefixes: ["auth-servce"], search_pattern: "x", ...WINDOW }),
    "group-not-found",
    /Did you mean 'shop\/auth-service.log'/,
  ],
  [
    "a bad time is named",
    "fetch_logs",
    (folder) => folder.call("fetch_logs", { ...checkout, start_time: "the day before the flood" }),
    "invalid-time",
    /Cannot read 'the day before the flood' as a time/,
  ],
  [
    "an end before its start is refused",
    "get_log_statistics",
    (folder) => folder.call("get_log_statistics", { ...checkout, end_time: "2026-01-10T09:00:00Z" }),
    "invalid-time",
    /The end \(2026-01-10T09:00:00Z\) is not after the start/,
  ],
  [
    "a baseline that ends before it starts is refused",
    "compare_periods",
    (folder) => folder.call("compare_periods", { ...checkout, baseline_start: at(10), baseline_end: at(0) }),
    "invalid-time",
    /is not after the start/,
  ],
  [
    "a bad pattern is refused with its position",
    "fetch_logs",
    (folder) => folder.call("fetch_logs", { ...checkout, filter_pattern: 'order "unclosed' }),
    "invalid-filter",
    /position|character|column/i,
  ],
  [
    "a blank search pattern is refused",
    "search_logs",
    (folder) => folder.call("search_logs", { log_group_prefixes: [""], search_pattern: "  ", ...WINDOW }),
    "invalid-filter",
    /empty/,
  ],
  [
    "an unknown context is refused",
    "analyze_error_pattern",
    (folder) => folder.call("analyze_error_pattern", { context_id: "q99" }),
    "context-not-found",
    /no context 'q99'/,
  ],
  [
    "so is one of several",
    "correlate_events",
    (folder) => folder.call("correlate_events", { context_ids: ["q99"] }),
    "context-not-found",
    /no context 'q99'/,
  ],
  [
    "an unknown event is refused",
    "get_surrounding_logs",
    (folder) => folder.call("get_surrounding_logs", { event_ref: "e404" }),
    "event-not-found",
    /no event 'e404'/,
  ],
];

test.each(FAILING)("%s (%s)", async (_title, _tool, run, code, message) => {
  await using folder = await open();
  const failure = await failureOf(run(folder));
  expect(failure.code).toBe(code);
  expect(`${failure.message} ${failure.hint ?? ""}`).toMatch(message);
});

test("one failing group does not fail a search of several", async () => {
  await using folder = await open();
  const { rm } = await import("node:fs/promises");
  await folder.directory.list(new AbortController().signal);
  await rm(`${folder.path}/shop/auth-service.log`);
  const data = await folder.data("search_logs", {
    log_group_prefixes: ["shop/"],
    search_pattern: "order",
    ...WINDOW,
  });
  expect(data).toMatchObject({ groups_with_matches: 1, failed: [{ log_group: "shop/auth-service.log" }] });
});

test("the same calls give the same results, byte for byte", async () => {
  const run = async () => {
    await using folder = await open();
    const fetched = await folder.call("fetch_logs", checkout);
    const analysed = await folder.call("analyze_error_pattern", { context_id: fetched.ref });
    return JSON.stringify([fetched.data, analysed.data]);
  };
  expect(await run()).toBe(await run());
});

test("calls that run side by side number their events in the order of the calls, also where one fails", async () => {
  const run = async (slow: number) => {
    await using folder = await open();
    const calls = ["auth-service", "nowhere", "checkout-api", "plain"].map((log_group, index) =>
      folder.delayed(index === slow ? 30 : 0, "fetch_logs", { log_group, ...WINDOW, limit: 2 }),
    );
    const done = await Promise.allSettled(calls);
    return JSON.stringify(done.map((one) => (one.status === "fulfilled" ? one.value.data : "failed")));
  };
  const first = await run(0);
  expect(first).toContain("failed");
  expect(await run(2)).toBe(first);
  expect(await run(3)).toBe(first);
});
