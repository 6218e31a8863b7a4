import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compileFilter } from "../../src/log/filter-match.ts";
import { createZone } from "../../src/log/zone.ts";
import { type Connection, openConnection } from "../../src/sources/cloudwatch/client.ts";
import { createGroups } from "../../src/sources/cloudwatch/groups.ts";
import { followLive } from "../../src/sources/cloudwatch/live-tail.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import type { FollowRequest } from "../../src/sources/source.ts";
import { sleepFor } from "../../src/sources/token-bucket.ts";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { accessDenied, notImplemented } from "../peers/cloudwatch-errors.ts";
import type { Effect, Faults, PlannedFault } from "../peers/cloudwatch-faults.ts";
import type { LiveTail } from "../peers/cloudwatch-live-tail.ts";
import { type Follower, startFollower } from "./follower.ts";

const ACCESS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const T = Date.UTC(2026, 2, 1, 12);
/** Updates come when a test asks for them. */
const BY_HAND = { intervalMs: 3_600_000, lifeMs: Number.POSITIVE_INFINITY };

let peer: CloudWatchPeer;
let connection: Connection;
let now = T;
const followers: Follower[] = [];

beforeAll(async () => {
  peer = await startCloudWatch();
  connection = await openConnection({
    region: peer.region,
    profile: undefined,
    env: {},
    access: { endpoint: peer.endpoint, credentials: ACCESS },
  });
});
afterAll(() => peer.close());

let serial = 0;
let group: string;
beforeEach(() => {
  now = T;
  serial += 1;
  group = `/follow/${serial}`;
  peer.addGroup({ name: group });
  peer.setFaults({ liveTail: BY_HAND });
});
afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.stop();
  await expect.poll(peer.liveTails).toEqual([]);
});

interface FollowOptions {
  readonly connection?: Connection;
  readonly hold?: () => Promise<void>;
}

function follow(request: Partial<FollowRequest> = {}, given: FollowOptions = {}): Follower {
  const groups = createGroups({ connection, linkedAccounts: false, now: () => now });
  const options = {
    connection: given.connection ?? connection,
    zone: createZone("UTC"),
    now: () => now,
    sleep: (_ms: number, signal: AbortSignal) => sleepFor(1, signal),
    random: () => 0.5,
  };
  const follower = startFollower(
    (signal) =>
      followLive(
        { groups: [group], since: T - 60_000, newest: 10, signal, ...request },
        groups.find,
        options,
      ),
    given.hold,
  );
  followers.push(follower);
  return follower;
}

function openSource() {
  return createCloudWatchSource({
    zone: createZone("UTC"),
    now: () => now,
    env: {},
    region: peer.region,
    access: { endpoint: peer.endpoint, credentials: ACCESS },
  });
}

function followSource(groups: readonly string[]): Follower {
  const { follow: followIn } = openSource();
  if (!followIn) throw new Error("The source does not follow.");
  const follower = startFollower((signal) => followIn({ groups, since: T - 60_000, signal }));
  followers.push(follower);
  return follower;
}

async function session(index = 0): Promise<LiveTail> {
  await expect.poll(() => peer.liveTails().length).toBeGreaterThan(index);
  return peer.liveTails()[index] as LiveTail;
}

/** Does something once, when a fetch has come to the peer and is not answered yet. */
function duringFetch(happens: () => void): void {
  let isOver = false;
  const when = () => {
    if (!isOver) happens();
    isOver = true;
    return false;
  };
  peer.setFaults({
    liveTail: BY_HAND,
    plan: [{ operation: "FilterLogEvents", when, effect: { kind: "latency", ms: 0 } }],
  });
}

function refuse(effect: Effect): PlannedFault {
  return { operation: "StartLiveTail", effect };
}

/** The same connection, which counts the messages of sessions that were read. */
function countMessages(inner: Connection): { messages: () => number; counted: Connection } {
  let count = 0;
  async function* counting(stream: AsyncIterable<unknown>) {
    for await (const message of stream) {
      count += 1;
      yield message;
    }
  }
  const send = async (...args: Parameters<typeof inner.logs.send>) => {
    const output: unknown = await inner.logs.send(...args);
    if (typeof output !== "object" || output === null || !("responseStream" in output)) return output;
    return { ...output, responseStream: counting(output.responseStream as AsyncIterable<unknown>) };
  };
  const logs = Object.assign(Object.create(inner.logs), { send });
  return { messages: () => count, counted: { ...inner, logs } };
}

const say = (message: string, timestamp = now, stream = "s", name = group) =>
  peer.addEvents(name, stream, [{ timestamp, message }]);

