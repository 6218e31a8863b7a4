import { Failure } from "../../failure.ts";
import type { QueryResult } from "../../log/query.ts";
import type { Zone } from "../../log/zone.ts";
import { noticesOf } from "../group-notices.ts";
import type { FetchPage, FetchRequest, LogSource, QueryRequest } from "../source.ts";
import { checkHealth } from "./check-health.ts";
import { type Access, type Connection, type ConnectionPace, openConnection } from "./client.ts";
import { createConsoleLinks } from "./console-links.ts";
import { createScanEstimator, type ScanEstimator } from "./estimate.ts";
import { fetchBackwards } from "./fetch-backwards.ts";
import { checkPattern, type FetchOptions, fetchEvents } from "./fetch-events.ts";
import type { PatternEngine } from "./fold-patterns.ts";
import { type CloudWatchGroup, createGroups, type Groups, listedAs } from "./groups.ts";
import { createIdentify } from "./identify.ts";
import { createCloudWatchMetrics } from "./metrics.ts";
import { fetchSurrounding } from "./surroundings.ts";

export interface CloudWatchOptions {
  readonly name?: string;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly linkedAccounts?: boolean;
  /** How long CloudWatch may take to show an event, ms; 5 minutes unless given. */
  readonly ingestionDelay?: number;
  readonly zone: Zone;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** An address and keys in place of what the SDK finds by itself. */
  readonly access?: Access;
  readonly pace?: ConnectionPace;
}

/** Longest span of one request, hours: what a question may ask for without saying that it wants more. */
const MAX_RANGE_HOURS = 168;
const INGESTION_DELAY = 300_000;

