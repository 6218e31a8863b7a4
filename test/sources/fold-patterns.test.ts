import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import { compileFilter } from "../../src/log/filter-match.ts";
import { createZone } from "../../src/log/zone.ts";
import { openConnection } from "../../src/sources/cloudwatch/client.ts";
import {
  compileDiff,
  compilePatterns,
  diffModifierOf,
} from "../../src/sources/cloudwatch/compile-patterns.ts";
import { createConsoleLinks } from "../../src/sources/cloudwatch/console-links.ts";
import { createScanEstimator } from "../../src/sources/cloudwatch/estimate.ts";
import { createPatternEngine } from "../../src/sources/cloudwatch/fold-patterns.ts";
import { createGroups } from "../../src/sources/cloudwatch/groups.ts";
import { readPatternRows } from "../../src/sources/cloudwatch/pattern-rows.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import type { LogSource, PatternRequest, ScanEstimate } from "../../src/sources/source.ts";
import { withQualifiedNames } from "../../src/sources/with-qualified-names.ts";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { accessDenied } from "../peers/cloudwatch-errors.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2025, 10, 20, 12);
const GROUP = "/ecs/checkout";
const ARN = `arn:aws:logs:us-east-1:123456789012:log-group:${GROUP}`;
const LAST_HOUR = { start: NOON - HOUR, end: NOON };

let peer: CloudWatchPeer;
let source: LogSource;
let asked: ScanEstimate[];

beforeEach(async () => {
  peer = await startCloudWatch({ clock: () => NOON });
  asked = [];
  peer.addGroup({ name: GROUP, creationTime: NOON - 400 * DAY, retentionDays: 30, storedBytes: 1_000_000 });
  const say = (start: number, count: number, text: (index: number) => string, stream = "web") =>
    peer.addEvents(
      GROUP,
      stream,
      Array.from({ length: count }, (_, index) => ({
        timestamp: start + index * 1000,
        message: text(index),
      })),
    );
  say(NOON - HOUR + 1000, 40, (index) => `INFO order ${index} paid`);
  say(NOON - HOUR + 600_000, 10, (index) => `ERROR no key ${index}`, "auth");
  say(NOON - HOUR + 700_000, 5, () => "could not reach the error page");
  say(NOON - 2 * HOUR + 1000, 20, (index) => `INFO order ${index} paid`);
  say(NOON - 2 * HOUR + 9000, 6, () => "WARN cache cold");
  source = createCloudWatchSource({
    zone: createZone("UTC"),
    now: () => NOON,
    env: {},
    region: peer.region,
    access: {
      endpoint: peer.endpoint,
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    },
  });
});

afterEach(() => peer.close());

function requestOf(more: Partial<PatternRequest> = {}): PatternRequest {
  const approve = async (estimate: ScanEstimate) => void asked.push(estimate);
  return { groups: [GROUP], window: LAST_HOUR, signal: new AbortController().signal, approve, ...more };
}

async function fold(more: Partial<PatternRequest> = {}) {
  const result = await source.foldPatterns?.(requestOf(more));
  if (!result) throw new Error("no patterns");
  return result;
}

async function compare(baseline: { start: number; end: number }, more: Partial<PatternRequest> = {}) {
  const result = await source.comparePatterns?.({ ...requestOf(more), baseline });
  if (!result) throw new Error("no patterns");
  return result;
}

/** An engine that does not give columns of such a name. */
async function engineWithout(column: RegExp) {
  const access = {
    endpoint: peer.endpoint,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
  };
  const open = { region: peer.region, profile: undefined, env: {}, access };
  const connection = await openConnection(open);
  connection.logs.middlewareStack.add(
    (next) => async (args) => {
      const { output, ...rest } = await next(args);
      const results = "results" in output ? output.results : undefined;
      const kept = results?.map((row) => row.filter(({ field = "" }) => !column.test(field)));
      return { ...rest, output: kept ? { ...output, results: kept } : output };
    },
    { step: "initialize" },
  );
  const groups = createGroups({ connection, linkedAccounts: false, now: () => NOON });
  return createPatternEngine({
    ...{ connection, groups, zone: createZone("UTC"), now: () => NOON },
    links: createConsoleLinks({ region: peer.region }),
    estimate: createScanEstimator({ connection, groups, now: () => NOON }).estimate,
  });
}

const queries = () =>
  peer.calls
    .filter(({ operation }) => operation === "StartQuery")
    .map(({ input }) => String(Reflect.get(Object(input), "queryString")));
