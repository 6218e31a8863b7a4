import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { AgentEvent } from "../../src/agent/events.ts";
import { answerQuestion } from "../../src/agent/loop.ts";
import type { SealedTool } from "../../src/tools/toolbox.ts";
import {
  hang,
  messageEnd,
  messageStart,
  type RawServer,
  type Reply,
  refuse,
  startRawServer,
  stream,
  type ToolUse,
  textBlock,
  textEvents,
  toolEvents,
} from "../peers/anthropic-raw.ts";
import { ask, openTestModel, questionOf } from "./ask.ts";

const servers: RawServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(...replies: Reply[]) {
  const server = await startRawServer(replies);
  servers.push(server);
  return { server, model: await openTestModel(server.baseUrl) };
}

interface Count {
  runs: number;
  readonly signals: AbortSignal[];
}

/** A tool that counts its runs and does as it is told. */
function makeTool(
  run: SealedTool["run"] = async () => ({ data: { n: 7 }, summary: "7" }),
): [SealedTool, Count] {
  const count: Count = { runs: 0, signals: [] };
  const tool: SealedTool = {
    name: "probe",
    description: "Probes.",
    input: z.object({ at: z.number().default(0), also: z.string().optional() }),
    run: (input, environment, ref) => {
      count.runs += 1;
      count.signals.push(environment.signal);
      return run(input, environment, ref);
    },
  };
  return [tool, count];
}

let ids = 0;
const probe = (input: object = {}): ToolUse => ({ id: `toolu_${++ids}`, name: "probe", input });
const budget = { rounds: 10, tokens: undefined, seconds: undefined, cost: undefined };
const DONE = stream(textEvents("Seven."));

describe("rounds", () => {
  it("end after ten with one answer from what there is", async () => {
    let round = 0;
    const replies: Reply[] = Array.from({ length: 11 }, () => stream(toolEvents([probe({ at: ++round })])));
    const { server, model } = await serve(...replies, DONE);
    const [tool, count] = makeTool();
    const { outcome, answer, ofType } = await ask(questionOf(model, { tools: [tool] }));
    expect(count.runs).toBe(10);
    expect(answer).toBe("Seven.");
    expect(outcome).toMatchObject({ reason: "answered", rounds: 10 });
    expect(ofType("notice").map(({ text }) => text)).toEqual([expect.stringContaining("limit of 10 rounds")]);
    expect(server.bodies.at(-1)).toContain("No more tool calls");
  });

  it("that never end are a spent budget, with the text that there was", async () => {
    const { server, model } = await serve(stream(toolEvents([probe()], "Seven, I think.")));
    const [tool, count] = makeTool();
    const { outcome, answer } = await ask(
      questionOf(model, { tools: [tool], budget: { ...budget, rounds: 2 } }),
    );
    expect(outcome).toMatchObject({ reason: "budget", rounds: 2, failure: { code: "budget" } });
    expect(answer).toBe("Seven, I think.");
    expect(server.bodies).toHaveLength(4);
    expect(count.runs).toBe(1);
  });

  it("with text beside the calls do not make that text the answer", async () => {
    const { model } = await serve(stream(toolEvents([probe()], "Let me see.")), DONE);
    const { answer, streamed } = await ask(questionOf(model, { tools: [makeTool()[0]] }));
    expect(streamed).toBe("Let me see.Seven.");
    expect(answer).toBe("Seven.");
  });

  it("that end without a word are a failure, not an answer", async () => {
    const { model } = await serve(stream([messageStart(), ...messageEnd("end_turn")]));
    const { outcome, events } = await ask(questionOf(model));
    expect(outcome).toMatchObject({ reason: "failed", failure: { code: "model-unavailable" } });
    expect(events.some(({ type }) => type === "answer-checked")).toBe(false);
  });

  const THOUGHT = [
    {
      type: "content_block_start",
      index: 0,
      content_block: { type: "thinking", thinking: "", signature: "" },
    },
    { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "Hm." } },
    { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "Eq0B" } },
    { type: "content_block_stop", index: 0 },
  ];

  it.each([
    [
      "in its words",
      textBlock(["Sev"]),
      {},
      "Sev",
      /cut at 4096 tokens of output\.$/,
      /LOGAI_LLM_MAX_TOKENS/,
    ],
    ["while thinking", THOUGHT, {}, "", /no answer within 4096 .*it used them for thinking/, /LOGAI_LLM_MAX/],
    [
      "after thinking",
      [...THOUGHT, ...textBlock(["Sev"], { index: 1 })],
      {},
      "Sev",
      /cut .*thinking included/,
      /LOGAI_LLM_MAX/,
    ],
    ["by the budget", textBlock(["Sev"]), { tokens: 5000 }, "Sev", /cut at \d+ tokens/, /--max-tokens/],
  ])("are not whole when cut at their largest size %s", async (_where, blocks, limit, kept, says, hint) => {
    const { model } = await serve(stream([messageStart(), ...blocks, ...messageEnd("max_tokens")]));
    const budget = { rounds: 10, tokens: undefined, seconds: undefined, cost: undefined, ...limit };
    const { answer, outcome } = await ask(questionOf(model, { budget }));
    expect(answer).toBe(kept);
    expect(outcome).toMatchObject({ reason: "budget", failure: { code: "budget" } });
    expect(outcome.failure?.message).toMatch(says);
    expect(outcome.failure?.hint).toMatch(hint);
  });
});

