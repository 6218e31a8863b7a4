import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { addUpRefusals } from "../../src/log/refusals.ts";
import { withCache } from "../../src/sources/with-cache.ts";
import { createPlainCache } from "../cache/plain-cache.ts";
import { T } from "../peers/cloudwatch-client.ts";
import { SERVICE_UNAVAILABLE, THROTTLED } from "../peers/cloudwatch-errors.ts";
import type { Effect } from "../peers/cloudwatch-faults.ts";
import {
  addFaultedGroup,
  type FaultedGroup,
  failureOf,
  MESSAGES,
  type PacedPeer,
  readAll,
  startPaced,
} from "./cloudwatch-paced.ts";

const GROUP = "/faults/app";
const DAY = 86_400_000;
const FILTER = "FilterLogEvents";

let paced: PacedPeer;
let faulted: FaultedGroup;
const plan: FaultedGroup["plan"] = (...faults) => faulted.plan(...faults);
const messagesOf: FaultedGroup["messagesOf"] = (source) => faulted.messagesOf(source);

beforeAll(async () => {
  paced = await startPaced();
  faulted = addFaultedGroup(paced, GROUP);
});
afterAll(() => paced.peer.close());
afterEach(() => paced.peer.setFaults({}));

describe("a reading that is refused for its rate", () => {
  it("goes on for a minute in which 30 % of all calls are, loses nothing, and says how many there were", async () => {
    const { peer, clock } = paced;
    peer.addGroup({ name: "/faults/busy" });
    const count = 2000;
    peer.addEvents(
      "/faults/busy",
      "s",
      Array.from({ length: count }, (_, at) => ({ timestamp: T + at, message: `${at}` })),
    );
    const from = clock.now();
    peer.setFaults({
      paging: { maxEvents: 1 },
      plan: [{ effect: THROTTLED, operation: FILTER, share: 0.3, between: [from, from + 60_000] }],
    });
    const before = peer.calls.length;
    const { events, notices, waits } = await readAll(paced.open(), { group: "/faults/busy" });
    expect(events.map(({ message }) => message)).toEqual(
      Array.from({ length: count }, (_, at) => String(at)),
    );
    expect(clock.now() - from).toBeGreaterThan(60_000);
    const calls = peer.calls.slice(before).filter(({ operation }) => operation === FILTER).length;
    const refused = calls - count;
    expect(refused).toBeGreaterThan(100);
    expect(waits).toEqual(Array.from({ length: refused }, () => "Rate limited. Retrying..."));
    expect(addUpRefusals(notices)).toEqual([
      {
        kind: "throttled",
        text: `CloudWatch refused ${refused} calls for their rate; all were repeated.`,
        refused: { service: "CloudWatch", calls: refused },
      },
    ]);
  });

  it("says so of a single call, and nothing where there was none", async () => {
    plan({ effect: THROTTLED, after: 3, times: 1 });
    const { notices } = await readAll(paced.open(), { group: GROUP });
    expect(notices.map(({ text }) => text)).toEqual([
      "CloudWatch refused 1 call for its rate; it was repeated.",
    ]);
    plan();
    expect((await readAll(paced.open(), { group: GROUP })).notices).toEqual([]);
  });

  it("is whole for who reads it from the cache, where nothing was refused", async () => {
    const { now } = paced.clock;
    const lives = { eventLife: DAY, tailLife: 60_000, now, onWarning: () => {} };
    const cache = createPlainCache({ maxBytes: 1e9, maxEntries: 1000, ...lives });
    const source = withCache(paced.open(), { cache, now, quiet: 0 });
    plan({ effect: THROTTLED, after: 3, times: 2 });
    const window = { start: T - 60_000, end: T - 30_000 };
    expect((await readAll(source, { group: GROUP, window })).notices).toHaveLength(1);
    const { events, notices } = await readAll(source, { group: GROUP, window });
    expect(events).toHaveLength(MESSAGES.length);
    expect(notices.map(({ kind }) => kind)).toEqual(["from-cache"]);
  });

  it("gives up after two minutes without a single answer", async () => {
    plan({ effect: THROTTLED, after: 2 });
    const from = paced.clock.now();
    const failure = await failureOf(messagesOf());
    expect(failure).toMatchObject({ code: "rate-limited" });
    expect(failure.message).toBe(
      "Rate limited: CloudWatch goes on refusing FilterLogEvents in us-east-1 (Rate exceeded).",
    );
    const waited = paced.clock.now() - from;
    expect(waited).toBeGreaterThan(120_000);
    expect(waited).toBeLessThan(140_000);
  });
});

/** Part of an answer's body, then nothing; and an answer of something that is not the service. */
const CUT: Effect = { kind: "cut", afterBytes: 40 };
const RESET: Effect = { kind: "cut", afterBytes: 0 };
const PAGE = "<!doctype html><html><body><h1>Bad gateway</h1></body></html>";
const pageWith = (status: number): Effect => ({ kind: "page", status, body: PAGE });

