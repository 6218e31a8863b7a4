import { z } from "zod";
import type { TokenUsage } from "./prices.ts";

const count = z.number().nonnegative().nullish();
const started = z.object({
  type: z.literal("message_start"),
  message: z.object({
    usage: z.object({
      input_tokens: z.number().nonnegative(),
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
      output_tokens: count,
    }),
  }),
});

/**
 * What Anthropic's first stream event says the prompt costs: an answer that breaks off is billed too, and its final
 * count never comes. undefined for every other event.
 */
export function readStartedUsage(raw: unknown): TokenUsage | undefined {
  const parsed = started.safeParse(raw);
  if (!parsed.success) return undefined;
  const { usage } = parsed.data.message;
  return {
    input: usage.input_tokens,
    cacheRead: usage.cache_read_input_tokens ?? 0,
    cacheWrite: usage.cache_creation_input_tokens ?? 0,
    output: usage.output_tokens ?? 0,
  };
}
