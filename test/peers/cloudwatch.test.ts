import {
  type CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  type OutputLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "./cloudwatch.ts";
import { connect, failureOf, range, T } from "./cloudwatch-client.ts";
import type { NewEvent } from "./cloudwatch-store.ts";

let peer: CloudWatchPeer;
let client: CloudWatchLogsClient;
let now = T;
let groupCount = 0;

beforeAll(async () => {
  peer = await startCloudWatch({ clock: () => now });
  client = connect(peer);
});

afterAll(async () => {
  client.destroy();
  await peer.close();
});

beforeEach(() => {
  now = T;
});

afterEach(() => peer.setFaults({}));

/** A group of its own for each test, so that one peer serves them all. */
function fillGroup(streams: Readonly<Record<string, Iterable<NewEvent>>>): string {
  groupCount += 1;
  const name = `/test/${groupCount}`;
  peer.addGroup({ name });
  for (const [stream, events] of Object.entries(streams)) peer.addEvents(name, stream, events);
  return name;
}

interface Pages<E> {
  readonly events: E[];
  /** How many events each page held. */
  readonly sizes: number[];
  readonly tokens: string[];
}

async function filterAll(input: FilterLogEventsCommandInput): Promise<Pages<FilteredLogEvent>> {
  const pages: Pages<FilteredLogEvent> = { events: [], sizes: [], tokens: [] };
  for (let nextToken: string | undefined; ; ) {
    const page = await client.send(new FilterLogEventsCommand({ ...input, nextToken }));
    pages.events.push(...(page.events ?? []));
    pages.sizes.push(page.events?.length ?? 0);
    nextToken = page.nextToken;
    if (nextToken === undefined) return pages;
    pages.tokens.push(nextToken);
    if (pages.tokens.length > 500) throw new Error("The pages do not end.");
  }
}

async function getAll(input: GetLogEventsCommandInput): Promise<Pages<OutputLogEvent>> {
  const pages: Pages<OutputLogEvent> = { events: [], sizes: [], tokens: [] };
  for (let nextToken: string | undefined; ; ) {
    const page = await client.send(new GetLogEventsCommand({ ...input, nextToken }));
    const events = page.events ?? [];
    if (input.startFromHead === true) pages.events.push(...events);
    else pages.events.unshift(...events);
    pages.sizes.push(events.length);
    const next = input.startFromHead === true ? page.nextForwardToken : page.nextBackwardToken;
    if (next === undefined) throw new Error("GetLogEvents always gives tokens.");
    if (next === nextToken) return pages;
    nextToken = next;
    pages.tokens.push(nextToken);
    if (pages.tokens.length > 500) throw new Error("The pages do not end.");
  }
}

function messagesOf(events: readonly { message?: string | undefined }[]): (string | undefined)[] {
  return events.map(({ message }) => message);
}

describe("FilterLogEvents", () => {
  const anEvent = fc.record({
    at: fc.integer({ min: 0, max: 30 }),
    late: fc.integer({ min: 0, max: 3 }),
    stream: fc.constantFrom("a", "b/1", "b/2"),
    hit: fc.boolean(),
  });
  const aPaging = fc.record({
    maxEvents: fc.integer({ min: 1, max: 7 }),
    maxBytes: fc.integer({ min: 1, max: 200 }),
    maxScanned: fc.integer({ min: 1, max: 20 }),
    emptyPages: fc.integer({ min: 0, max: 2 }),
    repeatTokenEvery: fc.integer({ min: 0, max: 3 }),
    trailingPage: fc.boolean(),
  });

  it("gives every event of the window once and in order, however its pages are cut", async () => {
    const aCase = fc.record({
      events: fc.array(anEvent, { maxLength: 25 }),
      paging: aPaging,
      limit: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
      window: fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 })),
      forwards: fc.boolean(),
      prefix: fc.constantFrom(undefined, "b/"),
      filterPattern: fc.constantFrom(undefined, "hit"),
    });
    await fc.assert(
      fc.asyncProperty(aCase, async ({ events, paging, limit, window, forwards, prefix, filterPattern }) => {
        const logGroupName = fillGroup({});
        events.forEach(({ at, late, stream, hit }, index) => {
          const message = `${hit ? "hit" : "miss"} ${index}`;
          peer.addEvents(logGroupName, stream, [
            { timestamp: T + at, ingestionTime: T + at + late, message },
          ]);
        });
        peer.setFaults({ paging });
        const [start, end] = window.toSorted((one, other) => one - other) as [number, number];
        const { events: found } = await filterAll({
          logGroupName,
          startTime: T + start,
          endTime: T + end,
          startFromHead: forwards,
          limit,
          filterPattern,
          logStreamNamePrefix: prefix,
        });
        const expected = events
          .map((event, index) => ({ ...event, index }))
          .filter(({ at }) => at >= start && at <= end)
          .filter(({ stream }) => prefix === undefined || stream.startsWith(prefix))
          .filter(({ hit }) => filterPattern === undefined || hit)
          .sort((one, other) => one.at - other.at || one.late - other.late || one.index - other.index)
          .map(({ hit, index }) => `${hit ? "hit" : "miss"} ${index}`);
        expect(messagesOf(found)).toEqual(forwards ? expected : expected.reverse());
        expect(new Set(found.map(({ eventId }) => eventId)).size).toBe(found.length);
      }),
      { numRuns: 60 },
    );
  });

  it("counts both ends of the window in", async () => {
    const logGroupName = fillGroup({ s: range(5) });
    const { events } = await filterAll({ logGroupName, startTime: T + 10, endTime: T + 30 });
    expect(messagesOf(events)).toEqual(["event 1", "event 2", "event 3"]);
  });

  it("gives name, times and id of an event", async () => {
    const logGroupName = fillGroup({ "a/b": [{ timestamp: T, ingestionTime: T + 7, message: "één\nline" }] });
    const { events } = await filterAll({ logGroupName });
    expect(events).toEqual([
      {
        logStreamName: "a/b",
        timestamp: T,
        ingestionTime: T + 7,
        message: "één\nline",
        eventId: expect.stringMatching(/^\d{56}$/),
      },
    ]);
  });

  it("ends a page at 10,000 events, and at 1 MB", async () => {
    const many = fillGroup({ s: range(25_000) });
    expect((await filterAll({ logGroupName: many })).sizes).toEqual([10_000, 10_000, 5_000]);
    const wide = fillGroup({ s: range(25, () => "x".repeat(100_000)) });
    expect((await filterAll({ logGroupName: wide })).sizes).toEqual([10, 10, 5]);
    const widest = fillGroup({ s: range(2, () => "é".repeat(512 * 1024)) });
    expect((await filterAll({ logGroupName: widest })).sizes).toEqual([1, 1]);
  });

  it("gives empty and partial pages where one call does not reach a match", async () => {
    const logGroupName = fillGroup({ s: range(60, (index) => (index % 25 === 0 ? "rare" : "common")) });
    peer.setFaults({ paging: { maxScanned: 10 } });
    const { sizes } = await filterAll({ logGroupName, filterPattern: "rare" });
    expect(sizes).toEqual([1, 0, 1, 0, 0, 1]);
  });

  it("repeats a token with an empty page", async () => {
    const logGroupName = fillGroup({ s: range(6) });
    peer.setFaults({ paging: { repeatTokenEvery: 1 } });
    const { sizes, tokens } = await filterAll({ logGroupName, limit: 2 });
    expect(sizes).toEqual([2, 0, 2, 0, 2]);
    expect(tokens[0]).toBe(tokens[1]);
    expect(tokens[2]).toBe(tokens[3]);
    expect(tokens[1]).not.toBe(tokens[2]);
  });

  it("gives what a late arrival adds behind the token", async () => {
    const logGroupName = fillGroup({ s: range(4) });
    const first = await client.send(new FilterLogEventsCommand({ logGroupName, limit: 2 }));
    peer.addEvents(logGroupName, "late", [
      { timestamp: T, message: "before" },
      { timestamp: T + 15, message: "behind" },
    ]);
    const { nextToken } = first;
    const second = await client.send(new FilterLogEventsCommand({ logGroupName, nextToken }));
    expect(messagesOf(second.events ?? [])).toEqual(["behind", "event 2", "event 3"]);
  });

  it.each([3, 300])("puts %d late arrivals where they belong", async (count) => {
    const logGroupName = fillGroup({ s: range(400) });
    const late = Array.from({ length: count }, (_, index) => ({
      timestamp: T + ((index * 37) % 400) * 10 + 5,
      message: "late",
    }));
    await client.send(new FilterLogEventsCommand({ logGroupName }));
    peer.addEvents(logGroupName, "late", late);
    const { events } = await filterAll({ logGroupName });
    const times = [...range(400), ...late].map(({ timestamp }) => timestamp);
    expect(events.map(({ timestamp }) => timestamp)).toEqual(times.sort((one, other) => one - other));
    const stream = await getAll({ logGroupName, logStreamName: "late", startFromHead: true });
    expect(stream.events).toHaveLength(count);
  });

  it("keeps the direction of the first call", async () => {
    const logGroupName = fillGroup({ s: range(5) });
    const input = { logGroupName, startTime: T, limit: 2 };
    const send = (more: object) => client.send(new FilterLogEventsCommand({ ...input, ...more }));
    const { nextToken } = await send({ startFromHead: false });
    const { events = [] } = await send({ nextToken, startFromHead: true });
    expect(messagesOf(events)).toEqual(["event 2", "event 1"]);
  });

  it("refuses tokens that are old, foreign or none", async () => {
    const logGroupName = fillGroup({ s: range(4) });
    const input = { logGroupName, limit: 2 };
    const { nextToken } = await client.send(new FilterLogEventsCommand(input));
    const again = (more: object) =>
      failureOf(client.send(new FilterLogEventsCommand({ ...input, nextToken, ...more })));
    const refusal = { name: "InvalidParameterException", message: "The specified nextToken is invalid." };
    expect(await again({ filterPattern: "x" })).toMatchObject(refusal);
    expect(await again({ nextToken: "bm9uc2Vuc2U" })).toMatchObject(refusal);
    now += 86_400_000;
    await client.send(new FilterLogEventsCommand({ ...input, nextToken }));
    now += 1;
    expect(await again({})).toMatchObject(refusal);
  });

  it.each([
    [{ logGroupName: "/no" }, "ResourceNotFoundException"],
    [{ logStreamNames: ["no"] }, "ResourceNotFoundException"],
    [{ logStreamNames: ["s"], logStreamNamePrefix: "s" }, "InvalidParameterException"],
    [{ logGroupIdentifier: "/also" }, "InvalidParameterException"],
    [{ logGroupName: undefined }, "InvalidParameterException"],
    [{ limit: 0 }, "InvalidParameterException"],
    [{ limit: 10_001 }, "InvalidParameterException"],
    [{ filterPattern: "{ $.a = " }, "InvalidParameterException"],
    [{ filterPattern: "x".repeat(1025) }, "InvalidParameterException"],
    [{ startFromHead: false }, "InvalidParameterException"],
    [{ startTime: -1 }, "InvalidParameterException"],
    [{ startTime: "yesterday" as unknown as number }, "SerializationException"],
  ])("refuses %j", async (wrong, name) => {
    const logGroupName = fillGroup({ s: range(1) });
    const { message, ...rest } = await failureOf(
      client.send(new FilterLogEventsCommand({ logGroupName, ...wrong })),
    );
    expect(rest).toMatchObject({ name, status: 400 });
    expect(message).not.toBe("");
  });

  it("refuses groups of another class than Standard", async () => {
    peer.addGroup({ name: "/rare/access", class: "INFREQUENT_ACCESS" });
    peer.addEvents("/rare/access", "s", range(1));
    const filtered = client.send(new FilterLogEventsCommand({ logGroupName: "/rare/access" }));
    expect(await failureOf(filtered)).toMatchObject({ name: "InvalidOperationException" });
  });
});

