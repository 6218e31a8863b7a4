import { expect, test } from "vitest";
import { sanitizeCall } from "../../src/sanitize/prompt.ts";
import { createSanitizer } from "../../src/sanitize/sanitizer.ts";

test.each([
  ["keeps the seal of a thought that stays as it is", "The pool is too small.", { signature: "c2VhbGVk" }],
  ["takes the seal off a thought that is rewritten: it would be refused", "Ask 10.1.2.3 next.", undefined],
])("%s", (_what, text, seal) => {
  const providerOptions = { anthropic: { signature: "c2VhbGVk" } };
  const { params } = sanitizeCall(
    { prompt: [{ role: "assistant", content: [{ type: "reasoning", text, providerOptions }] }] },
    createSanitizer(),
  );
  const part = Object(params.prompt[0]?.content[0]);
  expect(part.text).not.toContain("10.1.2.3");
  expect(part.providerOptions?.anthropic).toEqual(seal);
});
