import type { LanguageModelV4Middleware } from "@ai-sdk/provider";
import { Failure } from "../failure.ts";
import { inspectBody } from "./egress-body.ts";
import { sanitizeCall } from "./prompt.ts";
import { type Counts, listCounts, type Sanitizer } from "./sanitizer.ts";

/** What was, or would be, sent to a model: the exact text of one request. */
export interface EgressRecord {
  readonly transport: "network" | "in-process";
  /** Where it goes: an address without its query, or the in-process model's name. */
  readonly target: string;
  /** The body as it leaves; for an in-process model its parameters as JSON. */
  readonly body: string;
  /** True where the sanitiser was on. */
  readonly sanitized: boolean;
  /** False where the request was stopped. */
  readonly sent: boolean;
}

export interface GateOptions {
  readonly sanitizer: Sanitizer;
  /** False lets everything through as it is; it is still recorded. */
  readonly enabled: boolean;
  /** Hears every request before it leaves, those that are stopped included. */
  readonly onEgress?: (record: EgressRecord) => void;
  /** Hears what was replaced on the way into one model call; not called where nothing was. */
  readonly onRedacted?: (counts: Counts) => void;
}

export interface Gate {
  /** For `wrapLanguageModel`: rewrites every text of a call. An in-process model has no request to record but this. */
  readonly middleware: (transport: EgressRecord["transport"]) => LanguageModelV4Middleware;
  /** The tripwire: a fetch for the provider that stops a request in which something is still found. Never rewrites. */
  readonly fetch: (send: typeof globalThis.fetch) => typeof globalThis.fetch;
}

/** Makes the one gate that all text to models passes. */
export function createGate(options: GateOptions): Gate {
  return {
    middleware: (transport) => createMiddleware(options, transport),
    fetch: (send) => (input, init) => sendChecked(options, send, input, init),
  };
}

function createMiddleware(
  options: GateOptions,
  transport: EgressRecord["transport"],
): LanguageModelV4Middleware {
  return {
    specificationVersion: "v4",
    transformParams: async ({ params, model }) => {
      const sanitized = options.enabled ? sanitizeCall(params, options.sanitizer) : { params, counts: {} };
      if (Object.keys(sanitized.counts).length > 0) options.onRedacted?.(sanitized.counts);
      if (transport === "in-process") {
        const { abortSignal: _signal, headers: _headers, ...visible } = sanitized.params;
        const body = JSON.stringify(visible);
        options.onEgress?.({
          transport,
          target: model.modelId,
          body,
          sanitized: options.enabled,
          sent: true,
        });
      }
      return sanitized.params;
    },
    // With every link "supported" the SDK downloads none of them; they come here, and the file rule refuses them.
    overrideSupportedUrls: () => ({ "*/*": [/.*/] }),
  };
}

type FetchInput = Parameters<typeof globalThis.fetch>[0];

async function sendChecked(
  options: GateOptions,
  send: typeof globalThis.fetch,
  input: FetchInput,
  init?: RequestInit,
): Promise<Response> {
  const target = targetOf(input);
  const body = readBody(input, init?.body, target);
  const found = options.enabled ? inspectBody(body, options.sanitizer) : {};
  const clean = Object.keys(found).length === 0;
  options.onEgress?.({ transport: "network", target, body, sanitized: options.enabled, sent: clean });
  if (!clean) throw blocked(target, found);
  return send(input, init);
}

function targetOf(input: FetchInput): string {
  const url = new URL(input instanceof Request ? input.url : String(input));
  return url.origin + url.pathname;
}

/** The body as text. Bodies that can be read only once, or that are no text, are refused. */
function readBody(input: FetchInput, body: RequestInit["body"], target: string): string {
  if (input instanceof Request && input.body !== null) throw unreadable(target);
  if (body === undefined || body === null) return "";
  if (typeof body === "string") return body;
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(body);
    } catch {
      throw unreadable(target);
    }
  }
  throw unreadable(target);
}

function unreadable(target: string): Failure {
  return new Failure("egress-blocked", `A request to ${target} was stopped: its body cannot be looked at.`, {
    hint: "Nothing was sent. Please report this as a bug.",
  });
}

function blocked(target: string, found: Counts): Failure {
  return new Failure(
    "egress-blocked",
    `A request to ${target} was stopped: it still held what must not leave (${listCounts(found)}).`,
    { hint: "Nothing was sent. Please report this as a bug; --show-egress shows the request." },
  );
}
