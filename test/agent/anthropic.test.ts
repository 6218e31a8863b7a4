import { LLMock } from "@copilotkit/aimock";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { EgressRecord } from "../../src/sanitize/gate.ts";
import {
  messageEnd,
  messageStart,
  type RawServer,
  startRawServer,
  stream,
  textEvents,
  toolBlock,
} from "../peers/anthropic-raw.ts";
import { ask, openTestModel, questionOf } from "./ask.ts";
import { openShop } from "./shop.ts";

const WINDOW = { start_time: "2026-03-12T02:00:00Z", end_time: "2026-03-12T03:00:00Z" };
const mock = new LLMock({ port: 0, host: "127.0.0.1", chunkSize: 7 });
const servers: RawServer[] = [];

beforeAll(() => mock.start());
afterAll(() => mock.stop());
afterEach(async () => {
  mock.reset();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const callOf = (id: string, group: string) => ({
  id,
  name: "fetch_logs",
  arguments: JSON.stringify({ log_group: group, ...WINDOW }),
});

async function askMock(options: { readonly modelId?: string; readonly question?: string } = {}) {
  const records: EgressRecord[] = [];
  const started: string[] = [];
  const both = Promise.withResolvers<void>();
  const { directory } = openShop({
    groups: { checkout: ["ERROR payment timed out after 5000 ms"], payment: ["WARN pool is empty"] },
    onFetch: ({ group }) => {
      started.push(group);
      if (started.length === 2) both.resolve();
      return both.promise;
    },
  });
  const model = await openTestModel(`${mock.url}/v1`, {
    ...(options.modelId ? { modelId: options.modelId } : {}),
    onEgress: (record) => records.push(record),
  });
  const question = options.question ?? "What is wrong with checkout?";
  const answered = await ask(questionOf(model, { directory, question }));
  return { ...answered, bodies: records.map(({ body }) => JSON.parse(body)) };
}

function script(): void {
  mock.on(
    { userMessage: "checkout", hasToolResult: false },
    { content: "Let me look.", toolCalls: [callOf("toolu_a", "checkout"), callOf("toolu_b", "payment")] },
  );
  mock.on(
    { userMessage: "checkout", hasToolResult: true },
    { content: "Payment timed out after 5000 ms [e1].", usage: { input_tokens: 900, output_tokens: 60 } },
  );
}

describe("Anthropic, as somebody else's fake speaks it", () => {
  it("runs the calls of one turn side by side and gives each its result", async () => {
    script();
    // Each of the two reads waits for the other: one after the other would never end.
    const { outcome, answer, streamed, bodies, ofType } = await askMock();
    expect(outcome).toMatchObject({ reason: "answered", rounds: 1 });
    expect(answer).toBe("Payment timed out after 5000 ms [e1].");
    expect(streamed).toBe(`Let me look.${answer}`);
    expect(ofType("text-delta").length).toBeGreaterThan(3);
    expect(ofType("answer-checked")[0]?.report).toMatchObject({ unverified: [], citations: [{ ref: "e1" }] });
    const [, said, results] = bodies[1].messages;
    expect(said.content.map(({ id }: { id?: string }) => id)).toEqual([undefined, "toolu_a", "toolu_b"]);
    expect(results.content).toMatchObject([
      { type: "tool_result", tool_use_id: "toolu_a", content: expect.stringContaining("timed out") },
      { type: "tool_result", tool_use_id: "toolu_b", content: expect.stringContaining("pool is empty") },
    ]);
  });

  it("marks the ends of what the service may cache, and sends the same beginning every time", async () => {
    script();
    const { bodies } = await askMock();
    const mark = { type: "ephemeral" };
    for (const { system, tools, messages } of bodies) {
      expect(system.at(-1).cache_control).toEqual(mark);
      expect(tools.at(-1).cache_control).toEqual(mark);
      expect(messages.at(-1).content.at(-1).cache_control).toEqual(mark);
      expect(JSON.stringify([system, tools, messages]).split('"cache_control"')).toHaveLength(4);
    }
    expect(bodies[1].system).toEqual(bodies[0].system);
    expect(bodies[1].tools).toEqual(bodies[0].tools);
  });

  it.each([
    ["claude-sonnet-5-5", undefined],
    ["claude-haiku-4-5", 0.1],
  ])("sends %s the temperature %s, without a word on stderr", async (modelId, temperature) => {
    script();
    const written = [
      vi.spyOn(process.stderr, "write"),
      vi.spyOn(process.stdout, "write"),
      vi.spyOn(process, "emitWarning"),
      vi.spyOn(console, "warn"),
      vi.spyOn(console, "error"),
      vi.spyOn(console, "info"),
    ];
    const { bodies } = await askMock({ modelId });
    const lines = written.flatMap((spy) => spy.mock.calls);
    for (const spy of written) spy.mockRestore();
    expect(lines).toEqual([]);
    expect(bodies[0].temperature).toBe(temperature);
    expect(bodies[0]).toMatchObject({ model: modelId, max_tokens: 4096, stream: true });
  });
});

describe("what a model thinks", () => {
  it("goes back to it as it came, sealed parts included, and is no part of the answer", async () => {
    const signature = Buffer.from("sealed by the service, not for us to read").toString("base64");
    const data = Buffer.from("redacted thinking of the service").toString("base64");
    const thinking = { type: "thinking", thinking: "", signature: "" };
    const thought = [
      { type: "content_block_start", index: 0, content_block: thinking },
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "Look at it." } },
      { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature } },
      { type: "content_block_stop", index: 0 },
      { type: "content_block_start", index: 1, content_block: { type: "redacted_thinking", data } },
      { type: "content_block_stop", index: 1 },
    ];
    const call = { id: "toolu_1", name: "list_log_groups", input: {} };
    const server = await startRawServer([
      stream([messageStart(), ...thought, ...toolBlock(call, 2), ...messageEnd("tool_use")]),
      stream(textEvents("Fine.")),
    ]);
    servers.push(server);
    const { outcome, streamed } = await ask(questionOf(await openTestModel(server.baseUrl)));
    expect(outcome.reason).toBe("answered");
    expect(streamed).toBe("Fine.");
    const [, said] = JSON.parse(server.bodies[1] ?? "").messages;
    expect(said.content).toMatchObject([
      { type: "thinking", thinking: "Look at it.", signature },
      { type: "redacted_thinking", data },
      { type: "tool_use", id: "toolu_1" },
    ]);
  });
});

describe("what an answer costs", () => {
  async function costWith(modelId: string, usage: Parameters<typeof textEvents>[1]) {
    const server = await startRawServer([stream(textEvents("Fine.", usage))]);
    servers.push(server);
    return (await ask(questionOf(await openTestModel(server.baseUrl, { modelId })))).outcome;
  }
  const cached = { input_tokens: 1000, cache_read_input_tokens: 20_000, cache_creation_input_tokens: 4000 };

  it("counts what was read from and written to the cache at their own prices", async () => {
    const { usage, cost } = await costWith("claude-sonnet-5-5", cached);
    expect(usage).toEqual({ input: 1000, cacheRead: 20_000, cacheWrite: 4000, output: 5 });
    expect(cost).toBeCloseTo((1000 * 2 + 20_000 * 0.1 + 4000 * 2.5 + 5 * 10) / 1e6, 9);
  });

  it("is not known where the model's price is not", async () => {
    const { usage, cost } = await costWith("claude-sonnet-9", cached);
    expect(usage.input).toBe(1000);
    expect(cost).toBeUndefined();
  });
});
