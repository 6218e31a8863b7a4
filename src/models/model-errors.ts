import { Failure, messageOf } from "../failure.ts";

/** A model's failure, classified: what it is for the user, and whether trying again can help. */
export interface ModelFailure {
  readonly failure: Failure;
  /** How often to try in all; 1 where the same request fails the same way again. */
  readonly tries: number;
  /** What the server asked to wait, ms. */
  readonly retryAfterMs: number | undefined;
}

/** The longest wait before a retry, whatever the server asks for, ms. */
export const LONGEST_WAIT = 60_000;

const TOO_LONG =
  /prompt is too long|context (?:length|window|limit)|maximum context|too many (?:input )?tokens|input (?:is )?too long|exceeds? the (?:model'?s )?(?:maximum|limit)/i;
const CONNECTION =
  /terminated|fetch failed|econn(?:refused|reset)|socket hang up|other side closed|network|enotfound|eai_again|timed? ?out|cannot connect/i;
/** Errors of the SDK about what it was asked, not about the service: the same request fails the same way again. */
const OWN_FAULT = /^(?:AI_(?:Invalid|Unsupported|NoSuch|LoadAPIKey|LoadSetting|Missing)|ZodError)/;
const OFFLINE_HINT = "The built-in analyst needs no network: add --offline.";
const DETAIL_CHARACTERS = 300;

/** A service that is busy or stumbles is asked so often; an address where nobody answers at all, less. */
const TRIES = 5;
const TRIES_WHERE_NOBODY_IS = 2;
const NOBODY = /econnrefused|enotfound|eai_again|getaddrinfo|cannot connect/i;

type Verdict = readonly [code: Failure["code"], message: string, hint: string, retryable: boolean];

/**
 * Anything that a model's stream can throw or carry. Read by shape, not by class: the SDK's classes differ from version
 * to version, their fields do not.
 */
export function classifyModelError(error: unknown): ModelFailure {
  const own = findFailure(error);
  if (own) return { failure: own, tries: 1, retryAfterMs: undefined };
  const [code, message, hint, retryable] = judge(error);
  return {
    failure: new Failure(code, message, { hint, cause: error }),
    tries: retryable ? triesFor(error) : 1,
    retryAfterMs: retryAfter(error),
  };
}

function triesFor(error: unknown): number {
  const isNobodyThere = NOBODY.test(`${messageOf(error)} ${messageOf(causeOf(error))}`);
  return isNobodyThere ? TRIES_WHERE_NOBODY_IS : TRIES;
}

function judge(error: unknown): Verdict {
  const status = numberField(error, "statusCode");
  const text = `${messageOf(error)} ${stringField(error, "responseBody") ?? ""}`;
  if (status === 401) {
    const hint = "Set ANTHROPIC_API_KEY, or use --offline.";
    return ["authentication", "Authentication failed. Please check your API key.", hint, false];
  }
  if (status === 403) {
    const message = `The model's service does not allow this with your API key (403): ${detailOf(error)}`;
    return ["authentication", message, "Check the key's permissions, or use --offline.", false];
  }
  if (status === 413 || ((status === undefined || status === 400) && TOO_LONG.test(text))) {
    const hint = "Ask about a shorter window.";
    return ["context-too-long", "The conversation is too long for the model.", hint, false];
  }
  if (status === 429) {
    const hint = "Try again in a minute, or use --offline.";
    return ["rate-limited", "Rate limit reached. Waiting before retry...", hint, true];
  }
  if (status === 404) {
    const message = `The model, or the service's address, is not known (404): ${detailOf(error)}`;
    const hint = "Set ANTHROPIC_MODEL to a current model id, and check LOGAI_LLM_BASE_URL.";
    return ["configuration", message, hint, false];
  }
  if ((status !== undefined && status >= 500) || /overloaded/i.test(text)) {
    const message = `The model's service is overloaded or down (${status ?? "in mid-answer"}).`;
    return ["model-unavailable", message, OFFLINE_HINT, true];
  }
  // 408 and 409 ask for another try.
  if (status !== undefined && status >= 400) {
    const message = `The model's service refused the request (${status}): ${detailOf(error)}`;
    return ["model-unavailable", message, OFFLINE_HINT, status === 408 || status === 409];
  }
  if (error instanceof Error && OWN_FAULT.test(error.name)) {
    return ["model-unavailable", `The model cannot be asked this: ${detailOf(error)}`, OFFLINE_HINT, false];
  }
  const unreachable = CONNECTION.test(`${text} ${messageOf(causeOf(error))}`);
  const message = unreachable
    ? "The model cannot be reached, or the connection broke."
    : `The model's answer broke off: ${detailOf(error)}`;
  return ["model-unavailable", message, OFFLINE_HINT, unreachable || !isBug(error)];
}

/** A mistake in a program, not a fault on the way: it happens again. */
function isBug(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

/** A server may answer with a whole page. */
function detailOf(error: unknown): string {
  const line = messageOf(error).replaceAll(/\s+/g, " ").trim();
  return line.length > DETAIL_CHARACTERS ? `${line.slice(0, DETAIL_CHARACTERS)}…` : line;
}

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

/** `retry-after-ms`, or `retry-after` in seconds or as a date (read against the server's own clock), ms. */
function retryAfter(error: unknown): number | undefined {
  const headers = field(error, "responseHeaders");
  const ms = Number(field(headers, "retry-after-ms"));
  if (ms > 0) return ms;
  const header = field(headers, "retry-after");
  const seconds = Number(header);
  if (seconds > 0) return seconds * 1000;
  const wait = Date.parse(String(header)) - Date.parse(String(field(headers, "date")));
  return wait > 0 ? wait : undefined;
}