describe("a fault now and then", () => {
  it.each<[string, Effect, number]>([
    ["of the service", SERVICE_UNAVAILABLE, 0.05],
    ["of the service, as no JSON", pageWith(503), 0.05],
    ["of the service, as no body", { kind: "page", status: 500, body: "" }, 0.05],
    ["of the connection, which is reset", RESET, 0.02],
    ["in the middle of a body", CUT, 0.05],
    ["of a gateway that waited for the service", pageWith(504), 0.05],
    ["of the rate, as HTTP 429", { kind: "page", status: 429, body: "slow down" }, 0.05],
  ])("%s loses and doubles nothing", async (_name, effect, share) => {
    let hits = 0;
    for (const seed of [1, 2, 3]) {
      plan({ effect, share, seed });
      const { events, waits } = await readAll(paced.open(), { group: GROUP });
      expect(events.map(({ message }) => message)).toEqual(MESSAGES);
      hits += waits.length;
    }
    expect(hits).toBeGreaterThan(0);
  });

  it("is told while it is waited for", async () => {
    plan({ effect: SERVICE_UNAVAILABLE, after: 1, times: 1 }, { effect: RESET, after: 5, times: 1 });
    const { waits } = await readAll(paced.open(), { group: GROUP });
    expect(waits).toEqual(["CloudWatch has trouble. Retrying...", "CloudWatch has trouble. Retrying..."]);
  });

  it.each<[string, Effect, string, RegExp]>([
    [
      "a service that is down",
      SERVICE_UNAVAILABLE,
      "CloudWatch answered FilterLogEvents with HTTP 500.",
      /try again/,
    ],
    [
      "a broken connection",
      RESET,
      "The connection to CloudWatch broke: socket hang up.",
      /Check the network/,
    ],
    [
      "a cut body",
      CUT,
      "The connection to CloudWatch broke: the answer ended in the middle.",
      /Check the network/,
    ],
    [
      "a page of a gateway",
      pageWith(503),
      "CloudWatch answered FilterLogEvents with a page that is not its own (HTTP 503).",
      /HTTPS_PROXY/,
    ],
    [
      "a login page in place of an answer",
      pageWith(200),
      "CloudWatch answered FilterLogEvents with a page that is not its own (HTTP 200).",
      /HTTPS_PROXY/,
    ],
    [
      "an empty page in place of an answer",
      { kind: "page", status: 200, body: "" },
      "CloudWatch answered FilterLogEvents with nothing at all.",
      /HTTPS_PROXY/,
    ],
    [
      "a proxy that forbids it",
      pageWith(403),
      "CloudWatch answered FilterLogEvents with a page that is not its own (HTTP 403).",
      /HTTPS_PROXY/,
    ],
    [
      "a proxy that wants a password",
      pageWith(407),
      "CloudWatch answered FilterLogEvents with a page that is not its own (HTTP 407).",
      /HTTPS_PROXY/,
    ],
  ])("that stays is told: %s", async (_name, effect, message, hint) => {
    plan({ effect, after: 4 });
    const failure = await failureOf(messagesOf());
    expect(failure).toMatchObject({ code: "source-unavailable", message });
    expect(failure.hint).toMatch(hint);
  });

  it("of a service that is down is tried five times", async () => {
    plan({ effect: SERVICE_UNAVAILABLE, after: 4 });
    const before = paced.peer.calls.length;
    await failureOf(messagesOf());
    const calls = paced.peer.calls.slice(before).filter(({ operation }) => operation === FILTER);
    expect(calls).toHaveLength(4 + 5);
  });
});

const effects = fc.constantFrom<Effect>(
  THROTTLED,
  SERVICE_UNAVAILABLE,
  pageWith(502),
  RESET,
  CUT,
  { kind: "cut", afterBytes: 1 },
  { kind: "cut", afterBytes: 200 },
);

describe("whatever the faults, the pages and the placement", () => {
  it("every event comes once and in order, or the reading fails with a reason", async () => {
    const { peer, clock } = paced;
    let run = 0;
    let failed = 0;
    const scenario = fc.record({
      times: fc.array(fc.nat(20), { maxLength: 40 }),
      paging: fc.record({
        maxEvents: fc.integer({ min: 1, max: 9 }),
        maxScanned: fc.constantFrom(3, 7, 1000),
        emptyPages: fc.nat(2),
        repeatTokenEvery: fc.nat(3),
        repeatPageEvery: fc.nat(3),
        trailingPage: fc.boolean(),
      }),
      faults: fc.array(
        fc.record({ effect: effects, share: fc.double({ min: 0.01, max: 0.2 }), seed: fc.nat() }),
        {
          maxLength: 3,
        },
      ),
      newestFirst: fc.boolean(),
      /** A page behind which the reader is held up for longer than a token lives. */
      delayedAt: fc.nat(30),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ times, paging, faults, newestFirst, delayedAt }) => {
        run += 1;
        const group = `/faults/run-${run}`;
        peer.addGroup({ name: group, creationTime: T });
        times.forEach((time, at) => {
          peer.addEvents(group, `s${at % 3}`, [{ timestamp: T + time, message: `${at}` }]);
        });
        peer.setFaults({ paging, plan: faults.map((fault) => ({ operation: FILTER, ...fault })) });
        const window = { start: T, end: T + 100 };
        const order = newestFirst ? ({ order: "newest-first" } as const) : {};
        const reading = readAll(paced.open(), { group, window, ...order }, (page) => {
          if (page === delayedAt) clock.advance(90_000_000);
        });
        const failure = await reading.then(
          () => undefined,
          (error: unknown) => error,
        );
        if (failure !== undefined) {
          // Five faults in a row, the service is down.
          expect(failure).toMatchObject({
            code: "source-unavailable",
            message: expect.stringContaining("CloudWatch"),
          });
          failed += 1;
          return;
        }
        const { events } = await reading;
        const expected = times
          .map((time, at) => ({ time: T + time, text: String(at) }))
          .sort((one, other) => one.time - other.time || Number(one.text) - Number(other.text));
        const inOrder = newestFirst ? expected.toReversed() : expected;
        expect(events.map(({ timestamp, message }) => ({ time: timestamp, text: message }))).toEqual(inOrder);
      }),
      { numRuns: 150 },
    );
    expect(failed).toBeLessThan(run / 2);
  }, 60_000);
});
