import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on loopback in place of the model's service; it speaks just enough of the Messages API. */
export interface ModelServer {
  readonly url: string;
  /** The bodies that it was sent, and the keys. */
  readonly bodies: string[];
  readonly keys: string[];
  close(): Promise<void>;
}

export async function startModelServer(answer: (response: ServerResponse) => void): Promise<ModelServer> {
  const bodies: string[] = [];
  const keys: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      bodies.push(body);
      keys.push(String(request.headers["x-api-key"]));
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    bodies,
    keys,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The wrong key, as the service says it. */
export function refuseKey(response: ServerResponse): void {
  response.writeHead(401, { "content-type": "application/json" });
  response.end('{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}');
}

/** Streams one call of a tool. */
export function streamCall(response: ServerResponse, name: string, input: unknown): void {
  stream(response, { type: "tool_use", id: `call_${name}`, name, input: {} }, "tool_use", (send) =>
    send({
      type: "content_block_delta",
      index: 0,
      delta: { type: "input_json_delta", partial_json: JSON.stringify(input) },
    }),
  );
}

/** Streams an answer; without an end it stays open, as a model that thinks does. */
export function streamAnswer(response: ServerResponse, text: string, { ends }: { ends: boolean }): void {
  const stop = ends ? "end_turn" : undefined;
  stream(response, { type: "text", text: "" }, stop, (send) =>
    send({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
  );
}

type Send = (data: { readonly type: string; readonly [more: string]: unknown }) => void;

/** One block of content; without a reason to stop the stream stays open. */
function stream(
  response: ServerResponse,
  block: { readonly type: string; readonly [more: string]: unknown },
  stop: string | undefined,
  fill: (send: Send) => void,
): void {
  const send: Send = (data) => response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream" });
  const usage = { input_tokens: 10, output_tokens: 1 };
  const empty = { id: "m", type: "message", role: "assistant", model: "m", content: [], stop_reason: null };
  send({ type: "message_start", message: { ...empty, stop_sequence: null, usage } });
  send({ type: "content_block_start", index: 0, content_block: block });
  fill(send);
  if (stop === undefined) return;
  send({ type: "content_block_stop", index: 0 });
  send({ type: "message_delta", delta: { stop_reason: stop }, usage: { output_tokens: 5 } });
  send({ type: "message_stop" });
  response.end();
}
