import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDirectory } from "../../src/sources/directory.ts";
import { createScanBudget } from "../../src/sources/scan-budget.ts";
import type { LogSource } from "../../src/sources/source.ts";
import { withCache } from "../../src/sources/with-cache.ts";
import { createPlainCache } from "../cache/plain-cache.ts";
import { ask } from "../models/offline/analyse.ts";
import { accessDenied } from "../peers/cloudwatch-errors.ts";
import { type CloudLogs, groupsOf, openCloudLogs, storing, textsOf } from "./cloud-logs.ts";
import { failureOf } from "./run-tools.ts";
import { NOW } from "./tool-folder.ts";

const HOUR = 3_600_000;
const HUGE = storing(5e9);

let cloud: CloudLogs;

beforeEach(async () => {
  cloud = await openCloudLogs();
});

afterEach(() => cloud.peer.close());

describe("where the engine is not to be had", () => {
  it("reads what takes minutes, and says that it is slow; more is refused with a hint", async () => {
    cloud.addGroup("/a", { messages: ["ERROR x"] });
    cloud.addGroup("/b", { messages: ["ERROR x"] });
    const { data, ledger } = await cloud.open({ limit: 0 }).search("ERROR");
    expect(data).toMatchObject({ ledger: { matched: 2 } });
    expect(textsOf(ledger?.notices)).toMatch(
      /was not run: .* So all events were read, which is slow: about 600 MB/,
    );
    cloud.addGroup("/c", { storedBytes: HUGE });
    expect(await failureOf(cloud.open({ limit: 0 }).search("ERROR"))).toMatchObject({
      code: "budget",
      hint: expect.stringMatching(/^Name fewer log groups\. Narrow the window/),
    });
    expect(cloud.callsOf("StartQuery")).toHaveLength(0);
  });

  it("so it does with a pattern that no query can have", async () => {
    cloud.addGroup("/a", { messages: ['{"a":1}'] });
    cloud.addGroup("/b", { messages: ['{"a":2}'] });
    const { ledger } = await cloud.open().search("{ $.a = 1 }");
    expect(ledger?.matched).toBe(1);
    expect(textsOf(ledger?.notices)).toContain("cannot apply the filter '{ $.a = 1 }' exactly");
    cloud.addGroup("/c", { storedBytes: HUGE });
    expect(await failureOf(cloud.open().search("%[Ee]rror%"))).toMatchObject({
      code: "invalid-filter",
      hint: expect.stringContaining("query_logs"),
    });
    expect(cloud.callsOf("StartQuery")).toHaveLength(0);
    expect((await cloud.open().search('%"a":1%'.replaceAll('"', String.raw`\x22`))).ledger?.matched).toBe(1);
  });

  it("tells the groups of a query that fails, and fails where all do", async () => {
    for (let index = 100; index < 160; index += 1)
      cloud.addGroup(`/svc/${index}`, { messages: ["ERROR x"], storedBytes: HUGE });
    const effect = accessDenied({ operation: "StartQuery" });
    const when = (input: unknown) => JSON.stringify(input).includes("/svc/150");
    cloud.peer.setFaults({ plan: [{ operation: "StartQuery", effect, when }] });
    const { data } = await cloud.open().search("ERROR");
    expect(data).toMatchObject({
      ...{ groups_searched: 50, failed_total: 10, ledger: { matched: 50 } },
      failed: expect.arrayContaining([{ log_group: "/svc/150", error: expect.stringContaining("denied") }]),
    });
    cloud.peer.setFaults({ plan: [{ operation: "StartQuery", effect }] });
    expect((await failureOf(cloud.open().search("ERROR"))).code).toBe("access-denied");
  });

  it("reads a group of unknown size beside those that are counted", async () => {
    cloud.addGroup("/old", { messages: ["ERROR x"], storedBytes: HUGE });
    cloud.addGroup("/young", { messages: ["ERROR x"], storedBytes: 0, created: NOW - HOUR });
    const { search, approved } = cloud.open();
    expect(groupsOf((await search("ERROR")).data)).toMatchObject([
      { log_group: "/old" },
      { log_group: "/young" },
    ]);
    expect(approved).toMatchObject([{ dollars: expect.any(Number) }]);
    expect(cloud.callsOf("StartQuery")).toHaveLength(1);
  });
});

