import {
  type CloudWatchLogsClient,
  type LiveTailSessionUpdate,
  StartLiveTailCommand,
  type StartLiveTailCommandInput,
  type StartLiveTailResponseStream,
} from "@aws-sdk/client-cloudwatch-logs";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "./cloudwatch.ts";
import { connect, failureOf, range, T } from "./cloudwatch-client.ts";
import type { LiveTail, LiveTailSettings } from "./cloudwatch-live-tail.ts";

let peer: CloudWatchPeer;
let client: CloudWatchLogsClient;

const arnOf = (name: string) => `arn:aws:logs:us-east-1:123456789012:log-group:${name}`;
const [A, B] = [arnOf("/tail/a"), arnOf("/tail/b")];

/** Updates come when a test asks for them, and the session lasts. */
const BY_HAND: LiveTailSettings = { intervalMs: 3_600_000, lifeMs: Infinity };

beforeAll(async () => {
  peer = await startCloudWatch();
  for (const name of ["/tail/a", "/tail/b"]) peer.addGroup({ name });
  peer.addGroup({ name: "/tail/infrequent", class: "INFREQUENT_ACCESS" });
  client = connect(peer);
});

afterAll(() => peer.close());

beforeEach(() => peer.setFaults({ liveTail: BY_HAND }));

afterEach(async () => {
  client.destroy();
  client = connect(peer);
  await expect.poll(peer.liveTails).toEqual([]);
});

async function open(input: Partial<StartLiveTailCommandInput> = {}) {
  const command = new StartLiveTailCommand({ logGroupIdentifiers: [A], ...input });
  const { responseStream } = await client.send(command);
  if (responseStream === undefined) throw new Error("There is no stream.");
  const messages = responseStream[Symbol.asyncIterator]();
  const next = async (): Promise<StartLiveTailResponseStream | undefined> => (await messages.next()).value;
  const session = peer.liveTails().at(-1) as LiveTail;
  const { sessionStart } = (await next()) ?? {};
  return { session, sessionStart, update: async () => (await next())?.sessionUpdate };
}

const messagesOf = (update: LiveTailSessionUpdate | undefined) =>
  update?.sessionResults?.map(({ message }) => message);

