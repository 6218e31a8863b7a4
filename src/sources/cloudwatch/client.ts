import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { STSClient, STSClientConfig } from "@aws-sdk/client-sts";
import { Failure } from "../../failure.ts";
import { type AwsProfile, type AwsService, readAwsProfile } from "./aws-profile.ts";
import { createSender, type Pace, type Send } from "./call.ts";
import { failureOf } from "./call-errors.ts";

/** The AWS SDK's module for logs: taken as a value, so that it is loaded only where it is used. */
export type LogsModule = typeof import("@aws-sdk/client-cloudwatch-logs");

type CredentialsOption = NonNullable<STSClientConfig["credentials"]>;

export interface ConnectionOptions {
  /** undefined: what the environment or the profile says. */
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** An address and keys in place of what the SDK finds by itself. */
  readonly access?: Access;
  readonly pace?: ConnectionPace;
}

export interface ConnectionPace extends Pace {
  /** How long a connection is waited for, and an answer once connected, ms. */
  readonly connectTimeout?: number;
  readonly answerTimeout?: number;
  /** Whether the endpoint has no quotas of AWS; true of one on this machine unless given. */
  readonly isEmulator?: boolean;
}

export interface Access {
  readonly endpoint: string;
  readonly credentials: CredentialsOption;
}

/** An account's region, reached: clients of the SDK and the one way to make calls. */
export interface Connection {
  readonly region: string;
  readonly profile: string | undefined;
  /** The address that is set in place of AWS's own. */
  readonly endpoint: string | undefined;
  readonly logs: CloudWatchLogsClient;
  readonly commands: LogsModule;
  readonly send: Send;
  monitoring(): Promise<CloudWatchClient>;
  identity(): Promise<STSClient>;
}

/** As in ConnectionPace. */
const CONNECT_TIMEOUT = 5_000;
const ANSWER_TIMEOUT = 30_000;
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/**
 * Opens the clients; nothing is sent yet. Credentials come from the SDK's default chain, the region also from
 * AWS_DEFAULT_REGION, which the SDK ignores.
 * @throws Failure "configuration" where no region is known
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { env, access } = options;
  const { connectTimeout = CONNECT_TIMEOUT, answerTimeout = ANSWER_TIMEOUT, ...pace } = options.pace ?? {};
  const [commands, profile] = await Promise.all([
    import("@aws-sdk/client-cloudwatch-logs"),
    readAwsProfile(options),
  ]);
  const wanted = options.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined);
  const shared = {
    ...(wanted === undefined ? {} : { region: wanted }),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...access,
    // Retries are this program's own: they keep to the rate and are shown.
    maxAttempts: 1,
    logger: SILENT,
    requestHandler: {
      connectionTimeout: connectTimeout,
      requestTimeout: answerTimeout,
      throwOnRequestTimeout: true,
    },
  };
  // The SDK looks for addresses in the profile of AWS_PROFILE only.
  const sharedFor = (service: AwsService) => {
    const endpoint = access?.endpoint ?? endpointOf(env, service) ?? profile.endpointOf(service);
    return { ...shared, ...(endpoint === undefined ? {} : { endpoint }) };
  };
  const { endpoint, ...forLogs } = sharedFor("cloudwatch_logs");
  // A custom address has no host of its own for streams.
  const atEndpoint = endpoint === undefined ? {} : { endpoint, disableHostPrefix: true };
  const logs = new commands.CloudWatchLogsClient({ ...forLogs, ...atEndpoint });
  // It copies every answer for a log that nobody keeps: a tenth of the time of a page.
  logs.middlewareStack.remove("loggerMiddleware");
  const region = await regionOf(logs, profile);
  const refresh = async () => {
    await logs.config.credentials({ forceRefresh: true });
  };
  const isEmulator = endpoint !== undefined && isOnThisMachine(endpoint);
  const send = createSender({
    region,
    profile: profile.name,
    remark: access ? undefined : remarkOn(profile),
    refresh,
    isEmulator,
    ...pace,
  });
  let monitoring: Promise<CloudWatchClient> | undefined;
  let identity: Promise<STSClient> | undefined;
  return {
    region,
    profile: profile.name,
    endpoint,
    logs,
    commands,
    send,
    monitoring: () => {
      monitoring ??= import("@aws-sdk/client-cloudwatch").then(
        (sdk) => new sdk.CloudWatchClient(sharedFor("cloudwatch")),
      );
      return monitoring;
    },
    identity: () => {
      identity ??= import("@aws-sdk/client-sts").then(
        (sdk) => new sdk.STSClient({ ...sharedFor("sts"), region }),
      );
      return identity;
    },
  };
}

function endpointOf(env: ConnectionOptions["env"], service: AwsService): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true") return undefined;
  return env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || env.AWS_ENDPOINT_URL || undefined;
}

/** Why no keys came of a profile, where its files tell. */
function remarkOn({ isKnown, known, hasProcess }: AwsProfile): string | undefined {
  if (!isKnown)
    return `there is no such profile in ~/.aws; there ${known.length === 0 ? "is none" : `are ${known.join(", ")}`}`;
  return hasProcess ? "its credential_process failed, or gave none" : undefined;
}

function isOnThisMachine(endpoint: string): boolean {
  const host = URL.parse(endpoint)?.hostname ?? "";
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}

async function regionOf(logs: CloudWatchLogsClient, profile: AwsProfile): Promise<string> {
  try {
    const region = await logs.config.region();
    if (/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) return region;
    throw noRegion(region);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const refused = /region not accepted: region="([^"]*)"/i.exec(String(error))?.[1];
    if (refused !== undefined) throw noRegion(refused);
    if (!/region is missing/i.test(String(error)))
      throw failureOf(error, { operation: "the configuration", region: "?", profile: profile.name });
    const where = profile.name === undefined ? "" : ` in profile '${profile.name}'`;
    const why = profile.isKnown ? "" : `: ${remarkOn(profile)}`;
    throw new Failure("configuration", `No AWS region is set${where}${why}.`, {
      hint: "Give --region, or set AWS_REGION, or a region in ~/.aws/config.",
      cause: error,
    });
  }
}

function noRegion(name: string): Failure {
  return new Failure("configuration", `'${name}' is not the name of an AWS region.`, {
    hint: "Set it as in: --region eu-central-1",
  });
}