const texts = (notices: readonly { readonly text: string }[]) => notices.map(({ text }) => text).join("\n");

async function failureOf(run: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await run.catch((error: unknown) => error);
  if (thrown instanceof Failure) return thrown;
  throw new Error(`no Failure but ${String(thrown)}`);
}

describe("patterns of a window", () => {
  it("come with counts, shares, levels, times and samples", async () => {
    const { patterns, matched } = await fold();
    expect(matched).toBe(55);
    expect(patterns).toEqual([
      {
        text: "INFO order <*> paid",
        count: 40,
        share: 40 / 55,
        level: "info",
        levelFrom: "text",
        first: NOON - HOUR,
        last: NOON - HOUR,
        samples: ["INFO order 0 paid", "INFO order 1 paid"],
      },
      expect.objectContaining({
        text: "ERROR no key <*>",
        count: 10,
        level: "error",
        levelFrom: "text",
        first: NOON - HOUR + 600_000,
      }),
      expect.objectContaining({
        text: "could not reach the error page",
        count: 5,
        level: "error",
        levelFrom: "service",
      }),
    ]);
  });

  it("are estimated and approved before, and told what they came to after", async () => {
    const { scan, scannedBytes, notices, link, text } = await fold();
    expect(asked).toHaveLength(1);
    expect(scan).toMatchObject({ estimatedBytes: asked[0]?.bytes, bytes: scannedBytes });
    expect(scannedBytes).toBeGreaterThan(0);
    expect(link).toContain("logs-insights");
    expect(text).toContain("pattern @message");
    expect(texts(notices)).toContain("of 1 without one it is the service's severity label");
  });

  it("are not looked for without approval, and scan nothing where it is refused", async () => {
    const { approve: _, ...unapproved } = requestOf();
    expect(await failureOf(source.foldPatterns?.(unapproved) ?? Promise.resolve())).toMatchObject({
      code: "budget",
    });
    const refuse = async () => Promise.reject(new Failure("budget", "Too dear."));
    expect(await failureOf(fold({ approve: refuse }))).toMatchObject({ message: "Too dear." });
    expect(queries()).toEqual([]);
  });

  it("keep to the milliseconds of the window", async () => {
    const window = { start: NOON - HOUR + 1001, end: NOON - HOUR + 5000 };
    expect((await fold({ window })).matched).toBe(3);
  });

  it("are of the events that pass a filter of terms and a prefix of streams", async () => {
    expect((await fold({ filter: compileFilter("order -paid") })).patterns).toEqual([]);
    expect((await fold({ filter: compileFilter('?"no key" ?page') })).matched).toBe(15);
    expect((await fold({ streamPrefix: "au" })).matched).toBe(10);
  });

  it("refuse a filter that the engine cannot apply, before anything is asked", async () => {
    const error = await failureOf(fold({ filter: compileFilter("{ $.a = 1 }") }));
    expect(error).toMatchObject({ code: "invalid-filter", hint: expect.stringContaining("plain terms") });
    expect(asked).toEqual([]);
  });

  it("are not to be had in the other classes", async () => {
    peer.addGroup({ name: "/rare", class: "INFREQUENT_ACCESS" });
    expect(await failureOf(fold({ groups: ["/rare"] }))).toMatchObject({
      code: "unreadable",
      message: expect.stringContaining("infrequent-access"),
    });
    expect(queries()).toEqual([]);
  });

  it("say so where the service gave up", async () => {
    peer.setFaults({ paging: { queryEnd: "Timeout" } });
    const { notices } = await fold();
    expect(notices).toContainEqual(expect.objectContaining({ kind: "truncated" }));
  });

  it("stop in the service when they are left", async () => {
    peer.setFaults({ paging: { queryPolls: 1000 } });
    const leaving = new AbortController();
    const folding = fold({ signal: leaving.signal, onWait: () => leaving.abort() });
    await expect(folding).rejects.toThrow();
    expect(peer.calls.map(({ operation }) => operation)).toContain("StopQuery");
  });
});

