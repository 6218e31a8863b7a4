import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LogEvent } from "../../src/log/event.ts";
import { compileFilter } from "../../src/log/filter-match.ts";
import type { FetchRequest } from "../../src/sources/source.ts";
import { T } from "../peers/cloudwatch-client.ts";
import { type PacedPeer, readAll, startPaced } from "./cloudwatch-paced.ts";

let paced: PacedPeer;
let runs = 0;

beforeAll(async () => {
  paced = await startPaced();
});
afterAll(() => paced.peer.close());

interface Stored {
  readonly time: number;
  readonly stream: string;
  readonly text: string;
}

/** FilterLogEvents goes backwards from here on only. */
const NEW_YEAR = Date.UTC(2024, 0, 1);
const SPAN = 30;

const placement = fc.array(
  fc.record({
    offset: fc.integer({ min: 0, max: SPAN }),
    stream: fc.constantFrom("web/1", "web/2", "worker"),
    word: fc.constantFrom("ERROR", "WARN slow", "INFO ok"),
  }),
  { maxLength: 40 },
);

const cuts = fc.record({
  maxEvents: fc.integer({ min: 1, max: 12 }),
  maxScanned: fc.constantFrom(1, 4, Number.POSITIVE_INFINITY),
  maxBytes: fc.constantFrom(60, 1_000_000),
  emptyPages: fc.nat(2),
  repeatTokenEvery: fc.nat(4),
  trailingPage: fc.boolean(),
});

/** A group of its own with these events, in the order in which the service keeps them. */
function store(start: number, events: readonly { offset: number; stream: string; word: string }[]) {
  runs += 1;
  const group = `/pages/run-${runs}`;
  paced.peer.addGroup({ name: group, creationTime: NEW_YEAR - 86_400_000 });
  const stored = events.map(
    ({ offset, stream, word }, index): Stored => ({
      time: start + offset,
      stream,
      text: `${word} n=${index}`,
    }),
  );
  for (const { time, stream, text } of stored)
    paced.peer.addEvents(group, stream, [{ timestamp: time, message: text }]);
  return { group, stored: stored.toSorted((one, other) => one.time - other.time) };
}

const storedOf = (events: readonly LogEvent[]): Stored[] =>
  events.map(({ timestamp = 0, stream, message }) => ({ time: timestamp, stream, text: message }));

const request = fc.record({
  filter: fc.constantFrom(undefined, "ERROR", "-ERROR", "?ERROR ?WARN", '"WARN slow"', "%n=1\\d%"),
  streamPrefix: fc.constantFrom(undefined, "web/", "web/2", "w", "none"),
  window: fc.option(fc.tuple(fc.integer({ min: -3, max: SPAN + 3 }), fc.integer({ min: 1, max: SPAN + 6 })), {
    nil: undefined,
  }),
  limit: fc.constantFrom(undefined, 1, 5, 100),
});

interface Asked {
  readonly filter: string | undefined;
  readonly streamPrefix: string | undefined;
  readonly window: [from: number, length: number] | undefined;
  readonly limit: number | undefined;
}

function requestOf(start: number, { filter, streamPrefix, window, limit }: Asked) {
  return {
    window: window && { start: start + window[0], end: start + window[0] + window[1] },
    ...(filter === undefined ? {} : { filter: compileFilter(filter) }),
    ...(streamPrefix === undefined ? {} : { streamPrefix }),
    ...(limit === undefined ? {} : { limit }),
  } satisfies Partial<FetchRequest>;
}

function expectedOf(stored: readonly Stored[], start: number, asked: Asked): Stored[] {
  const { window, filter, streamPrefix = "" } = requestOf(start, asked);
  return stored.filter(
    ({ time, stream, text }) =>
      (!window || (time >= window.start && time < window.end)) &&
      (filter?.test(text) ?? true) &&
      stream.startsWith(streamPrefix),
  );
}

/** Whether the pages come in the time's order, and hold what they should; equal times may be in any order. */
function expectNewest(read: readonly Stored[], expected: readonly Stored[], limit: number | undefined): void {
  const wanted = Math.min(limit ?? expected.length, expected.length);
  const newest = expected.toReversed();
  expect(read.length).toBeGreaterThanOrEqual(wanted);
  expect(read.slice(0, wanted).map(({ time }) => time)).toEqual(
    newest.slice(0, wanted).map(({ time }) => time),
  );
  const known = new Set(expected.map(({ text }) => text));
  expect(new Set(read.map(({ text }) => text)).size).toBe(read.length);
  expect(read.every(({ text }) => known.has(text))).toBe(true);
  if (limit === undefined) expect(read).toHaveLength(expected.length);
}

