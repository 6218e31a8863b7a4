import { parseArgs } from "node:util";
import { z } from "zod";
import { startCloudWatch } from "./cloudwatch.ts";
import { addBig, addShop, addShopAlarms, continueShop, type GroupTruth } from "./cloudwatch-shop.ts";

const USAGE = `node test/peers/cloudwatch-serve.ts [options]: a CloudWatch peer in a process of its own
  --groups shop|big         what is in it: a small shop's 26 hours and its alarms (shop), or one group /big/app
  --events N                events of /big/app, over the hour before now (1000000)
  --latency ms              how much longer each answer takes (0)
  --rate Operation=N        calls a second that an operation takes; may be repeated
  --scanned N               events that one FilterLogEvents call looks at (no limit)
  --region NAME             us-east-1
  --port N                  any that is free
  --live                    the shop's logs go on
`;

const options = {
  groups: { type: "string", default: "shop" },
  events: { type: "string", default: "1000000" },
  latency: { type: "string", default: "0" },
  rate: { type: "string", multiple: true, default: [] as string[] },
  scanned: { type: "string" },
  region: { type: "string", default: "us-east-1" },
  port: { type: "string", default: "0" },
  live: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

const settings = z.object({
  groups: z.enum(["shop", "big"]),
  events: z.coerce.number().int().min(1),
  latency: z.coerce.number().min(0),
  rate: z.array(z.string().regex(/^\w+=\d+$/)),
  scanned: z.coerce.number().int().min(1).default(Number.POSITIVE_INFINITY),
  region: z.string(),
  port: z.coerce.number().int().min(0).max(65_535),
  live: z.boolean(),
});

async function serve(argv: readonly string[]): Promise<void> {
  const { help, ...values } = parseArgs({ args: [...argv], options }).values;
  if (help) {
    process.stdout.write(USAGE);
    return;
  }
  const { groups, events, latency, rate, scanned, region, port, live } = settings.parse(values);
  const rates = Object.fromEntries(rate.map((text) => text.split("=")).map(([name, n]) => [name, Number(n)]));
  const faults = { latencyMs: latency, rates, paging: { maxScanned: scanned } };
  const peer = await startCloudWatch({ port, region, faults });
  const now = Date.now();
  const truth = groups === "big" ? addBig(peer, { now, count: events }) : addShop(peer, { now });
  if (groups === "shop") addShopAlarms(peer, { now });
  process.stdout.write(
    `${peer.endpoint}\n${truth.map(describeTruth).join("")}${describeAccess(peer.endpoint, region)}`,
  );
  if (!live || groups === "big") return;
  let from = now;
  setInterval(() => {
    const to = Date.now();
    continueShop(peer, { from, to });
    from = to;
  }, 1000);
}

function describeTruth({ group, events, errorsLastHour, errorsLastDay }: GroupTruth): string {
  return `${group}: ${events} events, ${errorsLastHour} errors in the last hour, ${errorsLastDay} in the last 24 hours\n`;
}

function describeAccess(endpoint: string, region: string): string {
  const access = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
  };
  return `${Object.entries(access)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ")}\n`;
}

await serve(process.argv.slice(2));
