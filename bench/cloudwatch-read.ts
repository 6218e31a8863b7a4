// Reads one group whole, in a process of its own, and prints what that took: by this program's source, or by a plain
// loop of the AWS SDK over the same endpoint.
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { createZone } from "../src/log/zone.ts";
import { createCloudWatchSource } from "../src/sources/cloudwatch/source.ts";
import { withSplit } from "../src/sources/with-split.ts";

const [way = "", endpoint = "", group = "", from = "0", to = "0"] = process.argv.slice(2);
const access = { endpoint, credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" } };
const region = process.env.BENCH_REGION ?? "us-east-1";
// Where a quota is measured, the table of quotas is kept from the first call on, as it is with AWS.
const pace = process.env.BENCH_PACED ? { isEmulator: false } : {};
const window = { start: Number(from), end: Number(to) };

/** As in src/app.ts. */
const SPLIT = { concurrency: 24, callsPerSecond: 25, targetPages: 3, bufferBytes: 32 * 1024 * 1024 };

/** Events read, and a sum over their texts' lengths, so that both ways are known to have done the same. */
async function readWithSource(): Promise<[number, number]> {
  const zone = createZone("UTC");
  const inner = createCloudWatchSource({ zone, now: Date.now, env: {}, region, access, pace });
  const source = way === "split" ? withSplit(inner, SPLIT) : inner;
  let [events, length] = [0, 0];
  for await (const page of source.fetch({ group, window, signal: new AbortController().signal })) {
    events += page.events.length;
    for (const { message } of page.events) length += message.length;
  }
  return [events, length];
}

async function readWithSdk(): Promise<[number, number]> {
  const client = new CloudWatchLogsClient({ ...access, region });
  let [events, length] = [0, 0];
  for (let nextToken: string | undefined, isMore = true; isMore; isMore = nextToken !== undefined) {
    const input = { logGroupName: group, startTime: window.start, endTime: window.end - 1, nextToken };
    const page = await client.send(new FilterLogEventsCommand(input));
    for (const { message = "" } of page.events ?? []) {
      events += 1;
      length += message.length;
    }
    nextToken = page.nextToken;
  }
  return [events, length];
}

const started = performance.now();
const [events, length] = way === "sdk" ? await readWithSdk() : await readWithSource();
const ms = performance.now() - started;
const megabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ ms, megabytes, events, length }));
process.exit(0);
