import type { Model } from "../models/model.ts";
import type { TokenUsage } from "../models/prices.ts";
import { CHARACTERS_PER_TOKEN } from "../tools/budget.ts";
import type { Limits } from "./compact.ts";

/** Estimates the size of prompts; learns from what a provider has counted and refused. */
export interface Gauge {
  /** Tokens of a prompt of so many characters. */
  estimate(characters: number): number;
  /** A prompt's limits, characters. */
  limits(): Limits;
  /** What a prompt of so many characters came to. */
  learn(characters: number, usage: TokenUsage): void;
  /** A prompt of so many characters was too long. */
  refuse(characters: number): void;
}

/** Shares of the window that a prompt may fill, and that it is shortened to: no estimate is exact. */
const MOST = 0.85;
const GOAL = 0.7;
/** Of a prompt that was refused. */
const AFTER_REFUSAL = 0.75;
/** Tokens for one that was estimated: tokenizers and scripts differ, but a count beyond these bounds is no count. */
const RATES = { least: 0.6, most: 4 };

export function createGauge({
  contextWindow,
  maxOutputTokens,
}: Pick<Model, "contextWindow" | "maxOutputTokens">): Gauge {
  const room = Math.max(contextWindow - maxOutputTokens, contextWindow / 2);
  let rate = 1;
  let refused = Number.POSITIVE_INFINITY;
  const toCharacters = (tokens: number) => (tokens * CHARACTERS_PER_TOKEN) / rate;
  return {
    estimate: (characters) => Math.ceil((characters * rate) / CHARACTERS_PER_TOKEN),
    limits: () => ({
      most: Math.min(toCharacters(room * MOST), refused),
      goal: Math.min(toCharacters(room * GOAL), refused),
    }),
    learn(characters, { input, cacheRead, cacheWrite }) {
      const tokens = input + cacheRead + cacheWrite;
      if (tokens === 0 || characters === 0) return;
      const seen = (tokens * CHARACTERS_PER_TOKEN) / characters;
      rate = Math.min(RATES.most, Math.max(RATES.least, seen));
    },
    refuse(characters) {
      refused = Math.min(refused, characters) * AFTER_REFUSAL;
    },
  };
}
