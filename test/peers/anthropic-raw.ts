import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One answer of the server; it may keep the connection open, cut it, or write what no library would. */
export type Reply = (response: ServerResponse, request: IncomingMessage) => unknown;

export interface RawServer {
  /** As for `LOGAI_LLM_BASE_URL`. */
  readonly baseUrl: string;
  /** The bodies of all requests, as they came. */
  readonly bodies: string[];
  readonly headers: IncomingMessage["headers"][];
  /** How many connections the other side has cut. */
  readonly cut: () => number;
  close(): Promise<void>;
}

/**
 * Anthropic's Messages API on loopback, down to the bytes: https://platform.claude.com/docs/en/api/messages-streaming.
 * Replies are given in turn; the last one again and again.
 */
export async function startRawServer(replies: readonly Reply[]): Promise<RawServer> {
  const bodies: string[] = [];
  const headers: IncomingMessage["headers"][] = [];
  let cut = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    response.on("close", () => {
      if (!response.writableFinished && request.destroyed) cut += 1;
    });
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const reply = replies[Math.min(bodies.length, replies.length - 1)];
      bodies.push(Buffer.concat(chunks).toString("utf8"));
      headers.push(request.headers);
      void reply?.(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    bodies,
    headers,
    cut: () => cut,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export interface Usage {
  readonly input_tokens: number;
  readonly cache_read_input_tokens?: number;
  readonly cache_creation_input_tokens?: number;
}

export interface ToolUse {
  readonly id: string;
  readonly name: string;
  /** An object, or the raw text of the arguments. */
  readonly input: object | string;
}

export function messageStart(usage: Usage = { input_tokens: 10 }): object {
  const message = {
    id: "msg_01XFDUDYJgAACzvnptVvoYEL",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-5-5",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 1 },
  };
  return { type: "message_start", message };
}

/** A block of text in as many deltas as there are pieces; `open` leaves it without its end. */
export function textBlock(pieces: readonly string[], { index = 0, open = false } = {}): object[] {
  return [
    { type: "content_block_start", index, content_block: { type: "text", text: "" } },
    ...pieces.map((text) => ({ type: "content_block_delta", index, delta: { type: "text_delta", text } })),
    ...(open ? [] : [{ type: "content_block_stop", index }]),
  ];
}

export function toolBlock({ id, name, input }: ToolUse, index: number): object[] {
  const json = typeof input === "string" ? input : JSON.stringify(input);
  const half = Math.ceil(json.length / 2);
  return [
    { type: "content_block_start", index, content_block: { type: "tool_use", id, name, input: {} } },
    ...[json.slice(0, half), json.slice(half)].map((partial_json) => ({
      type: "content_block_delta",
      index,
      delta: { type: "input_json_delta", partial_json },
    })),
    { type: "content_block_stop", index },
  ];
}

export function messageEnd(stopReason: string, outputTokens = 5): object[] {
  return [
    {
      type: "message_delta",
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: outputTokens },
    },
    { type: "message_stop" },
  ];
}

export function textEvents(text: string, usage?: Usage): object[] {
  return [messageStart(usage), ...textBlock(text.split(/(?<= )/)), ...messageEnd("end_turn")];
}

export function toolEvents(calls: readonly ToolUse[], text = ""): object[] {
  const before = text ? textBlock([text]) : [];
  const first = text ? 1 : 0;
  return [
    messageStart(),
    ...before,
    ...calls.flatMap((call, index) => toolBlock(call, index + first)),
    ...messageEnd("tool_use"),
  ];
}

/** Events as server-sent events, `event:` line included. */
export function encodeEvents(events: readonly object[], lineEnd = "\n"): string {
  return events
    .map((event) => {
      const type = "type" in event ? String(event.type) : "message";
      return [`event: ${type}`, `data: ${JSON.stringify(event)}`, "", ""].join(lineEnd);
    })
    .join("");
}

export function openStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
}

/** Streams these events and ends properly. */
export function stream(events: readonly object[]): Reply {
  return (response) => {
    openStream(response);
    response.end(encodeEvents(events));
  };
}

/** Streams these events and keeps the connection open, silent. */
export function hang(events: readonly object[]): Reply {
  return (response) => {
    openStream(response);
    response.write(encodeEvents(events));
  };
}

/** Streams these events, then cuts the connection. */
export function cutAfter(events: readonly object[]): Reply {
  return (response) => {
    openStream(response);
    response.write(encodeEvents(events), () => setTimeout(() => response.destroy(), 20));
  };
}

/** Sends a stream's bytes in the given pieces, each in a packet of its own. */
export function inPieces(pieces: readonly Uint8Array[]): Reply {
  return async (response) => {
    openStream(response);
    response.socket?.setNoDelay(true);
    for (const piece of pieces) {
      response.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  };
}

/** An error as Anthropic sends them. */
export function refuse(
  status: number,
  type: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(
      JSON.stringify({ type: "error", error: { type, message }, request_id: "req_011CSHoEeqs5C35K2UUqR7Fy" }),
    );
  };
}
