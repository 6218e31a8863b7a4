import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  type InputLogEvent,
  PutLogEventsCommand,
  paginateDescribeLogGroups,
} from "@aws-sdk/client-cloudwatch-logs";
import { createZone } from "../../src/log/zone.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import type { GivenEvent, GivenGroups, SourceFixture } from "../contracts/source.ts";

/** What speaks CloudWatch Logs at an address, whoever's it is. */
export interface Endpoint {
  readonly url: string;
  readonly region: string;
}

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_000_000;
/** Bytes that PutLogEvents counts for an event beside its text. */
const OVERHEAD = 26;

/**
 * A source on groups that are made in the endpoint by AWS's own client, and deleted at the end with all that is in
 * them. Groups of the same names that are left from before go first.
 */
export async function makeGroupsAt({ url, region }: Endpoint, groups: GivenGroups): Promise<SourceFixture> {
  const client = openClient({ url, region });
  const remove = async () => {
    for (const logGroupName of Object.keys(groups))
      await client.send(new DeleteLogGroupCommand({ logGroupName })).catch(() => {});
  };
  await remove();
  for (const [name, events] of Object.entries(groups)) await makeGroup(client, name, events);
  const source = createCloudWatchSource({
    zone: createZone("UTC"),
    now: Date.now,
    env: {},
    region,
    access: { endpoint: url, credentials: KEYS },
  });
  return {
    source,
    close: async () => {
      await remove();
      client.destroy();
    },
  };
}

/** The names of the groups that are at the endpoint. */
export async function groupsAt(endpoint: Endpoint): Promise<readonly string[]> {
  const client = openClient(endpoint);
  const names: string[] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {}))
    names.push(...logGroups.map(({ logGroupName = "" }) => logGroupName));
  client.destroy();
  return names;
}

function openClient({ url, region }: Endpoint): CloudWatchLogsClient {
  const logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
  return new CloudWatchLogsClient({ endpoint: url, region, credentials: KEYS, logger });
}

async function makeGroup(
  client: CloudWatchLogsClient,
  logGroupName: string,
  events: readonly GivenEvent[],
): Promise<void> {
  await client.send(new CreateLogGroupCommand({ logGroupName }));
  for (const [logStreamName, list] of Map.groupBy(events, ({ stream }) => stream)) {
    await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    for (const logEvents of batchesOf(list)) {
      const { rejectedLogEventsInfo } = await client.send(
        new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }),
      );
      if (rejectedLogEventsInfo) throw new Error(`Not taken: ${JSON.stringify(rejectedLogEventsInfo)}`);
    }
  }
}

/** Within the limits of PutLogEvents; the order is kept. */
function* batchesOf(events: readonly GivenEvent[]): Generator<InputLogEvent[]> {
  let batch: InputLogEvent[] = [];
  let bytes = 0;
  for (const { timestamp, text } of events) {
    const size = Buffer.byteLength(text) + OVERHEAD;
    if (batch.length === MOST_EVENTS || bytes + size > MOST_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push({ timestamp, message: text });
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** What emulators are known to lack, and the tests that need it. */
const LACKS: Readonly<Record<string, { readonly reason: string; readonly tests: readonly string[] }>> = {
  "filter-patterns": {
    reason: "the endpoint does not take filter patterns, or not all of them",
    tests: [
      "filters by -ERROR as the filter does by hand",
      "filters by ?ERROR ?WARN as the filter does by hand",
    ],
  },
  "stream-prefix": {
    reason: "the endpoint does not select by the prefix of a stream",
    tests: ["fetches a stream by its prefix"],
  },
  operations: {
    reason: "the endpoint lacks operations that a health check tries",
    tests: ["tells how it is"],
  },
};

/**
 * The tests that are left out at an endpoint.
 * @param lacks keys of LACKS @param groups that are there already
 * @throws Error for another key
 */
export function skipsFor(lacks: readonly string[], groups: readonly string[]): Record<string, string> {
  const skips: Record<string, string> = {};
  if (groups.length > 0)
    skips["lists its groups by name, and those of a prefix"] = "the endpoint holds groups of others";
  for (const lack of lacks) {
    const known = LACKS[lack];
    if (!known)
      throw new Error(`LOGAI_TEST_CLOUDWATCH_LACKS takes ${Object.keys(LACKS).join(", ")}; not ${lack}`);
    for (const test of known.tests) skips[test] = known.reason;
  }
  return skips;
}
