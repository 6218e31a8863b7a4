import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.ts";
import { classifyModelError } from "../../src/models/model-errors.ts";

const api = (statusCode: number | undefined, message: string, rest: object = {}) =>
  Object.assign(new Error(message), { statusCode, ...rest });

describe("a model's error", () => {
  it.each<[string, unknown, string, boolean]>([
    ["a key that is wrong", api(401, "invalid x-api-key"), "authentication", false],
    ["a limit", api(429, "slow down"), "rate-limited", true],
    [
      "an overload told in mid-answer",
      { type: "overloaded_error", message: "Overloaded" },
      "model-unavailable",
      true,
    ],
    ["a request that timed out", api(408, "timeout"), "model-unavailable", true],
    ["a prompt that is too long", api(400, "prompt is too long: 3 > 2"), "context-too-long", false],
    [
      "a prompt that leaves no room for the answer",
      api(400, "input length and `max_tokens` exceed context limit: 199000 + 4096 > 200000"),
      "context-too-long",
      false,
    ],
    [
      "a limit of output in a 400",
      api(400, "max_tokens: 9 > 8, which is the maximum"),
      "model-unavailable",
      false,
    ],
    ["a refused connection", new TypeError("fetch failed"), "model-unavailable", true],
    ["a cut connection", new TypeError("terminated"), "model-unavailable", true],
    ["JSON that is none", new SyntaxError("Unexpected token"), "model-unavailable", true],
    ["a mistake in the program", new TypeError("x is not a function"), "model-unavailable", false],
    ["something that is no error", "broken", "model-unavailable", true],
    ["nothing", undefined, "model-unavailable", true],
  ])("(%s) has a code, a hint, and is tried again or not", (_what, error, code, isTriedAgain) => {
    const found = classifyModelError(error);
    expect(found.failure.code).toBe(code);
    expect(found.failure.hint).toBeTruthy();
    expect(found.tries > 1).toBe(isTriedAgain);
  });

  it("that holds a failure of ours is that failure", () => {
    const own = new Failure("egress-blocked", "Stopped.");
    const wrapped = new Error("outer", { cause: new Error("inner", { cause: own }) });
    expect(classifyModelError(wrapped)).toEqual({
      failure: own,
      tries: 1,
      retryAfterMs: undefined,
    });
  });

  it.each([
    [{ "retry-after-ms": "1500" }, 1500],
    [{ "retry-after": "2" }, 2000],
    [{ "retry-after": "0" }, undefined],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "Thu, 12 Mar 2026 04:00:09 GMT" }, undefined],
    [{ "retry-after": "Thu, 12 Mar 2026 04:00:09 GMT", date: "Thu, 12 Mar 2026 04:00:00 GMT" }, 9000],
    [{}, undefined],
  ])("with the headers %j asks to wait %s ms", (responseHeaders, ms) => {
    expect(classifyModelError(api(429, "slow", { responseHeaders })).retryAfterMs).toBe(ms);
  });

  it("is shown in one line of a bearable length", () => {
    const { message } = classifyModelError(api(418, `<html>\n${"teapot ".repeat(1000)}`)).failure;
    expect(message).not.toContain("\n");
    expect(message.length).toBeLessThan(400);
  });
});
