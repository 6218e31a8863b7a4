import { createAnthropic } from "@ai-sdk/anthropic";
import type { LanguageModelV4 } from "@ai-sdk/provider";

export interface AnthropicOptions {
  readonly apiKey: string;
  readonly modelId: string;
  readonly baseUrl: string | undefined;
  /** Every request goes through it: the gate's tripwire. */
  readonly fetch: typeof globalThis.fetch;
}

/** Marks the end of a stretch of the prompt that the provider may cache. */
export const ANTHROPIC_CACHE_MARK = { anthropic: { cacheControl: { type: "ephemeral" } } } as const;

/** Claude over Anthropic's Messages API. */
export function createAnthropicModel({ apiKey, modelId, baseUrl, fetch }: AnthropicOptions): LanguageModelV4 {
  const provider = createAnthropic({ apiKey, fetch, ...(baseUrl ? { baseURL: baseUrl } : {}) });
  return provider(modelId);
}
