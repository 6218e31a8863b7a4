import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Cache } from "../../src/cache/cache.ts";
import { openCache } from "../../src/cache/open-cache.ts";
import { compileFilter } from "../../src/log/filter-match.ts";
import type { CloudWatchOptions } from "../../src/sources/cloudwatch/source.ts";
import type { IdentityMemory, LogSource } from "../../src/sources/source.ts";
import { withCache } from "../../src/sources/with-cache.ts";
import { withSplit } from "../../src/sources/with-split.ts";
import { describeSource } from "../contracts/source.ts";
import { T } from "../peers/cloudwatch-client.ts";
import { accessDenied } from "../peers/cloudwatch-errors.ts";
import { failureOf, KEYS, type PacedPeer, readAll, startPaced } from "./cloudwatch-paced.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const { signal } = new AbortController();

let paced: PacedPeer;

beforeAll(async () => {
  paced = await startPaced({ account: "210987654321" });
});
afterAll(() => paced.peer.close());
afterEach(() => paced.peer.setFaults({}));

function openMemory(): Cache {
  const { now } = paced.clock;
  const lives = { eventLife: DAY, tailLife: 60_000 };
  return openCache(":memory:", { maxBytes: 1e8, maxEntries: 10_000, ...lives, now, onWarning: () => {} });
}

/** As the program has it. */
function openCached(cache: Cache, options: Partial<CloudWatchOptions> = {}): LogSource {
  return withCache(withSplit(paced.open(options)), { cache, now: paced.clock.now, quiet: 0 });
}

function callsDuring(): () => string[] {
  const from = paced.peer.calls.length;
  return () => paced.peer.calls.slice(from).map(({ operation }) => operation);
}

describeSource("cloudwatch with a cache", async (groups) => {
  const own = await startPaced();
  for (const [name, events] of Object.entries(groups)) {
    own.peer.addGroup({ name });
    for (const { stream, timestamp, text } of events)
      own.peer.addEvents(name, stream, [{ timestamp, message: text }]);
  }
  const source = withCache(withSplit(own.open()), { cache: openMemory(), now: own.clock.now });
  return { source, close: () => own.peer.close() };
});

describe("whose events they are", () => {
  const host = () => new URL(paced.peer.endpoint).host;
  const access = (more: Partial<typeof KEYS> & { accountId?: string } = {}) => ({
    access: { endpoint: paced.peer.endpoint, credentials: { ...KEYS, ...more } },
  });
  const memoryOf = (known: Map<string, string>): IdentityMemory => ({
    find: (key) => known.get(key),
    keep: (key, value) => known.set(key, value),
  });

  it("tell the keys, where they name their account", async () => {
    const calls = callsDuring();
    const identity = await paced.open(access({ accountId: "999999999999" })).identify?.(signal);
    expect(identity).toEqual({ account: "999999999999", region: `us-east-1@${host()}` });
    expect(calls()).toEqual([]);
  });

  it("tells STS, once for a key, of which nothing is kept that could be used", async () => {
    const known = new Map<string, string>();
    const calls = callsDuring();
    for (let run = 0; run < 2; run += 1)
      expect(await paced.open().identify?.(signal, memoryOf(known))).toMatchObject({
        account: "210987654321",
      });
    expect(calls()).toEqual(["GetCallerIdentity"]);
    const digest = createHash("sha256").update(KEYS.accessKeyId).digest("hex");
    expect([...known]).toEqual([[digest, "210987654321"]]);
  });

  it("tells STS once in a run, however many ask at a time and with nothing to keep it in", async () => {
    const source = paced.open();
    const calls = callsDuring();
    const controller = new AbortController();
    const [stopped, ...others] = [controller.signal, signal, signal].map((one) => source.identify?.(one));
    controller.abort();
    await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
    expect(await Promise.all(others)).toMatchObject([{ account: "210987654321" }, {}]);
    await source.identify?.(signal);
    expect(calls()).toEqual(["GetCallerIdentity"]);
  });

  it("stands the key for, where STS may not be asked", async () => {
    paced.peer.setFaults({
      plan: [{ effect: accessDenied({ operation: "GetCallerIdentity" }), operation: "GetCallerIdentity" }],
    });
    const one = await paced.open().identify?.(signal);
    const other = await paced.open(access({ accessKeyId: "AKIDOTHER" })).identify?.(signal);
    expect(one?.account).toMatch(/^key-[0-9a-f]{16}$/);
    expect(other?.account).toMatch(/^key-[0-9a-f]{16}$/);
    expect(one?.account).not.toBe(other?.account);
    expect(one?.account).not.toContain(KEYS.accessKeyId);
  });

  it("are others with the groups of linked accounts", async () => {
    expect(await paced.open({ linkedAccounts: true }).identify?.(signal)).toMatchObject({
      account: "210987654321+linked",
    });
  });

  it("is not known without keys, and the reading itself says so", async () => {
    paced.peer.addGroup({ name: "/nobody" });
    const error = new Error("Could not load credentials from any providers");
    const none = {
      endpoint: paced.peer.endpoint,
      credentials: () => Promise.reject(Object.assign(error, { name: "CredentialsProviderError" })),
    };
    const cache = openMemory();
    const window = { start: T - HOUR, end: T };
    const failure = await failureOf(
      readAll(openCached(cache, { access: none }), { group: "/nobody", window }),
    );
    expect(failure.code).toBe("credentials");
    expect(cache.status().entries).toBe(0);
  });

  it("can be interrupted", async () => {
    await expect(paced.open().identify?.(AbortSignal.abort())).rejects.toMatchObject({
      code: "interrupted",
    });
  });
});

