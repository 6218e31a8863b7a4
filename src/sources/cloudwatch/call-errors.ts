import { Failure, messageOf } from "../../failure.ts";

/** What an error of a call means for the next step. */
export type ErrorKind = "throttled" | "unavailable" | "timeout" | "expired" | "final";

/** Where a call was going, for the words of its failure. */
export interface CallPlace {
  readonly operation: string;
  readonly region: string;
  readonly profile: string | undefined;
  /** The group or whatever else the call was about. */
  readonly about?: string | undefined;
}

const THROTTLED =
  /^(Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|RequestLimitExceeded|LimitExceededException|RequestThrottled\w*|SlowDown)$/;
const EXPIRED = /^(ExpiredToken|ExpiredTokenException|RequestExpired)$/;
const TIMEOUTS = /^(TimeoutError|RequestTimeout|RequestTimeoutException)$/;
const BROKEN_LINE =
  /^(ECONNRESET|EPIPE|ECONNABORTED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ERR_STREAM_PREMATURE_CLOSE|ERR_HTTP2_STREAM_ERROR)$/;

/** The service's name of an error, its HTTP status and the system's code, as far as it has them. */
export function factsOf(error: unknown): { name: string; status: number | undefined; code: string } {
  if (!(error instanceof Error)) return { name: "", status: undefined, code: "" };
  const metadata: unknown = Reflect.get(error, "$metadata");
  const status: unknown =
    typeof metadata === "object" && metadata !== null ? Reflect.get(metadata, "httpStatusCode") : undefined;
  const code: unknown =
    Reflect.get(error, "code") ?? (error.cause instanceof Error ? Reflect.get(error.cause, "code") : "");
  return {
    name: error.name,
    status: typeof status === "number" ? status : undefined,
    code: typeof code === "string" ? code : "",
  };
}

export function kindOf(error: unknown): ErrorKind {
  const { name, status, code } = factsOf(error);
  if (THROTTLED.test(name) || status === 429) return "throttled";
  if (EXPIRED.test(name)) return "expired";
  // The SDK names a connection that was reset a TimeoutError too.
  if (code === "ETIMEDOUT" || (TIMEOUTS.test(name) && !BROKEN_LINE.test(code))) return "timeout";
  if (status !== undefined && status >= 500) return "unavailable";
  if (BROKEN_LINE.test(code) || /socket hang up|aborted/i.test(messageOf(error))) return "unavailable";
  return "final";
}

const CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError|UnrecognizedClientException|InvalidClientTokenId|MissingAuthenticationToken\w*|IncompleteSignature\w*|NotAuthorized|InvalidAccessKeyId)$/;
const SKEW = /Signature (?:expired|not yet current)|RequestTimeTooSkewed|clock/i;

/** An error of the service or of the way to it, said for the reader. */
export function failureOf(error: unknown, place: CallPlace): Failure {
  if (error instanceof Failure) return error;
  const { name, status, code } = factsOf(error);
  const text = messageOf(error);
  const cause = { cause: error };
  const kind = kindOf(error);
  if (kind === "throttled") return throttled(place, name, text, cause);
  if (kind === "timeout" || code === "ENETUNREACH" || code === "EHOSTUNREACH") return noRoute(place, cause);
  if (code === "ENOTFOUND" || code === "ECONNREFUSED" || code === "EAI_AGAIN")
    return new Failure("source-unavailable", `CloudWatch cannot be reached: ${sayAddress(text, code)}.`, {
      hint: `Check the region (${place.region}), the network, and AWS_ENDPOINT_URL where it is set.`,
      ...cause,
    });
  if (isNoJson(error)) return notItsOwn(place, `a page that is not its own (HTTP ${status ?? "?"})`, cause);
  if (/InvalidSignatureException|RequestTimeTooSkewed|SignatureDoesNotMatch/.test(name)) {
    return SKEW.test(text) || name === "RequestTimeTooSkewed" ? skewed(cause) : wrongSecret(cause);
  }
  if (kind === "expired" || /token.*expired|session.*expired|expired.*token/i.test(text))
    return expired(place, text, cause);
  if (CREDENTIALS.test(name)) return credentials(place, name, text, cause);
  if (/AccessDenied|UnauthorizedOperation|NotAuthorized/.test(name) || status === 403)
    return denied(place, text, cause);
  if (name === "ResourceNotFoundException")
    return new Failure("group-not-found", `Log group '${place.about ?? "?"}' not found.`, {
      hint: `Region ${place.region}; list the groups with: logai groups`,
      ...cause,
    });
  if (name === "InvalidParameterException" && /filter ?pattern/i.test(text))
    return new Failure("invalid-filter", "Invalid filter pattern. Please use CloudWatch syntax.", {
      hint: `CloudWatch says: ${cutWords(text)}`,
      ...cause,
    });
  if (kind === "unavailable" && (BROKEN_LINE.test(code) || status === undefined))
    return new Failure("source-unavailable", `The connection to CloudWatch broke: ${sayBreak(text)}.`, {
      hint: "Check the network and try again.",
      ...cause,
    });
  if (status !== undefined && status >= 500)
    return new Failure("source-unavailable", `CloudWatch answered ${place.operation} with HTTP ${status}.`, {
      hint: "The service has trouble; try again in a while.",
      ...cause,
    });
  return new Failure(
    "source-unavailable",
    `CloudWatch refused ${place.operation}: ${name ? `${name}: ` : ""}${cutWords(text)}`,
    cause,
  );
}

