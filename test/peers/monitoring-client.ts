import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { STSClient } from "@aws-sdk/client-sts";
import type { CloudWatchPeer } from "./cloudwatch.ts";

const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

function settingsFor({ endpoint, region }: Pick<CloudWatchPeer, "endpoint" | "region">) {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  return { endpoint, region, credentials, maxAttempts: 1, logger: SILENT };
}

/** AWS's own client of the alarms and metrics, without retries and silent. */
export function connectMonitoring(peer: Pick<CloudWatchPeer, "endpoint" | "region">): CloudWatchClient {
  return new CloudWatchClient(settingsFor(peer));
}

export function connectIdentity(peer: Pick<CloudWatchPeer, "endpoint" | "region">): STSClient {
  return new STSClient(settingsFor(peer));
}
