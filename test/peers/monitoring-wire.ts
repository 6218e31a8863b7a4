import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { Paging } from "./cloudwatch-tokens.ts";
import { ServiceError, type WireResponse } from "./cloudwatch-wire.ts";

/** One request, as far as it concerns a service. */
export interface Asked {
  readonly operation: string;
  /** undefined where the body could not be read. */
  readonly input: unknown;
}

/** Another service at the address of the Logs peer: a user sets one AWS_ENDPOINT_URL for all of them. */
export interface Neighbour {
  /** As the signature's scope names it. */
  readonly service: string;
  /** undefined where the request is for somebody else. */
  read(request: IncomingMessage, body: string): Asked | undefined;
  /** @throws ServiceError */
  run(asked: Asked, paging: Paging): WireResponse;
  refuse(error: ServiceError): WireResponse;
}

export function findNeighbour(
  neighbours: readonly Neighbour[],
  request: IncomingMessage,
  body: string,
): (Asked & { readonly neighbour: Neighbour }) | undefined {
  for (const neighbour of neighbours) {
    const asked = neighbour.read(request, body);
    if (asked) return { ...asked, neighbour };
  }
  return undefined;
}

/** The operation behind an AWS JSON target; undefined where it is the target of another service. */
export function readTarget(
  { method, headers }: IncomingMessage,
  body: string,
  { target, contentType }: { readonly target: string; readonly contentType: string },
): Asked | undefined {
  const asked = String(headers["x-amz-target"] ?? "");
  if (method !== "POST" || headers["content-type"] !== contentType || !asked.startsWith(target))
    return undefined;
  return { operation: asked.slice(target.length), input: parseJson(body) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws ServiceError ValidationException, in the words of the service. */
export function parseRequest<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const list = issues.map(({ path, message }) => `Value at '${path.join(".")}' failed: ${message}`);
  const noun = issues.length === 1 ? "error" : "errors";
  throw invalidRequest(`${issues.length} validation ${noun} detected: ${list.join("; ")}`);
}

export function invalidRequest(message: string): ServiceError {
  return new ServiceError("ValidationException", message);
}

const cursor = z.object({ query: z.string(), at: z.number().int().min(0) });

/** A part of a list, and the token of the next one; tokens are good for the same question only. */
export function takePage<T>(
  items: readonly T[],
  query: unknown,
  { size, token }: { readonly size: number; readonly token: string | undefined },
): { readonly page: readonly T[]; readonly next: { readonly NextToken?: string } } {
  const key = JSON.stringify(query);
  const start = token === undefined ? 0 : readToken(token, key);
  const page = items.slice(start, start + size);
  const at = start + page.length;
  if (at >= items.length) return { page, next: {} };
  const text = JSON.stringify({ query: key, at });
  return { page, next: { NextToken: Buffer.from(text).toString("base64url") } };
}

function readToken(token: string, key: string): number {
  const parsed = cursor.safeParse(parseJson(Buffer.from(token, "base64url").toString("utf8")));
  if (parsed.success && parsed.data.query === key) return parsed.data.at;
  throw new ServiceError("InvalidNextToken", "The nextToken is invalid.");
}
