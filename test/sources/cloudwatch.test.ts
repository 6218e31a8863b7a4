import { createZone } from "../../src/log/zone.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import { describeSource } from "../contracts/source.ts";
import { startCloudWatch } from "../peers/cloudwatch.ts";

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
