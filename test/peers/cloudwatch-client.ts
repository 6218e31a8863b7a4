import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { CloudWatchPeer } from "./cloudwatch.ts";
import type { NewEvent } from "./cloudwatch-store.ts";

/** When the tests' logs begin. */
export const T = Date.UTC(2026, 2, 1, 12);

/** AWS's own client, without retries and silent. */
export function connect(
  { endpoint, region }: Pick<CloudWatchPeer, "endpoint" | "region">,
  options: { region?: string; accessKeyId?: string } = {},
) {
  return new CloudWatchLogsClient({
    endpoint,
    region: options.region ?? region,
    credentials: { accessKeyId: options.accessKeyId ?? "AKIDEXAMPLE", secretAccessKey: "secret" },
    maxAttempts: 1,
    // StartLiveTail would go to stream-127.0.0.1.
    disableHostPrefix: true,
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
}

/** Events ten milliseconds apart. */
export function* range(count: number, message = (index: number) => `event ${index}`): Generator<NewEvent> {
  for (let index = 0; index < count; index += 1) yield { timestamp: T + index * 10, message: message(index) };
}

/** What the SDK makes of an error. */
export async function failureOf(promise: Promise<unknown>) {
  const error: unknown = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  if (!(error instanceof Error)) throw new Error("It did not fail.");
  const metadata = (error as { $metadata?: { httpStatusCode?: number; requestId?: string } }).$metadata;
  return {
    name: error.name,
    message: error.message,
    status: metadata?.httpStatusCode,
    id: metadata?.requestId,
  };
}