describe("GetLogEvents", () => {
  it("gives every event once and in order in both directions, however its pages are cut", async () => {
    const aCase = fc.record({
      at: fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 25 }),
      maxEvents: fc.integer({ min: 1, max: 7 }),
      maxBytes: fc.integer({ min: 1, max: 200 }),
      emptyPages: fc.integer({ min: 0, max: 2 }),
      window: fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 })),
      startFromHead: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(aCase, async ({ at, window, startFromHead, ...paging }) => {
        const added = at.map((offset, index) => ({ timestamp: T + offset, message: `event ${index}` }));
        const logGroupName = fillGroup({ s: added, other: range(2) });
        peer.setFaults({ paging });
        const [start, end] = window.toSorted((one, other) => one - other) as [number, number];
        const found = await getAll({
          logGroupName,
          logStreamName: "s",
          startTime: T + start,
          endTime: T + end,
          startFromHead,
        });
        const expected = added
          .filter(({ timestamp }) => timestamp >= T + start && timestamp < T + end)
          .sort((one, other) => one.timestamp - other.timestamp);
        expect(messagesOf(found.events)).toEqual(messagesOf(expected));
      }),
      { numRuns: 60 },
    );
  });

  it("counts the start of the window in and its end out, and gives no ids", async () => {
    const logGroupName = fillGroup({ s: range(5) });
    const window = { startTime: T + 10, endTime: T + 30 };
    const { events } = await getAll({ logGroupName, logStreamName: "s", ...window, startFromHead: true });
    expect(messagesOf(events)).toEqual(["event 1", "event 2"]);
    expect(Object.keys(events[0] ?? {}).sort()).toEqual(["ingestionTime", "message", "timestamp"]);
  });

  it("gives the newest page unless told otherwise, and goes on when events arrive at its end", async () => {
    const logGroupName = fillGroup({ s: range(5) });
    const input = { logGroupName, logStreamName: "s" };
    const newest = await client.send(new GetLogEventsCommand({ ...input, limit: 2 }));
    expect(messagesOf(newest.events ?? [])).toEqual(["event 3", "event 4"]);
    const nextToken = newest.nextForwardToken;
    const follow = () => client.send(new GetLogEventsCommand({ ...input, nextToken, startFromHead: true }));
    expect(await follow()).toMatchObject({ events: [], nextForwardToken: nextToken });
    peer.addEvents(logGroupName, "s", [{ timestamp: T + 100, message: "fresh" }]);
    const more = await follow();
    expect(messagesOf(more.events ?? [])).toEqual(["fresh"]);
    expect(more.nextForwardToken).not.toBe(nextToken);
  });

  it("wants startFromHead with a forward token, and an existing stream", async () => {
    const logGroupName = fillGroup({ s: range(5) });
    const input = { logGroupName, logStreamName: "s" };
    const { nextForwardToken: nextToken } = await client.send(new GetLogEventsCommand(input));
    for (const token of [nextToken, nextToken?.replace("f/", "b/")]) {
      const wrong = client.send(
        new GetLogEventsCommand({ ...input, nextToken: token, startFromHead: token !== nextToken }),
      );
      expect(await failureOf(wrong)).toMatchObject({ name: "InvalidParameterException" });
    }
    const none = client.send(new GetLogEventsCommand({ logGroupName, logStreamName: "none" }));
    expect(await failureOf(none)).toMatchObject({ name: "ResourceNotFoundException" });
  });
});
