import { ServiceError } from "./cloudwatch-wire.ts";

/** An error of the service in place of an answer. */
export interface ErrorEffect {
  readonly kind: "error";
  readonly code: string;
  readonly message?: string;
  /** 400 where left out, or 500 for what is the service's fault. */
  readonly status?: number;
}

// Errors in the words that AWS answers with, for a plan of faults.

export const THROTTLED = errorEffect("ThrottlingException", "Rate exceeded");

export const EXPIRED_TOKEN = errorEffect(
  "ExpiredTokenException",
  "The security token included in the request is expired",
);

export const UNRECOGNIZED_CLIENT = errorEffect(
  "UnrecognizedClientException",
  "The security token included in the request is invalid.",
);

export const OPERATION_ABORTED = errorEffect(
  "OperationAbortedException",
  "A conflicting operation is currently in progress against this resource. Please try again.",
);

export const SERVICE_UNAVAILABLE = errorEffect(
  "ServiceUnavailableException",
  "The service cannot complete the request.",
);

/** Too many Insights queries at a time. */
export function limitExceeded(limit = 100): ErrorEffect {
  const message = `Account maximum query concurrency limit of [${limit}] reached.`;
  return errorEffect("LimitExceededException", message);
}

export interface Denial {
  /** `logs:` is put before it. */
  readonly operation: string;
  /** An ARN; all log groups of the account where left out. */
  readonly resource?: string;
  /** An ARN. */
  readonly user?: string;
  /** True where a policy forbids it, and does not only not allow it. */
  readonly isExplicit?: boolean;
}

export function accessDenied(denial: Denial): ErrorEffect {
  const { operation, isExplicit = false } = denial;
  const {
    user = "arn:aws:sts::123456789012:assumed-role/x/y",
    resource = "arn:aws:logs:us-east-1:123456789012:log-group::log-stream:",
  } = denial;
  const reason = isExplicit
    ? "with an explicit deny in an identity-based policy"
    : `because no identity-based policy allows the logs:${operation} action`;
  const message = `User: ${user} is not authorized to perform: logs:${operation} on resource: ${resource} ${reason}`;
  return errorEffect("AccessDeniedException", message);
}

/** What a caller hears whose clock is off: `signed` by its own clock, `now` by the service's, ms since the epoch. */
export function clockSkewed({ signed, now }: { signed: number; now: number }): ErrorEffect {
  const toleranceMs = 5 * 60_000;
  const [mine, theirs] = [formatStamp(signed), formatStamp(now)];
  const message =
    signed < now
      ? `Signature expired: ${mine} is now earlier than ${formatStamp(now - toleranceMs)} (${theirs} - 5 min.)`
      : `Signature not yet current: ${mine} is still later than ${formatStamp(now + toleranceMs)} (${theirs} + 5 min.)`;
  return errorEffect("InvalidSignatureException", message);
}

/** As LocalStack answers for what it lacks. */
export function notImplemented(operation: string): ErrorEffect {
  const message = `API for service 'logs' operation '${operation}' not yet implemented`;
  return { ...errorEffect("InternalFailure", message), status: 501 };
}

function errorEffect(code: string, message: string): ErrorEffect {
  return { kind: "error", code, message };
}

export function errorOf({ code, message, status }: ErrorEffect): ServiceError {
  return new ServiceError(code, message ?? "", status);
}

/** As signatures write times: 20260301T120000Z. */
function formatStamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");
}