describe("two windows", () => {
  const before = { start: NOON - 2 * HOUR, end: NOON - HOUR };

  it("are compared by one diff where the baseline is directly before, approved as both", async () => {
    const { current, baseline } = await compare(before);
    expect(queries()).toEqual(["pattern @message\n| diff"]);
    expect(asked).toHaveLength(1);
    expect(current.scan).toMatchObject({ bytes: current.scannedBytes, estimatedBytes: asked[0]?.bytes });
    expect(baseline).not.toHaveProperty("scan");
    const counts = ({ patterns }: typeof current) => patterns.map(({ text, count }) => [text, count]);
    expect(counts(current)).toEqual([
      ["INFO order <*> paid", 40],
      ["ERROR no key <*>", 10],
      ["could not reach the error page", 5],
    ]);
    expect(counts(baseline)).toEqual([
      ["INFO order <*> paid", 20],
      ["WARN cache cold", 6],
    ]);
    expect(baseline.patterns[0]).toMatchObject({ share: 20 / 26 });
    expect(texts(current.notices)).toContain("diff command, to the second");
  });

  it("a day or a week apart have a name", async () => {
    for (const shift of [DAY, 7 * DAY])
      await compare({ start: LAST_HOUR.start - shift, end: LAST_HOUR.end - shift });
    expect(queries().map((text) => text.split("\n| ").at(-1))).toEqual([
      "diff previousDay",
      "diff previousWeek",
    ]);
  });

  it("of any other kind are two queries, joined by their texts, which a notice says", async () => {
    const { current, baseline } = await compare({ start: NOON - 3 * HOUR, end: NOON - HOUR });
    expect(queries()).toHaveLength(2);
    expect(asked).toHaveLength(1);
    expect((current.scan?.estimatedBytes ?? 0) + (baseline.scan?.estimatedBytes ?? 0)).toBe(asked[0]?.bytes);
    expect(baseline.matched).toBe(26);
    expect(texts(current.notices)).toContain("joined by their texts");
  });

  it("are two queries where diff gives nothing that can be read, approved anew and billed all together", async () => {
    const engine = await engineWithout(/diff/i);
    const { current, baseline } = await engine.compare({ ...requestOf(), baseline: before });
    expect(baseline.matched).toBe(26);
    expect(asked).toHaveLength(2);
    const estimated = (asked[0]?.bytes ?? 0) + (asked[1]?.bytes ?? 0);
    expect((current.scan?.estimatedBytes ?? 0) + (baseline.scan?.estimatedBytes ?? 0)).toBe(estimated);
    // Both windows once by diff, and once each.
    expect(current.scannedBytes + baseline.scannedBytes).toBe(
      2 * (await compare(before)).current.scannedBytes,
    );
  });

  it("are two queries where the engine knows no diff, which is found out once", async () => {
    const error = { kind: "error", code: "MalformedQueryException", message: "unknown diff" } as const;
    const isDiff = (input: unknown) => String(Reflect.get(Object(input), "queryString")).includes("diff");
    peer.setFaults({ plan: [{ operation: "StartQuery", when: isDiff, effect: error }] });
    expect((await compare(before)).baseline.matched).toBe(26);
    expect(queries()).toHaveLength(3);
    // Nothing was scanned by the query that was refused.
    expect(asked).toHaveLength(1);
    await compare(before);
    expect(queries()).toHaveLength(5);
  });
});

describe("the texts of queries", () => {
  it("diff means only what lies directly before, or a day or a week", () => {
    const at = (start: number, end: number) => ({ start, end });
    expect(diffModifierOf(at(DAY, DAY + HOUR), at(DAY - HOUR, DAY))).toBe("");
    expect(diffModifierOf(at(2 * DAY, 3 * DAY), at(DAY, 2 * DAY))).toBe("");
    expect(diffModifierOf(at(DAY, DAY + HOUR), at(0, HOUR))).toBe("previousDay");
    expect(diffModifierOf(at(7 * DAY, 7 * DAY + HOUR), at(0, HOUR))).toBe("previousWeek");
    expect(diffModifierOf(at(DAY, DAY + HOUR), at(0, HOUR + 1))).toBeUndefined();
    expect(diffModifierOf(at(30 * DAY, 30 * DAY + HOUR), at(0, HOUR))).toBeUndefined();
  });

  it("hold what comes from outside as a value only", () => {
    const filter = compileFilter(String.raw`"x\" | limit 1 #" -"/ or 1 = 1"`);
    const asked = { filter, streamPrefix: 'a"/ | fields @ptr' };
    const lines = compilePatterns(asked, LAST_HOUR).split("\n| ");
    expect(lines).toHaveLength(6);
    expect(lines[1]).toBe(String.raw`filter @message like "x\" | limit 1 #"`);
    expect(lines[3]).toBe(String.raw`filter @logStream like /^a\x22\x2f \x7c fields \x40ptr/`);
    expect(compileDiff(asked, "").split("\n| ")).toHaveLength(5);
  });
});

