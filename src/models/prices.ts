/** Dollars per million tokens. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cacheWrite: number;
  readonly cacheRead: number;
}

export interface Price extends Rates {
  /** Other rates for a whole request whose prompt, cached parts included, is longer than `above` tokens. */
  readonly long?: { readonly above: number; readonly rates: Rates };
}

export interface TokenUsage {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

export const NO_USAGE: TokenUsage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };
export const FREE: Price = { input: 0, output: 0, cacheWrite: 0, cacheRead: 0 };

/** Writes to the 5-minute cache cost 1.25 x the input price with every model; reads differ. */
function ratesOf(input: number, output: number, cacheRead: number): Rates {
  return { input, output, cacheRead, cacheWrite: input * 1.25 };
}

/** Tokens that a prompt and its answer may have together. */
const WINDOW = 200_000;
const LARGE_WINDOW = 1_000_000;

/**
 * List prices and context windows by family; a model that is not here has an unknown price, which is said, never guessed.
 * Source: the model pages of platform.claude.com as of October 2026 (Sonnet 5.5: cache reads since 7 October 2026).
 */
const FAMILIES: readonly (readonly [family: string, price: Price, contextWindow: number])[] = [
  ["claude-sonnet-5-5", ratesOf(2, 10, 0.1), LARGE_WINDOW],
  ["claude-sonnet-5", ratesOf(2, 10, 0.2), LARGE_WINDOW],
  ["claude-sonnet-4-6", ratesOf(3, 15, 0.3), LARGE_WINDOW],
  ["claude-sonnet-4-5", ratesOf(3, 15, 0.3), WINDOW],
  ["claude-opus-5-5", ratesOf(4, 20, 0.2), LARGE_WINDOW],
  ["claude-opus-5", ratesOf(5, 25, 0.5), LARGE_WINDOW],
  ["claude-opus-4-7", ratesOf(5, 25, 0.5), LARGE_WINDOW],
  ["claude-opus-4-6", ratesOf(5, 25, 0.5), LARGE_WINDOW],
  ["claude-opus-4-5", ratesOf(5, 25, 0.5), WINDOW],
  [
    "claude-haiku-5-5",
    { ...ratesOf(0.1, 0.5, 0.01), long: { above: 100_000, rates: ratesOf(0.5, 2.5, 0.05) } },
    LARGE_WINDOW,
  ],
  ["claude-haiku-4-5", ratesOf(1, 5, 0.1), WINDOW],
];

/** The price of a family's name or of its dated version (`claude-haiku-4-5-20251001`), of nothing else. */
export function priceOf(modelId: string): Price | undefined {
  return familyOf(modelId)?.[1];
}

/** Tokens that a prompt and its answer may have together; of a model that is not known, what every current one has. */
export function contextWindowOf(modelId: string): number {
  return familyOf(modelId)?.[2] ?? WINDOW;
}

function familyOf(modelId: string): (typeof FAMILIES)[number] | undefined {
  return FAMILIES.find(([family]) => modelId === family || isDated(modelId, family));
}

function isDated(modelId: string, family: string): boolean {
  return modelId.startsWith(`${family}-`) && /^(\d{8}|latest)$/.test(modelId.slice(family.length + 1));
}

/** Dollars for one request; undefined where the price is unknown. */
export function costOf(usage: TokenUsage, price: Price | undefined): number | undefined {
  if (!price) return undefined;
  const { long } = price;
  const prompt = usage.input + usage.cacheRead + usage.cacheWrite;
  const rates = long && prompt > long.above ? long.rates : price;
  const millionths =
    usage.input * rates.input +
    usage.cacheRead * rates.cacheRead +
    usage.cacheWrite * rates.cacheWrite +
    usage.output * rates.output;
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
