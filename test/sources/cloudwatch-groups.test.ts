import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { LogSource } from "../../src/sources/source.ts";
import { T } from "../peers/cloudwatch-client.ts";
import { accessDenied } from "../peers/cloudwatch-errors.ts";
import type { Faults } from "../peers/cloudwatch-faults.ts";
import { type PacedPeer, readAll, startPaced } from "./cloudwatch-paced.ts";

const { signal } = new AbortController();
const COUNT = 2_345;
const NAMES = Array.from({ length: COUNT }, (_, index) => `/many/${String(index).padStart(5, "0")}`);
const LAST = NAMES.at(-1) ?? "";
const OTHER = "210987654321";

let many: PacedPeer;

beforeAll(async () => {
  many = await startPaced();
  for (const name of NAMES) many.peer.addGroup({ name, storedBytes: 7, retentionDays: 30 });
  many.peer.addEvents(LAST, "s", [{ timestamp: T - 1000, message: "hello" }]);
});
afterAll(() => many.peer.close());
afterEach(() => many.peer.setFaults({}));

const namesOf = async (source: LogSource, prefix?: string) =>
  (await Array.fromAsync(source.listGroups({ ...(prefix === undefined ? {} : { prefix }), signal }))).map(
    ({ name }) => name,
  );
const deny = (...operations: string[]): Faults => ({
  plan: operations.map((operation) => ({ operation, effect: accessDenied({ operation }) })),
});
const callsSince = (before: number) => many.peer.calls.slice(before).map(({ operation }) => operation);

describe("thousands of groups", () => {
  it("are listed a thousand a call", async () => {
    const before = many.peer.calls.length;
    const source = many.open();
    expect(await namesOf(source)).toEqual(NAMES);
    expect(await namesOf(source, "/many/0001")).toEqual(NAMES.slice(10, 20));
    expect(callsSince(before)).toEqual(["DescribeLogGroups", ...Array(3).fill("ListLogGroups")]);
  });

  it.each<[string, Faults]>([
    ["does not exist", { unknownOperations: ["ListLogGroups"] }],
    ["is denied", deny("ListLogGroups")],
  ])("are listed fifty a call where ListLogGroups %s", async (_name, faults) => {
    many.peer.setFaults(faults);
    const before = many.peer.calls.length;
    expect(await namesOf(many.open())).toEqual(NAMES);
    const described = callsSince(before).filter((operation) => operation === "DescribeLogGroups");
    expect(described).toHaveLength(Math.ceil(COUNT / 50));
  });

  it("are read and described by name, wherever they stand", async () => {
    const source = many.open();
    expect((await readAll(source, { group: LAST })).events).toHaveLength(1);
    const described = await source.describeGroups?.([LAST, NAMES[0] ?? "", NAMES[700] ?? ""], signal);
    expect(
      described?.map(({ name, storedBytes, retentionDays, newestEvent }) => [
        name,
        storedBytes,
        retentionDays,
        newestEvent,
      ]),
    ).toEqual([
      [NAMES[0], 7, 30, undefined],
      [NAMES[700], 7, 30, undefined],
      [LAST, 7, 30, T - 1000],
    ]);
  });

  it("are looked through for a near name", async () => {
    await expect(readAll(many.open(), { group: "/many/02334x" })).rejects.toMatchObject({
      code: "group-not-found",
      message: expect.stringContaining("'/many/02334'"),
    });
  });

  it("come anew after a failed listing", async () => {
    const source = many.open();
    many.peer.setFaults({
      plan: [
        {
          operation: "DescribeLogGroups",
          effect: accessDenied({ operation: "DescribeLogGroups" }),
          times: 1,
        },
      ],
    });
    await expect(namesOf(source)).rejects.toMatchObject({ code: "access-denied" });
    expect(await namesOf(source)).toEqual(NAMES);
  });
});

