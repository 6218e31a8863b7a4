import type { ModelMessage } from "ai";
import { afterEach, describe, expect, it } from "vitest";
import { createEvidence } from "../../src/tools/evidence.ts";
import {
  messageStart,
  type RawServer,
  type Reply,
  refuse,
  startRawServer,
  stream,
  textEvents,
  toolEvents,
} from "../peers/anthropic-raw.ts";
import { ask, openTestModel, questionOf } from "./ask.ts";
import { openShop } from "./shop.ts";
import { turnOf } from "./turn.ts";

const servers: RawServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const WINDOW = { start_time: "2026-03-12T02:00:00Z", end_time: "2026-03-12T03:00:00Z" };
let calls = 0;
const read = (log_group = "checkout"): Reply =>
  stream(toolEvents([{ id: `toolu_${++calls}`, name: "fetch_logs", input: { log_group, ...WINDOW } }]));
const say = (text: string): Reply => stream(textEvents(text));

interface Sent {
  readonly role: string;
  readonly content: readonly { readonly type: string; readonly [key: string]: unknown }[];
}

async function open(replies: readonly Reply[], window?: number) {
  const server = await startRawServer(replies);
  servers.push(server);
  const opened = await openTestModel(server.baseUrl);
  const model = window === undefined ? opened : { ...opened, contextWindow: window };
  const sent = (at: number) => JSON.parse(server.bodies[at] ?? "{}");
  return { server, model, sent, messages: (at: number): readonly Sent[] => sent(at).messages };
}

const LINES = Array.from({ length: 60 }, (_, at) => `ERROR payment ${at} timed out: ${"x".repeat(200)}`);
const shop = () =>
  openShop({ groups: { checkout: LINES, payment: ["ERROR bank refused card 4711"] } }).directory;

/** Two questions in one investigation; the second is given all that the first came to. */
async function askTwice(first: readonly Reply[], second: readonly Reply[]) {
  const peer = await open([...first, ...second]);
  const evidence = createEvidence();
  const directory = shop();
  const one = await ask(questionOf(peer.model, { evidence, directory }));
  const history = turnOf(one.events, evidence);
  const two = await ask(questionOf(peer.model, { evidence, directory, history, question: "And payment?" }));
  return {
    one,
    two,
    sent: (at: number) => peer.sent(first.length + at),
    messages: (at: number) => peer.messages(first.length + at),
  };
}

/** So many earlier questions, each with one read of about 20,000 characters. */
function longHistory(questions: number): ModelMessage[] {
  return Array.from({ length: questions }, (_, at): ModelMessage[] => {
    const id = { toolCallId: `old_${at}`, toolName: "fetch_logs" };
    const ref = `q${at + 1}`;
    const value = { result: ref, context_id: ref, total: 60, events: ["ERROR x ".repeat(2500)] };
    return [
      { role: "user", content: `Question ${at + 1}?` },
      { role: "assistant", content: [{ type: "tool-call", ...id, input: { log_group: "checkout" } }] },
      { role: "tool", content: [{ type: "tool-result", ...id, output: { type: "json", value } }] },
      { role: "assistant", content: `Answer ${at + 1} [${ref}].` },
    ];
  }).flat();
}

const typesOf = (messages: readonly Sent[]) =>
  messages.map(({ role, content }) => `${role}: ${content.map(({ type }) => type).join(", ")}`);

describe("a question that continues an investigation", () => {
  it("comes after all that was asked, done and answered before", async () => {
    const { messages, sent, two } = await askTwice(
      [read(), say("It times out [e1].")],
      [read("payment"), say("The bank refused [e61].")],
    );
    expect(typesOf(messages(1))).toEqual([
      "user: text",
      "assistant: tool_use",
      "user: tool_result",
      "assistant: text",
      "user: text",
      "assistant: tool_use",
      "user: tool_result",
    ]);
    expect(messages(0)[4]?.content).toMatchObject([{ text: "And payment?" }]);
    expect(sent(0).system[0].text).toContain("Earlier questions had windows of their own.");
    expect(two.outcome).toMatchObject({ reason: "answered", rounds: 1 });
    expect(two.ofType("notice")).toEqual([]);
  });

  it("alone says nothing of earlier ones", async () => {
    const { model, sent } = await open([say("Fine.")]);
    await ask(questionOf(model));
    expect(sent(0).system[0].text).not.toContain("Earlier questions");
  });

  it("may cite what an earlier one found, which is checked as ever", async () => {
    const { one, two } = await askTwice(
      [read(), say("It times out [e1].")],
      [say("As before, 60 events [q1]: `payment 59 timed out` [e60], and 61 of another kind [q1].")],
    );
    expect(one.ofType("answer-checked")[0]?.report.unverified).toEqual([]);
    const report = two.ofType("answer-checked")[0]?.report;
    expect(report?.citations.map(({ ref }) => ref).toSorted()).toEqual(["e60", "q1"]);
    expect(report?.unverified).toMatchObject([{ kind: "number", text: "61" }]);
    expect(two.answer).toContain("61 (unverified)");
  });

  it("gives its own results new handles", async () => {
    const { two } = await askTwice([read(), say("Yes [q1].")], [read(), say("Yes [q2].")]);
    expect(two.ofType("tool-end")).toMatchObject([{ ref: "q2", repeated: false }]);
  });

  it("marks the end of the earlier ones for the provider's cache, at the same place in every round", async () => {
    const { messages, sent } = await askTwice(
      [read(), say("It times out [e1].")],
      [read("payment"), say("Refused.")],
    );
    const marks = (at: number) =>
      messages(at).flatMap(({ content }, index) =>
        content.some(({ cache_control }) => cache_control !== undefined) ? [index] : [],
      );
    expect(marks(0)).toEqual([3, 4]);
    expect(marks(1)).toEqual([3, 6]);
    const { system, tools } = sent(1);
    expect(JSON.stringify([system, tools, messages(1)]).split('"cache_control"')).toHaveLength(5);
    expect(messages(1).slice(0, 4)).toEqual(messages(0).slice(0, 4));
  });

  it("pays for them: a budget that they do not fit into refuses it before it is asked", async () => {
    const history = longHistory(3);
    for (const limit of [{ tokens: 12_000 }, { cost: 0.03 }]) {
      const budget = { rounds: 10, tokens: undefined, seconds: undefined, cost: undefined, ...limit };
      const { model, server } = await open([say("Fine.")]);
      expect((await ask(questionOf(model, { budget, history }))).outcome.reason).toBe("budget");
      expect(server.bodies).toEqual([]);
      expect((await ask(questionOf(model, { budget }))).outcome.reason).toBe("answered");
    }
  });
});

