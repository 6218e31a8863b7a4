import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { QuestionOptions } from "../../src/agent/loop.ts";
import {
  cutAfter,
  encodeEvents,
  hang,
  inPieces,
  messageEnd,
  messageStart,
  openStream,
  type RawServer,
  type Reply,
  refuse,
  startRawServer,
  stream,
  textBlock,
  textEvents,
  toolBlock,
  toolEvents,
} from "../peers/anthropic-raw.ts";
import { type Answered, ask, KEY, openTestModel, questionOf } from "./ask.ts";
import { openShop } from "./shop.ts";

const unhandled: unknown[] = [];
const servers: RawServer[] = [];
const keep = (error: unknown) => unhandled.push(error);

beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", keep);
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  // A rejection is called unhandled only after the microtasks of its turn.
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off("unhandledRejection", keep);
  expect(unhandled).toEqual([]);
});

async function serve(...replies: Reply[]): Promise<RawServer> {
  const server = await startRawServer(replies);
  servers.push(server);
  return server;
}

async function askServer(server: RawServer, rest: Partial<QuestionOptions> = {}): Promise<Answered> {
  return ask(questionOf(await openTestModel(server.baseUrl), rest));
}

interface SentMessage {
  readonly role: string;
  readonly content: readonly { readonly type: string; readonly [key: string]: unknown }[];
}

function messagesOf(body: string | undefined): readonly SentMessage[] {
  return JSON.parse(body ?? "{}").messages;
}

const FETCH = {
  id: "toolu_01",
  name: "fetch_logs",
  input: { log_group: "checkout", start_time: "2026-03-12T02:00:00Z", end_time: "2026-03-12T03:00:00Z" },
};
const DONE = textEvents("All is well.");