describe("without the permission to list", () => {
  it("a group that is named is read", async () => {
    many.peer.setFaults(deny("DescribeLogGroups", "ListLogGroups"));
    const source = many.open();
    expect((await readAll(source, { group: LAST })).events).toHaveLength(1);
    const [event] = (
      await readAll(source, { group: LAST, order: "newest-first", window: { start: T - 2000, end: T } })
    ).events;
    if (!event) throw new Error("There is no event.");
    expect(await source.fetchSurrounding({ event, before: 1, after: 1, signal })).toEqual([event]);
  });

  it("a group that is not there is told as such", async () => {
    many.peer.setFaults(deny("DescribeLogGroups", "ListLogGroups"));
    await expect(readAll(many.open(), { group: "/none" })).rejects.toMatchObject({
      code: "group-not-found",
      message: "Log group '/none' not found.",
    });
  });

  it("listing says which permission is missing", async () => {
    many.peer.setFaults(deny("DescribeLogGroups", "ListLogGroups"));
    await expect(namesOf(many.open())).rejects.toMatchObject({
      code: "access-denied",
      message: "Access denied. Check AWS permissions: logs:DescribeLogGroups is missing.",
    });
  });

  it("a group that may not be read either is named with the permission", async () => {
    many.peer.setFaults(deny("DescribeLogGroups", "ListLogGroups", "FilterLogEvents"));
    await expect(readAll(many.open(), { group: LAST })).rejects.toMatchObject({
      code: "access-denied",
      message: `Access denied for ${LAST}. Check AWS permissions: logs:FilterLogEvents is missing.`,
    });
  });
});

describe("linked accounts", () => {
  let linked: PacedPeer;

  beforeAll(async () => {
    linked = await startPaced();
    linked.peer.addGroup({ name: "/shared" });
    linked.peer.addEvents("/shared", "s", [{ timestamp: T, message: "own" }]);
    const arn = (name: string) => `arn:aws:logs:us-east-1:${OTHER}:log-group:${name}`;
    for (const name of ["/shared", "/theirs"]) {
      linked.peer.addGroup({ name, account: OTHER, storedBytes: 3 });
      linked.peer.addEvents(arn(name), "s", [{ timestamp: T, message: `${name} of theirs` }]);
    }
  });
  afterAll(() => linked.peer.close());
  afterEach(() => linked.peer.setFaults({}));

  const messagesOf = async (source: LogSource, group: string) =>
    (await readAll(source, { group })).events.map(({ message }) => message);

  it("are left out unless they are asked for", async () => {
    expect(await namesOf(linked.open())).toEqual(["/shared"]);
  });

  it.each([
    ["described", {}],
    ["listed by name", { paging: { maxItems: 1 } }],
  ])("have groups of their own, told apart by the account: %s", async (_name, faults) => {
    linked.peer.setFaults(faults);
    const source = linked.open({ linkedAccounts: true });
    expect(await namesOf(source)).toEqual(["/shared", `/shared@${OTHER}`, `/theirs@${OTHER}`]);
    expect(await messagesOf(source, "/shared")).toEqual(["own"]);
    expect(await messagesOf(source, `/shared@${OTHER}`)).toEqual(["/shared of theirs"]);
    expect(await messagesOf(source, `/theirs@${OTHER}`)).toEqual(["/theirs of theirs"]);
    const [event] = (await readAll(source, { group: `/theirs@${OTHER}` })).events;
    if (!event) throw new Error("There is no event.");
    expect(event.group).toBe(`/theirs@${OTHER}`);
    expect(await source.fetchSurrounding({ event, before: 1, after: 1, signal })).toEqual([event]);
    const described = await source.describeGroups?.([`/theirs@${OTHER}`], signal);
    expect(described).toMatchObject([{ name: `/theirs@${OTHER}`, storedBytes: 3, newestEvent: T }]);
  });

  it("are meant by their name alone where it is asked for one of theirs", async () => {
    await expect(messagesOf(linked.open({ linkedAccounts: true }), "/theirs")).rejects.toMatchObject({
      code: "group-not-found",
      message: expect.stringContaining(`'/theirs@${OTHER}'`),
    });
  });
});
