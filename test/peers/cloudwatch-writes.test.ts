import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  type InputLogEvent,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type CloudWatchPeer, startCloudWatch } from "./cloudwatch.ts";
import { connect, failureOf, T } from "./cloudwatch-client.ts";

const logGroupName = "/written/app";
const logStreamName = "web/1";
const DAY = 86_400_000;
let peer: CloudWatchPeer;
let client: ReturnType<typeof connect>;

beforeAll(async () => {
  peer = await startCloudWatch({ clock: () => T });
  client = connect(peer);
  await client.send(new CreateLogGroupCommand({ logGroupName }));
  await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
});
afterAll(async () => {
  client.destroy();
  await peer.close();
});

const put = (logEvents: InputLogEvent[], stream = logStreamName) =>
  client.send(new PutLogEventsCommand({ logGroupName, logStreamName: stream, logEvents }));
const stored = async () =>
  (await client.send(new FilterLogEventsCommand({ logGroupName }))).events?.map(({ message }) => message);

it("keeps what is put, and leaves out what is too old or too new", async () => {
  const message = (text: string, timestamp: number) => ({ timestamp, message: text });
  expect((await put([message("a", T - 1000), message("b", T)])).rejectedLogEventsInfo).toBeUndefined();
  expect(
    (await put([message("old", T - 14 * DAY - 1), message("c", T - 14 * DAY)])).rejectedLogEventsInfo,
  ).toEqual({
    tooOldLogEventEndIndex: 1,
  });
  expect(
    (await put([message("d", T + 7_200_000), message("new", T + 7_200_001)])).rejectedLogEventsInfo,
  ).toEqual({
    tooNewLogEventStartIndex: 1,
  });
  expect(await stored()).toEqual(["c", "a", "b", "d"]);
});

it.each<[string, InputLogEvent[], string]>([
  ["too many", Array.from({ length: 10_001 }, () => ({ timestamp: T, message: "x" })), "at most 10000"],
  ["too large", [{ timestamp: T, message: "x".repeat(1_048_551) }], "Upload too large"],
  [
    "not in order",
    [
      { timestamp: T, message: "x" },
      { timestamp: T - 1, message: "x" },
    ],
    "chronological",
  ],
  [
    "of more than a day",
    [
      { timestamp: T - DAY - 1, message: "x" },
      { timestamp: T, message: "x" },
    ],
    "24 hours",
  ],
])("refuses a batch that is %s", async (_name, events, words) => {
  const failure = await failureOf(put(events));
  expect(failure).toMatchObject({
    name: "InvalidParameterException",
    message: expect.stringContaining(words),
  });
});

it("makes groups and streams once, and only where there is a place for them", async () => {
  const exists = { name: "ResourceAlreadyExistsException" };
  const missing = { name: "ResourceNotFoundException" };
  expect(await failureOf(client.send(new CreateLogGroupCommand({ logGroupName })))).toMatchObject(exists);
  expect(
    await failureOf(client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))),
  ).toMatchObject(exists);
  const nowhere = { logGroupName: "/none", logStreamName };
  expect(await failureOf(client.send(new CreateLogStreamCommand(nowhere)))).toMatchObject(missing);
  expect(await failureOf(put([{ timestamp: T, message: "x" }], "none"))).toMatchObject(missing);
  const gone = "/written/gone";
  await client.send(new CreateLogGroupCommand({ logGroupName: gone }));
  await client.send(new DeleteLogGroupCommand({ logGroupName: gone }));
  expect(await failureOf(client.send(new DeleteLogGroupCommand({ logGroupName: gone })))).toMatchObject(
    missing,
  );
  const { logGroups } = await client.send(new DescribeLogGroupsCommand({}));
  expect(logGroups?.map((group) => group.logGroupName)).toEqual([logGroupName]);
});
