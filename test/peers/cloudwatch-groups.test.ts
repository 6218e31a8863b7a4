import {
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  ListLogGroupsCommand,
  type ListLogGroupsCommandInput,
  type LogGroupSummary,
} from "@aws-sdk/client-cloudwatch-logs";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "./cloudwatch.ts";
import { connect, failureOf, range, T } from "./cloudwatch-client.ts";

let peer: CloudWatchPeer;
let client: CloudWatchLogsClient;

beforeAll(async () => {
  peer = await startCloudWatch({ clock: () => T });
  client = connect(peer);
});

afterAll(async () => {
  client.destroy();
  await peer.close();
});

afterEach(() => peer.setFaults({}));

describe("DescribeLogGroups and DescribeLogStreams", () => {
  async function groupsOf(input: object) {
    const groups = [];
    for (let nextToken: string | undefined; ; ) {
      const page = await client.send(new DescribeLogGroupsCommand({ ...input, nextToken }));
      groups.push(page.logGroups ?? []);
      nextToken = page.nextToken;
      if (nextToken === undefined) return groups;
    }
  }

  it("pages through groups in ASCII order, 50 at a time", async () => {
    const names = Array.from({ length: 120 }, (_, index) => `/many/${(index * 37) % 120}`);
    for (const name of [...names, "/many/Z", "/many/a"]) peer.addGroup({ name });
    const pages = await groupsOf({ logGroupNamePrefix: "/many/" });
    expect(pages.map((page) => page.length)).toEqual([50, 50, 22]);
    expect(pages.flat().map(({ logGroupName }) => logGroupName)).toEqual(
      [...names, "/many/Z", "/many/a"].sort(),
    );
  });

  it("describes a group, and only in brief when asked by pattern", async () => {
    peer.addGroup({ name: "/one/DataLogs", retentionDays: 7, storedBytes: 42, creationTime: T });
    const arn = "arn:aws:logs:us-east-1:123456789012:log-group:/one/DataLogs";
    const brief = { logGroupName: "/one/DataLogs", arn: `${arn}:*`, creationTime: T };
    expect(await groupsOf({ logGroupNamePrefix: "/one/" })).toEqual([
      [
        {
          ...brief,
          logGroupArn: arn,
          logGroupClass: "STANDARD",
          metricFilterCount: 0,
          retentionInDays: 7,
          storedBytes: 42,
        },
      ],
    ]);
    expect(await groupsOf({ logGroupNamePattern: "e/Data" })).toEqual([[brief]]);
    expect(await groupsOf({ logGroupNamePattern: "e/data" })).toEqual([[]]);
    const both = groupsOf({ logGroupNamePattern: "a", logGroupNamePrefix: "a" });
    expect(await failureOf(both)).toMatchObject({ name: "InvalidParameterException" });
  });

  it("looks for groups by class, where Essentials and Infrequent Access are one", async () => {
    for (const name of ["STANDARD", "INFREQUENT_ACCESS", "ESSENTIALS", "DELIVERY"] as const)
      peer.addGroup({ name: `/class/${name}`, class: name });
    const classesOf = async (logGroupClass: string) =>
      (await groupsOf({ logGroupNamePrefix: "/class/", logGroupClass }))
        .flat()
        .map((group) => group.logGroupClass);
    expect(await classesOf("STANDARD")).toEqual(["STANDARD"]);
    expect(await classesOf("DELIVERY")).toEqual(["DELIVERY"]);
    expect(await classesOf("ESSENTIALS")).toEqual(["ESSENTIALS", "INFREQUENT_ACCESS"]);
    expect(await classesOf("INFREQUENT_ACCESS")).toEqual(["ESSENTIALS", "INFREQUENT_ACCESS"]);
  });

  it("shows linked accounts when asked, and reads their groups by ARN", async () => {
    peer.addGroup({ name: "/linked/g", account: "210987654321" });
    const arn = "arn:aws:logs:us-east-1:210987654321:log-group:/linked/g";
    peer.addEvents(arn, "s", range(1));
    expect(await groupsOf({ logGroupNamePrefix: "/linked/" })).toEqual([[]]);
    const linked = await groupsOf({ logGroupNamePrefix: "/linked/", includeLinkedAccounts: true });
    expect(linked).toMatchObject([[{ logGroupArn: arn }]]);
    const filter = (input: object) => client.send(new FilterLogEventsCommand(input));
    expect((await filter({ logGroupIdentifier: arn })).events).toHaveLength(1);
    for (const input of [{ logGroupName: "/linked/g" }, { logGroupIdentifier: `${arn}:*` }])
      expect((await failureOf(filter(input))).name).toMatch(/^(ResourceNotFound|InvalidParameter)Exc/);
  });

  it("orders streams by name or by newest event, which may be stale", async () => {
    const logGroupName = "/streams";
    peer.addGroup({ name: logGroupName });
    for (const [stream, count] of Object.entries({ b: 3, a: 9, c: 1 }))
      peer.addEvents(logGroupName, stream, range(count));
    peer.addStream(logGroupName, "d", { lastEventTimestamp: T + 50 });
    const streamsOf = async (input: object) => {
      const page = await client.send(new DescribeLogStreamsCommand({ logGroupName, ...input }));
      return page.logStreams?.map(({ logStreamName }) => logStreamName);
    };
    expect(await streamsOf({})).toEqual(["a", "b", "c", "d"]);
    expect(await streamsOf({ logStreamNamePrefix: "b" })).toEqual(["b"]);
    expect(await streamsOf({ orderBy: "LastEventTime", descending: true })).toEqual(["a", "d", "b", "c"]);
    const wrong = streamsOf({ orderBy: "LastEventTime", logStreamNamePrefix: "b" });
    expect(await failureOf(wrong)).toMatchObject({ name: "InvalidParameterException" });
  });
});

