import { Failure, messageOf } from "../../failure.ts";
import * as failures from "./call-failures.ts";

/** What an error of a call means for the next step. */
export type ErrorKind = "throttled" | "unavailable" | "timeout" | "expired" | "skewed" | "final";

const THROTTLED =
  /^(Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|RequestLimitExceeded|LimitExceededException|RequestThrottled\w*|SlowDown)$/;
const EXPIRED = /^(ExpiredToken|ExpiredTokenException|RequestExpired)$/;
const TIMEOUTS = /^(TimeoutError|RequestTimeout|RequestTimeoutException)$/;
const BROKEN_LINE =
  /^(ECONNRESET|EPIPE|ECONNABORTED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ERR_STREAM_PREMATURE_CLOSE|ERR_HTTP2_STREAM_ERROR)$/;

const SIGNATURES = /^(InvalidSignatureException|RequestTimeTooSkewed|SignatureDoesNotMatch)$/;
const CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError|UnrecognizedClientException|InvalidClientTokenId|MissingAuthenticationToken\w*|IncompleteSignature\w*|NotAuthorized|InvalidAccessKeyId)$/;
const DENIED = /AccessDenied|UnauthorizedOperation|NotAuthorized|OptInRequired/;
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

/** What can be seen of an error: the service's name of it, its HTTP status, the system's code, as far as it has them. */
export interface ErrorFacts {
  readonly name: string;
  readonly status: number | undefined;
  readonly code: string;
}

export function factsOf(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { name: "", status: undefined, code: "" };
  const status = metadataOf(error, "httpStatusCode");
  const code: unknown =
    Reflect.get(error, "code") ?? (error.cause instanceof Error ? Reflect.get(error.cause, "code") : "");
  return {
    name: error.name,
    status: typeof status === "number" ? status : undefined,
    code: typeof code === "string" ? code : "",
  };
}

function metadataOf(error: Error, member: string): unknown {
  const metadata: unknown = Reflect.get(error, "$metadata");
  return metadata instanceof Object ? Reflect.get(metadata, member) : undefined;
}

export function kindOf(error: unknown): ErrorKind {
  const { name, status, code } = factsOf(error);
  if (THROTTLED.test(name) || status === 429) return "throttled";
  if (EXPIRED.test(name)) return "expired";
  // The SDK has learnt the right time from the answer, and signs by it from now on.
  if (error instanceof Error && metadataOf(error, "clockSkewCorrected") === true && SIGNATURES.test(name))
    return "skewed";
  // The SDK names a connection that was reset a TimeoutError too.
  if (code === "ETIMEDOUT" || (TIMEOUTS.test(name) && !BROKEN_LINE.test(code))) return "timeout";
  if (status === 501) return "final";
  if (status !== undefined && status >= 500) return "unavailable";
  if (BROKEN_LINE.test(code) || /socket hang up|aborted/i.test(messageOf(error))) return "unavailable";
  return "final";
}

interface Seen extends ErrorFacts {
  readonly error: unknown;
  readonly kind: ErrorKind;
  readonly text: string;
  readonly place: failures.CallPlace;
}

/** What an error is told as; the first that knows it has the word. */
const READERS: readonly ((seen: Seen) => Failure | undefined)[] = [
  ({ kind, name, text, place }) =>
    kind === "throttled" ? failures.throttled(place, name === "LimitExceededException", text) : undefined,
  ({ kind, code, place }) =>
    kind === "timeout" || code === "ENETUNREACH" || code === "EHOSTUNREACH"
      ? failures.noRoute(place)
      : undefined,
  ({ code, text, place }) =>
    code === "ENOTFOUND" || code === "ECONNREFUSED" || code === "EAI_AGAIN"
      ? failures.noSuchAddress(place, code, text)
      : undefined,
  ({ code }) => (UNTRUSTED.test(code) || code === "EPROTO" ? failures.noTls(code) : undefined),
  ({ error, status, place }) =>
    isNoJson(error)
      ? failures.notItsOwn(place, `a page that is not its own (HTTP ${status ?? "?"})`)
      : undefined,
  ({ name, text, place }) => (SIGNATURES.test(name) ? failures.badSignature(place, name, text) : undefined),
  ({ kind, text, place }) =>
    kind === "expired" || /token.*expired|session.*expired|expired.*token/i.test(text)
      ? failures.expired(place, text)
      : undefined,
  ({ name, text, place }) =>
    CREDENTIALS.test(name) ? failures.badCredentials(place, name, text) : undefined,
  ({ name, text, place }) =>
    /^Command failed/.test(text) ? failures.badCredentials(place, name, text) : undefined,
  ({ name, status, text, place }) =>
    DENIED.test(name) || status === 403 ? failures.denied(place, text) : undefined,
  ({ name, text, place }) =>
    name === "ResourceNotFoundException" ? failures.notFound(place, text) : undefined,
  ({ name, text, place }) =>
    name === "InvalidParameterException" ? failures.invalid(place, text) : undefined,
  ({ kind, code, status, text }) =>
    kind === "unavailable" && (BROKEN_LINE.test(code) || status === undefined)
      ? failures.broken(text)
      : undefined,
  ({ name, status, text, place }) =>
    status === 501 || name === "UnknownOperationException" ? failures.notThere(place, text) : undefined,
  ({ status, place }) =>
    status !== undefined && status >= 500 ? failures.unavailable(place, status) : undefined,
];

/** An error of the service or of the way to it, said for the reader; the error itself is its cause. */
export function failureOf(error: unknown, place: failures.CallPlace): Failure {
  if (error instanceof Failure) return error;
  const seen = { ...factsOf(error), error, kind: kindOf(error), text: messageOf(error), place };
  for (const read of READERS) {
    const failure = read(seen);
    if (failure) return withCause(failure, error);
  }
  return withCause(failures.refused(place, seen.name, seen.text), error);
}

function withCause({ code, message, hint }: Failure, cause: unknown): Failure {
  return new Failure(code, message, { ...(hint === undefined ? {} : { hint }), cause });
}

/** A body that is not what the service speaks; the SDK then reports that it could not parse it. */
function isNoJson(error: unknown): boolean {
  if (BROKEN_LINE.test(factsOf(error).code)) return false;
  return (
    error instanceof SyntaxError ||
    /Unexpected token|is not valid JSON|Deserialization error/i.test(messageOf(error))
  );
}