describe("an answer that is refused", () => {
  it("by the service in mid-answer is not asked for again: it is paid for each time", async () => {
    const server = await serve(stream([messageStart(), ...textBlock(["I can"]), ...messageEnd("refusal")]));
    const { outcome, answer } = await askServer(server);
    expect(outcome).toMatchObject({ reason: "failed", failure: { code: "model-unavailable" } });
    expect(outcome.failure?.message).toMatch(/declined/);
    expect(answer).toBe("I can");
    expect(server.bodies).toHaveLength(1);
  });

  it.each([
    [401, "authentication_error", "invalid x-api-key", "authentication", /check your API key/],
    [403, "permission_error", "not for this workspace", "authentication", /not for this workspace/],
    [404, "not_found_error", "model: claude-sonnet-5-5", "configuration", /model: claude-sonnet-5-5/],
    [400, "invalid_request_error", "max_tokens: too big", "model-unavailable", /max_tokens: too big/],
    [413, "request_too_large", "Request exceeds 32 MB", "context-too-long", /too long/],
  ])("with %i fails once, and says why", async (status, type, message, code, says) => {
    const server = await serve(refuse(status, type, message));
    const { outcome, answer } = await askServer(server);
    expect(outcome).toMatchObject({ reason: "failed", failure: { code } });
    expect(outcome.failure?.message).toMatch(says);
    expect(outcome.failure?.hint).toBeTruthy();
    expect(answer).toBe("");
    expect(server.bodies).toHaveLength(1);
  });

  it.each([
    [429, refuse(429, "rate_limit_error", "slow down", { "retry-after": "0.02" })],
    [529, refuse(529, "overloaded_error", "Overloaded")],
    [
      500,
      ((response) => {
        response.writeHead(500, { "content-type": "text/html" });
        response.end("<!doctype html><title>500</title><h1>Internal Server Error</h1>");
      }) satisfies Reply,
    ],
  ])("with %i is asked for again, which is shown", async (_status, reply) => {
    const server = await serve(reply, reply, stream(DONE));
    const { outcome, answer, ofType } = await askServer(server);
    expect(outcome.reason).toBe("answered");
    expect(answer).toBe("All is well.");
    expect(ofType("retry-wait").map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(server.bodies).toHaveLength(3);
  });

  it("is given up after five tries", async () => {
    const server = await serve(refuse(529, "overloaded_error", "Overloaded"));
    const { outcome } = await askServer(server);
    expect(outcome.failure?.code).toBe("model-unavailable");
    expect(server.bodies).toHaveLength(5);
  });

  it.each([
    ["7", 7000],
    ["259200", 60_000],
    ["Thu, 12 Mar 2026 04:00:09 GMT", 9000],
  ])("waits as long as it is asked to (%s), within a minute", async (retryAfter, wait) => {
    const date = "Thu, 12 Mar 2026 04:00:00 GMT";
    const server = await serve(refuse(429, "rate_limit_error", "slow", { "retry-after": retryAfter, date }));
    const user = new AbortController();
    const model = await openTestModel(server.baseUrl);
    const { ofType, outcome } = await ask(questionOf(model, { signal: user.signal }), ({ type }) => {
      if (type === "retry-wait") setTimeout(() => user.abort(), 10);
    });
    expect(ofType("retry-wait")).toMatchObject([{ ms: wait, reason: expect.stringMatching(/rate limit/i) }]);
    expect(outcome.reason).toBe("interrupted");
    expect(server.bodies).toHaveLength(1);
  });

  it("because the prompt is too long goes on with a shorter history", async () => {
    const lines = Array.from({ length: 60 }, (_, at) => `ERROR payment ${at} timed out: ${"x".repeat(200)}`);
    const { directory } = openShop({ groups: { checkout: lines } });
    const tooLong = refuse(
      400,
      "invalid_request_error",
      "prompt is too long: 212345 tokens > 200000 maximum",
    );
    const server = await serve(stream(toolEvents([FETCH])), tooLong, stream(DONE));
    const { outcome, ofType } = await askServer(server, { directory });
    expect(outcome.reason).toBe("answered");
    expect(ofType("notice")[0]?.text).toMatch(/shortened/);
    const [, before, after] = server.bodies;
    expect(after?.length).toBeLessThan((before?.length ?? 0) / 2);
    expect(after).toContain("matched");
    expect(after).toContain("toolu_01");
    expect(after).not.toContain("payment 59 timed out");
  });

  it("because the prompt is too long, with nothing to shorten, fails", async () => {
    const server = await serve(
      refuse(400, "invalid_request_error", "prompt is too long: 2 tokens > 1 maximum"),
    );
    expect((await askServer(server)).outcome.failure?.code).toBe("context-too-long");
    expect(server.bodies).toHaveLength(1);
  });
});

describe("a service that cannot be reached", () => {
  it.each([
    ["a closed port", "http://127.0.0.1:9/v1"],
    ["a name that does not resolve", "http://logai.invalid/v1"],
  ])("(%s) is told soon, after one more try", async (_what, baseUrl) => {
    const { outcome, ofType } = await ask(questionOf(await openTestModel(baseUrl)));
    expect(outcome.failure).toMatchObject({
      code: "model-unavailable",
      hint: expect.stringContaining("--offline"),
    });
    expect(outcome.failure?.message).toMatch(/cannot be reached/);
    expect(ofType("retry-wait")).toHaveLength(1);
  });
});

describe("a stream that breaks", () => {
  const HALF = [
    messageStart(),
    ...textBlock(["Payment times out ", "since 02:47, and the "], { open: true }),
  ];

  it.each([
    ["is cut", cutAfter(HALF)],
    [
      "ends without a finish",
      ((response) => {
        openStream(response);
        response.end(encodeEvents(HALF));
      }) satisfies Reply,
    ],
    [
      "reports an error",
      stream([...HALF, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }]),
    ],
    [
      "holds broken JSON",
      ((response) => {
        openStream(response);
        response.write(encodeEvents(HALF));
        response.write("event: content_block_delta\ndata: {broken\n\n");
        response.end(encodeEvents([...textBlock(["lost words"]).slice(1), ...messageEnd("end_turn")]));
      }) satisfies Reply,
    ],
    ["stalls", hang(HALF)],
  ])("(%s) is continued where it broke", async (_how, broken) => {
    const server = await serve(broken, stream(textEvents("deploy came just before.")));
    const { answer, streamed, outcome, ofType } = await askServer(server, { stallMs: 150 });
    expect(outcome.reason).toBe("answered");
    expect(answer).toBe("Payment times out since 02:47, and the deploy came just before.");
    expect(streamed).toBe(answer);
    expect(ofType("retry-wait")).toHaveLength(1);
    const sent = messagesOf(server.bodies[1]);
    expect(sent.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(sent[1]?.content).toMatchObject([
      { type: "text", text: "Payment times out since 02:47, and the" },
    ]);
  });

  it("and repeats its last words is joined without them", async () => {
    const server = await serve(
      cutAfter(HALF),
      stream(textEvents("since 02:47, and the deploy came just before.")),
    );
    const { answer, streamed } = await askServer(server);
    expect(answer).toBe("Payment times out since 02:47, and the deploy came just before.");
    expect(streamed).toBe(answer);
  });

  it("five times keeps what had come, checked", async () => {
    const server = await serve(cutAfter(HALF));
    const { answer, outcome } = await askServer(server);
    expect(answer).toMatch(/^Payment times out since 02:47/);
    expect(outcome).toMatchObject({ reason: "failed", failure: { code: "model-unavailable" } });
  });

  it("before its first word is asked for anew, with nothing added to the history", async () => {
    const server = await serve(cutAfter([messageStart()]), stream(DONE));
    const { answer } = await askServer(server);
    expect(answer).toBe("All is well.");
    expect(messagesOf(server.bodies[1])).toHaveLength(1);
  });

  it("is counted: the prompt was billed", async () => {
    const usage = { input_tokens: 1000, cache_read_input_tokens: 500 };
    const server = await serve(cutAfter([messageStart(usage), ...HALF.slice(1)]), stream(DONE));
    const { outcome } = await askServer(server);
    expect(outcome.usage.input).toBe(1010);
    expect(outcome.usage.cacheRead).toBe(500);
    expect(outcome.usage.output).toBeGreaterThan(10);
  });

  it("and never begins to answer is given up", async () => {
    const silent: Reply = () => undefined;
    const server = await serve(silent, stream(DONE));
    const { answer, ofType } = await askServer(server, { stallMs: 150 });
    expect(answer).toBe("All is well.");
    expect(ofType("retry-wait")[0]?.reason).toMatch(/cannot be reached|broke/);
  });

  it("with pings only is alive", async () => {
    const slow: Reply = async (response) => {
      openStream(response);
      response.write(encodeEvents([messageStart()]));
      for (let at = 0; at < 8; at += 1) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        response.write(encodeEvents([{ type: "ping" }]));
      }
      response.end(encodeEvents([...textBlock(["Thought about it."]), ...messageEnd("end_turn")]));
    };
    const { answer, ofType } = await askServer(await serve(slow), { stallMs: 250 });
    expect(answer).toBe("Thought about it.");
    expect(ofType("retry-wait")).toEqual([]);
  });
});