describe("an investigation that outgrows the model's window", () => {
  const textOf = (messages: readonly Sent[]) => JSON.stringify(messages);

  it("is shortened before it is sent, from the oldest on, which is said", async () => {
    const { model, server, messages } = await open([say("Fine.")], 40_000);
    const history = longHistory(6);
    const { outcome, ofType } = await ask(questionOf(model, { history }));
    expect(outcome.reason).toBe("answered");
    expect(server.bodies).toHaveLength(1);
    expect(ofType("notice").map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^The conversation outgrew the model's window of 40,000 tokens: the results of \d tool calls of earlier questions were shortened to their summaries; they stay usable by their handles \(q1 to q\d\)\.$/,
      ),
    ]);
    const sent = textOf(messages(0));
    for (let at = 1; at <= 6; at += 1) expect(sent).toContain(`Question ${at}?`);
    expect(JSON.stringify(messages(0)[2])).toContain("Left out to save room");
    expect(JSON.stringify(messages(0)[22])).toContain("ERROR x ERROR x");
    expect(sent.length / 3.2).toBeLessThan(0.85 * 40_000);
    // What is passed in stays as it was.
    expect(JSON.stringify(history)).not.toContain("Left out");
  });

  it("is left alone in a window that holds it", async () => {
    const { model, messages } = await open([say("Fine.")]);
    const { ofType } = await ask(questionOf(model, { history: longHistory(6) }));
    expect(ofType("notice")).toEqual([]);
    expect(textOf(messages(0))).not.toContain("Left out");
  });

  it("is measured by what the provider counts, once it has", async () => {
    const many = stream([
      messageStart({ input_tokens: 70_000 }),
      ...toolEvents([
        { id: "toolu_x", name: "fetch_logs", input: { log_group: "payment", ...WINDOW } },
      ]).slice(1),
    ]);
    const { model, messages } = await open([many, say("Fine.")], 80_000);
    const { ofType } = await ask(questionOf(model, { history: longHistory(5), directory: shop() }));
    expect(textOf(messages(0))).not.toContain("Left out");
    expect(ofType("notice")[0]?.text).toMatch(/outgrew .* earlier questions were shortened/);
    expect(textOf(messages(1))).toContain("Left out");
    expect(textOf(messages(1))).toContain("bank refused card 4711");
  });

  it("is shortened the same way where the provider says so, before what was read just now", async () => {
    const tooLong = refuse(
      400,
      "invalid_request_error",
      "prompt is too long: 212345 tokens > 200000 maximum",
    );
    const { model, server, messages } = await open([read(), tooLong, say("Fine.")]);
    const { outcome, ofType } = await ask(questionOf(model, { history: longHistory(4), directory: shop() }));
    expect(outcome.reason).toBe("answered");
    expect(server.bodies).toHaveLength(3);
    expect(ofType("notice").map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^The conversation was too long for the model: the results of \d tool calls? of earlier/,
      ),
    ]);
    expect(JSON.stringify(messages(2)[2])).toContain("Left out to save room");
    expect(JSON.stringify(messages(2).at(-1))).toContain("payment 59 timed out");
  });

  it("and has nothing left to shorten fails, after it was tried", async () => {
    const tooLong = refuse(400, "invalid_request_error", "prompt is too long");
    const { model, server } = await open([tooLong]);
    const { outcome, ofType } = await ask(questionOf(model, { history: longHistory(2) }));
    expect(outcome.failure?.code).toBe("context-too-long");
    expect(server.bodies.length).toBeGreaterThan(1);
    expect(server.bodies.length).toBeLessThan(12);
    expect(ofType("notice").length).toBeGreaterThan(1);
  });
});
