import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CloudLogs, groupsOf, openCloudLogs, storing, textsOf } from "./cloud-logs.ts";
import { failureOf } from "./run-tools.ts";
import { NOW } from "./tool-folder.ts";

const HUGE = storing(5e9);
const lines = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index));

let cloud: CloudLogs;

beforeEach(async () => {
  cloud = await openCloudLogs();
});

afterEach(() => cloud.peer.close());

describe("a search of many groups", () => {
  it("takes a query for each fifty, and reads the newest matches of the groups with most", async () => {
    for (let index = 0; index < 120; index += 1) {
      const errors = lines(index % 30, (one) => `ERROR payment ${one} declined`);
      cloud.addGroup(`/svc/${String(index).padStart(3, "0")}`, { messages: [...errors, "INFO up"] });
    }
    const { search, approved, recorded, budget } = cloud.open();
    const { data, ledger, summary } = await search("declined");
    const matched = 4 * (29 * 15);
    expect(cloud.callsOf("StartQuery")).toHaveLength(3);
    expect(cloud.callsOf("FilterLogEvents")).toHaveLength(20);
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
    expect(textsOf(ledger?.notices)).toContain("searched in 3 queries");
    expect(textsOf(ledger?.notices)).toContain(
      "Of 96 log groups with matches only the newest were read, of 96 of them none",
    );
  });

  it("reads what takes half a minute only, and what no budget was given for", async () => {
    cloud.addGroup("/a", { messages: ["ERROR x"], storedBytes: storing(100e6) });
    cloud.addGroup("/b", { messages: ["ERROR x"], storedBytes: storing(150e6) });
    expect((await cloud.open().search("ERROR")).data).toMatchObject({ ledger: { matched: 2 } });
    cloud.addGroup("/c", { messages: ["ERROR x"] });
    expect((await cloud.open({ hasBudget: false }).search("ERROR")).data).toMatchObject({
      ledger: { matched: 3 },
    });
    expect(cloud.callsOf("StartQuery")).toHaveLength(0);
    expect((await cloud.open().search("ERROR")).data).toMatchObject({ ledger: { matched: 3 } });
    expect(cloud.callsOf("StartQuery")).toHaveLength(1);
  });

  it("counts the calls that even empty groups cost", async () => {
    for (let index = 0; index < 160; index += 1) cloud.addGroup(`/small/${index}`, { storedBytes: 1000 });
    cloud.addGroup("/small/x", { storedBytes: 1000, messages: ["ERROR x"] });
    const { data } = await cloud.open().search("ERROR");
    expect(cloud.callsOf("StartQuery")).toHaveLength(4);
    expect(cloud.callsOf("FilterLogEvents")).toHaveLength(1);
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
      cloud.addGroup(group, { messages });
    }
    const [engine, reader] = [cloud.open({ limit: 1000 }), cloud.open({ hasBudget: false })];
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
    expect(cloud.callsOf("StartQuery").length).toBeGreaterThan(10);
  });

  it("says why nothing was found, and where the data lies", async () => {
    for (const name of ["/a", "/b"]) cloud.addGroup(name, { messages: ["INFO up"] });
    const { data, ledger } = await cloud.open().search("zebra");
    expect(data).toMatchObject({
      groups_with_matches: 0,
      spans: [{ log_group: "/a", empty: "filter-matches-nothing", group_span: {} }, { log_group: "/b" }],
    });
    expect(ledger).toMatchObject({ matched: 0, inWindow: 2, empty: "filter-matches-nothing" });
  });

  it("tells every second how far it has come", async () => {
    const messages = lines(50, (one) => `ERROR ${one}`);
    for (let index = 0; index < 12; index += 1)
      cloud.addGroup(`/g/${index}`, { messages, storedBytes: 1000 });
    let now = NOW;
    const slow = cloud.open({ now: () => (now += 400) });
    await slow.search("ERROR");
    expect(slow.told.length).toBeGreaterThan(5);
    for (const { group } of slow.told) expect(group).toMatch(/^\d+ of 12 log groups$/);
    expect(slow.told.at(-1)?.events).toBeGreaterThan(500);
    const still = cloud.open();
    await still.search("ERROR");
    expect(still.told).toEqual([]);
  });
});

describe("of what an engine counted", () => {
  const many = () => lines(1500, (one) => (one < 1000 ? `ERROR lost ${one}` : `WARN slow ${one} ms`));

  it("the templates are of the newest, which is said, and the counts are of all", async () => {
    cloud.addGroup("/a", { messages: many(), storedBytes: HUGE });
    const { call, search } = cloud.open();
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
    cloud.addGroup("/a", {
      messages: [...lines(3, (one) => `ERROR request_id=abcdef0${one} refused`), "INFO up"],
    });
    cloud.addGroup("/b", { messages: ["ERROR request_id=abcdef01 passed on"] });
    const { call, search } = cloud.open();
    const { data, ledger } = await search("request_id");
    expect(ledger).toMatchObject({ matched: 4, analysed: 4 });
    const read = cloud.callsOf("FilterLogEvents").length;
    const { data: related } = await call("correlate_events", { context_ids: [data.context_id] });
    expect(cloud.callsOf("FilterLogEvents")).toHaveLength(read);
    expect(related).toMatchObject({ groups_by_onset: [{ events: 3 }, { events: 1 }] });
  });

  it("does not look on and on for what matches seldom", async () => {
    cloud.addGroup("/a", {
      messages: lines(500, (one) => (one % 100 === 0 || one > 497 ? "ERROR rare" : "INFO up")),
      storedBytes: HUGE,
    });
    cloud.peer.setFaults({ paging: { maxScanned: 10 } });
    const { data, ledger } = await cloud.open().search("rare");
    expect(cloud.callsOf("FilterLogEvents")).toHaveLength(5);
    expect(ledger?.matched).toBe(7);
    expect(groupsOf(data)[0]).toMatchObject({
      templates_from: "the newest 2 of 7 matches",
      events: [expect.any(String), expect.any(String)],
    });
  });
});
