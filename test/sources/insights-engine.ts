import {
  type CloudWatchLogsClient,
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { LogQuery } from "../../src/log/query.ts";
import type { TimeRange } from "../../src/log/time-range.ts";
import { type CompileOptions, compileQuery } from "../../src/sources/cloudwatch/compile-query.ts";
import type { ResultRow } from "../../src/sources/cloudwatch/insights-rows.ts";
import type { GivenEvent } from "../contracts/query.ts";
import { type CloudWatchPeer, startCloudWatch } from "../peers/cloudwatch.ts";
import { connect } from "../peers/cloudwatch-client.ts";

export interface InsightsEngine {
  readonly group: string;
  /** Runs a query over windows one by one, by AWS's own client. */
  run(
    events: readonly GivenEvent[],
    query: LogQuery,
    windows: readonly TimeRange[],
    options?: CompileOptions,
  ): Promise<ReturnType<ReturnType<typeof compileQuery>["read"]>>;
  close(): Promise<void>;
}

/** Logs Insights on loopback; every query has the group's events anew. */
export async function openInsights(
  groupClass: "STANDARD" | "INFREQUENT_ACCESS" = "STANDARD",
): Promise<InsightsEngine> {
  const peer: CloudWatchPeer = await startCloudWatch();
  const client: CloudWatchLogsClient = connect(peer);
  const group = "/aws/lambda/shop";

  async function rowsOf(text: string, limit: number, { start, end }: TimeRange): Promise<ResultRow[]> {
    const seconds = { startTime: Math.floor(start / 1000), endTime: Math.ceil(end / 1000) };
    const input = { logGroupName: group, queryString: text, limit, ...seconds };
    const { queryId } = await client.send(new StartQueryCommand(input));
    const rows: ResultRow[] = [];
    let nextToken: string | undefined;
    do {
      const page: GetQueryResultsCommandOutput = await client.send(
        new GetQueryResultsCommand({ queryId, nextToken }),
      );
      rows.push(...(page.results ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return rows;
  }

  return {
    group,
    async run(events, query, windows, options = {}) {
      peer.addGroup({ name: group, class: groupClass });
      for (const { stream, ...event } of events) peer.addEvents(group, stream, [event]);
      const results: ResultRow[][] = [];
      for (const window of windows) {
        const { text, limit } = compileQuery(query, { ...options, window });
        results.push(await rowsOf(text, limit, window));
      }
      return compileQuery(query, options).read(results);
    },
    async close() {
      client.destroy();
      await peer.close();
    },
  };
}
