import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Price } from "./prices.ts";

/** A language model, ready to be asked: already behind the gate. */
export interface Model {
  readonly provider: "anthropic" | "offline";
  readonly id: string;
  readonly language: LanguageModelV4;
  /** undefined where the price is not known; 0 for the offline analyst. */
  readonly price: Price | undefined;
  /** Tokens that a prompt and its answer may have together; infinite for the offline analyst. */
  readonly contextWindow: number;
  /** Largest answer of one round, tokens. */
  readonly maxOutputTokens: number;
  readonly temperature: number;
  /** Marks a message so that the provider caches the prompt up to it; undefined where there is no such thing. */
  readonly cacheMark:
    | Readonly<Record<string, Readonly<Record<string, { readonly type: string }>>>>
    | undefined;
}