describe("classes, sources, memory", () => {
  it("queries each class by itself; the one that answers none is told", async () => {
    cloud.addGroup("/a", { messages: ["ERROR x"], storedBytes: HUGE });
    cloud.addGroup("/b", { messages: ["ERROR x", "INFO y"], storedBytes: HUGE, class: "INFREQUENT_ACCESS" });
    cloud.addGroup("/c", { storedBytes: HUGE, class: "DELIVERY" });
    const { search, recorded } = cloud.open();
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
    expect(cloud.callsOf("StartQuery")).toHaveLength(3);
    const bytes = recorded.reduce((sum, scan) => sum + scan.bytes, 0);
    expect(ledger?.scan?.bytes).toBe(bytes);
  });

  it("searches each source in its own way, and tells one that fails", async () => {
    cloud.addGroup("/a", { messages: ["ERROR x"], storedBytes: HUGE });
    const [one, other] = [cloud.sourceOf("one"), cloud.sourceOf("other")];
    const local: LogSource = {
      ...other,
      capabilities: { ...other.capabilities, serverQueries: false },
    };
    const both = await cloud.open({ sources: [one, local] }).search("ERROR");
    expect(groupsOf(both.data)).toMatchObject([{ log_group: "one:/a" }, { log_group: "other:/a" }]);
    expect(both.ledger).toMatchObject({ source: "one, other", matched: 2 });
    expect(cloud.callsOf("StartQuery")).toHaveLength(1);
    const refused = await cloud.open({ sources: [one, local], limit: 0 }).search("ERROR");
    expect(refused.data).toMatchObject({
      groups: [{ log_group: "other:/a" }],
      failed: [{ log_group: "one:/a", error: expect.stringContaining("was not run") }],
    });
  });

  it("asks for nothing, and is billed for nothing, that it remembers", async () => {
    cloud.addGroup("/a", { messages: ["ERROR x"], storedBytes: HUGE });
    const now = () => NOW;
    const lives = { eventLife: Infinity, tailLife: Infinity, now, onWarning: () => {} };
    const cache = createPlainCache({ maxBytes: 1e9, maxEntries: 1000, ...lives });
    const sources = [withCache(cloud.sourceOf(), { cache, now })];
    await cloud.open({ sources }).search("ERROR");
    const { search, approved, recorded, budget } = cloud.open({ sources });
    const { ledger } = await search("ERROR");
    expect(ledger).toMatchObject({ matched: 1 });
    expect(ledger?.scan).toBeUndefined();
    expect([approved, recorded, budget.spent]).toEqual([[], [], 0]);
  });
});

describe("the offline analyst", () => {
  const question = (term: string) => `Was there any '${term}' in the last hour?`;
  const scans = createScanBudget({ limit: 100 });

  it("says of which matches its templates are", async () => {
    const messages = Array.from({ length: 1500 }, (_, one) => `ERROR broker ${one} of kafka lost`);
    cloud.addGroup("/a", { messages, storedBytes: HUGE });
    const directory = createDirectory([cloud.sourceOf()]);
    const { answer, report } = await ask(directory, question("kafka"), { scans });
    expect(answer).toContain("`kafka` occurs 1,500 times");
    expect(answer).toContain("counted in the newest 1000 of 1500 matches");
    expect(report.unverified).toEqual([]);
  });

  it("does not try again and again what cannot be searched in any case", async () => {
    cloud.addGroup("/a", { messages: ["INFO Kafka is up"], storedBytes: HUGE });
    const directory = createDirectory([cloud.sourceOf()]);
    const { answer, tools } = await ask(directory, question("kafka"), { scans });
    expect(tools.filter((tool) => tool === "search_logs")).toHaveLength(2);
    expect(answer).toMatch(/nothing matches `kafka`\*\* in .*, as it is written: /);
  });
});