describe("identical calls", () => {
  it("are answered once, side by side and in later rounds, defaults and order aside", async () => {
    const { model, server } = await serve(
      stream(toolEvents([probe({ at: 0, also: "x" }), probe({ also: "x" })])),
      stream(toolEvents([probe({ also: "x", at: 0 }), probe({ at: 1 })])),
      DONE,
    );
    const [tool, count] = makeTool();
    const { ofType } = await ask(questionOf(model, { tools: [tool] }));
    expect(count.runs).toBe(2);
    const ends = ofType("tool-end");
    expect(ends.filter(({ repeated }) => repeated)).toHaveLength(2);
    expect(new Set(ends.map(({ ref }) => ref))).toEqual(new Set(["q1", "q2"]));
    expect(server.bodies.at(-1)?.split('{\\"result\\":\\"q1\\"')).toHaveLength(4);
  });

  it("that failed may be tried again", async () => {
    let tries = 0;
    const [tool, count] = makeTool(async () => {
      if (++tries === 1) throw new Error("not yet");
      return { data: { n: 7 }, summary: "7" };
    });
    const { model } = await serve(stream(toolEvents([probe()])), stream(toolEvents([probe()])), DONE);
    const { ofType } = await ask(questionOf(model, { tools: [tool] }));
    expect(count.runs).toBe(2);
    expect(ofType("tool-failed")).toMatchObject([{ message: "not yet", code: undefined }]);
    expect(ofType("tool-end")).toMatchObject([{ repeated: false }]);
  });
});

describe("a tool", () => {
  it("that throws is a result that the model can react to; the others go on", async () => {
    const [tool] = makeTool(async (input) => {
      if (JSON.stringify(input).includes('"at":1')) throw new TypeError("no such thing");
      return { data: { n: 7 }, summary: "7" };
    });
    const { model, server } = await serve(stream(toolEvents([probe({ at: 1 }), probe({ at: 2 })])), DONE);
    const { outcome, ofType } = await ask(questionOf(model, { tools: [tool] }));
    expect(outcome.reason).toBe("answered");
    expect(ofType("tool-failed")).toHaveLength(1);
    expect(ofType("tool-end")).toHaveLength(1);
    expect(server.bodies[1]).toContain("no such thing");
  });

  it("is heard while it runs", async () => {
    const heard = Promise.withResolvers<void>();
    const [tool] = makeTool(async (_input, { report }) => {
      report({ group: "checkout", events: 1, bytes: 2 });
      await heard.promise;
      return { data: {}, summary: "" };
    });
    const { model } = await serve(stream(toolEvents([probe()])), DONE);
    const { ofType } = await ask(questionOf(model, { tools: [tool] }), ({ type }) => {
      if (type === "tool-progress") heard.resolve();
    });
    expect(ofType("tool-progress")).toMatchObject([{ tool: "probe", progress: { events: 1 } }]);
  });
});