describe("following by Live Tail", () => {
  it("gives the newest that had come, then what comes, and tells the price once", async () => {
    for (let index = 0; index < 5; index += 1) say(`before ${index}`, T - 1000 + index);
    say("long before", T - 600_000);
    const follower = follow({ newest: 3 });
    const live = await session();
    await expect.poll(follower.texts).toEqual(["before 2", "before 3", "before 4"]);
    say('WARN {"a":1}', T + 5);
    say("second", T + 1);
    live.update();
    await expect.poll(() => follower.texts().slice(3)).toEqual(["second", 'WARN {"a":1}']);
    expect(follower.events.at(-1)).toMatchObject({ group, stream: "s", timestamp: T + 5, level: "warn" });
    expect(follower.modes).toEqual(["live"]);
    expect(follower.told()).toBe(
      "Live Tail costs $0.01 a minute of a session after 1,800 free minutes a month.",
    );
    expect(new Set(follower.events.map(({ id }) => id)).size).toBe(5);
  });

  it("shows once what both the fetch and the session bring, and equal events as often as they came", async () => {
    duringFetch(() => {
      say("twin");
      say("twin");
    });
    const follower = follow();
    const live = await session();
    await expect.poll(follower.texts).toEqual(["twin", "twin"]);
    say("twin");
    live.update();
    await expect.poll(follower.texts).toEqual(["twin", "twin", "twin"]);
  });

  it("tells of samples with the running total, whenever that has doubled", async () => {
    peer.setFaults({ liveTail: { ...BY_HAND, maxEvents: 2 } });
    const follower = follow();
    const live = await session();
    for (let update = 0; update < 5; update += 1) {
      for (let index = 0; index < 4; index += 1) say(`${update}/${index}`, T + update);
      live.update();
    }
    await expect.poll(() => follower.sum("sampled")).toBe(5);
    expect(follower.events).toHaveLength(10);
    const counts = follower.notices.filter(({ kind }) => kind === "sampled").map(({ text }) => text);
    expect(counts.map((text) => /: (\d+) update/.exec(text)?.[1])).toEqual(["1", "2", "4"]);
  });

  it.each([
    ["timeout", "its three hours are over"],
    ["cut", "(the connection broke); connecting again"],
    ["close", "the stream ended"],
    ["error", "An unknown error occurred"],
  ] as const)(
    "goes on after a session that ends by %s, and fetches what came between",
    async (how, words) => {
      const follower = follow();
      const live = await session();
      say("one");
      live.update();
      await expect.poll(follower.texts).toEqual(["one"]);
      live.end(how);
      now = T + 10_000;
      say("two", T + 4000);
      const next = await session();
      expect(next).not.toBe(live);
      await expect.poll(follower.texts).toEqual(["one", "two"]);
      say("three");
      next.update();
      await expect.poll(follower.texts).toEqual(["one", "two", "three"]);
      expect(follower.told("following")).toContain(words);
      expect(follower.told("following")).toContain(
        "connected again; what had come meanwhile was fetched, 1 event.",
      );
      expect(follower.told("gap")).toBe("");
      expect(follower.told("following").match(/costs/g)).toHaveLength(1);
    },
  );

  it("tells of a gap that it cannot fill, and fills it later where that is possible", async () => {
    const follower = follow();
    const live = await session();
    live.update();
    await expect.poll(follower.pages).toBeGreaterThan(2);
    const plan = [
      { operation: "FilterLogEvents", effect: accessDenied({ operation: "FilterLogEvents" }), times: 1 },
    ];
    peer.setFaults({ liveTail: BY_HAND, plan });
    live.end("cut");
    say("meanwhile", T + 5000);
    now = T + 10_000;
    const next = await session();
    await expect
      .poll(() => follower.told("gap"))
      .toMatch(
        /events from 2026-03-01 12:00:00 UTC to 2026-03-01 12:00:10 UTC may be missing: Access denied/,
      );
    expect(follower.told()).not.toContain("connected again");
    for (let update = 0; update < 15; update += 1) next.update();
    await expect.poll(follower.texts).toEqual(["meanwhile"]);
  });

  it("follows many groups in several sessions, whatever the session calls them", async () => {
    const groups = Array.from({ length: 12 }, (_, index) => `${group}/${index}`);
    for (const name of groups) peer.addGroup({ name });
    peer.setFaults({ liveTail: { ...BY_HAND, groupsBy: "name" } });
    const follower = follow({ groups, filter: compileFilter("ERROR") });
    const [first, second] = [await session(0), await session(1)];
    for (const name of groups) say(`ERROR ${name}`, T, "s", name);
    say("INFO", T, "s", groups[3]);
    for (const live of [first, second]) live.update();
    await expect.poll(() => follower.events).toHaveLength(12);
    expect(new Set(follower.events.map(({ group: of, message }) => `ERROR ${of}` === message))).toEqual(
      new Set([true]),
    );
    expect(follower.told()).toContain("these are 2 sessions");
  });

  it("follows the streams of a prefix, one group a session", async () => {
    peer.addGroup({ name: `${group}/b` });
    const follower = follow({ groups: [group, `${group}/b`], streamPrefix: "web" });
    const lives = [await session(0), await session(1)];
    for (const name of [group, `${group}/b`]) {
      say("yes", T, "web-1", name);
      say("no", T, "db-1", name);
    }
    for (const live of lives) live.update();
    await expect.poll(follower.texts).toEqual(["yes", "yes"]);
  });

  it("drops what a slow reader leaves, and says how much", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    peer.setFaults({ liveTail: { ...BY_HAND, maxEvents: 5000 } });
    const { messages, counted } = countMessages(connection);
    const follower = follow({ newest: 0 }, { connection: counted, hold: () => held });
    const live = await session();
    for (let update = 0; update < 8; update += 1) {
      const events = Array.from({ length: 5000 }, (_, at) => ({ timestamp: T, message: `${update}/${at}` }));
      peer.addEvents(group, "s", events);
      live.update();
      await expect.poll(messages).toBe(update + 2);
    }
    release();
    await expect.poll(() => follower.events.at(-1)?.message).toBe("7/4999");
    expect(follower.sum("dropped")).toBe(40_000 - follower.events.length);
    expect(follower.sum("dropped")).toBeGreaterThanOrEqual(15_000);
    expect(follower.told("truncated")).toBe(
      `Events come faster than they are taken: ${follower.sum("dropped")} were dropped so far.`,
    );
  });

  it("finds the events around one that came live", async () => {
    for (let index = 0; index < 5; index += 1) say(`n=${index}`, T + index - 10);
    const follower = follow({ newest: 0 });
    const live = await session();
    say("mark\n", T);
    live.update();
    say("after", T + 1);
    await expect.poll(follower.texts).toEqual(["mark"]);
    const [event] = follower.events;
    if (!event) throw new Error("no event");
    const { signal } = new AbortController();
    const around = await openSource().fetchSurrounding({ event, before: 2, after: 2, signal });
    expect(around.map(({ message }) => message)).toEqual(["n=3", "n=4", "mark", "after"]);
  });
});

