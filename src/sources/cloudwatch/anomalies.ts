import type { Anomaly as ServiceAnomaly } from "@aws-sdk/client-cloudwatch-logs";
import { Failure } from "../../failure.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { Anomaly, AnomalyList } from "../source.ts";
import type { Connection } from "./client.ts";
import type { CloudWatchGroup } from "./groups.ts";

/** Pages of one listing that are followed, of up to 50 each. */
const MOST_PAGES = 10;
/** How long a lead may take, ms. */
const PATIENCE = 6_000;
const PRIORITIES = ["HIGH", "MEDIUM", "LOW"];
const NONE: AnomalyList = { anomalies: [], notices: [] };

/**
 * The open anomalies of a group that overlap the window, by the detectors that somebody has set up for it: listing them is
 * free. They are a lead and no more, so what keeps them back is no failure; a refusal is told.
 */
export async function listAnomalies(
  connection: Connection,
  group: CloudWatchGroup,
  window: TimeRange,
  { signal, patience = PATIENCE }: { readonly signal: AbortSignal; readonly patience?: number },
): Promise<AnomalyList> {
  const { arn } = group;
  if (arn === undefined || group.class !== "standard") return NONE;
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    const found: ServiceAnomaly[] = [];
    for (const detector of await listDetectors(connection, arn, limited))
      found.push(...(await listOf(connection, detector, limited)));
    const open = found.filter((one) => isOpen(one) && isOf(one, arn)).map(readAnomaly);
    return { anomalies: open.filter((one) => overlaps(one, window)).sort(byWeight), notices: [] };
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    if (error.code !== "access-denied") return NONE;
    const text = `The anomalies of detectors are not known: ${error.message}`;
    return { anomalies: [], notices: [{ kind: "unreadable", group: group.name, text }] };
  }
}

async function listDetectors(
  { send, logs, commands }: Connection,
  filterLogGroupArn: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const input = { filterLogGroupArn, ...(nextToken === undefined ? {} : { nextToken }) };
    const answer = await send({
      operation: "ListLogAnomalyDetectors",
      run: (abortSignal) => logs.send(new commands.ListLogAnomalyDetectorsCommand(input), { abortSignal }),
      signal,
    });
    arns.push(...(answer.anomalyDetectors ?? []).flatMap((one) => one.anomalyDetectorArn ?? []));
    nextToken = answer.nextToken;
    if (nextToken === undefined) break;
  }
  return arns;
}

async function listOf(
  { send, logs, commands }: Connection,
  anomalyDetectorArn: string,
  signal: AbortSignal,
): Promise<readonly ServiceAnomaly[]> {
  const anomalies: ServiceAnomaly[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const input = {
      anomalyDetectorArn,
      suppressionState: "UNSUPPRESSED" as const,
      ...(nextToken === undefined ? {} : { nextToken }),
    };
    const answer = await send({
      operation: "ListAnomalies",
      run: (abortSignal) => logs.send(new commands.ListAnomaliesCommand(input), { abortSignal }),
      signal,
    });
    anomalies.push(...(answer.anomalies ?? []));
    nextToken = answer.nextToken;
    if (nextToken === undefined) break;
  }
  return anomalies;
}

/** What has become a habit ("Baseline") or was suppressed is none any more. */
function isOpen({ state, suppressed }: ServiceAnomaly): boolean {
  return state === "Active" && suppressed !== true;
}

function isOf({ logGroupArnList = [] }: ServiceAnomaly, arn: string): boolean {
  return logGroupArnList.some((one) => one.replace(/:\*$/, "") === arn);
}

function readAnomaly(anomaly: ServiceAnomaly): Anomaly {
  const { patternString, description, priority, state, active, firstSeen, lastSeen } = anomaly;
  return {
    pattern: (patternString ?? "").trim(),
    description: description ?? "",
    priority,
    state: state ?? "",
    isOngoing: active === true,
    firstSeen: readTime(firstSeen ?? 0),
    lastSeen: readTime(lastSeen ?? 0),
  };
}

/** The reference speaks of seconds, its own example has milliseconds: which it is, the number itself tells. */
function readTime(time: number): number {
  return time < 1e11 ? time * 1000 : time;
}

function overlaps({ firstSeen, lastSeen }: Anomaly, { start, end }: TimeRange): boolean {
  return firstSeen < end && lastSeen >= start;
}

function byWeight(a: Anomaly, b: Anomaly): number {
  const rank = ({ priority = "" }: Anomaly) => PRIORITIES.indexOf(priority) + 1 || PRIORITIES.length + 1;
  return rank(a) - rank(b) || b.lastSeen - a.lastSeen;
}