describe("a budget", () => {
  it("of money refuses a model of unknown price before the first request", async () => {
    const { server } = await serve(DONE);
    const model = await openTestModel(server.baseUrl, { modelId: "claude-sonnet-9" });
    const { outcome } = await ask(questionOf(model, { budget: { ...budget, cost: 1 } }));
    expect(outcome).toMatchObject({
      reason: "budget",
      failure: { message: expect.stringContaining("not known") },
    });
    expect(server.bodies).toEqual([]);
  });

  it.each([
    ["money", { cost: 0.0001 }],
    ["tokens", { tokens: 300 }],
  ])("of %s that the first request does not fit into refuses it", async (_what, limit) => {
    const { model, server } = await serve(DONE);
    const { outcome } = await ask(questionOf(model, { budget: { ...budget, ...limit } }));
    expect(outcome).toMatchObject({ reason: "budget", failure: { code: "budget" } });
    expect(server.bodies).toEqual([]);
  });

  it.each([
    ["money", { cost: 0.02 }],
    ["tokens", { tokens: 5000 }],
  ])("of %s limits the size of the answer that is asked for", async (_what, limit) => {
    const { model, server } = await serve(DONE);
    await ask(questionOf(model, { budget: { ...budget, ...limit } }));
    const size = JSON.parse(server.bodies[0] ?? "").max_tokens;
    expect(size).toBeLessThan(4096);
    expect(size).toBeGreaterThan(255);
  });

  it.each([
    ["money", { cost: 0.03 }],
    ["tokens", { tokens: 15_000 }],
  ])("of %s ends the question when it is spent", async (_what, limit) => {
    let at = 0;
    const dear = (): Reply =>
      stream([messageStart({ input_tokens: 4000 }), ...toolEvents([probe({ at: ++at })]).slice(1)]);
    const { model, server } = await serve(dear(), dear(), dear(), dear(), dear(), dear(), dear(), DONE);
    const { outcome } = await ask(
      questionOf(model, { tools: [makeTool()[0]], budget: { ...budget, ...limit } }),
    );
    expect(outcome.reason).toBe("budget");
    expect(server.bodies.length).toBeGreaterThan(1);
    expect(server.bodies.length).toBeLessThan(7);
    expect(outcome.cost ?? 0).toBeLessThanOrEqual(0.04);
  });

  it("of seconds ends a request that takes longer", async () => {
    const { model } = await serve(hang([messageStart(), ...textBlock(["Seven"], { open: true })]));
    const { outcome, answer } = await ask(questionOf(model, { budget: { ...budget, seconds: 1 } }));
    expect(outcome).toMatchObject({
      reason: "budget",
      failure: { message: expect.stringContaining("1 seconds") },
    });
    expect(answer).toBe("Seven");
  });
});

describe("an interruption", () => {
  const HALF = [messageStart(), ...textBlock(["Seven errors [e1], I "], { open: true })];
  const never = () => new Promise<never>(() => undefined);
  const silent: Reply = () => undefined;
  const busy: Reply = refuse(429, "rate_limit_error", "slow down", { "retry-after": "50" });

  it.each<[string, Reply, AgentEvent["type"], string]>([
    ["while connecting", silent, "round-start", ""],
    ["while the answer streams", hang(HALF), "text-delta", "Seven errors [e1] (unverified), I "],
    ["while a tool runs that does not listen", stream(toolEvents([probe()])), "tool-start", ""],
    ["while a retry is waited for", busy, "retry-wait", ""],
  ])("%s ends the question at once, with what had come", async (_when, reply, at, text) => {
    const { model, server } = await serve(reply);
    const user = new AbortController();
    const [tool, count] = makeTool(never);
    const options = questionOf(model, { tools: [tool], signal: user.signal });
    const { outcome, answer } = await ask(options, ({ type }) => {
      // What is waited for here takes most of a minute, or for ever: the test's own limit would end it.
      if (type === at) setTimeout(() => user.abort(), 30);
    });
    expect(outcome).toMatchObject({ reason: "interrupted", failure: { code: "interrupted" } });
    expect(answer).toBe(text);
    // On a busy machine the interruption may come before the request has arrived.
    expect(server.bodies.length).toBeLessThanOrEqual(1);
    expect(count.signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it("before the first event asks nobody", async () => {
    const { model, server } = await serve(DONE);
    const { outcome } = await ask(questionOf(model, { signal: AbortSignal.abort() }));
    expect(outcome.reason).toBe("interrupted");
    expect(server.bodies).toEqual([]);
  });

  it.each<[string, Reply, AgentEvent["type"]]>([
    ["while the answer streams", hang(HALF), "text-delta"],
    ["while a tool runs", stream(toolEvents([probe()])), "tool-start"],
  ])("by leaving the iteration %s stops the request and the tools", async (_when, reply, at) => {
    const { model, server } = await serve(reply);
    const [tool, count] = makeTool(never);
    for await (const { type } of answerQuestion(questionOf(model, { tools: [tool] }))) {
      if (type === at) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (at === "text-delta") expect(server.cut()).toBe(1);
    else expect(count.signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});