describe("a stream that is only unusual", () => {
  const TEXT = "Größe 12 — 支払い失敗 🔥 since 02:47.";
  const bytes = (lineEnd = "\n") => Buffer.from(encodeEvents(textEvents(TEXT), lineEnd));

  it.each([
    ["CRLF", [bytes("\r\n")]],
    ["comments", [Buffer.from(": hello\n\n"), bytes(), Buffer.from(": bye\n\n")]],
    ["one byte at a time", [...bytes()].map((byte) => Uint8Array.of(byte))],
    ["characters cut in half", chop(bytes(), 7)],
    [
      "events it does not know",
      [Buffer.from(encodeEvents([{ type: "ping" }])), bytes(), Buffer.from(encodeEvents([{ type: "ping" }]))],
    ],
  ])("(%s) is read as it should be", async (_what, pieces) => {
    const { answer, ofType } = await askServer(await serve(inPieces(pieces)));
    expect(answer).toBe(TEXT);
    expect(ofType("retry-wait")).toEqual([]);
  });

  it("(cut after any number of bytes) never hangs, and loses no word", async () => {
    const whole = bytes();
    for (let size = 0; size < whole.length; size += 97) {
      const cut: Reply = (response) => {
        openStream(response);
        response.write(whole.subarray(0, size));
        response.socket?.end();
      };
      const server = await serve(cut, stream(textEvents("<rest>")));
      const { answer, outcome } = await askServer(server);
      expect(outcome.reason).toBe("answered");
      const [before = ""] = answer.split("<rest>");
      expect(TEXT.startsWith(before)).toBe(true);
      expect(answer === TEXT || answer.endsWith("<rest>")).toBe(true);
    }
  });
});

