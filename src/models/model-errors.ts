import { Failure, messageOf } from "../failure.ts";

/** A model's failure, classified: what it is for the user, and whether trying again can help. */
export interface ModelFailure {
  readonly failure: Failure;
  readonly retryable: boolean;
  /** What the server asked to wait, ms. */
  readonly retryAfterMs: number | undefined;
}

const TOO_LONG =
  /prompt is too long|context (?:length|window)|maximum context|too many (?:input )?tokens|input (?:is )?too long|exceeds? the (?:model'?s )?(?:maximum|limit)/i;
const CONNECTION =
  /terminated|fetch failed|econn(?:refused|reset)|socket hang up|other side closed|network|enotfound|eai_again|timed? ?out|cannot connect/i;

/** Anything that a model's stream can throw or carry; `retry-after` above this is not waited for, ms. */
export const LONGEST_WAIT = 60_000;

/** Reads provider errors by shape: their classes differ from version to version, their fields do not. */
export function classifyModelError(error: unknown): ModelFailure {
  const own = findFailure(error);
  if (own) return { failure: own, retryable: false, retryAfterMs: undefined };
  const status = numberField(error, "statusCode");
  const message = messageOf(error);
  const text = `${message} ${stringField(error, "responseBody") ?? ""}`;
  const fail = (code: Failure["code"], line: string, hint: string, retryable: boolean): ModelFailure => ({
    failure: new Failure(code, line, { hint, cause: error }),
    retryable,
    retryAfterMs: retryAfter(error),
  });
  if (status === 401 || status === 403) {
    return fail(
      "authentication",
      "Authentication failed. Please check your API key.",
      "Set ANTHROPIC_API_KEY, or use --offline.",
      false,
    );
  }
  if (status === 413 || TOO_LONG.test(text)) {
    return fail(
      "context-too-long",
      "The conversation is too long for the model.",
      "Ask about a shorter window.",
      false,
    );
  }
  if (status === 429) {
    return fail(
      "rate-limited",
      "Rate limit reached. Waiting before retry...",
      "Try again in a minute, or use --offline.",
      true,
    );
  }
  if (status === 404) {
    return fail(
      "configuration",
      "The model is not known to the provider.",
      "Set ANTHROPIC_MODEL to a current model id.",
      false,
    );
  }
  if (status === 529 || (status !== undefined && status >= 500) || /overloaded/i.test(text)) {
    return fail(
      "model-unavailable",
      `The model's service is overloaded or down (${status ?? "no status"}).`,
      OFFLINE_HINT,
      true,
    );
  }
  if (status !== undefined && status >= 400) {
    return fail(
      "model-unavailable",
      `The model refused the request (${status}): ${message}`,
      OFFLINE_HINT,
      false,
    );
  }
  const unreachable = CONNECTION.test(`${text} ${messageOf(causeOf(error))}`);
  const line = unreachable
    ? "The model cannot be reached, or the connection broke."
    : `The model's answer broke off: ${message}`;
  return fail("model-unavailable", line, OFFLINE_HINT, true);
}

const OFFLINE_HINT = "The built-in analyst needs no network: add --offline.";

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function findFailure(error: unknown): Failure | undefined {
  for (let at = error, depth = 0; at && depth < 6; at = causeOf(at), depth += 1)
    if (at instanceof Failure) return at;
  return undefined;
}

function numberField(error: unknown, name: string): number | undefined {
  const value = field(error, name) ?? field(field(error, "lastError"), name);
  return typeof value === "number" ? value : undefined;
}

function stringField(error: unknown, name: string): string | undefined {
  const value = field(error, name);
  return typeof value === "string" ? value : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

/** `retry-after` in seconds or as a date, or `retry-after-ms`. */
function retryAfter(error: unknown): number | undefined {
  const headers = field(error, "responseHeaders");
  const ms = Number(field(headers, "retry-after-ms"));
  if (Number.isFinite(ms) && ms > 0) return ms;
  const seconds = Number(field(headers, "retry-after"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}
