import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { T } from "../peers/cloudwatch-client.ts";
import { SERVICE_UNAVAILABLE, THROTTLED } from "../peers/cloudwatch-errors.ts";
import type { Effect } from "../peers/cloudwatch-faults.ts";
import {
  addFaultedGroup,
  type FaultedGroup,
  failureOf,
  KEYS,
  MESSAGES,
  type PacedPeer,
  readAll,
  startPaced,
} from "./cloudwatch-paced.ts";

const GROUP = "/held-up/app";
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

describe("tokens", () => {
  it.each([
    ["with an empty page", { repeatTokenEvery: 2 }],
    ["with the same page", { repeatPageEvery: 2 }],
    ["with both", { repeatTokenEvery: 2, repeatPageEvery: 3 }],
  ])("that come twice, %s, are no end and double nothing", async (_name, paging) => {
    paced.peer.setFaults({ paging: { maxEvents: 7, ...paging } });
    expect(await messagesOf()).toEqual(MESSAGES);
  });

  it.each(["oldest-first", "newest-first"] as const)(
    "that have expired are replaced where the reading stands, %s",
    async (order) => {
      const { peer, clock, open } = paced;
      peer.setFaults({ paging: { maxEvents: 7 } });
      const window = { start: T - 60_000, end: T };
      const before = peer.calls.length;
      const { events } = await readAll(open(), { group: GROUP, window, order }, () =>
        clock.advance(86_400_001),
      );
      const read = events.map(({ message }) => message);
      expect(order === "oldest-first" ? read : read.toReversed()).toEqual(MESSAGES);
      const answered = peer.calls.slice(before).filter(({ operation }) => operation === FILTER);
      expect(answered.length).toBeGreaterThan(2 * Math.floor(MESSAGES.length / 7));
    },
  );

  it("that never lead on end with a reason", async () => {
    const { peer } = paced;
    peer.setFaults({ paging: { maxEvents: 7, emptyPages: Number.MAX_SAFE_INTEGER } });
    const { signal } = new AbortController();
    // Empty pages with a new token each are a search that goes on, and may be left.
    let pages = 0;
    for await (const page of paced.open().fetch({ group: GROUP, window: undefined, signal })) {
      expect(page.events).toEqual([]);
      pages += 1;
      if (pages === 50) break;
    }
    expect(pages).toBe(50);
  });
});

describe("credentials that expire on the way", () => {
  it("are fetched anew, and nothing is lost", async () => {
    const { peer, open } = paced;
    peer.setFaults({ paging: { maxEvents: 7 }, callsPerKey: 10 });
    let issued = 0;
    const credentials = async () => {
      issued += 1;
      return { accessKeyId: `AKIDTEMP${issued}`, secretAccessKey: "secret", sessionToken: "t" };
    };
    expect(await messagesOf(open({ access: { endpoint: peer.endpoint, credentials } }))).toEqual(MESSAGES);
    expect(issued).toBeGreaterThan(3);
  });

  it("and cannot be had anew are told, with how to log in", async () => {
    const { peer, open } = paced;
    peer.setFaults({ paging: { maxEvents: 7 }, callsPerKey: 10 });
    const failure = await failureOf(messagesOf(open({ profile: "prod" })));
    expect(failure).toMatchObject({
      code: "credentials",
      message:
        "The AWS credentials of profile 'prod' have expired (The security token included in the request is expired).",
    });
    expect(failure.hint).toContain("aws sso login --profile prod");
  });

  it("with a provider that fails then are told all the same", async () => {
    const { peer, open } = paced;
    peer.setFaults({ paging: { maxEvents: 7 }, callsPerKey: 10 });
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      if (asked > 1) throw new Error("The SSO session has expired or is invalid");
      return KEYS;
    };
    const failure = await failureOf(messagesOf(open({ access: { endpoint: peer.endpoint, credentials } })));
    expect(failure.code).toBe("credentials");
    expect(failure.message).toContain("expired");
  });
});

describe("a reading that is left", () => {
  it("ends at each of its pages, and asks for no other", async () => {
    plan();
    for (let last = 1; last <= Math.ceil(MESSAGES.length / 7); last += 1) {
      const controller = new AbortController();
      const { peer } = paced;
      let after = 0;
      const reading = readAll(paced.open(), { group: GROUP, signal: controller.signal }, (page) => {
        if (page !== last) return;
        after = peer.calls.length;
        controller.abort();
      });
      if (last < Math.ceil(MESSAGES.length / 7)) expect((await failureOf(reading)).code).toBe("interrupted");
      else await reading.catch((error: unknown) => expect(error).toMatchObject({ code: "interrupted" }));
      expect(peer.calls.length).toBe(after);
    }
  });

  it("ends while a call is under way", async () => {
    for (let after = 0; after < 5; after += 1) {
      plan({ effect: { kind: "latency", ms: 60_000 }, after });
      const controller = new AbortController();
      const before = paced.peer.calls.length;
      const reading = failureOf(readAll(paced.open(), { group: GROUP, signal: controller.signal }));
      const isUnderWay = () =>
        paced.peer.calls.slice(before).filter(({ operation }) => operation === FILTER).length > after;
      while (!isUnderWay()) await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
      expect((await reading).code).toBe("interrupted");
    }
  });

  it.each<[string, Effect]>([
    ["a refused call", THROTTLED],
    ["a broken service", SERVICE_UNAVAILABLE],
  ])("ends while it waits to repeat %s", async (_name, effect) => {
    plan({ effect, after: 2 });
    const controller = new AbortController();
    const { clock } = paced;
    const sleep = (ms: number, signal: AbortSignal) => {
      controller.abort();
      return clock.sleep(ms, signal);
    };
    const source = paced.open({ pace: { clock: clock.now, sleep } });
    const before = paced.peer.calls.length;
    const failure = await failureOf(readAll(source, { group: GROUP, signal: controller.signal }));
    expect(failure.code).toBe("interrupted");
    const calls = paced.peer.calls.slice(before).filter(({ operation }) => operation === FILTER);
    expect(calls).toHaveLength(3);
  });
});
