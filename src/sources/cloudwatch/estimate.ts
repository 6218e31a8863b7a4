import { Failure } from "../../failure.ts";
import type { TimeRange } from "../../log/time-range.ts";
import type { ScanEstimate } from "../source.ts";
import type { Connection } from "./client.ts";
import { type CloudWatchGroup, type Groups, unlisted } from "./groups.ts";
import { readIncomingBytes } from "./incoming-bytes.ts";
import { costOfScan, scanPriceOf } from "./prices.ts";

/** What of a group an estimate goes by. */
export type SizedGroup = Pick<CloudWatchGroup, "name" | "storedBytes" | "retentionDays" | "created">;

export interface EstimateFacts {
  readonly region: string;
  /** ms since the epoch. */
  readonly now: number;
  /** Bytes that came in during the kept part of the window, by name; groups for which that is known. */
  readonly incoming?: ReadonlyMap<string, number>;
}

const DAY = 86_400_000;
/**
 * What is left of a text when it is stored: storedBytes are compressed, and AWS's own calculator reckons with 15 %
 * ("Log volume archived is estimated to be 15% of Log volume ingested").
 */
const STORED_SHARE = 0.15;
/** A group that is younger may not have been counted yet where it is said to store nothing, ms. */
const YOUNG = DAY;
const NAMES_TOLD = 3;

/** The part of a window that the group can hold events of: made by then, still kept, not in the future. */
function keptPart(group: SizedGroup, window: TimeRange, now: number): TimeRange | undefined {
  const start = Math.max(window.start, bornAt(group, now) ?? Number.NEGATIVE_INFINITY);
  const end = Math.min(window.end, now);
  return end > start ? { start, end } : undefined;
}

/** The oldest that the group can hold; undefined where neither its age nor its retention is known. */
function bornAt({ created, retentionDays }: SizedGroup, now: number): number | undefined {
  const oldest = retentionDays === undefined ? undefined : now - retentionDays * DAY;
  return created === undefined ? oldest : Math.max(created, oldest ?? created);
}

/**
 * What a query over these groups and this window scans, and its price: of each group the bytes that came in, where
 * they are known; else the share of what it stores that the window has of its life, as if it had grown evenly.
 */
export function estimateScan(
  groups: readonly SizedGroup[],
  window: TimeRange,
  { region, now, incoming = new Map() }: EstimateFacts,
): ScanEstimate {
  const parts = groups.map((group) => estimateGroup(group, window, now, incoming));
  const bytes = Math.ceil(parts.reduce((sum, part) => sum + (part.bytes ?? 0), 0));
  const unknown = groups.filter((_, at) => parts[at]?.bytes === undefined).map(({ name }) => name);
  return {
    bytes,
    dollars: unknown.length > 0 ? undefined : costOfScan(bytes, region),
    basis: describe(parts, unknown, scanPriceOf(region).remark),
  };
}

interface GroupEstimate {
  /** undefined where nothing is known of its size. */
  readonly bytes: number | undefined;
  readonly by: "nothing" | "incoming" | "stored";
}

function estimateGroup(
  group: SizedGroup,
  window: TimeRange,
  now: number,
  incoming: ReadonlyMap<string, number>,
): GroupEstimate {
  const part = keptPart(group, window, now);
  if (!part) return { bytes: 0, by: "nothing" };
  const measured = incoming.get(group.name);
  if (measured !== undefined) return { bytes: measured, by: "incoming" };
  const born = bornAt(group, now);
  const { storedBytes } = group;
  const isUncounted = storedBytes === 0 && born !== undefined && now - born < YOUNG;
  if (storedBytes === undefined || isUncounted) return { bytes: undefined, by: "stored" };
  const share = born === undefined ? 1 : (part.end - part.start) / (now - born);
  return { bytes: (storedBytes / STORED_SHARE) * share, by: "stored" };
}

function describe(parts: readonly GroupEstimate[], unknown: readonly string[], price: string | undefined) {
  const count = (by: GroupEstimate["by"]) => parts.filter((part) => part.by === by).length;
  const stored = count("stored") - unknown.length;
  const measured = count("incoming");
  const ofSome = (some: number) =>
    some < parts.length ? ` of ${some} ${some === 1 ? "group" : "groups"}` : "";
  const more = unknown.length > NAMES_TOLD ? ` and ${unknown.length - NAMES_TOLD} more` : "";
  return [
    ...(measured > 0 ? [`bytes that came in during the window${ofSome(measured)} (IncomingBytes)`] : []),
    ...(stored > 0
      ? [
          `the window's share of the stored bytes${ofSome(stored)}, taken to be compressed to ${STORED_SHARE * 100} % and to have come in evenly`,
        ]
      : []),
    ...(count("nothing") === parts.length ? ["nothing is kept of the window"] : []),
    ...(unknown.length > 0
      ? [`size not known and not counted: ${unknown.slice(0, NAMES_TOLD).join(", ")}${more}`]
      : []),
    ...(price === undefined ? [] : [price]),
  ].join("; ");
}

export interface ScanEstimator {
  /** @throws Failure "group-not-found" | "credentials" | "interrupted" | ...; without a permission it knows less */
  estimate(names: readonly string[], window: TimeRange, signal: AbortSignal): Promise<ScanEstimate>;
}

export interface ScanEstimatorOptions {
  readonly connection: Pick<Connection, "region" | "send" | "monitoring">;
  readonly groups: Pick<Groups, "findAll">;
  /** ms since the epoch. */
  readonly now: () => number;
  /** How long the metrics may take, ms: they only make an estimate better. */
  readonly patience?: number;
}

/** Enough for two answers that are slow. */
const PATIENCE = 6_000;

/** Asks the metrics where they answer; once they have not, the sizes of the groups have to do. */
export function createScanEstimator(options: ScanEstimatorOptions): ScanEstimator {
  const { connection, groups, now, patience = PATIENCE } = options;
  let isRefused = false;

  const measure = async (found: readonly CloudWatchGroup[], window: TimeRange, signal: AbortSignal) => {
    const spans = found.flatMap((group) => {
      const span = keptPart(group, window, now());
      return span ? [{ group, span }] : [];
    });
    if (isRefused || spans.length === 0) return undefined;
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
      return await readIncomingBytes(connection, spans, { now: now(), signal: limited });
    } catch (error) {
      if (signal.aborted || !(error instanceof Failure)) throw error;
      isRefused = true;
      return undefined;
    }
  };
  return {
    async estimate(names, window, signal) {
      const found = await findOrNameOnly(groups, [...new Set(names)], signal);
      const incoming = await measure(found, window, signal);
      const facts = { region: connection.region, now: now(), ...(incoming ? { incoming } : {}) };
      const isOnlyWay = found.some((group) => group.class !== "standard");
      return { ...estimateScan(found, window, facts), isOnlyWay };
    },
  };
}

/** Without the permission to describe groups the metrics may still tell of them. */
async function findOrNameOnly(
  groups: Pick<Groups, "findAll">,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly CloudWatchGroup[]> {
  try {
    return await groups.findAll(names, signal);
  } catch (error) {
    if (error instanceof Failure && error.code === "access-denied") return names.map(unlisted);
    throw error;
  }
}