const starts = fc.constantFrom(T, NEW_YEAR - 15);

describe("what is fetched is what is stored, whatever the placement, the cuts and the request", () => {
  it("oldest first", async () => {
    await fc.assert(
      fc.asyncProperty(starts, placement, cuts, request, async (start, events, paging, asked) => {
        const { group, stored } = store(start, events);
        paced.peer.setFaults({ paging });
        const { events: read } = await readAll(paced.open(), { group, ...requestOf(start, asked) });
        expect(storedOf(read)).toEqual(expectedOf(stored, start, asked));
      }),
      { numRuns: 150 },
    );
  });

  it("newest first, before 2024 too", async () => {
    await fc.assert(
      fc.asyncProperty(starts, placement, cuts, request, async (start, events, paging, asked) => {
        const { group, stored } = store(start, events);
        paced.peer.setFaults({ paging });
        const order = "newest-first" as const;
        const { events: read } = await readAll(paced.open(), { group, order, ...requestOf(start, asked) });
        expectNewest(storedOf(read), expectedOf(stored, start, asked), asked.limit);
      }),
      { numRuns: 150 },
    );
  });

  it("newest first from an endpoint that only goes forwards", async () => {
    await fc.assert(
      fc.asyncProperty(starts, placement, cuts, request, async (start, events, paging, asked) => {
        const { group, stored } = store(start, events);
        paced.peer.setFaults({ paging: { ...paging, ignoresOrder: true } });
        const order = "newest-first" as const;
        const { events: read } = await readAll(paced.open(), { group, order, ...requestOf(start, asked) });
        expectNewest(storedOf(read), expectedOf(stored, start, asked), asked.limit);
      }),
      { numRuns: 150 },
    );
  });
});

describe("the events around one", () => {
  const { signal } = new AbortController();
  const sides = fc.record({ before: fc.nat(6), after: fc.nat(6) });

  it("are its neighbours in its stream, over the edges of pages and among equal times", async () => {
    const crowded = fc.array(fc.record({ offset: fc.nat(4), stream: fc.constantFrom("a", "b") }), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(crowded, cuts, sides, fc.nat(), async (events, paging, { before, after }, pick) => {
        const { group } = store(
          T,
          events.map((event) => ({ ...event, word: "INFO ok" })),
        );
        paced.peer.setFaults({ paging });
        const source = paced.open();
        const all = (await readAll(source, { group })).events;
        const event = all[pick % all.length];
        if (!event) throw new Error("There is no event.");
        const stream = all.filter((other) => other.stream === event.stream);
        const place = stream.indexOf(event);
        const around = await source.fetchSurrounding({ event, before, after, signal });
        expect(around).toEqual(stream.slice(Math.max(0, place - before), place + after + 1));
      }),
      { numRuns: 100 },
    );
  });

  it("are found among more equal times than a page holds", async () => {
    const { group } = store(
      T,
      Array.from({ length: 300 }, () => ({ offset: 1, stream: "a", word: "INFO ok" })),
    );
    paced.peer.setFaults({ paging: { maxEvents: 40 } });
    const source = paced.open();
    const all = (await readAll(source, { group })).events;
    for (const place of [0, 150, 299]) {
      const event = all[place] as LogEvent;
      const around = await source.fetchSurrounding({ event, before: 2, after: 2, signal });
      expect(around).toEqual(all.slice(Math.max(0, place - 2), place + 3));
    }
  });

  it("are not guessed where the event, or its stream, is gone", async () => {
    const { group } = store(T, [{ offset: 0, stream: "a", word: "INFO ok" }]);
    paced.peer.setFaults({});
    const source = paced.open();
    const [event] = (await readAll(source, { group })).events;
    if (!event) throw new Error("There is no event.");
    for (const gone of [
      { ...event, id: "other" },
      { ...event, stream: "gone" },
    ])
      await expect(
        source.fetchSurrounding({ event: gone, before: 1, after: 1, signal }),
      ).rejects.toMatchObject({
        code: "event-not-found",
      });
  });
});
