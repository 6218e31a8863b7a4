import type { LanguageModelV4, LanguageModelV4Middleware } from "@ai-sdk/provider";
import type { Gate } from "../sanitize/gate.ts";
import type { Model } from "./model.ts";
import { contextWindowOf, FREE, priceOf } from "./prices.ts";

export interface ModelRequest {
  readonly provider: Model["provider"];
  readonly modelId: string;
  /** Called only where a key is needed. */
  readonly apiKey: () => Promise<string>;
  readonly baseUrl: string | undefined;
  readonly maxOutputTokens: number;
  readonly temperature: number;
  readonly gate: Gate;
  readonly fetch: typeof globalThis.fetch;
}

/** Loads the provider and puts it behind the gate. There is no other way to a model. */
export async function openModel(request: ModelRequest): Promise<Model> {
  const shared = { maxOutputTokens: request.maxOutputTokens, temperature: request.temperature };
  if (request.provider === "offline") {
    const { createOfflineAnalyst, OFFLINE_MODEL_ID } = await import("./offline/analyst.ts");
    const language = await wrap(createOfflineAnalyst(), request.gate.middleware("in-process"));
    return {
      ...shared,
      provider: "offline",
      id: OFFLINE_MODEL_ID,
      language,
      price: FREE,
      contextWindow: Number.POSITIVE_INFINITY,
      cacheMark: undefined,
    };
  }
  const { createAnthropicModel, ANTHROPIC_CACHE_MARK } = await import("./anthropic.ts");
  const bare = createAnthropicModel({
    apiKey: await request.apiKey(),
    modelId: request.modelId,
    baseUrl: request.baseUrl,
    fetch: request.gate.fetch(request.fetch),
  });
  const language = await wrap(bare, request.gate.middleware("network"));
  return {
    ...shared,
    provider: "anthropic",
    id: request.modelId,
    language,
    price: priceOf(request.modelId),
    contextWindow: contextWindowOf(request.modelId),
    cacheMark: ANTHROPIC_CACHE_MARK,
  };
}

async function wrap(model: LanguageModelV4, middleware: LanguageModelV4Middleware): Promise<LanguageModelV4> {
  // The SDK's only switch for its warnings (a setting that a model does not take); they would go to stderr.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  const { wrapLanguageModel } = await import("ai");
  return wrapLanguageModel({ model, middleware });
}