function chop(bytes: Buffer, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
}

describe("a tool call", () => {
  it("that is cut in half is asked for again and run once", async () => {
    const { directory, fetched } = openShop({ groups: { checkout: ["ERROR payment timed out"] } });
    const half = [messageStart(), ...toolBlock(FETCH, 0).slice(0, 2)];
    const server = await serve(cutAfter(half), stream(toolEvents([FETCH])), stream(DONE));
    const { outcome, ofType } = await askServer(server, { directory });
    expect(outcome.reason).toBe("answered");
    expect(fetched).toHaveLength(1);
    expect(ofType("tool-start")).toHaveLength(1);
  });

  it("that was whole when the stream broke is not run before it is asked for again", async () => {
    const { directory, fetched } = openShop({ groups: { checkout: ["ERROR payment timed out"] } });
    const broken = cutAfter([messageStart(), ...toolBlock(FETCH, 0)]);
    const server = await serve(broken, stream(toolEvents([{ ...FETCH, id: "toolu_02" }])), stream(DONE));
    await askServer(server, { directory });
    expect(fetched).toHaveLength(1);
  });

  it.each([
    ["of an unknown tool", { ...FETCH, name: "delete_logs" }, /no tool 'delete_logs'.*fetch_logs/],
    ["whose arguments are no JSON", { ...FETCH, input: '{"log_group": "check' }, /JSON/],
    [
      "with wrong arguments",
      { ...FETCH, input: { log_group: 7 } },
      /Wrong arguments for fetch_logs.*log_group/,
    ],
    ["with arguments that are no object", { ...FETCH, input: '["checkout"]' }, /fetch_logs|JSON/],
  ])("%s is answered with what is wrong, in a form that the service accepts", async (_what, call, says) => {
    const server = await serve(stream(toolEvents([call])), stream(DONE));
    const { outcome, ofType } = await askServer(server);
    expect(outcome.reason).toBe("answered");
    expect(ofType("tool-failed")).toHaveLength(1);
    const [, said, result, ...more] = messagesOf(server.bodies[1]);
    expect(more).toEqual([]);
    expect(said?.content).toMatchObject([{ type: "tool_use", id: "toolu_01", input: expect.any(Object) }]);
    expect(Array.isArray(said?.content[0]?.input)).toBe(false);
    expect(result?.content).toHaveLength(1);
    expect(result?.content[0]).toMatchObject({
      type: "tool_result",
      tool_use_id: "toolu_01",
      is_error: true,
    });
    expect(JSON.stringify(result?.content[0]?.content)).toMatch(says);
  });
});

it("keeps the key to itself", async () => {
  const echo: Reply = (response, request) => {
    response.writeHead(400, { "content-type": "application/json" });
    const message = `bad request with x-api-key: ${request.headers["x-api-key"]}`;
    response.end(JSON.stringify({ type: "error", error: { type: "invalid_request_error", message } }));
  };
  const server = await serve(echo);
  const { events } = await askServer(server);
  expect(server.headers[0]?.["x-api-key"]).toBe(KEY);
  expect(JSON.stringify(events)).toContain("bad request with");
  expect(JSON.stringify(events)).not.toContain(KEY);
});