describe("StartLiveTail", () => {
  it("tells what it follows, then what is added, also when that is nothing", async () => {
    peer.addEvents("/tail/a", "s", [{ timestamp: T, message: "before" }]);
    const input = { logStreamNamePrefixes: ["s"], logEventFilterPattern: "-never" };
    const { session, sessionStart, update } = await open(input);
    expect(sessionStart).toEqual({
      ...input,
      logGroupIdentifiers: [A],
      requestId: expect.stringMatching(/^0{8}-0000-4000-8000-/),
      sessionId: expect.stringMatching(/^0{8}-0000-4000-a000-/),
    });
    expect(session.input).toEqual({ ...input, logGroupIdentifiers: [A] });
    session.update();
    expect(await update()).toEqual({ sessionMetadata: { sampled: false }, sessionResults: [] });
    peer.addEvents("/tail/a", "s", [{ timestamp: T, ingestionTime: T + 9, message: "fresh" }]);
    session.update();
    expect((await update())?.sessionResults).toEqual([
      {
        logStreamName: "s",
        logGroupIdentifier: A,
        message: "fresh",
        timestamp: T,
        ingestionTime: T + 9,
      },
    ]);
    session.update();
    expect(messagesOf(await update())).toEqual([]);
    expect(session.updates).toBe(3);
  });

  it("sends updates by itself, until its time is up", async () => {
    peer.setFaults({ liveTail: { intervalMs: 5, lifeMs: 15 } });
    const { update } = await open();
    for (let count = 0; count < 3; count += 1) expect(messagesOf(await update())).toEqual([]);
    expect(await failureOf(update())).toMatchObject({ name: "SessionTimeoutException" });
    expect(peer.liveTails()).toEqual([]);
  });

  it("gives any text as it is", async () => {
    const { session, update } = await open();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { maxLength: 9 }),
        async (texts) => {
          peer.addEvents(
            "/tail/a",
            "s",
            texts.map((message) => ({ timestamp: T, message })),
          );
          session.update();
          expect(messagesOf(await update())).toEqual(texts);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("follows several groups, or some streams of one, by a pattern", async () => {
    const both = await open({ logGroupIdentifiers: [A, B], logEventFilterPattern: "%e[rx]+or%" });
    const named = await open({ logStreamNames: ["s", "x"] });
    const prefixed = await open({ logStreamNamePrefixes: ["p/", "q"] });
    peer.addEvents("/tail/a", "s", [{ timestamp: T + 1, message: "error 1" }]);
    peer.addEvents("/tail/a", "s/t", [{ timestamp: T, message: "error 2" }]);
    peer.addEvents("/tail/a", "p/1", [{ timestamp: T, message: "exor 3gone" }]);
    peer.addEvents("/tail/b", "s", [{ timestamp: T, message: "exor 4" }]);
    peer.addEvents("/tail/infrequent", "s", [{ timestamp: T, message: "error 5" }]);
    for (const [{ session, update }, expected] of [
      [both, ["error 1", "error 2", "exor 3gone", "exor 4"]],
      [named, ["error 1"]],
      [prefixed, ["exor 3gone"]],
    ] as const) {
      session.update();
      expect(messagesOf(await update())).toEqual(expected);
    }
  });

  it("may call groups by name", async () => {
    peer.setFaults({ liveTail: { ...BY_HAND, groupsBy: "name" } });
    const { session, update } = await open();
    peer.addEvents("/tail/a", "s", range(1));
    session.update();
    expect((await update())?.sessionResults).toMatchObject([{ logGroupIdentifier: "/tail/a" }]);
  });

  it("gives a sample of 500 of what is more", async () => {
    const { session, update } = await open();
    for (const [count, sampled] of [
      [500, false],
      [501, true],
      [1999, true],
    ] as const) {
      peer.addEvents("/tail/a", "s", range(count));
      session.update();
      const { sessionMetadata, sessionResults = [] } = (await update()) ?? {};
      expect(sessionMetadata).toEqual({ sampled });
      expect(new Set(sessionResults.map(({ message }) => message)).size).toBe(500);
    }
  });

  it.each([
    ["timeout", { name: "SessionTimeoutException" }],
    ["error", { name: "SessionStreamingException" }],
    ["cut", { message: "aborted" }],
  ] as const)("ends by %s, as planned or at once", async (how, failure) => {
    const plan = [{ effect: { kind: "session-end", how, afterUpdates: 2 }, times: 1 }] as const;
    peer.setFaults({ liveTail: { ...BY_HAND, intervalMs: 5 }, plan });
    const planned = await open();
    for (let count = 0; count < 2; count += 1) expect(messagesOf(await planned.update())).toEqual([]);
    expect(await failureOf(planned.update())).toMatchObject(failure);
    peer.setFaults({ liveTail: BY_HAND });
    const { session, update } = await open();
    peer.addEvents("/tail/a", "s", range(1));
    session.update();
    session.end(how);
    expect(messagesOf(await update())).toEqual(["event 0"]);
    expect(await failureOf(update())).toMatchObject(failure);
  });

  it("may end without a word", async () => {
    const { session, update } = await open();
    session.end("close");
    expect(await update()).toBeUndefined();
  });

  it("drops the oldest updates that a slow reader leaves", async () => {
    const { session, update } = await open();
    const text = "x".repeat(500_000);
    for (let count = 0; count < 30; count += 1) {
      peer.addEvents("/tail/a", "s", [{ timestamp: T, message: `${count} ` }, ...range(9, () => text)]);
      session.update();
    }
    const { dropped } = session;
    expect(dropped).toBeGreaterThan(0);
    const seen: number[] = [];
    while (seen.at(-1) !== 29) seen.push(Number.parseInt(messagesOf(await update())?.[0] ?? "", 10));
    expect(seen).toHaveLength(30 - dropped);
    expect(seen).toEqual([...new Set(seen)].sort((one, other) => one - other));
    expect(seen[0]).toBe(0);
    expect(session.dropped).toBe(dropped);
  });

  const many = (count: number) => Array(count).fill("s");
  it.each<[string, Partial<StartLiveTailCommandInput>]>([
    ["no group", { logGroupIdentifiers: [] }],
    ["eleven groups", { logGroupIdentifiers: Array(11).fill(A) }],
    ["an asterisk", { logGroupIdentifiers: [`${A}:*`] }],
    ["a name", { logGroupIdentifiers: ["/tail/a"] }],
    ["names and prefixes of streams", { logStreamNames: ["s"], logStreamNamePrefixes: ["s"] }],
    ["streams of two groups", { logGroupIdentifiers: [A, B], logStreamNames: ["s"] }],
    ["prefixes in two groups", { logGroupIdentifiers: [A, B], logStreamNamePrefixes: ["s"] }],
    ["too many streams", { logStreamNames: many(101) }],
    ["too many prefixes", { logStreamNamePrefixes: many(101) }],
    ["a broken pattern", { logEventFilterPattern: "{ $.a = " }],
  ])("refuses %s", async (_, input) => {
    expect(await failureOf(open(input))).toMatchObject({ name: "InvalidParameterException", status: 400 });
  });

  it("knows no other groups, and follows the Standard class only", async () => {
    const none = open({ logGroupIdentifiers: [arnOf("/none")] });
    expect(await failureOf(none)).toMatchObject({ name: "ResourceNotFoundException" });
    const infrequent = open({ logGroupIdentifiers: [arnOf("/tail/infrequent")] });
    expect(await failureOf(infrequent)).toMatchObject({ name: "InvalidOperationException" });
  });

  it("has room for 15 sessions, and for another when one has gone", async () => {
    const abandoned = peer.abandoned();
    const sessions = [];
    for (let count = 0; count < 15; count += 1) sessions.push(await open());
    expect(await failureOf(open())).toMatchObject({ name: "LimitExceededException" });
    sessions[3]?.session.end("close");
    await open();
    client.destroy();
    await expect.poll(peer.liveTails).toEqual([]);
    client = connect(peer);
    await open();
    expect(peer.abandoned()).toBe(abandoned);
  });
});
