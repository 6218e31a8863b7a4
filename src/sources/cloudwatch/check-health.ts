import type { LogGroup as SdkGroup } from "@aws-sdk/client-cloudwatch-logs";
import { Failure } from "../../failure.ts";
import type { GroupClass, HealthCheck } from "../source.ts";
import type { Connection } from "./client.ts";
import {
  PERMISSIONS,
  type Permission,
  type ProbeContext,
  type ProbedGroup,
  startProbeQuery,
  type Untested,
} from "./permissions.ts";

export interface HealthOptions {
  readonly linkedAccounts: boolean;
  /** ms since the epoch. */
  readonly now?: () => number;
  /** How long all checks together may take, ms. */
  readonly patience?: number;
}

const PATIENCE = 9_000;
/** The largest page of groups: the smallest of them are looked into. */
const PAGE = 50;
const LISTING = "logs:DescribeLogGroups";
const IDENTITY = "sts:GetCallerIdentity";

/**
 * Where the credentials lead, who they are, and whether each permission that LogAI uses is there. What stands in the way
 * of all of them (no credentials, no way to the service) is told once.
 */
export async function checkHealth(
  connection: Connection,
  options: HealthOptions,
  signal: AbortSignal,
): Promise<readonly HealthCheck[]> {
  const { now = Date.now, patience = PATIENCE } = options;
  const call = createCaller(connection, patience, signal);
  const who = PERMISSIONS.filter(({ action }) => action === IDENTITY);
  const others = PERMISSIONS.filter(({ action }) => action !== IDENTITY);
  const tryAll = (permissions: readonly Permission[], groups: readonly ProbedGroup[]) => {
    const context = contextOf(connection, call, groups, now());
    return Promise.all(permissions.map((permission) => tryOut(permission, context)));
  };
  const listing = settle(() => listGroups(connection, options, call));
  // What is told of the identity is not waited for: it may be of a host that there is no way to.
  const [identity, listed, rest] = await Promise.all([
    tryAll(who, []),
    listing,
    listing.then((told) => (shutBy(told) ? [] : tryAll(others, "failure" in told ? [] : told.value))),
  ]);
  if (signal.aborted) throw new Failure("interrupted", "Interrupted.");
  const place = describePlace(connection);
  const shut = shutBy(listed);
  if (shut) return [place, ...identity.filter(({ ok }) => ok), rowOfFailure("cloudwatch", shut)];
  const groups = "failure" in listed ? rowOfFailure(LISTING, listed.failure) : rowOfListing(listed.value);
  return [place, ...adviseOnce([...identity, groups, ...tellOnce(rest)])];
}

/** What keeps the groups from being listed keeps all else away too, but for a missing permission. */
function shutBy(listed: Settled<readonly ProbedGroup[]>): Failure | undefined {
  return "failure" in listed && listed.failure.code !== "access-denied" ? listed.failure : undefined;
}

function describePlace({ region, profile, endpoint }: Connection): HealthCheck {
  const by = profile === undefined ? "" : `, profile ${profile}`;
  const at = endpoint === undefined ? "" : `, at ${endpoint}`;
  return { name: "cloudwatch region", ok: true, detail: `${region}${by}${at}` };
}

type Caller = ProbeContext["call"];

/** Calls that end with the time that there is for all of them, and then say what held them up. */
function createCaller({ send, region }: Connection, patience: number, signal: AbortSignal): Caller {
  const end = AbortSignal.timeout(patience);
  const whole = AbortSignal.any([signal, end]);
  return async (operation, run, about) => {
    let wait = "";
    const onWait = (text: string) => {
      wait = text.replace(/\.? Retrying\.\.\.$/, "");
    };
    try {
      return await beforeAbort(send({ operation, run, signal: whole, about, onWait }), whole);
    } catch (error) {
      if (!end.aborted || signal.aborted) throw error;
      throw tooLate(operation, region, patience, wait);
    }
  };
}

/** Credentials are looked for without regard to any signal. */
async function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Failure("interrupted", "Interrupted."));
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function tooLate(operation: string, region: string, patience: number, wait: string): Failure {
  const why = wait === "" ? "" : ` (${wait})`;
  const code = /^Rate limited/.test(wait) ? "rate-limited" : "source-unavailable";
  return new Failure(code, `No answer to ${operation} within ${patience / 1000} s${why}.`, {
    hint: `Check the region (${region}), the network, HTTPS_PROXY, and AWS_ENDPOINT_URL where it is set. In a VPC without internet it takes an interface endpoint for com.amazonaws.${region}.logs.`,
  });
}

function contextOf(
  { logs, commands, monitoring, identity }: Connection,
  call: Caller,
  groups: readonly ProbedGroup[],
  now: number,
): ProbeContext {
  let query: ReturnType<ProbeContext["query"]> | undefined;
  const context: ProbeContext = {
    ...{ logs, commands, monitoring, identity, call, groups, now },
    query: () => {
      query ??= startProbeQuery(context);
      return query;
    },
  };
  return context;
}