/** CloudWatch Logs of one account and region. Nothing is reached before the first call that needs it. */
export function createCloudWatchSource(options: CloudWatchOptions): LogSource {
  const { zone, now } = options;
  let opened: Promise<{ connection: Connection; groups: Groups; scans: ScanEstimator }> | undefined;
  const open = () => {
    opened ??= openConnection({ ...options, region: options.region, profile: options.profile }).then(
      (connection) => {
        const groups = createGroups({ connection, linkedAccounts: options.linkedAccounts ?? false, now });
        return { connection, groups, scans: createScanEstimator({ connection, groups, now }) };
      },
    );
    return opened;
  };
  const identify = createIdentify();
  const optionsOf = (connection: Connection): FetchOptions => ({ connection, zone, now });

  const query = async (request: QueryRequest): Promise<QueryResult> => {
    refuseIfAborted(request.signal);
    const { connection, groups, scans } = await open();
    const { queryInsights } = await import("./query.ts");
    return queryInsights(await groups.findAll(request.groups, request.signal), request, {
      connection,
      links: createConsoleLinks({ region: connection.region }),
      estimate: ({ groups: names, window, signal }) => scans.estimate(names, window, signal),
      zone,
      now,
    });
  };
  const makePatterns = async (): Promise<PatternEngine> => {
    const { connection, groups, scans } = await open();
    const { createPatternEngine } = await import("./fold-patterns.ts");
    const links = createConsoleLinks({ region: connection.region });
    return createPatternEngine({ connection, groups, links, estimate: scans.estimate, zone, now });
  };
  let patterns: Promise<PatternEngine> | undefined;
  const openPatterns = (signal: AbortSignal): Promise<PatternEngine> => {
    refuseIfAborted(signal);
    patterns ??= makePatterns();
    return patterns;
  };
  async function* readByQuery(group: CloudWatchGroup, request: FetchRequest): AsyncGenerator<FetchPage> {
    if (group.class === "delivery") throw notReadable(group.name, group.class);
    const { fetchByQuery } = await import("./fetch-by-query.ts");
    yield* fetchByQuery(group, request, { query, zone, now });
  }

  return {
    name: options.name ?? "cloudwatch",
    capabilities: {
      filterPatterns: true,
      streams: true,
      newestFirst: true,
      serverQueries: true,
      metrics: true,
      liveTail: true,
      maxRangeHours: MAX_RANGE_HOURS,
      ingestionDelay: options.ingestionDelay ?? INGESTION_DELAY,
    },

    metrics: createCloudWatchMetrics({ connect: async () => (await open()).connection, now }),

    async identify(signal, memory) {
      refuseIfAborted(signal);
      const { connection } = await open();
      const { account, region } = await identify(connection, signal, memory);
      // With those of linked accounts there are other groups.
      return { account: options.linkedAccounts ? `${account}+linked` : account, region };
    },

    async *listGroups(request) {
      const { groups } = await open();
      for (const group of await groups.listPrefix(request)) yield listedAs(group);
    },

    async describeGroups(names, signal) {
      const { groups } = await open();
      return groups.describe(names, signal);
    },

    async *fetch(request) {
      const { filter, streamPrefix, window, order, limit, signal } = request;
      refuseIfAborted(signal);
      checkPattern(filter?.pattern);
      const { connection, groups } = await open();
      const group = await groups.find(request.group, signal);
      if (group.class !== "standard") return yield* readByQuery(group, request);
      const plan = {
        group,
        window,
        ...(filter ? { filterPattern: filter.pattern } : {}),
        ...(streamPrefix ? { streamPrefix } : {}),
        newestFirst: false,
        ...(limit === undefined ? {} : { limit }),
      };
      const fetchPages = order === "newest-first" ? fetchBackwards : fetchEvents;
      const notices = noticesOf(group, window, now(), zone);
      if (notices.length > 0) yield { events: [], seen: 0, scannedBytes: 0, notices };
      yield* fetchPages(plan, request, optionsOf(connection));
    },

    async *follow(request) {
      refuseIfAborted(request.signal);
      checkPattern(request.filter?.pattern);
      const { connection, groups } = await open();
      const { followLive } = await import("./live-tail.ts");
      const find = (name: string, signal: AbortSignal) => findReadable(groups, name, signal);
      yield* followLive(request, find, optionsOf(connection));
    },

    async fetchSurrounding({ event, before, after, signal }) {
      const { connection, groups } = await open();
      const group = await findReadable(groups, event.group, signal);
      return fetchSurrounding({ group, event, before, after, signal }, optionsOf(connection));
    },

    query,

    async estimateScan(names, window, signal) {
      const { scans } = await open();
      return scans.estimate(names, window, signal);
    },

    foldPatterns: async (request) => (await openPatterns(request.signal)).fold(request),

    comparePatterns: async (request) => (await openPatterns(request.signal)).compare(request),

    async listAnomalies(name, window, signal) {
      const { connection, groups } = await open();
      const { listAnomalies } = await import("./anomalies.ts");
      return listAnomalies(connection, await groups.find(name, signal), window, { signal });
    },

    links: async () => createConsoleLinks({ region: (await open()).connection.region }),

    async checkHealth(signal) {
      try {
        const { connection } = await open();
        const { linkedAccounts = false } = options;
        return await checkHealth(connection, { linkedAccounts }, signal);
      } catch (error) {
        if (!(error instanceof Failure) || error.code === "interrupted") throw error;
        return [
          {
            name: "cloudwatch",
            ok: false,
            detail: error.message,
            ...(error.hint ? { hint: error.hint } : {}),
          },
        ];
      }
    },
  };
}

function refuseIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new Failure("interrupted", "Interrupted.");
}

async function findReadable(groups: Groups, name: string, signal: AbortSignal): Promise<CloudWatchGroup> {
  const group = await groups.find(name, signal);
  if (group.class !== "standard") throw notReadable(group.name, group.class);
  return group;
}

function notReadable(group: string, groupClass: string): Failure {
  return new Failure(
    "unreadable",
    `Log group '${group}' is of the ${groupClass} class, whose events CloudWatch does not hand out.`,
    {
      hint:
        groupClass === "delivery"
          ? "Look where it delivers to: S3 or Firehose."
          : "Ask by query: query_logs, or logai stats.",
    },
  );
}