describe("where there is no Live Tail", () => {
  it.each<[string, Faults, string]>([
    ["too many sessions", { liveTail: { maxSessions: 0 } }, "as many Live Tail sessions open as it may"],
    [
      "no permission",
      { plan: [refuse(accessDenied({ operation: "StartLiveTail" }))] },
      "logs:StartLiveTail is missing",
    ],
    [
      "an endpoint that does not know it",
      { unknownOperations: ["StartLiveTail"] },
      "does not know StartLiveTail",
    ],
    [
      "an emulator without it",
      { plan: [refuse(notImplemented("StartLiveTail"))] },
      "does not know StartLiveTail",
    ],
    [
      "a class without it",
      {
        plan: [
          refuse({
            kind: "error",
            code: "InvalidOperationException",
            message: "StartLiveTail is not supported.",
          }),
        ],
      },
      "StartLiveTail is not supported. Looking",
    ],
    [
      "an answer that is no stream",
      { plan: [refuse({ kind: "page", status: 200, body: "<html>" })] },
      "StartLiveTail",
    ],
  ])("polls for %s, and says why", async (_, faults, reason) => {
    say("old", T - 2000);
    say("before", T - 1000);
    peer.setFaults(faults);
    const follower = follow({ newest: 1 });
    await expect.poll(follower.texts).toEqual(["before"]);
    expect(follower.modes).toEqual(["polling"]);
    expect(follower.told("following")).toContain("not followed live: ");
    expect(follower.told("following")).toContain(reason);
    expect(follower.told("following")).toContain("Looking every 2 s instead.");
    say("after", T + 1);
    await expect.poll(follower.texts).toEqual(["before", "after"]);
    say("late", T - 3000);
    await expect.poll(follower.texts).toEqual(["before", "after", "late"]);
  });

  it("polls on from where a session broke off, without showing anything twice", async () => {
    say("before", T - 1000);
    const follower = follow();
    const live = await session();
    await expect.poll(follower.texts).toEqual(["before"]);
    say("live");
    say("live");
    live.update();
    await expect.poll(follower.texts).toEqual(["before", "live", "live"]);
    peer.setFaults({ liveTail: { maxSessions: 0 } });
    live.end("cut");
    say("live", T + 7);
    await expect.poll(follower.texts).toEqual(["before", "live", "live", "live"]);
    expect(follower.modes).toEqual(["live", "polling"]);
    say("after", T + 20);
    await expect.poll(follower.texts).toEqual(["before", "live", "live", "live", "after"]);
  });

  it("leaves out a group of a class that hands out nothing, and fails where there is no other", async () => {
    peer.addGroup({ name: `${group}/ia`, class: "INFREQUENT_ACCESS" });
    const follower = followSource([group, `${group}/ia`, `${group}/none`]);
    await session();
    expect(follower.told("unreadable")).toMatch(/ia is not followed: .* is of the infrequent-access class/);
    expect(follower.told("unreadable")).toMatch(/none is not followed: .* not found. Did you mean .*\?$/m);
    expect(await followSource([`${group}/ia`]).ended).toMatchObject({ code: "unreadable" });
    expect(await followSource([`${group}/none`]).ended).toMatchObject({ code: "group-not-found" });
  });

  it("fails for a pattern that the service refuses", async () => {
    const filter = { ...compileFilter("a"), pattern: "{ $.a = " };
    expect(await follow({ filter }).ended).toMatchObject({ code: "invalid-filter" });
  });
});