/** One page of groups, the smallest first; those of linked accounts among them where they are looked into. */
async function listGroups(
  { logs, commands }: Connection,
  { linkedAccounts }: HealthOptions,
  call: Caller,
): Promise<readonly ProbedGroup[]> {
  const input = { limit: PAGE, ...(linkedAccounts ? { includeLinkedAccounts: true } : {}) };
  const { logGroups = [] } = await call("DescribeLogGroups", (abortSignal) =>
    logs.send(new commands.DescribeLogGroupsCommand(input), { abortSignal }),
  );
  return logGroups
    .toSorted((a, b) => (a.storedBytes ?? 0) - (b.storedBytes ?? 0))
    .flatMap((group) => readGroup(group, linkedAccounts));
}

function readGroup(group: SdkGroup, linkedAccounts: boolean): ProbedGroup[] {
  const { logGroupName: name, logGroupArn, arn: starred, logGroupClass } = group;
  if (name === undefined) return [];
  const arn = logGroupArn ?? starred?.replace(/:\*$/, "");
  const identifier =
    linkedAccounts && arn !== undefined ? { logGroupIdentifier: arn } : { logGroupName: name };
  return [{ name, arn, identifier, class: classOf(logGroupClass) }];
}

function classOf(name: string | undefined): GroupClass {
  if (name === "DELIVERY") return "delivery";
  return name === undefined || name === "STANDARD" ? "standard" : "infrequent-access";
}

function rowOfListing(groups: readonly ProbedGroup[]): HealthCheck {
  const count = groups.length;
  const detail = `${count === PAGE ? `${PAGE} or more` : count === 0 ? "no" : count} log group${count === 1 ? "" : "s"}`;
  const hint = "Is it the right account and region? Choose others with --profile and --region.";
  return { name: LISTING, ok: true, detail, ...(count === 0 ? { hint } : {}) };
}

type Settled<T> = { readonly value: T } | { readonly failure: Failure };

/** What a call gave, or how it failed on purpose. @throws whatever is a bug */
async function settle<T>(work: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { failure: error };
  }
}

/** A row, and why it is not fine where it is not. */
interface Tried extends HealthCheck {
  readonly failure?: Failure;
}

async function tryOut({ action: name, without, probe }: Permission, context: ProbeContext): Promise<Tried> {
  const optional = without === undefined ? {} : { isOptional: true };
  const tried = await settle(() => probe(context));
  if ("failure" in tried) {
    const { failure } = tried;
    if (without === undefined) return { ...rowOfFailure(name, failure), failure };
    return { name, ok: false, isOptional: true, detail: `${sayShort(failure)}; ${without}.`, failure };
  }
  return isUntested(tried.value)
    ? { name, ok: false, isOptional: true, detail: `not tested: ${tried.value.untested}.` }
    : { name, ok: true, ...optional, detail: tried.value };
}

function isUntested(value: string | Untested): value is Untested {
  return typeof value !== "string";
}

function rowOfFailure(name: string, { message, hint }: Failure): HealthCheck {
  return { name, ok: false, detail: message, ...(hint === undefined ? {} : { hint }) };
}

/** `missing`, `forbidden by a service control policy`, or what else is the matter. */
function sayShort({ code, message }: Failure): string {
  const denied =
    code === "access-denied" ? /is (missing|forbidden by .{1,100})\.$/.exec(message)?.[1] : undefined;
  return denied ?? message.replace(/\.$/, "");
}

/** Of another service that there is no way to, one row. */
function tellOnce(rows: readonly Tried[]): readonly Tried[] {
  const isCutOff = ({ failure }: Tried) =>
    failure !== undefined && failure.code !== "access-denied" && failure.code !== "rate-limited";
  const metrics = rows.filter(({ name }) => name.startsWith("cloudwatch:"));
  const [first] = metrics;
  if (!first?.failure || !metrics.every(isCutOff)) return rows;
  const { message, hint } = first.failure;
  const told: Tried = {
    name: "cloudwatch:*",
    ok: false,
    isOptional: true,
    detail: `${message.replace(/\.$/, "")}; without alarms and metrics there are fewer leads, and scans are estimated less exactly.`,
    ...(hint === undefined ? {} : { hint }),
  };
  return [...rows.filter((row) => !metrics.includes(row)), told];
}

/** What to do about missing permissions is told with the last of them. */
function adviseOnce(rows: readonly Tried[]): HealthCheck[] {
  const isMissing = ({ isOptional, failure }: Tried) => isOptional && failure?.code === "access-denied";
  const last = rows.findLastIndex(isMissing);
  return rows.map(({ failure: _, ...row }, at) =>
    at === last ? { ...row, hint: "docs/cloudwatch.md has a policy that allows all that LogAI uses." } : row,
  );
}