describe("rows of patterns", () => {
  const rowOf = (fields: Readonly<Record<string, string>>) =>
    Object.entries(fields).map(([field, value]) => ({ field, value }));

  it("need nothing but the documented columns", () => {
    const rows = [
      rowOf({
        "@pattern": "took <Time-1> ms",
        "@ratio": "0.5",
        "@sampleCount": "3",
        "@severityLabel": "Info",
      }),
      rowOf({ "@pattern": "took <Token-4> ms", "@sampleCount": "2", "@severityLabel": "INFO" }),
      rowOf({ "@pattern": "gone", "@sampleCount": "many", "@logSamples": "{", "@visualization": "[]" }),
      rowOf({ other: "1" }),
    ];
    const shared = { samples: [], first: undefined, last: undefined, difference: undefined };
    expect(readPatternRows(rows, LAST_HOUR)).toEqual([
      { text: "took <*> ms", count: 5, level: "info", levelFrom: "service", ...shared },
      { text: "gone", count: 0, level: undefined, levelFrom: undefined, ...shared },
    ]);
  });
});

describe("anomalies", () => {
  const list = async (window = LAST_HOUR) => {
    const listed = await source.listAnomalies?.(GROUP, window, new AbortController().signal);
    if (!listed) throw new Error("no anomalies");
    return listed;
  };
  beforeEach(() => {
    peer.addDetector({ name: "all", groups: [ARN] });
    const seen = { detector: "all", firstSeen: NOON - 2 * HOUR, lastSeen: NOON - HOUR / 2 };
    peer.addAnomaly({ ...seen, pattern: "WARN slow <*>", priority: "LOW" });
    peer.addAnomaly({ ...seen, pattern: "ERROR no key <*>\n", priority: "HIGH", active: true });
    peer.addAnomaly({ ...seen, pattern: "suppressed", state: "Suppressed" });
    peer.addAnomaly({ ...seen, pattern: "habit", state: "Baseline" });
    peer.addAnomaly({ ...seen, pattern: "of another group", groups: [`${ARN}2`] });
    const old = { firstSeen: NOON - 5 * HOUR, lastSeen: NOON - 3 * HOUR };
    peer.addAnomaly({ detector: "all", pattern: "before", ...old });
  });

  it("are the open ones that overlap the window, of high priority first", async () => {
    const { anomalies, notices } = await list();
    expect(notices).toEqual([]);
    expect(anomalies).toMatchObject([
      {
        pattern: "ERROR no key <*>",
        priority: "HIGH",
        state: "Active",
        isOngoing: true,
        firstSeen: NOON - 2 * HOUR,
        lastSeen: NOON - HOUR / 2,
      },
      { pattern: "WARN slow <*>", isOngoing: false },
    ]);
  });

  it("are read to the last page", async () => {
    peer.setFaults({ paging: { maxItems: 1 } });
    expect((await list()).anomalies).toHaveLength(2);
  });

  it("that may not be listed are a notice, those of an endpoint without any are nothing", async () => {
    const effect = accessDenied({ operation: "ListLogAnomalyDetectors" });
    peer.setFaults({ plan: [{ operation: "ListLogAnomalyDetectors", effect }] });
    const denied = await list();
    expect(denied.anomalies).toEqual([]);
    expect(texts(denied.notices)).toContain("logs:ListLogAnomalyDetectors is missing");
    peer.setFaults({ unknownOperations: ["ListLogAnomalyDetectors"] });
    expect(await list()).toEqual({ anomalies: [], notices: [] });
  });

  it("are asked for by the name that a group has among several sources", async () => {
    const named = withQualifiedNames(source);
    const { signal } = new AbortController();
    expect((await named.listAnomalies?.(`cloudwatch:${GROUP}`, LAST_HOUR, signal))?.anomalies).toHaveLength(
      2,
    );
    const request = { ...requestOf(), groups: [`cloudwatch:${GROUP}`] };
    expect((await named.foldPatterns?.(request))?.matched).toBe(55);
    const baseline = { start: NOON - 2 * HOUR, end: NOON - HOUR };
    expect((await named.comparePatterns?.({ ...request, baseline }))?.baseline.matched).toBe(26);
  });

  it("of nobody are looked for without changing anything", async () => {
    await list();
    const kinds = peer.calls.map(({ operation }) => operation).filter((name) => /Anomal/.test(name));
    expect(new Set(kinds)).toEqual(new Set(["ListLogAnomalyDetectors", "ListAnomalies"]));
  });
});
