import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createJoiner } from "../../src/agent/resume.ts";

function join(before: string, ...pieces: string[]): string {
  const joiner = createJoiner(before);
  return before + pieces.map((piece) => joiner.push(piece)).join("") + joiner.flush();
}

describe("a continuation", () => {
  it.each([
    ["the pool was exhaus", ["ted at 02:47."], "the pool was exhausted at 02:47."],
    ["the pool was empty, ", ["and then it broke."], "the pool was empty, and then it broke."],
    ["the pool was empty, and", ["the pool was empty, ", "and then."], "the pool was empty, and then."],
    ["the pool was empty. ", ["\n\nthe pool was empty. Then"], "the pool was empty. Then"],
    ["ha ha ", ["ha ha ha"], "ha ha ha ha ha"],
    ["", ["All new."], "All new."],
    ["Cut.", [], "Cut."],
  ])("of %j is joined", (before, pieces, whole) => {
    expect(join(before, ...pieces)).toBe(whole);
  });

  it("that repeats any part of the end loses that and nothing else, however it arrives", () => {
    const word = fc.stringMatching(/^[a-z]{2,9}$/);
    const words = fc.uniqueArray(word, { minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(words, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 30 }), (all, a, b, size) => {
        const whole = all.map((one, at) => one + at).join(" ");
        const cut = 20 + (a % (whole.length - 20));
        const back = b % 2 === 0 ? cut : b % (cut - 13);
        const rest = whole.slice(back);
        const pieces = rest.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
        expect(join(whole.slice(0, cut), ...pieces)).toBe(whole);
      }),
    );
  });

  it("is not held back for long", () => {
    const joiner = createJoiner("before");
    expect(joiner.push("x".repeat(300))).toHaveLength(300);
    expect(joiner.push("y")).toBe("y");
  });
});
