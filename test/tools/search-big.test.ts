import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { Failure } from "../../src/failure.ts";
import type { BilledScan } from "../../src/log/ledger.ts";
import { createZone } from "../../src/log/zone.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import { createDirectory } from "../../src/sources/directory.ts";
import { createScanBudget } from "../../src/sources/scan-budget.ts";
import type { LogSource, ScanEstimate } from "../../src/sources/source.ts";
import { withMemory } from "../../src/sources/with-memory.ts";
import { createEvidence } from "../../src/tools/evidence.ts";
import type { ToolEnvironment, ToolProgress } from "../../src/tools/tool.ts";
import { toolsFor } from "../../src/tools/toolbox.ts";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { accessDenied } from "../peers/cloudwatch-errors.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2025, 10, 20, 12);
const ZONE = createZone("UTC");
/** What a group of 30 days stores whose hours hold so many bytes: 15 % of them. */
const storing = (bytesAnHour: number) => bytesAnHour * 0.15 * 24 * 30;
const BIG = storing(300e6);
const HUGE = storing(5e9);

let peer: CloudWatchPeer;

beforeEach(async () => {
  peer = await startCloudWatch({ clock: () => NOON });
});

afterEach(() => peer.close());

type GroupClass = "STANDARD" | "INFREQUENT_ACCESS" | "DELIVERY";

interface Given {
  readonly messages?: readonly string[];
  readonly storedBytes?: number;
  readonly class?: GroupClass;
  readonly created?: number;
}

/** Messages a second apart, the last a minute before noon. */
function addGroup(name: string, given: Given = {}): void {
  const {
    messages = [],
    storedBytes = BIG,
    class: groupClass = "STANDARD",
    created = NOON - 30 * DAY,
  } = given;
  peer.addGroup({ name, creationTime: created, storedBytes, class: groupClass });
  const from = NOON - 60_000 - messages.length * 1000;
  const events = messages.map((message, index) => ({ timestamp: from + index * 1000, message }));
  if (events.length > 0) peer.addEvents(name, "web", events);
}

const lines = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index));

function sourceOf(name = "cloudwatch"): LogSource {
  return createCloudWatchSource({
    ...{ name, zone: ZONE, now: () => NOON, env: {}, region: peer.region },
    access: {
      endpoint: peer.endpoint,
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    },
  });
}

interface Opened {
  readonly limit?: number;
  readonly hasBudget?: boolean;
  readonly sources?: readonly LogSource[];
  readonly now?: () => number;
}

/** Runs tools as the loop does, with a budget for scans. */
function open({ limit = 10, hasBudget = true, sources = [sourceOf()], now = () => NOON }: Opened = {}) {
  const evidence = createEvidence();
  const directory = createDirectory(sources);
  const approved: ScanEstimate[] = [];
  const recorded: BilledScan[] = [];
  const told: ToolProgress[] = [];
  const budget = createScanBudget({ limit });
  const scans = {
    approve: async (estimate: ScanEstimate) => {
      await budget.approve(estimate);
      approved.push(estimate);
    },
    record: (scan: BilledScan) => {
      budget.record(scan);
      recorded.push(scan);
    },
  };
  const environment: ToolEnvironment = {
    ...{ directory, evidence, zone: ZONE, window: undefined, resultTokens: 6000, now },
    signal: new AbortController().signal,
    report: (progress) => told.push(progress),
    ...(hasBudget ? { scans } : {}),
  };
  const call = async (name: string, input: object) => {
    const tool = toolsFor(directory.sources).find((one) => one.name === name);
    if (!tool) throw new Error(`no tool ${name}`);
    const ref = evidence.reserveResult();
    const outcome = await tool.run(input, environment, ref);
    const { data, ledger, readings = [] } = outcome;
    evidence.store({ ref, tool: name, input: {}, data, ledger, readings });
    return outcome;
  };
  const search = (search_pattern: string, log_group_prefixes: readonly string[] = [""]) =>
    call("search_logs", {
      ...{ log_group_prefixes, search_pattern },
      ...{ start_time: String(NOON - HOUR), end_time: String(NOON) },
    });
  return { call, search, approved, recorded, budget, told };
}

