import type { CloudWatchClient, Metric } from "@aws-sdk/client-cloudwatch";
import { Failure } from "../../failure.ts";
import type { MetricName } from "../metrics.ts";
import { factsOf } from "./call-errors.ts";
import type { Connection } from "./client.ts";

/** What of a connection is needed: the clients and the one way to make calls. */
export type MetricsConnection = Pick<Connection, "send" | "logs" | "commands" | "monitoring">;

/** The clients and the SDK's commands, there. */
export interface Monitoring extends Pick<MetricsConnection, "send" | "logs" | "commands"> {
  readonly client: CloudWatchClient;
  /** The AWS SDK's module for alarms and metrics. */
  readonly sdk: typeof import("@aws-sdk/client-cloudwatch");
}

/** Opens what alarms and metrics take; loads the SDK's module for them. */
export async function openMonitoring(connect: () => Promise<MetricsConnection>): Promise<Monitoring> {
  const connection = await connect();
  const [client, sdk] = await Promise.all([connection.monitoring(), import("@aws-sdk/client-cloudwatch")]);
  const { send, logs, commands } = connection;
  return { send, logs, commands, client, sdk };
}

/** Pages after which a listing is given up, whatever its tokens say. */
const MOST_PAGES = 100;

/** The items of page after page until there are `limit` of them, or no more; true where there are. */
export async function readPages<Item>(
  limit: number,
  read: (request: {
    readonly token: string | undefined;
    readonly room: number;
  }) => Promise<{ readonly items: readonly Item[]; readonly token: string | undefined }>,
): Promise<{ readonly items: readonly Item[]; readonly hasMore: boolean }> {
  const items: Item[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await read({ token, room: limit - items.length });
    items.push(...page.items);
    token = page.token;
    if (token === undefined || items.length >= limit) break;
  }
  return { items: items.slice(0, limit), hasMore: token !== undefined || items.length > limit };
}

/**
 * undefined where the service refuses a request for what it asks: something that it does not know, or that takes a
 * wider permission.
 */
export async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const isInvalid = /^(Validation|InvalidParameter)/.test(factsOf(error.cause).name);
    if (isInvalid || error.code === "access-denied") return undefined;
    throw error;
  }
}

export function readMetric({ Namespace, MetricName: name, Dimensions }: Metric): MetricName {
  const pairs = (Dimensions ?? []).map(({ Name, Value }) => [Name ?? "", Value ?? ""]);
  return { namespace: Namespace ?? "", name: name ?? "", dimensions: Object.fromEntries(pairs) };
}
