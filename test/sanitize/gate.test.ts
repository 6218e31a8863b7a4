import { createAnthropic } from "@ai-sdk/anthropic";
import { isStepCount, jsonSchema, type ModelMessage, streamText, tool, wrapLanguageModel } from "ai";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { Failure } from "../../src/failure.ts";
import { createGate, type EgressRecord, type Gate } from "../../src/sanitize/gate.ts";
import type { Counts } from "../../src/sanitize/sanitizer.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";
import { startAnthropicServer, textReply, toolReply } from "./anthropic-server.ts";

beforeAll(() => {
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
});

// Made for this test: shaped like a GitHub token, and nobody's.
const SECRET = ["ghp", "q7Rk2VnX9bTz4LmW8cYs6HdJ3fGp5AvE1uKo"].join("_");
const EMAIL = "jane.doe@corp.example.com";
const PLANTED = `${SECRET} of ${EMAIL}`;
const CALLS = [
  { id: "toolu_01A09q90qw90lq917835lq9", name: "search", input: { pattern: PLANTED } },
  { id: "toolu_01B19q90qw90lq917835lq8", name: "fail", input: {} },
];

type Server = Awaited<ReturnType<typeof startAnthropicServer>>;
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function startServer(replies: readonly (readonly object[])[]): Promise<Server> {
  const server = await startAnthropicServer(replies);
  servers.push(server);
  return server;
}

function modelOf(server: Server, gate: Gate, { middleware = true, tripwire = true } = {}) {
  const provider = createAnthropic({
    baseURL: server.baseURL,
    apiKey: "test-key",
    ...(tripwire ? { fetch: gate.fetch(globalThis.fetch) } : {}),
  });
  const model = provider("claude-sonnet-4-5");
  return middleware ? wrapLanguageModel({ model, middleware: gate.middleware("network") }) : model;
}

/** Everything that a caller can hand to a model, with the secret and the address in each of its places. */
function askEverything(model: Parameters<typeof streamText>[0]["model"], errors: unknown[] = []) {
  const messages: ModelMessage[] = [
    {
      role: "user",
      content: [
        { type: "text", text: `Why did ${PLANTED} fail?` },
        {
          type: "file",
          data: { type: "text", text: `log line with ${PLANTED}` },
          mediaType: "text/plain",
          filename: `${EMAIL}.log`,
        },
        { type: "file", data: new TextEncoder().encode(`bytes with ${PLANTED}`), mediaType: "text/plain" },
        {
          type: "file",
          data: Buffer.from(`base64 of ${PLANTED}`).toString("base64"),
          mediaType: "text/plain",
        },
      ],
    },
    { role: "assistant", content: [{ type: "text", text: `I saw ${PLANTED}` }] },
    { role: "user", content: `Look again for ${PLANTED}` },
  ];
  return streamText({
    model,
    maxRetries: 0,
    stopWhen: isStepCount(3),
    instructions: `Never mention ${PLANTED}`,
    messages,
    tools: {
      search: tool({
        description: `Searches, for example ${PLANTED}`,
        inputSchema: jsonSchema<object>({
          type: "object",
          properties: { pattern: { type: "string", description: `like ${PLANTED}`, default: EMAIL } },
        }),
        execute: async () => ({ [EMAIL]: [`seen ${PLANTED}`, { password: "correct-horse-battery" }] }),
      }),
      fail: tool({
        inputSchema: jsonSchema<object>({ type: "object", properties: {} }),
        execute: async (): Promise<string> => {
          throw new Error(`cannot read ${PLANTED}`);
        },
      }),
    },
    onError: ({ error }) => {
      errors.push(error);
    },
  });
}

/** The bodies with every base64 string in them decoded as well. */
function readAll(bodies: readonly string[]): string {
  const decoded = bodies.flatMap((body) =>
    [...body.matchAll(/"([A-Za-z0-9+/]{16,}={0,2})"/g)].map((match) =>
      Buffer.from(match[1] ?? "", "base64").toString("utf8"),
    ),
  );
  return [...bodies, ...decoded].join("\n");
}