const groupsOf = (data: unknown) =>
  z
    .object({
      groups: z.array(
        z.object({
          log_group: z.string(),
          matched: z.number(),
          errors: z.number(),
          first: z.string().nullable(),
          last: z.string().nullable(),
          templates_from: z.string().optional(),
          templates: z.array(z.looseObject({ template: z.string(), count: z.number() })),
          events: z.array(z.string()),
        }),
      ),
    })
    .parse(data).groups;

const callsOf = (operation: string) => peer.calls.filter((call) => call.operation === operation);
const textsOf = (notices: readonly { readonly text: string }[] = []) =>
  notices.map(({ text }) => text).join("\n");

async function failureOf(run: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Failure) return thrown;
  throw new Error(`no Failure but ${String(thrown)}`);
}

describe("a search of many groups", () => {
  it("takes a query for each fifty, and reads the newest matches of the groups with most", async () => {
    for (let index = 0; index < 120; index += 1) {
      const errors = lines(index % 30, (one) => `ERROR payment ${one} declined`);
      addGroup(`/svc/${String(index).padStart(3, "0")}`, { messages: [...errors, "INFO up"] });
    }
    const { search, approved, recorded, budget } = open();
    const { data, ledger, summary } = await search("declined");
    const matched = 4 * (29 * 15);
    expect(callsOf("StartQuery")).toHaveLength(3);
    expect(callsOf("FilterLogEvents")).toHaveLength(20);
    expect(summary).toBe(`${matched} matches in 116 of 120 groups`);
    expect(data).toMatchObject({
      groups_searched: 120,
      groups_with_matches: 116,
      not_shown: expect.any(String),
    });
    expect(groupsOf(data)[0]).toMatchObject({
      ...{ log_group: "/svc/029", matched: 29, errors: 29 },
      templates: [{ template: "payment <*> declined", count: 29 }],
      events: [expect.stringMatching(/^\[e\d+\] .*payment 28 declined$/)],
    });
    expect(approved).toHaveLength(1);
    expect(approved[0]?.bytes).toBeCloseTo(120 * 300e6, -8);
    expect(recorded).toHaveLength(3);
    expect(budget.spent).toBeCloseTo(recorded.reduce((sum, { dollars = 0 }) => sum + dollars, 0));
    const estimated = recorded.reduce((sum, { estimatedBytes }) => sum + estimatedBytes, 0);
    expect(ledger).toMatchObject({
      ...{ matched, inWindow: matched + 120, filter: "declined" },
      scan: { estimatedBytes: estimated },
    });
    expect(ledger?.groups).toHaveLength(120);
    expect(ledger?.analysed).toBeLessThan(matched);
    expect(ledger?.link).toContain("logs-insights");
    expect(textsOf(ledger?.notices)).toContain("searched them in 3 queries");
    expect(textsOf(ledger?.notices)).toContain("Of 96 log groups only the newest matches were read");
  });

  it("reads what takes half a minute only, and what no budget was given for", async () => {
    addGroup("/a", { messages: ["ERROR x"], storedBytes: storing(100e6) });
    addGroup("/b", { messages: ["ERROR x"], storedBytes: storing(150e6) });
    expect((await open().search("ERROR")).data).toMatchObject({ ledger: { matched: 2 } });
    addGroup("/c", { messages: ["ERROR x"] });
    expect((await open({ hasBudget: false }).search("ERROR")).data).toMatchObject({ ledger: { matched: 3 } });
    expect(callsOf("StartQuery")).toHaveLength(0);
    expect((await open().search("ERROR")).data).toMatchObject({ ledger: { matched: 3 } });
    expect(callsOf("StartQuery")).toHaveLength(1);
  });

  it("counts the calls that even empty groups cost", async () => {
    for (let index = 0; index < 160; index += 1) addGroup(`/small/${index}`, { storedBytes: 1000 });
    addGroup("/small/x", { storedBytes: 1000, messages: ["ERROR x"] });
    const { data } = await open().search("ERROR");
    expect(callsOf("StartQuery")).toHaveLength(4);
    expect(callsOf("FilterLogEvents")).toHaveLength(1);
    expect(groupsOf(data)).toMatchObject([{ log_group: "/small/x", matched: 1 }]);
    expect(groupsOf(data)[0]).not.toHaveProperty("templates_from");
  });

  it("counts what reading counts, whatever the terms", async () => {
    const words = ["ERROR", "WARN", "order", "paid", "late", "a.b", 'say "x"', "über"];
    for (const [group, step] of [
      ["/a", 3],
      ["/b", 5],
      ["/c", 7],
    ] as const) {
      const messages = lines(60, (one) => {
        const some = words.filter((_, at) => (one * step + at * at) % 4 === 0);
        return `${one % 3 === 0 ? "ERROR" : "INFO"} ${one} ${some.join(" ")}`;
      });
      addGroup(group, { messages });
    }
    const [engine, reader] = [open({ limit: 1000 }), open({ hasBudget: false })];
    const term = fc
      .tuple(fc.constantFrom("", "", "-", "?"), fc.constantFrom(...words, "rde", "7", "none"))
      .map(([sign, word]) => `${sign}"${word.replaceAll('"', String.raw`\"`)}"`);
    const terms = fc.uniqueArray(term, { minLength: 1, maxLength: 3 }).map((some) => some.join(" "));
    await fc.assert(
      fc.asyncProperty(terms, async (pattern) => {
        const [counted, read] = await Promise.all([engine.search(pattern), reader.search(pattern)]);
        expect(groupsOf(counted.data)).toEqual(
          groupsOf(read.data).map((one) => ({
            ...one,
            events: expect.any(Array),
            templates: expect.any(Array),
          })),
        );
        expect(counted.ledger?.matched).toBe(read.ledger?.matched);
        expect(counted.ledger?.empty).toBe(read.ledger?.empty);
      }),
      { numRuns: 25 },
    );
    expect(callsOf("StartQuery").length).toBeGreaterThan(10);
  });

  it("says why nothing was found, and where the data lies", async () => {
    for (const name of ["/a", "/b"]) addGroup(name, { messages: ["INFO up"] });
    const { data, ledger } = await open().search("zebra");
    expect(data).toMatchObject({
      groups_with_matches: 0,
      spans: [{ log_group: "/a", empty: "filter-matches-nothing", group_span: {} }, { log_group: "/b" }],
    });
    expect(ledger).toMatchObject({ matched: 0, inWindow: 2, empty: "filter-matches-nothing" });
  });

  it("tells every second how far it has come", async () => {
    const messages = lines(50, (one) => `ERROR ${one}`);
    for (let index = 0; index < 12; index += 1) addGroup(`/g/${index}`, { messages, storedBytes: 1000 });
    let now = NOON;
    const slow = open({ now: () => (now += 400) });
    await slow.search("ERROR");
    expect(slow.told.length).toBeGreaterThan(5);
    for (const { group } of slow.told) expect(group).toMatch(/^\d+ of 12 log groups$/);
    expect(slow.told.at(-1)?.events).toBeGreaterThan(500);
    const still = open();
    await still.search("ERROR");
    expect(still.told).toEqual([]);
  });
});

describe("of what an engine counted", () => {
  const many = () => lines(1500, (one) => (one < 1000 ? `ERROR lost ${one}` : `WARN slow ${one} ms`));

  it("the templates are of the newest, which is said, and the counts are of all", async () => {
    addGroup("/a", { messages: many(), storedBytes: HUGE });
    const { call, search } = open();
    const { data } = await search("?lost ?slow");
    expect(groupsOf(data)).toMatchObject([
      {
        ...{ matched: 1500, errors: 1000, templates_from: "the newest 1000 of 1500 matches" },
        templates: [{ count: 500 }, { count: 500 }],
      },
    ]);
    const { context_id } = data;
    expect((await call("analyze_error_pattern", { context_id })).data).toMatchObject({
      ...{ analysed: 1500, errors: 1000 },
      groups: [
        {
          ...{ errors: 1000, first_error: null, templates_from: "the newest 1000 of 1500 matches" },
          templates: [{ template: "lost <*>", count: 500 }],
        },
      ],
    });
    const related = call("correlate_events", { context_ids: [context_id] });
    expect((await failureOf(related)).message).toContain("counted, not read");
  });

  it("what was read whole is as good as read, and is not read again", async () => {
    addGroup("/a", { messages: [...lines(3, (one) => `ERROR request_id=abcdef0${one} refused`), "INFO up"] });
    addGroup("/b", { messages: ["ERROR request_id=abcdef01 passed on"] });
    const { call, search } = open();
    const { data, ledger } = await search("request_id");
    expect(ledger).toMatchObject({ matched: 4, analysed: 4 });
    const read = callsOf("FilterLogEvents").length;
    const { data: related } = await call("correlate_events", { context_ids: [data.context_id] });
    expect(callsOf("FilterLogEvents")).toHaveLength(read);
    expect(related).toMatchObject({ groups_by_onset: [{ events: 3 }, { events: 1 }] });
  });

  it("does not look on and on for what matches seldom", async () => {
    addGroup("/a", {
      messages: lines(500, (one) => (one % 100 === 0 || one > 497 ? "ERROR rare" : "INFO up")),
      storedBytes: HUGE,
    });
    peer.setFaults({ paging: { maxScanned: 10 } });
    const { data, ledger } = await open().search("rare");
    expect(callsOf("FilterLogEvents")).toHaveLength(5);
    expect(ledger?.matched).toBe(7);
    expect(groupsOf(data)[0]).toMatchObject({
      templates_from: "the newest 2 of 7 matches",
      events: [expect.any(String), expect.any(String)],
    });
  });
});

describe("where the engine is not to be had", () => {
  it("reads what takes minutes, and says that it is slow; more is refused with a hint", async () => {
    addGroup("/a", { messages: ["ERROR x"] });
    addGroup("/b", { messages: ["ERROR x"] });
    const { data, ledger } = await open({ limit: 0 }).search("ERROR");
    expect(data).toMatchObject({ ledger: { matched: 2 } });
    expect(textsOf(ledger?.notices)).toMatch(
      /was not run: .* So all events were read, which is slow: about 600 MB/,
    );
    addGroup("/c", { storedBytes: HUGE });
    expect(await failureOf(open({ limit: 0 }).search("ERROR"))).toMatchObject({
      code: "budget",
      hint: expect.stringMatching(/^Name fewer log groups\. Narrow the window/),
    });
    expect(callsOf("StartQuery")).toHaveLength(0);
  });

  it("so it does with a pattern that no query can have", async () => {
    addGroup("/a", { messages: ['{"a":1}'] });
    addGroup("/b", { messages: ['{"a":2}'] });
    const { ledger } = await open().search("{ $.a = 1 }");
    expect(ledger?.matched).toBe(1);
    expect(textsOf(ledger?.notices)).toContain("cannot apply the filter '{ $.a = 1 }' exactly");
    addGroup("/c", { storedBytes: HUGE });
    expect(await failureOf(open().search("%[Ee]rror%"))).toMatchObject({
      code: "invalid-filter",
      hint: expect.stringContaining("query_logs"),
    });
    expect(callsOf("StartQuery")).toHaveLength(0);
    expect((await open().search('%"a":1%'.replaceAll('"', String.raw`\x22`))).ledger?.matched).toBe(1);
  });

  it("tells the groups of a query that fails, and fails where all do", async () => {
    for (let index = 100; index < 160; index += 1)
      addGroup(`/svc/${index}`, { messages: ["ERROR x"], storedBytes: HUGE });
    const effect = accessDenied({ operation: "StartQuery" });
    const when = (input: unknown) => JSON.stringify(input).includes("/svc/150");
    peer.setFaults({ plan: [{ operation: "StartQuery", effect, when }] });
    const { data } = await open().search("ERROR");
    expect(data).toMatchObject({
      ...{ groups_searched: 50, failed_total: 10, ledger: { matched: 50 } },
      failed: expect.arrayContaining([{ log_group: "/svc/150", error: expect.stringContaining("denied") }]),
    });
    peer.setFaults({ plan: [{ operation: "StartQuery", effect }] });
    expect((await failureOf(open().search("ERROR"))).code).toBe("access-denied");
  });

  it("reads a group of unknown size beside those that are counted", async () => {
    addGroup("/old", { messages: ["ERROR x"], storedBytes: HUGE });
    addGroup("/young", { messages: ["ERROR x"], storedBytes: 0, created: NOON - HOUR });
    const { search, approved } = open();
    expect(groupsOf((await search("ERROR")).data)).toMatchObject([
      { log_group: "/old" },
      { log_group: "/young" },
    ]);
    expect(approved).toMatchObject([{ dollars: expect.any(Number) }]);
    expect(callsOf("StartQuery")).toHaveLength(1);
  });
});

describe("classes, sources, memory", () => {
  it("queries each class by itself; the one that answers none is told", async () => {
    addGroup("/a", { messages: ["ERROR x"], storedBytes: HUGE });
    addGroup("/b", { messages: ["ERROR x", "INFO y"], storedBytes: HUGE, class: "INFREQUENT_ACCESS" });
    addGroup("/c", { storedBytes: HUGE, class: "DELIVERY" });
    const { search, recorded } = open();
    const { data, ledger } = await search("ERROR");
    expect(groupsOf(data)).toMatchObject([
      { log_group: "/a", matched: 1, events: [expect.stringContaining("ERROR x")] },
      { log_group: "/b", matched: 1, events: [expect.stringContaining("ERROR x")] },
    ]);
    expect(data).toMatchObject({
      groups_searched: 2,
      failed: [{ log_group: "/c", error: expect.stringContaining("delivery class") }],
    });
    // One for each class, and one for the events of the class that hands them out by query only.
    expect(callsOf("StartQuery")).toHaveLength(3);
    const bytes = recorded.reduce((sum, scan) => sum + scan.bytes, 0);
    expect(ledger?.scan?.bytes).toBe(bytes);
  });

  it("searches each source in its own way, and tells one that fails", async () => {
    addGroup("/a", { messages: ["ERROR x"], storedBytes: HUGE });
    const [one, other] = [sourceOf("one"), sourceOf("other")];
    const local: LogSource = {
      ...other,
      capabilities: { ...other.capabilities, serverQueries: false },
    };
    const both = await open({ sources: [one, local] }).search("ERROR");
    expect(groupsOf(both.data)).toMatchObject([{ log_group: "one:/a" }, { log_group: "other:/a" }]);
    expect(both.ledger).toMatchObject({ source: "one, other", matched: 2 });
    expect(callsOf("StartQuery")).toHaveLength(1);
    const refused = await open({ sources: [one, local], limit: 0 }).search("ERROR");
    expect(refused.data).toMatchObject({
      groups: [{ log_group: "other:/a" }],
      failed: [{ log_group: "one:/a", error: expect.stringContaining("was not run") }],
    });
  });

  it("asks for nothing, and is billed for nothing, that it remembers", async () => {
    addGroup("/a", { messages: ["ERROR x"], storedBytes: HUGE });
    const sources = [withMemory(sourceOf(), { now: () => NOON })];
    await open({ sources }).search("ERROR");
    const { search, approved, recorded, budget } = open({ sources });
    const { ledger } = await search("ERROR");
    expect(ledger).toMatchObject({ matched: 1 });
    expect(ledger?.scan).toBeUndefined();
    expect([approved, recorded, budget.spent]).toEqual([[], [], 0]);
  });
});
