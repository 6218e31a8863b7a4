import { Failure } from "../failure.ts";
import type { Model } from "../models/model.ts";
import { costOf, type TokenUsage, totalTokens } from "../models/prices.ts";

/** What one question may use. */
export interface Budget {
  /** Rounds with tool calls; one more is given for the answer. */
  readonly rounds: number;
  readonly tokens: number | undefined;
  readonly seconds: number | undefined;
  /** Dollars. */
  readonly cost: number | undefined;
}

/** What a question has used so far. */
export interface Spent {
  readonly usage: TokenUsage;
  /** Dollars; undefined where the model's price is not known. */
  readonly cost: number | undefined;
  /** Prompt of the last request, tokens: a provider that caches has it at hand. */
  readonly lastPrompt: number;
}

/** An answer that could be shorter than this is not worth asking for, tokens. */
const LEAST_OUTPUT = 256;

/**
 * The largest answer, tokens, that the budget leaves room for behind a prompt of an estimated size. Checked before each
 * request, so that no single answer overshoots by more than the error of the estimate.
 * @throws Failure "budget" where there is no room, or where a price that a budget of money needs is not known
 */
export function roomForAnswer(budget: Budget, spent: Spent, model: Model, promptTokens: number): number {
  const room = Math.min(
    model.maxOutputTokens,
    roomInTokens(budget, spent, promptTokens),
    roomInMoney(budget, spent, model, promptTokens),
  );
  return Math.floor(room);
}

function roomInTokens({ tokens }: Budget, { usage }: Spent, promptTokens: number): number {
  if (tokens === undefined) return Number.POSITIVE_INFINITY;
  const used = totalTokens(usage);
  const room = tokens - used - promptTokens;
  if (room >= LEAST_OUTPUT) return room;
  const next = used === 0 ? "would need" : `has used ${used} tokens and would need`;
  throw new Failure(
    "budget",
    `The question ${next} about ${promptTokens} more for its next request; its budget is ${tokens} tokens.`,
    { hint: "Raise --max-tokens, or ask about less." },
  );
}

function roomInMoney({ cost: limit }: Budget, spent: Spent, model: Model, promptTokens: number): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  const { price } = model;
  if (price === undefined || spent.cost === undefined) {
    throw new Failure("budget", `The price of ${model.id} is not known, so --max-cost cannot be kept.`, {
      hint: "Use --max-tokens instead, or a model whose price is known.",
    });
  }
  const cached = Math.min(spent.lastPrompt, promptTokens);
  const prompt = { input: 0, cacheRead: cached, cacheWrite: promptTokens - cached };
  const costWith = (output: number) => costOf({ ...prompt, output }, price) ?? 0;
  const perToken = (costWith(1000) - costWith(0)) / 1000;
  const left = limit - spent.cost - costWith(0);
  if (perToken === 0) return Number.POSITIVE_INFINITY;
  const room = left / perToken;
  if (room >= LEAST_OUTPUT) return room;
  throw new Failure(
    "budget",
    `The question has cost $${spent.cost.toFixed(4)}; its next request does not fit into its budget of $${limit}.`,
    { hint: "Raise --max-cost, or ask about less." },
  );
}