describe("the middleware", () => {
  test("lets nothing of what is planted arrive, in any place", async () => {
    const server = await startServer([toolReply(CALLS), textReply("Done.")]);
    const records: EgressRecord[] = [];
    const counts: Counts[] = [];
    const gate = createGate({
      sanitizer: createSanitizer(),
      enabled: true,
      onEgress: (record) => records.push(record),
      onRedacted: (found) => counts.push(found),
    });
    const result = askEverything(modelOf(server, gate));
    expect(await result.text).toBe("Done.");

    expect(server.bodies).toHaveLength(2);
    const sent = readAll(server.bodies);
    expect(sent).not.toContain(SECRET);
    expect(sent).not.toContain(SECRET.slice(4, 24));
    expect(sent).not.toContain(EMAIL);
    expect(sent).not.toContain("correct-horse-battery");
    expect(sent).toContain("toolu_01A09q90qw90lq917835lq9");
    expect(sent).toContain("cannot read [API_KEY_REDACTED] of [EMAIL_REDACTED]");
    expect(sent).toContain("bytes with [API_KEY_REDACTED] of [EMAIL_REDACTED]");

    expect(records.map((record) => record.body)).toEqual(server.bodies);
    expect(records.every((record) => record.sent && record.sanitized)).toBe(true);
    expect(counts[0]?.email).toBeGreaterThan(5);
  });

  test("the same call without the gate would leak, so the test above can fail", async () => {
    const server = await startServer([toolReply(CALLS), textReply("Done.")]);
    const gate = createGate({ sanitizer: createSanitizer(), enabled: false });
    await askEverything(modelOf(server, gate)).text;
    const sent = readAll(server.bodies);
    expect(sent.split(SECRET).length - 1).toBeGreaterThan(8);
    expect(sent).toContain("correct-horse-battery");
  });

  test("refuses files that are no text", async () => {
    const server = await startServer([textReply("Done.")]);
    const gate = createGate({ sanitizer: createSanitizer(), enabled: true });
    const errors: unknown[] = [];
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const result = streamText({
      model: modelOf(server, gate),
      maxRetries: 0,
      messages: [{ role: "user", content: [{ type: "file", data: png, mediaType: "image/png" }] }],
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    await result.consumeStream();
    expect(codeOf(errors[0])).toBe("egress-blocked");
    expect(server.bodies).toHaveLength(0);
  });

  test("takes invisible characters out of tool results", async () => {
    const server = await startServer([toolReply(CALLS.slice(0, 1)), textReply("Done.")]);
    const gate = createGate({ sanitizer: createSanitizer(), enabled: true });
    const result = streamText({
      model: modelOf(server, gate),
      stopWhen: isStepCount(3),
      prompt: "Look",
      tools: {
        search: tool({
          inputSchema: jsonSchema<object>({ type: "object", properties: {} }),
          execute: async () => "a\u001b[31mb\u200bc\u202ed\u{e0041}e",
        }),
      },
    });
    await result.text;
    expect(server.bodies[1]).toContain("abcde");
  });

  test("records what an in-process model is given", async () => {
    const server = await startServer([textReply("Done.")]);
    const records: EgressRecord[] = [];
    const gate = createGate({
      sanitizer: createSanitizer(),
      enabled: true,
      onEgress: (it) => records.push(it),
    });
    const inner = modelOf(server, gate, { middleware: false, tripwire: false });
    const model = wrapLanguageModel({ model: inner, middleware: gate.middleware("in-process") });
    await streamText({ model, prompt: `Who is ${EMAIL}?` }).text;
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ transport: "in-process", target: "claude-sonnet-4-5", sent: true });
    expect(records[0]?.body).toContain("Who is [EMAIL_REDACTED]?");
  });
});

