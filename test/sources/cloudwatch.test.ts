import { createZone } from "../../src/log/zone.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import { describeSource } from "../contracts/source.ts";
import { startCloudWatch } from "../peers/cloudwatch.ts";
import { groupsAt, makeGroupsAt, skipsFor } from "./cloudwatch-endpoint.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const NOW = Date.UTC(2025, 10, 20, 12);

describeSource("cloudwatch", async (groups) => {
  const peer = await startCloudWatch();
  for (const [name, events] of Object.entries(groups)) {
    peer.addGroup({ name });
    for (const { stream, timestamp, text } of events) {
      peer.addEvents(name, stream, [{ timestamp, message: text }]);
    }
  }
  const source = createCloudWatchSource({
    zone: createZone("UTC"),
    now: () => NOW,
    env: {},
    region: peer.region,
    access: { endpoint: peer.endpoint, credentials: KEYS },
  });
  return { source, close: () => peer.close() };
});

/** PutLogEvents takes nothing that is older than two weeks. */
const anHourAgo = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

describeSource(
  "cloudwatch, written by AWS's client",
  async (groups) => {
    const peer = await startCloudWatch();
    const { source, close } = await makeGroupsAt({ url: peer.endpoint, region: peer.region }, groups);
    return {
      source,
      close: async () => {
        await close();
        await peer.close();
      },
    };
  },
  { start: anHourAgo },
);

/** An endpoint from outside, such as an emulator; what it lacks is named in LOGAI_TEST_CLOUDWATCH_LACKS. */
const url = process.env.LOGAI_TEST_CLOUDWATCH_ENDPOINT;
if (url) {
  const endpoint = { url, region: process.env.AWS_REGION || "us-east-1" };
  const lacks = (process.env.LOGAI_TEST_CLOUDWATCH_LACKS ?? "").split(",").filter((word) => word !== "");
  const options = { start: anHourAgo, skips: skipsFor(lacks, await groupsAt(endpoint)) };
  describeSource(`cloudwatch at ${url}`, (groups) => makeGroupsAt(endpoint, groups), options);
}