describe("ListLogGroups", () => {
  async function listAll(input: ListLogGroupsCommandInput) {
    const pages: LogGroupSummary[][] = [];
    for (let nextToken: string | undefined; ; ) {
      const page = await client.send(new ListLogGroupsCommand({ ...input, nextToken }));
      pages.push(page.logGroups ?? []);
      nextToken = page.nextToken;
      if (nextToken === undefined) return pages;
    }
  }
  const namesOf = async (input: ListLogGroupsCommandInput) =>
    (await listAll(input)).flat().map(({ logGroupName }) => logGroupName);

  it("gives name, ARN and class, 50 at a time or up to a thousand", async () => {
    const names = Array.from({ length: 1120 }, (_, index) => `/listed/${(index * 37) % 1120}`);
    for (const name of names) peer.addGroup({ name });
    const sizesOf = async (limit?: number) =>
      (await listAll({ logGroupNamePattern: "^/listed/", limit })).map((page) => page.length);
    expect(await sizesOf(1000)).toEqual([1000, 120]);
    expect(await sizesOf()).toEqual([...Array(22).fill(50), 20]);
    expect(await namesOf({ logGroupNamePattern: "^/listed/", limit: 1000 })).toEqual(names.sort());
    const [[first] = []] = await listAll({ logGroupNamePattern: "^/listed/1000" });
    expect(first).toEqual({
      logGroupName: "/listed/1000",
      logGroupArn: "arn:aws:logs:us-east-1:123456789012:log-group:/listed/1000",
      logGroupClass: "STANDARD",
    });
    expect(await failureOf(sizesOf(1001))).toMatchObject({ name: "InvalidParameterException" });
  });

  it("finds what starts with or contains one of up to five parts", async () => {
    const aName = fc.stringMatching(/^[ab/]{3,8}$/);
    const aPart = fc.record({ isPrefix: fc.boolean(), text: fc.stringMatching(/^[ab/]{3,4}$/) });
    const aCase = fc.record({
      names: fc.uniqueArray(aName, { maxLength: 8 }),
      parts: fc.array(aPart, { minLength: 1, maxLength: 5 }),
    });
    const old = new Set(await namesOf({ limit: 1000 }));
    await fc.assert(
      fc.asyncProperty(aCase, async ({ names, parts }) => {
        for (const name of names) {
          peer.addGroup({ name });
          old.add(name);
        }
        const logGroupNamePattern = parts
          .map(({ isPrefix, text }) => (isPrefix ? `^${text}` : text))
          .join("|");
        const expected = [...old].filter((name = "") =>
          parts.some(({ isPrefix, text }) =>
            isPrefix ? name.indexOf(text) === 0 : name.split(text).length > 1,
          ),
        );
        expect(await namesOf({ logGroupNamePattern, limit: 1000 })).toEqual(expected.sort());
      }),
      { numRuns: 40 },
    );
  });

  it.each(["ab", "^ab", "a".repeat(25), "abc||def", "abc|", "abc|^de", "a*c", "aaa|bbb|ccc|ddd|eee|fff"])(
    "refuses the pattern %s",
    async (logGroupNamePattern) => {
      const failure = await failureOf(listAll({ logGroupNamePattern }));
      expect(failure).toMatchObject({ name: "InvalidParameterException" });
    },
  );

  it("looks by class and in linked accounts, and finds nothing by tags that no group has", async () => {
    peer.addGroup({ name: "/kept/own", class: "INFREQUENT_ACCESS" });
    peer.addGroup({ name: "/kept/linked", account: "210987654321" });
    const kept = { logGroupNamePattern: "^/kept/" };
    expect(await namesOf(kept)).toEqual(["/kept/own"]);
    expect(await namesOf({ ...kept, logGroupClass: "STANDARD" })).toEqual([]);
    expect(await namesOf({ ...kept, includeLinkedAccounts: true })).toEqual(["/kept/linked", "/kept/own"]);
    const accountIdentifiers = ["210987654321"];
    expect(await namesOf({ ...kept, accountIdentifiers })).toEqual(["/kept/own"]);
    expect(await namesOf({ ...kept, includeLinkedAccounts: true, accountIdentifiers })).toEqual([
      "/kept/linked",
    ]);
    expect(await namesOf({ ...kept, logGroupTags: [{ key: "team" }] })).toEqual([]);
  });

  it("is not known where the peer is told so, as the emulators do not know it", async () => {
    peer.setFaults({ unknownOperations: ["ListLogGroups"] });
    expect(await failureOf(listAll({}))).toMatchObject({ name: "UnknownOperationException", status: 400 });
    await client.send(new DescribeLogGroupsCommand({ limit: 1 }));
  });
});
