import type { JsonValue } from "./json.ts";

/** A rough and safe rate: English, JSON and code have 3 to 4 characters a token. */
export const CHARACTERS_PER_TOKEN = 3.2;

export function estimateTokens(data: JsonValue): number {
  return Math.ceil(JSON.stringify(data).length / CHARACTERS_PER_TOKEN);
}

/** The first rendering that fits into so many tokens, from the most detailed to the barest; else the barest. */
export function fitTokens<Detail, Rendered extends JsonValue>(
  tokens: number,
  details: readonly [Detail, ...Detail[]],
  render: (detail: Detail) => Rendered,
): Rendered {
  const [first, ...rest] = details;
  let rendered = render(first);
  for (const detail of rest) {
    if (estimateTokens(rendered) <= tokens) break;
    rendered = render(detail);
  }
  return rendered;
}
