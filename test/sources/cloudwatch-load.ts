import {
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { TimeRange } from "../../src/log/time-range.ts";
import { createZone } from "../../src/log/zone.ts";
import { createCloudWatchSource } from "../../src/sources/cloudwatch/source.ts";
import type { LogSource } from "../../src/sources/source.ts";
import { type CloudWatchOptions, type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { connect } from "../peers/cloudwatch-client.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** Not on a full minute: as a question is asked. */
export const NOW = Date.UTC(2026, 2, 15, 11, 37, 21);

/** Ten sizes of windows that end now. */
export const WINDOWS: readonly (readonly [name: string, length: number])[] = [
  ["5 min", 5 * MINUTE],
  ["15 min", 15 * MINUTE],
  ["1 h", HOUR],
  ["3 h", 3 * HOUR],
  ["6 h", 6 * HOUR],
  ["12 h", 12 * HOUR],
  ["1 d", DAY],
  ["3 d", 3 * DAY],
  ["7 d", 7 * DAY],
  ["14 d", 14 * DAY],
];

export function lastOf(length: number): TimeRange {
  return { start: NOW - length, end: NOW };
}

/** What a group takes in, bytes a minute. */
export type Load = (at: number) => number;

export const even: Load = () => 300;
/** Nights are quiet, days are loud, and for two hours of each day it is ten times as much. */
export const uneven: Load = (at) => {
  const hour = new Date(at).getUTCHours();
  if (hour === 9 || hour === 10) return 1500;
  return hour < 7 ? 20 : 150;
};

export interface LoadedPeer {
  readonly peer: CloudWatchPeer;
  readonly source: LogSource;
  /** By Logs Insights' own count, through AWS's client. */
  scan(groups: readonly string[], window: TimeRange): Promise<number>;
  close(): Promise<void>;
}

/** A peer at NOW and a source on it. */
export async function startLoaded(options: CloudWatchOptions = {}): Promise<LoadedPeer> {
  const peer = await startCloudWatch({ clock: () => NOW, ...options });
  const client = connect(peer);
  const source = createCloudWatchSource({
    zone: createZone("UTC"),
    now: () => NOW,
    env: {},
    region: peer.region,
    access: {
      endpoint: peer.endpoint,
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    },
  });
  return {
    peer,
    source,
    async scan(logGroupNames, { start, end }) {
      const { queryId } = await client.send(
        new StartQueryCommand({
          logGroupNames: [...logGroupNames],
          startTime: Math.floor(start / 1000),
          endTime: Math.floor(end / 1000),
          queryString: "stats count(*)",
        }),
      );
      let answer: GetQueryResultsCommandOutput;
      do answer = await client.send(new GetQueryResultsCommand({ queryId }));
      while (answer.status !== "Complete");
      return answer.statistics?.bytesScanned ?? 0;
    },
    close: () => {
      client.destroy();
      return peer.close();
    },
  };
}

export interface LoadOptions {
  /** Of the group's life, ms before NOW. */
  readonly age?: number;
  readonly retentionDays?: number;
  /** Whether AWS/Logs has the group's IncomingBytes. */
  readonly hasMetric?: boolean;
  /** What is left of a text when it is stored. */
  readonly storedShare?: number;
}

/** A group with an event a minute, as large as the load is then, and with what AWS tells of its size. */
export function addLoad(peer: CloudWatchPeer, name: string, load: Load, options: LoadOptions = {}): void {
  const { age = 14 * DAY, retentionDays, hasMetric = true, storedShare = 0.15 } = options;
  const first = Math.ceil((NOW - age) / MINUTE) * MINUTE;
  const samples: { at: number; value: number }[] = [];
  for (let at = first; at < NOW; at += MINUTE) samples.push({ at, value: load(at) });
  const kept = retentionDays === undefined ? first : NOW - retentionDays * DAY;
  const stored = samples.filter(({ at }) => at >= kept);
  const bytes = stored.reduce((sum, { value }) => sum + value, 0);
  peer.addGroup({
    name,
    creationTime: NOW - age,
    storedBytes: Math.round(bytes * storedShare),
    ...(retentionDays === undefined ? {} : { retentionDays }),
  });
  peer.addEvents(
    name,
    "stream",
    stored.map(({ at, value }) => ({ timestamp: at, message: "x".repeat(value) })),
  );
  if (hasMetric)
    peer.putMetric(
      { namespace: "AWS/Logs", name: "IncomingBytes", dimensions: { LogGroupName: name } },
      samples,
    );
}