type Cause = { readonly cause: unknown };

function throttled({ operation, region }: CallPlace, name: string, text: string, cause: Cause): Failure {
  const what =
    name === "LimitExceededException"
      ? `too many queries run at once in this account (${cutWords(text)})`
      : `CloudWatch goes on refusing ${operation} in ${region} (${cutWords(text)})`;
  return new Failure("rate-limited", `Rate limited: ${what}.`, {
    hint: "Others in the account may use up its quota; try again in a minute, or narrow the window.",
    ...cause,
  });
}

function noRoute({ operation, region }: CallPlace, cause: Cause): Failure {
  return new Failure(
    "source-unavailable",
    `Connection timeout: no answer from CloudWatch in ${region} to ${operation}.`,
    {
      hint: `Is there a way to logs.${region}.amazonaws.com? In a VPC without internet it takes an interface endpoint for com.amazonaws.${region}.logs, or a NAT gateway.`,
      ...cause,
    },
  );
}

function skewed(cause: Cause): Failure {
  return new Failure("credentials", "AWS refused the signature because this machine's clock is wrong.", {
    hint: "Set the clock (timedatectl set-ntp true) and try again.",
    ...cause,
  });
}

function wrongSecret(cause: Cause): Failure {
  return new Failure(
    "credentials",
    "AWS refused the signature: the secret key does not belong to the access key.",
    {
      hint: "Check AWS_SECRET_ACCESS_KEY or the profile; also that the region of the endpoint is right.",
      ...cause,
    },
  );
}

function expired({ profile }: CallPlace, text: string, cause: Cause): Failure {
  return new Failure(
    "credentials",
    `The AWS credentials${ofProfile(profile)} have expired (${cutWords(text)}).`,
    {
      hint: logIn(profile),
      ...cause,
    },
  );
}

function credentials({ profile }: CallPlace, name: string, text: string, cause: Cause): Failure {
  if (/UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId/.test(name))
    return new Failure("credentials", `AWS does not know the access key${ofProfile(profile)}.`, {
      hint: "Check the key, and that it belongs to this partition and region; temporary keys need AWS_SESSION_TOKEN too.",
      ...cause,
    });
  return new Failure("credentials", `No AWS credentials were found${ofProfile(profile)}: ${cutWords(text)}`, {
    hint: `Looked at: AWS_ACCESS_KEY_ID, the profile (keys, SSO, role, credential_process), web identity, container and instance. ${logIn(profile)}`,
    ...cause,
  });
}

function denied({ operation, about }: CallPlace, text: string, cause: Cause): Failure {
  const action = /perform:? ([\w-]+:\w+)/.exec(text)?.[1] ?? `logs:${operation}`;
  const where = about === undefined ? "" : ` for ${about}`;
  const why = /with an explicit deny|service control policy|permissions boundary/i.exec(text)?.[0];
  return new Failure(
    "access-denied",
    `Access denied${where}. Check AWS permissions: ${action} is missing${why ? ` (${why})` : ""}.`,
    {
      hint: `Allow ${action} to this identity; docs/cloudwatch.md has a minimal policy, logai doctor tests each permission.`,
      ...cause,
    },
  );
}

function ofProfile(profile: string | undefined): string {
  return profile === undefined ? "" : ` of profile '${profile}'`;
}

function logIn(profile: string | undefined): string {
  return `Log in: aws sso login${profile === undefined ? "" : ` --profile ${profile}`}, or set fresh AWS_* keys, or choose another --profile.`;
}

/** What comes of an answer that the service cannot have given. */
export function notItsOwn({ operation }: Pick<CallPlace, "operation">, what: string, cause?: Cause): Failure {
  return new Failure("source-unavailable", `CloudWatch answered ${operation} with ${what}.`, {
    hint: "Something in front of AWS may have answered (a proxy, a captive portal): check HTTPS_PROXY and the network.",
    ...cause,
  });
}

/** A body that is not what the service speaks; the SDK then reports that it could not parse it. */
function isNoJson(error: unknown): boolean {
  if (BROKEN_LINE.test(factsOf(error).code)) return false;
  return (
    error instanceof SyntaxError ||
    /Unexpected token|is not valid JSON|Deserialization error/i.test(messageOf(error))
  );
}

function sayBreak(text: string): string {
  return /^aborted/i.test(text) ? "the answer ended in the middle" : cutWords(text);
}

function sayAddress(text: string, code: string): string {
  const host = /(?:ENOTFOUND|ECONNREFUSED|EAI_AGAIN) ([^\s,]+)/.exec(text)?.[1];
  if (code === "ECONNREFUSED") return `nothing listens at ${host ?? "its address"}`;
  return `the name ${host ?? "of its host"} is not known`;
}

/** What others said, short enough for a line. */
function cutWords(text: string): string {
  const line = text.replace(/\s+/g, " ").trim().replace(/\.$/, "");
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
