import { describe, expect, it } from "vitest";
import { contextWindowOf, costOf, FREE, NO_USAGE, priceOf } from "../../src/models/prices.ts";

const usage = { input: 1_000_000, cacheRead: 0, cacheWrite: 0, output: 1_000_000 };

describe("a price", () => {
  it.each([
    ["claude-sonnet-5-5", 12],
    ["claude-sonnet-5", 12],
    ["claude-sonnet-4-5-20250929", 18],
    ["claude-opus-5-5", 24],
    ["claude-haiku-4-5-20251001", 6],
  ])("is known for %s", (modelId, dollars) => {
    expect(costOf(usage, priceOf(modelId))).toBe(dollars);
  });

  it.each(["claude-sonnet-5-7", "claude-sonnet-6", "claude-opus-4-8", "gpt-9", ""])(
    "is never guessed from a neighbour's name: %s",
    (modelId) => {
      expect(priceOf(modelId)).toBeUndefined();
      expect(costOf(usage, priceOf(modelId))).toBeUndefined();
    },
  );

  it("depends on the prompt's length where the provider says so, cached parts included", () => {
    const price = priceOf("claude-haiku-5-5");
    const short = { ...NO_USAGE, input: 50_000, cacheRead: 50_000 };
    expect(costOf(short, price)).toBeCloseTo((50_000 * 0.1 + 50_000 * 0.01) / 1e6, 12);
    expect(costOf({ ...short, input: 50_001 }, price)).toBeCloseTo((50_001 * 0.5 + 50_000 * 0.05) / 1e6, 12);
  });

  it("of the offline analyst is nothing", () => {
    expect(costOf(usage, FREE)).toBe(0);
  });
});

describe("a context window", () => {
  it.each([
    ["claude-sonnet-5-5", 1_000_000],
    ["claude-opus-4-6", 1_000_000],
    ["claude-haiku-5-5", 1_000_000],
    ["claude-sonnet-4-5-20250929", 200_000],
    ["claude-haiku-4-5-latest", 200_000],
    ["gpt-9", 200_000],
  ])("of %s is %i tokens", (modelId, tokens) => {
    expect(contextWindowOf(modelId)).toBe(tokens);
  });
});
