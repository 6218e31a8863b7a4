import type { ServerResponse } from "node:http";
import { z } from "zod";

/** The three ways in which AWS JSON services name an error; a client must understand each. */
export type ErrorShape = "bare" | "namespaced" | "header";

/** An error of the service, as it goes over the wire. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the body. */
  readonly details: object;

  constructor(
    code: string,
    message: string,
    status = SERVER_ERRORS.has(code) ? 500 : 400,
    details: object = {},
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

const SERVER_ERRORS: ReadonlySet<string> = new Set([
  "ServiceUnavailableException",
  "InternalServerException",
]);

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Writes the body from here on, in place of `body`, and for as long as it likes. */
  readonly stream?: (response: ServerResponse, start: StreamStart) => void;
}

export interface StreamStart {
  readonly requestId: string;
  /** How it has been planned to end, if it has. */
  readonly end: PlannedEnd | undefined;
}

/** A connection that breaks within an update, or ends; the end of a session's time; an error of the service. */
export type SessionEnd = "cut" | "close" | "timeout" | "error";

export interface PlannedEnd {
  readonly how: SessionEnd;
  readonly afterUpdates: number;
}

const JSON_TYPE = "application/x-amz-json-1.1";

export function okResponse(output: unknown): WireResponse {
  return { status: 200, headers: { "content-type": JSON_TYPE }, body: JSON.stringify(output) };
}

export function errorResponse(error: ServiceError, shape: ErrorShape): WireResponse {
  const { code, message, status, details } = error;
  const headers = { "content-type": JSON_TYPE };
  switch (shape) {
    case "bare":
      return { status, headers, body: JSON.stringify({ __type: code, message, ...details }) };
    case "namespaced":
      return {
        status,
        headers,
        body: JSON.stringify({ __type: `com.amazonaws.logs#${code}`, message, ...details }),
      };
    case "header": {
      const origin = "http://internal.amazon.com/coral/com.amazonaws.logs/";
      return {
        status,
        headers: { ...headers, "x-amzn-errortype": `${code}:${origin}` },
        body: JSON.stringify({ Message: message, ...details }),
      };
    }
  }
}

export function invalid(message: string): ServiceError {
  return new ServiceError("InvalidParameterException", message);
}

/**
 * Reads a request's input; members that the operation does not know are ignored, as the service does.
 * @throws ServiceError SerializationException for a wrong type, InvalidParameterException for a value out of range.
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  if (issues.some(({ code }) => code === "invalid_type"))
    throw new ServiceError("SerializationException", z.prettifyError(parsed.error));
  const list = issues.map(({ path, message }) => `Value at '${path.join(".")}' failed: ${message}`);
  throw invalid(`${issues.length} validation error(s) detected: ${list.join("; ")}`);
}

/** Only one of two exclusive parameters may be there. */
export function assertExclusive(parameters: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(parameters).filter((name) => parameters[name] !== undefined);
  if (given.length > 1) throw invalid(`${given.join(" and ")} are mutually exclusive.`);
}
