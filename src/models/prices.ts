/** Dollars per million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheWrite: number;
  readonly cacheRead: number;
}

export interface TokenUsage {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

export const NO_USAGE: TokenUsage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };
export const FREE: Price = { input: 0, output: 0, cacheWrite: 0, cacheRead: 0 };

/**
 * Published list prices by family; a model that is not here has an unknown price, which is said, never guessed.
 * Source: Anthropic's price list as quoted in public in 2026. Cache: writes 1.25 x, reads 0.1 x the input price.
 */
const FAMILIES: readonly (readonly [prefix: string, input: number, output: number])[] = [
  ["claude-haiku-4-5", 1, 5],
  ["claude-sonnet-4", 3, 15],
  ["claude-opus-4-5", 5, 25],
  ["claude-opus-4-6", 5, 25],
  ["claude-opus-4-7", 5, 25],
];

export function priceOf(modelId: string): Price | undefined {
  const family = FAMILIES.find(([prefix]) => modelId.startsWith(prefix));
  if (!family) return undefined;
  const [, input, output] = family;
  return { input, output, cacheWrite: input * 1.25, cacheRead: input * 0.1 };
}

/** Dollars for a usage; undefined where the price is unknown. */
export function costOf(usage: TokenUsage, price: Price | undefined): number | undefined {
  if (!price) return undefined;
  const millionths =
    usage.input * price.input +
    usage.cacheRead * price.cacheRead +
    usage.cacheWrite * price.cacheWrite +
    usage.output * price.output;
  return millionths / 1_000_000;
}

export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    output: a.output + b.output,
  };
}

export function totalTokens({ input, cacheRead, cacheWrite, output }: TokenUsage): number {
  return input + cacheRead + cacheWrite + output;
}