describe("a window of which a part is known", () => {
  const event = fc.record({
    offset: fc.nat(40),
    stream: fc.constantFrom("a1", "a2", "b"),
    word: fc.constantFrom("ERROR", "INFO"),
  });
  const asked = fc.record({
    start: fc.nat(40),
    length: fc.integer({ min: 1, max: 41 }),
    filter: fc.constantFrom(undefined, compileFilter("ERROR")),
    streamPrefix: fc.constantFrom(undefined, "a"),
    order: fc.constantFrom("oldest-first" as const, "newest-first" as const),
    limit: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined, freq: 2 }),
  });
  const paging = fc.record({ maxEvents: fc.integer({ min: 1, max: 9 }), ignoresOrder: fc.boolean() });

  it("is given as the service gives it", async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 60 }),
        paging,
        fc.array(asked, { minLength: 2, maxLength: 6 }),
        async (events, cuts, questions) => {
          count += 1;
          const group = `/known/${count}`;
          const start = T - 3 * HOUR;
          paced.peer.addGroup({ name: group });
          for (const [index, { offset, stream, word }] of events.entries())
            paced.peer.addEvents(group, stream, [{ timestamp: start + offset, message: `${word} ${index}` }]);
          paced.peer.setFaults({ paging: cuts });
          const source = openCached(openMemory());
          for (const { start: from, length, filter, streamPrefix, order, limit } of questions) {
            const request = {
              ...{ group, order, window: { start: start + from, end: start + from + length } },
              ...(filter ? { filter } : {}),
              ...(streamPrefix === undefined ? {} : { streamPrefix }),
            };
            const limited = limit === undefined ? request : { ...request, limit };
            const { events: given } = await readAll(source, limited);
            const { events: all } = await readAll(paced.open(), request);
            expect(given.map(({ id }) => id).slice(0, limit)).toEqual(
              all.map(({ id }) => id).slice(0, limit),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("says what there is to say of the group, for one call in the next run", async () => {
    const name = "/told";
    paced.peer.addGroup({ name, retentionDays: 1, creationTime: T - 30 * DAY, isProtected: true });
    paced.peer.addEvents(name, "s", [
      { timestamp: T - HOUR, message: "login of ann", masked: "login of ***" },
    ]);
    const cache = openMemory();
    const window = { start: T - 2 * DAY, end: T - 10 * 60_000 };
    const first = await readAll(openCached(cache), { group: name, window });
    expect(first.notices.map(({ kind }) => kind)).toEqual(["beyond-retention", "masked"]);
    const calls = callsDuring();
    const again = await readAll(openCached(cache), { group: name, window });
    expect(again.notices.map(({ text }) => text)).toEqual([
      ...first.notices.map(({ text }) => text),
      expect.stringContaining("comes from the cache"),
    ]);
    expect(calls()).toEqual(["DescribeLogGroups"]);
    await readAll(openCached(cache), { group: name, window });
    expect(calls()).toEqual(["DescribeLogGroups"]);
  });
});

describe("what lacks the oldest of a window", () => {
  it("says so, newest first from an endpoint that only goes forwards", async () => {
    const group = "/forwards";
    paced.peer.addGroup({ name: group });
    const start = T - HOUR;
    const events = Array.from({ length: 10_500 }, (_, index) => ({
      timestamp: start + index,
      message: String(index),
    }));
    paced.peer.addEvents(group, "s", events);
    paced.peer.setFaults({ paging: { ignoresOrder: true } });
    const window = { start, end: T - 10 * 60_000 };
    const cache = openMemory();
    const backwards = await readAll(openCached(cache), { group, window, order: "newest-first" });
    expect(backwards.events).toHaveLength(10_000);
    expect(backwards.notices).toMatchObject([{ kind: "truncated" }]);
    expect((await readAll(openCached(cache), { group, window })).events).toHaveLength(10_500);
  });

  it("is known as far as the query gave all, of a group that is read by queries", async () => {
    const group = "/rare";
    paced.peer.addGroup({ name: group, class: "INFREQUENT_ACCESS", creationTime: T - DAY });
    const start = T - HOUR;
    const events = Array.from({ length: 40 }, (_, index) => ({
      timestamp: start + index * 1000,
      message: String(index),
    }));
    paced.peer.addEvents(group, "s", events);
    const window = { start, end: T - 10 * 60_000 };
    const cache = openMemory();
    const approve = async () => {};
    const read = async (request: object) =>
      (await readAll(openCached(cache), { group, window, approve, ...request })).events.map(({ message }) =>
        Number(message),
      );
    const numbers = events.map((_, index) => index);
    expect((await read({ limit: 5 })).slice(0, 5)).toEqual(numbers.slice(0, 5));
    expect(await read({ limit: 5, order: "newest-first" })).toEqual(numbers.toReversed().slice(0, 5));
    expect(await read({})).toEqual(numbers);
    const calls = callsDuring();
    expect(await read({ filter: compileFilter("3") })).toEqual(numbers.filter((one) => /3/.test(`${one}`)));
    expect(calls()).not.toContain("StartQuery");
  });
});
