import fc from "fast-check";
import { lexer, type Token, walkTokens } from "marked";
import { describe, expect, it } from "vitest";
import { makeMarkdownSafe } from "../../src/ui/markdown-safe.ts";

/** Links whose text is not their address, images and HTML: what a renderer would hide, fetch or obey. */
function dangers(markdown: string): string[] {
  const found: string[] = [];
  walkTokens(lexer(markdown), (token: Token) => {
    if (token.type === "image" || token.type === "html") found.push(token.raw);
    if (token.type === "link" && token.href !== token.text && token.href !== `mailto:${token.text}`)
      found.push(token.raw);
  });
  return found;
}

describe("Markdown for any renderer", () => {
  it.each([
    ["see [the runbook](http://evil.example/?q=1)", "see [the runbook] (http://evil.example/?q=1)"],
    ["![chart](http://evil.example/x.png)", "![chart] (http://evil.example/x.png)"],
    ["[a][1]\n\n[1]: http://evil.example", "[a] [1]\n\n\\[1]: http://evil.example"],
    ['<img src="http://evil.example">', '&lt;img src="http://evil.example">'],
    ["1 < 2 and [e3] and [q2], see https://example.com", "1 < 2 and [e3] and [q2], see https://example.com"],
    ["```\n[a](b) <c>\n```", "```\n[a](b) <c>\n```"],
    ["say `[a](b)` twice", "say `[a](b)` twice"],
  ])("%j", (given, expected) => {
    expect(makeMarkdownSafe(given)).toBe(expected);
    expect(dangers(makeMarkdownSafe(given))).toEqual([]);
  });

  it("hides no address, fetches no image and holds no HTML, whatever is written", () => {
    const piece = fc.constantFrom(
      "[",
      "]",
      "(",
      ")",
      "!",
      "<",
      ">",
      "img src=x",
      "http://e.example",
      ":",
      "a",
      "\n",
      " ",
      "1",
      "/b",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        expect(dangers(makeMarkdownSafe(pieces.join("")))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});
