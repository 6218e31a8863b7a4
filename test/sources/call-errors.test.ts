import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import type { Access } from "../../src/sources/cloudwatch/client.ts";
import type { CloudWatchOptions } from "../../src/sources/cloudwatch/source.ts";
import { T } from "../peers/cloudwatch-client.ts";
import * as errors from "../peers/cloudwatch-errors.ts";
import type { ErrorShape } from "../peers/cloudwatch-wire.ts";
import { KEYS, type PacedPeer, readAll, startPaced } from "./cloudwatch-paced.ts";

const GROUP = "/prod/api";
const ARN = `arn:aws:logs:us-east-1:123456789012:log-group:${GROUP}:log-stream:`;
const SECRETS = /wJalrXUtnFEMI|IQoJb3JpZ2lu|hunter2|AWS4-HMAC/;

let paced: PacedPeer;

beforeAll(async () => {
  paced = await startPaced();
  paced.peer.addGroup({ name: GROUP });
  paced.peer.addEvents(GROUP, "s", [{ timestamp: T, message: "hello" }]);
});
afterAll(() => paced.peer.close());
afterEach(() => paced.peer.setFaults({}));

async function failWith(options: Partial<CloudWatchOptions> = {}): Promise<Failure> {
  const error: unknown = await readAll(paced.open(options), { group: GROUP }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw new Error(`No Failure, but ${String(error)}`);
  return error;
}

/** What holds for every failure, whatever it is about. */
function expectReadable({ message, hint }: Failure): void {
  for (const text of [message, hint ?? ""]) {
    expect(text).not.toMatch(SECRETS);
    expect(text).not.toMatch(/undefined|\[object|\$metadata|\n| {2}|\.\./);
  }
  expect(message).toMatch(/^[A-Z].*[.?]$/);
  expect(hint).toMatch(/^[A-Z].{15,}/);
}

const error = (code: string, message: string, status?: number): errors.ErrorEffect => ({
  kind: "error",
  code,
  message,
  ...(status === undefined ? {} : { status }),
});

const CANONICAL =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:IQoJb3JpZ2luX2VjEJ\nAWS4-HMAC-SHA256'";

type Row = readonly [effect: errors.ErrorEffect, code: string, message: string, hint: string | RegExp];

const TABLE: readonly Row[] = [
  [
    errors.accessDenied({ operation: "FilterLogEvents", resource: ARN }),
    "access-denied",
    "Access denied for /prod/api. Check AWS permissions: logs:FilterLogEvents is missing.",
    /^Allow logs:FilterLogEvents to this identity;/,
  ],
  [
    errors.accessDenied({ operation: "FilterLogEvents", resource: ARN, isExplicit: true }),
    "access-denied",
    "Access denied for /prod/api. Check AWS permissions: logs:FilterLogEvents is forbidden by an identity-based policy.",
    /^No permission outweighs an explicit deny/,
  ],
  [
    error(
      "AccessDeniedException",
      "User: arn:aws:sts::123456789012:assumed-role/x/y is not authorized to perform: logs:FilterLogEvents on resource: r with an explicit deny in a service control policy",
    ),
    "access-denied",
    "Access denied for /prod/api. Check AWS permissions: logs:FilterLogEvents is forbidden by a service control policy.",
    /^No permission outweighs an explicit deny/,
  ],
  [
    error(
      "AccessDeniedException",
      "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
    ),
    "access-denied",
    "Access denied for /prod/api. Check AWS permissions: kms:Decrypt is missing.",
    /^AWS says: The ciphertext refers/,
  ],
  [
    error("OptInRequired", "The AWS Access Key Id needs a subscription for the service", 403),
    "access-denied",
    "Access denied for /prod/api. Check AWS permissions: logs:FilterLogEvents is missing.",
    /^AWS says: The AWS Access Key Id needs a subscription/,
  ],
  [
    errors.THROTTLED,
    "rate-limited",
    "Rate limited: CloudWatch goes on refusing FilterLogEvents in us-east-1 (Rate exceeded).",
    /try again in a minute, or narrow the window/,
  ],
  [
    errors.limitExceeded(30),
    "rate-limited",
    "Rate limited: too many queries run at once in this account (Account maximum query concurrency limit of [30] reached).",
    /try again in a minute/,
  ],
  [
    errors.EXPIRED_TOKEN,
    "credentials",
    "The AWS credentials have expired (The security token included in the request is expired).",
    /^Log in: aws sso login,/,
  ],
  [
    error("RequestExpired", "Request has expired"),
    "credentials",
    "The AWS credentials have expired (Request has expired).",
    /^Log in/,
  ],
  [
    errors.UNRECOGNIZED_CLIENT,
    "credentials",
    "AWS does not know the access key.",
    /temporary keys need AWS_SESSION_TOKEN too/,
  ],
  [
    error("MissingAuthenticationTokenException", "Missing Authentication Token", 403),
    "credentials",
    "No AWS credentials were found: Missing Authentication Token.",
    /^Looked at: AWS_ACCESS_KEY_ID/,
  ],
  [
    errors.clockSkewed({ signed: T - 3_600_000, now: T }),
    "credentials",
    "AWS refused the signature because this machine's clock is wrong.",
    /^Set the clock/,
  ],
  [
    errors.clockSkewed({ signed: T + 3_600_000, now: T }),
    "credentials",
    "AWS refused the signature because this machine's clock is wrong.",
    /^Set the clock/,
  ],
  [
    error("InvalidSignatureException", CANONICAL),
    "credentials",
    "AWS refused the signature: the secret key does not belong to the access key.",
    /AWS_SECRET_ACCESS_KEY/,
  ],
  [
    error("InvalidSignatureException", "Credential should be scoped to a valid region."),
    "configuration",
    "AWS refused the signature: the endpoint is of another region than us-east-1.",
    /--region/,
  ],
  [
    error("ResourceNotFoundException", "The specified log group does not exist."),
    "group-not-found",
    "Log group '/prod/api' not found.",
    "Region us-east-1; list the groups with: logai groups",
  ],
  [
    error("ResourceNotFoundException", "The specified log stream does not exist."),
    "event-not-found",
    "The log stream is not in /prod/api any more.",
    /retention/,
  ],
  [
    error("InvalidParameterException", "Invalid filter pattern"),
    "invalid-filter",
    "Invalid filter pattern. Please use CloudWatch syntax.",
    "CloudWatch says: Invalid filter pattern.",
  ],
  [
    error("InvalidParameterException", "1 validation error detected: Value '-5' at 'startTime' failed."),
    "source-unavailable",
    "CloudWatch does not take the request FilterLogEvents as it is.",
    "CloudWatch says: 1 validation error detected: Value '-5' at 'startTime' failed.",
  ],
  [
    errors.SERVICE_UNAVAILABLE,
    "source-unavailable",
    "CloudWatch answered FilterLogEvents with HTTP 500.",
    "The service has trouble; try again in a while.",
  ],
  [
    error("InternalFailure", "", 500),
    "source-unavailable",
    "CloudWatch answered FilterLogEvents with HTTP 500.",
    "The service has trouble; try again in a while.",
  ],
  [
    errors.notImplemented("FilterLogEvents"),
    "source-unavailable",
    "The endpoint in us-east-1 does not know FilterLogEvents.",
    /not yet implemented\. Emulators lack/,
  ],
  [
    error("UnknownOperationException", ""),
    "source-unavailable",
    "The endpoint in us-east-1 does not know FilterLogEvents.",
    /^Emulators lack/,
  ],
  [
    error("InvalidOperationException", "The operation is not allowed for this log group class."),
    "source-unavailable",
    "CloudWatch refused FilterLogEvents: InvalidOperationException: The operation is not allowed for this log group class.",
    /us-east-1/,
  ],
];

describe.each<ErrorShape>(["bare", "namespaced", "header"])(
  "an error that is named the %s way",
  (errorShape) => {
    it.each(TABLE)("$code is told in words: $message", async (effect, code, message, hint) => {
      paced.peer.setFaults({ errorShape, plan: [{ effect, operation: "FilterLogEvents" }] });
      const failure = await failWith();
      expect(failure).toMatchObject({ code, message });
      expect(failure.hint).toMatch(hint);
      expectReadable(failure);
      expect(failure.cause).toBeInstanceOf(Error);
    });
  },
);

/** Access to an address without AWS behind it. */
const at = (endpoint: string, credentials: Access["credentials"] = KEYS) => ({
  access: { endpoint, credentials },
});

describe("the way to CloudWatch", () => {
  it("ends at an address where nobody listens", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const failure = await failWith(at(`http://127.0.0.1:${port}`));
    expect(failure).toMatchObject({
      code: "source-unavailable",
      message: `CloudWatch cannot be reached: nothing listens at 127.0.0.1:${port}.`,
    });
    expect(failure.hint).toContain("AWS_ENDPOINT_URL");
    expectReadable(failure);
  });

  it("ends at a name that nobody knows", async () => {
    const failure = await failWith(at("http://logs.no-such-host.invalid"));
    expect(failure).toMatchObject({
      code: "source-unavailable",
      message: "CloudWatch cannot be reached: the name logs.no-such-host.invalid is not known.",
    });
    expectReadable(failure);
  });

  it("ends in silence, as from a network without a route", async () => {
    const mute = createServer(() => {}).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const { port } = mute.address() as AddressInfo;
    const { clock } = paced;
    const waits: string[] = [];
    const source = paced.open({
      ...at(`http://127.0.0.1:${port}`),
      pace: { clock: clock.now, sleep: clock.sleep, answerTimeout: 30 },
    });
    const { signal } = new AbortController();
    const alarms = source.metrics?.listAlarms({ limit: 1, signal });
    const [failure, ofAlarms] = await Promise.all([
      readAll(source, { group: GROUP, onWait: (text) => waits.push(text) }).catch(
        (reason: unknown) => reason,
      ),
      alarms?.catch((reason: unknown) => reason),
    ]);
    mute.close();
    for (const one of [failure, ofAlarms]) {
      if (!(one instanceof Failure)) throw new Error("It did not fail.");
      expect(one.code).toBe("source-unavailable");
      expect(one.message).toMatch(
        /^Connection timeout: no answer from CloudWatch in us-east-1 to Describe\w+\.$/,
      );
      expectReadable(one);
    }
    expect(failure).toHaveProperty(
      "hint",
      expect.stringContaining("interface endpoint for com.amazonaws.us-east-1.logs"),
    );
  });

  it("ends where no TLS is spoken", async () => {
    const failure = await failWith(at(paced.peer.endpoint.replace("http:", "https:")));
    expect(failure).toMatchObject({
      code: "source-unavailable",
      message: "CloudWatch cannot be reached: what answers at its address does not speak TLS.",
    });
    expectReadable(failure);
  });

  it("goes on by the service's clock where this machine's is off", async () => {
    const stamps: string[] = [];
    const ahead = 3_600_000;
    const server = createHttpServer((request, response) => {
      stamps.push(String(request.headers["x-amz-date"]));
      request.resume();
      const isFirst = stamps.length === 1;
      const body = isFirst
        ? { __type: "InvalidSignatureException", message: "Signature expired: 1 is now earlier than 2" }
        : { logGroups: [{ logGroupName: GROUP, arn: "arn:aws:logs:us-east-1:1:log-group:x:*" }], events: [] };
      const date = new Date(Date.now() + ahead).toUTCString();
      response.writeHead(isFirst ? 400 : 200, { "content-type": "application/x-amz-json-1.1", date });
      response.end(JSON.stringify(body));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { events } = await readAll(paced.open(at(`http://127.0.0.1:${port}`)), { group: GROUP });
    expect(events).toEqual([]);
    const [first = 0, second = 0] = stamps.map((stamp) =>
      Date.parse(stamp.replace(/^(....)(..)(.....)(..)(..)Z$/, "$1-$2-$3:$4:$5Z")),
    );
    expect(Math.round((second - first) / 600_000) * 600_000).toBe(ahead);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("credentials that are none", () => {
  it.each([
    [
      "Could not load credentials from any providers",
      "CredentialsProviderError",
      "No AWS credentials were found for profile 'prod'.",
    ],
    [
      "Could not resolve credentials using profile: [prod] in configuration/credentials file(s).",
      "CredentialsProviderError",
      "No AWS credentials were found for profile 'prod': Could not resolve credentials using profile: [prod] in configuration/credentials file(s).",
    ],
    [
      "The SSO session associated with this profile has expired. To refresh this SSO session run 'aws sso login' with the corresponding profile.",
      "CredentialsProviderError",
      "The AWS credentials of profile 'prod' have expired (The SSO session associated with this profile has expired).",
    ],
    [
      "Token is expired. To refresh this SSO session run 'aws sso login' with the corresponding profile.",
      "TokenProviderError",
      "The AWS credentials of profile 'prod' have expired (Token is expired).",
    ],
    [
      "Command failed: /opt/bin/vend --secret hunter2\nNo session, hunter2 is wrong",
      "CredentialsProviderError",
      "The credential_process of profile 'prod' failed.",
    ],
    [
      "Command failed: /opt/bin/vend --secret hunter2",
      "Error",
      "The credential_process of profile 'prod' failed.",
    ],
  ])("%s (%s)", async (text, name, message) => {
    const credentials = async () => {
      throw Object.assign(new Error(text), { name });
    };
    const failure = await failWith({ profile: "prod", ...at(paced.peer.endpoint, credentials) });
    expect(failure).toMatchObject({ code: "credentials", message });
    expect(failure.hint).toContain("--profile prod");
    expectReadable(failure);
  });
});

describe("the permission that is named where AWS does not say which", () => {
  const { signal } = new AbortController();
  const deny = (operation: string) =>
    paced.peer.setFaults({ plan: [{ effect: error("AccessDeniedException", ""), operation }] });

  it("is that of the call", async () => {
    deny("FilterLogEvents");
    expect((await failWith()).message).toContain("logs:FilterLogEvents is missing.");
  });

  it("is of the service that the call is to", async () => {
    deny("DescribeAlarms");
    await expect(paced.open().metrics?.listAlarms({ limit: 1, signal })).rejects.toMatchObject({
      code: "access-denied",
      message: "Access denied. Check AWS permissions: cloudwatch:DescribeAlarms is missing.",
    });
  });
});