describe("the tripwire", () => {
  test("lets no request leave when the middleware is missing, and names the rule but not the secret", async () => {
    const server = await startServer([textReply("Done.")]);
    const records: EgressRecord[] = [];
    const gate = createGate({
      sanitizer: createSanitizer(),
      enabled: true,
      onEgress: (it) => records.push(it),
    });
    const errors: unknown[] = [];
    await askEverything(modelOf(server, gate, { middleware: false }), errors).consumeStream();
    expect(server.bodies).toHaveLength(0);
    expect(codeOf(errors[0])).toBe("egress-blocked");
    expect(messageOf(errors[0])).toMatch(/emails/);
    expect(messageOf(errors[0])).not.toContain(SECRET);
    expect(records).toMatchObject([{ sent: false, transport: "network" }]);
  });

  test.each([
    ["bytes", () => new TextEncoder().encode(JSON.stringify({ text: PLANTED }))],
    ["a buffer", () => new TextEncoder().encode(JSON.stringify({ text: PLANTED })).buffer],
    ["text that is no JSON", () => `text=${PLANTED}`],
    ["base64", () => JSON.stringify({ data: Buffer.from(`x ${PLANTED}`).toString("base64") })],
    ["a data URL", () => JSON.stringify({ url: `data:text/plain;base64,${btoa(`x ${PLANTED}`)}` })],
    ["a secret that only its key tells", () => JSON.stringify({ input: { password: "correct-horse" } })],
    ["a stream", () => new Blob(["harmless"]).stream()],
    ["a blob", () => new Blob(["harmless"])],
    ["bytes that are no text", () => new Uint8Array([0xff, 0xfe, 0x00])],
  ])("stops %s", async (_name, body) => {
    const gate = createGate({ sanitizer: createSanitizer(), enabled: true });
    let sent = 0;
    const send = gate.fetch(async () => {
      sent++;
      return new Response();
    });
    await expect(
      send("http://127.0.0.1/v1/messages", { method: "POST", body: body() }),
    ).rejects.toMatchObject({
      code: "egress-blocked",
    });
    expect(sent).toBe(0);
  });

  test("is not set off by the fields that the provider itself needs", async () => {
    const gate = createGate({ sanitizer: createSanitizer(), enabled: true });
    const send = gate.fetch(async () => new Response("{}"));
    const response = await send("https://api.anthropic.com/v1/messages", {
      method: "POST",
      body: JSON.stringify(ANTHROPIC_BODY),
    });
    expect(await response.text()).toBe("{}");
  });

  test("lets everything through when it is off, and still records", async () => {
    const records: EgressRecord[] = [];
    const gate = createGate({
      sanitizer: createSanitizer(),
      enabled: false,
      onEgress: (it) => records.push(it),
    });
    const send = gate.fetch(async () => new Response("ok"));
    await send("https://api.example.com/v1?key=1", { method: "POST", body: PLANTED });
    expect(records).toEqual([
      {
        transport: "network",
        target: "https://api.example.com/v1",
        body: PLANTED,
        sanitized: false,
        sent: true,
      },
    ]);
  });
});

const ANTHROPIC_BODY = {
  model: "claude-sonnet-4-5-20250929",
  max_tokens: 4096,
  temperature: 0.1,
  stream: true,
  metadata: { user_id: "session-7" },
  system: [{ type: "text", text: "You answer questions about logs.", cache_control: { type: "ephemeral" } }],
  tools: [
    {
      name: "fetch_logs",
      description: "Fetches events. Times are ISO 8601, relative (-1h) or epoch milliseconds.",
      input_schema: {
        type: "object",
        properties: {
          log_group: { type: "string" },
          next_token: { type: "string", description: "Token of the next page" },
          limit: { type: "integer", default: 100, maximum: 1000 },
        },
        required: ["log_group", "next_token"],
        additionalProperties: false,
      },
    },
  ],
  tool_choice: { type: "auto" },
  messages: [
    { role: "user", content: [{ type: "text", text: "Why did checkout fail at 09:14?" }] },
    {
      role: "assistant",
      content: [
        {
          type: "thinking",
          thinking: "The group is known.",
          signature: Buffer.from(Array.from({ length: 240 }, (_, at) => (at * 37) % 256)).toString("base64"),
        },
        { type: "redacted_thinking", data: Buffer.from("user@example.com sealed").toString("base64") },
        {
          type: "tool_use",
          id: "toolu_01A09q90qw90lq917835lq9",
          name: "fetch_logs",
          input: { log_group: "/aws/lambda/checkout", start_time: "2026-02-17T09:00:00Z", limit: 100 },
        },
      ],
    },
    {
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: "toolu_01A09q90qw90lq917835lq9",
          is_error: false,
          content:
            "[e1] 2026-02-17T21:40:03.118Z ERROR request_id=0c9b1f7e-52ad-4e86-b3f1-7a90d2e4c615 took 30417ms\n" +
            "[e2] commit 5be1c07d92f4a86031d7e9b42c58f06a7d3e1b94 image sha256:" +
            "7f3c9a10be52d4868e0147c2fa96b35d08e1f27a4cb96d53e80f2a7194bc6d3e",
        },
      ],
    },
  ],
};

/** The Failure may come wrapped by the SDK. */
function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  return error instanceof Error && error.cause !== undefined ? failureOf(error.cause) : undefined;
}

function codeOf(error: unknown): string | undefined {
  return failureOf(error)?.code;
}

function messageOf(error: unknown): string | undefined {
  return failureOf(error)?.message;
}
