// Reading a CloudWatch group whole, against a plain loop of the AWS SDK over the same peer, in turn: wall time, memory,
// and the share of what the quota allows. The peer runs in a process of its own on this machine.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const RUNS = Number(process.env.BENCH_RUNS ?? 3);
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

interface Reading {
  readonly ms: number;
  readonly megabytes: number;
  readonly events: number;
  readonly length: number;
}

interface Scenario {
  readonly name: string;
  readonly events: number;
  /** What every answer takes longer, ms, and calls a second. */
  readonly latency: number;
  readonly rate: number | undefined;
  readonly region?: string;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "100,000 events, no latency", events: 100_000, latency: 0, rate: undefined },
  { name: "1,000,000 events, no latency", events: 1_000_000, latency: 0, rate: undefined },
  {
    name: "100,000 events, 80 ms a call, 10 calls/s",
    events: 100_000,
    latency: 80,
    rate: 10,
    region: "us-west-2",
  },
  {
    name: "1,000,000 events, 80 ms a call, 10 calls/s",
    events: 1_000_000,
    latency: 80,
    rate: 10,
    region: "us-west-2",
  },
  {
    name: "1,000,000 events, 500 ms a call, 10 calls/s",
    events: 1_000_000,
    latency: 500,
    rate: 10,
    region: "us-west-2",
  },
  { name: "1,000,000 events, 500 ms a call, 25 calls/s", events: 1_000_000, latency: 500, rate: 25 },
];

async function startPeer({ events, latency, rate, region }: Scenario) {
  const args = [file("../test/peers/cloudwatch-serve.ts"), "--groups", "big", "--events", String(events)];
  args.push("--latency", String(latency));
  if (rate !== undefined) args.push("--rate", `FilterLogEvents=${rate}`);
  if (region !== undefined) args.push("--region", region);
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [first] = await once(child.stdout, "data");
  return { endpoint: String(first).split("\n")[0] ?? "", child };
}

function read(way: string, endpoint: string, { region = "us-east-1", rate }: Scenario, to: number): Reading {
  const args = [
    "--max-semi-space-size=8",
    "--heap-growing-percent=50",
    file("cloudwatch-read.ts"),
    way,
    endpoint,
    "/big/app",
    String(to - 2 * 3_600_000),
    String(to),
  ];
  const env = { ...process.env, BENCH_REGION: region, BENCH_PACED: rate === undefined ? "" : "1" };
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", env }));
}

/** The least time, ms, that so many pages of 1 MB take at the rate, with what a full bucket allows at once. */
function leastTime(pages: number, rate: number): number {
  return (Math.max(0, pages - rate) / rate) * 1000;
}

const only = process.env.BENCH_ONLY;
for (const scenario of SCENARIOS.filter(({ name }) => !only || name.includes(only))) {
  const { endpoint, child } = await startPeer(scenario);
  const to = Date.now() + 60_000;
  const pairs = Array.from({ length: RUNS }, () => ({
    sdk: attempt(() => read("sdk", endpoint, scenario, to)),
    ours: read("split", endpoint, scenario, to),
  }));
  child.kill();
  const ours = median(pairs.map((pair) => pair.ours.ms));
  const whole = pairs.flatMap(({ sdk }) => sdk ?? []);
  const sdk = whole.length > 0 ? median(whole.map(({ ms }) => ms)) : undefined;
  const same = whole.every(
    ({ events, length }) => events === pairs[0]?.ours.events && length === pairs[0]?.ours.length,
  );
  const memory = Math.max(...pairs.map((pair) => pair.ours.megabytes));
  const against =
    sdk === undefined
      ? "the SDK's loop gave up every time"
      : `the SDK's loop ${(sdk / 1000).toFixed(2)} s (${whole.length} of ${RUNS} runs came to the end${same ? "" : "; OTHER EVENTS"}), ${(sdk / ours).toFixed(2)} times faster`;
  const pages = Math.ceil(
    (pairs[0]?.ours.length ?? 0) / 1_048_576 + (26 * (pairs[0]?.ours.events ?? 0)) / 1_048_576,
  );
  const quota =
    scenario.rate === undefined
      ? ""
      : `; ${((100 * leastTime(pages, scenario.rate)) / ours).toFixed(0)} % of what the quota allows`;
  console.log(`${scenario.name}: ${(ours / 1000).toFixed(2)} s, ${memory.toFixed(0)} MB; ${against}${quota}`);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
