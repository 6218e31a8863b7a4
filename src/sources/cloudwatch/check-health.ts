import { Failure } from "../../failure.ts";
import type { HealthCheck } from "../source.ts";
import type { Connection } from "./client.ts";
import { type CloudWatchGroup, type Groups, identify } from "./groups.ts";

/** Who the credentials are, where they lead, and whether each permission that LogAI uses is there. */
export async function checkHealth(
  connection: Connection,
  groups: Groups,
  signal: AbortSignal,
): Promise<readonly HealthCheck[]> {
  const { region, endpoint } = connection;
  const place: HealthCheck = {
    name: "cloudwatch region",
    ok: true,
    detail: `${region}${endpoint === undefined ? "" : `, at ${endpoint}`}`,
  };
  const identity = await checkIdentity(connection, signal);
  if (!identity.ok) return [place, identity];
  const listed = await tryOut("logs:DescribeLogGroups", async () => {
    const all = await groups.list(signal);
    return `${all.length} log group${all.length === 1 ? "" : "s"}`;
  });
  const [group] = listed.ok ? await groups.list(signal) : [];
  return [place, identity, listed, ...(group ? await checkGroup(connection, group, signal) : [])];
}

async function checkIdentity({ identity, send }: Connection, signal: AbortSignal): Promise<HealthCheck> {
  return tryOut("aws identity", async () => {
    const sts = await identity();
    const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
    const answer = await send({
      operation: "GetCallerIdentity",
      run: (abortSignal) => sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
      signal,
    });
    return `${answer.Arn ?? "unknown"} (account ${answer.Account ?? "unknown"})`;
  });
}

async function checkGroup(
  { send, logs, commands }: Connection,
  group: CloudWatchGroup,
  signal: AbortSignal,
): Promise<readonly HealthCheck[]> {
  const about = group.name;
  const now = Date.now();
  return Promise.all([
    tryOut("logs:FilterLogEvents", async () => {
      const input = { ...identify(group), limit: 1, startTime: now - 1000, endTime: now };
      await send({
        operation: "FilterLogEvents",
        run: (abortSignal) => logs.send(new commands.FilterLogEventsCommand(input), { abortSignal }),
        signal,
        about,
      });
      return about;
    }),
    tryOut("logs:DescribeLogStreams", async () => {
      const input = { ...identify(group), limit: 1 };
      await send({
        operation: "DescribeLogStreams",
        run: (abortSignal) => logs.send(new commands.DescribeLogStreamsCommand(input), { abortSignal }),
        signal,
        about,
      });
      return about;
    }),
  ]);
}

/** A check that says what it found, or what failed and how to mend it. */
async function tryOut(name: string, work: () => Promise<string>): Promise<HealthCheck> {
  try {
    return { name, ok: true, detail: await work() };
  } catch (error) {
    if (!(error instanceof Failure) || error.code === "interrupted") throw error;
    return { name, ok: false, detail: error.message, ...(error.hint ? { hint: error.hint } : {}) };
  }
}
