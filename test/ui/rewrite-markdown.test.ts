import fc from "fast-check";
import { lexer, marked, type Token, walkTokens } from "marked";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";
import { describe, expect, it } from "vitest";
import { codeSpan, escapeText, table } from "../../src/ui/markdown-parts.ts";
import { rewriteMarkdown } from "../../src/ui/rewrite-markdown.ts";

type Node = DefaultTreeAdapterTypes.ChildNode;

/** All that Markdown itself can make, but for images. */
const TAGS = new Set(
  "p h1 h2 h3 h4 h5 h6 em strong del code pre br hr a ul ol li input blockquote table thead tbody tr th td".split(
    " ",
  ),
);
const ATTRIBUTES = /^(?:ol start|t[hd] align|input (?:type|checked|disabled)|code class)$/;
/** What a terminal would obey or hide. */
const UNSAFE = /[[\p{Cc}--\n]\p{Zl}\p{Zp}\p{Cs}\u200b\u202a-\u202e\u2066-\u2069\ufeff\u00ad]/v;

/** What a renderer would hide, fetch or obey. */
function dangersOf(markdown: string): string[] {
  const found: string[] = UNSAFE.test(markdown) ? [`unsafe: ${JSON.stringify(markdown)}`] : [];
  walkTokens(lexer(markdown), (token: Token) => {
    if (token.type === "image" || token.type === "html" || token.type === "def") found.push(token.raw);
    if (token.type === "link" && !isPlainLink(token.href, token.text)) found.push(token.raw);
  });
  for (const options of [{}, { gfm: false }, { breaks: true }])
    found.push(...faultsOf(parseFragment(marked.parse(markdown, { async: false, ...options })).childNodes));
  return found;
}

function isPlainLink(href: string, text: string): boolean {
  return /^https?:\/\//.test(href) && href === text;
}

function faultsOf(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => {
    if (node.nodeName === "#comment") return ["comment"];
    if (!("tagName" in node)) return [];
    const faults = TAGS.has(node.tagName) ? [] : [`<${node.tagName}>`];
    for (const { name, value } of node.attrs) {
      const isFine =
        node.tagName === "a" && name === "href"
          ? /^https?:\/\//.test(value)
          : ATTRIBUTES.test(`${node.tagName} ${name}`);
      if (!isFine) faults.push(`${node.tagName} ${name}=${value}`);
    }
    return [...faults, ...faultsOf(node.childNodes)];
  });
}

/** The text as it is seen, its white space as a browser takes it. */
function textOf(nodes: readonly Node[]): string {
  return nodes
    .map((node) => ("value" in node ? node.value : "childNodes" in node ? textOf(node.childNodes) : ""))
    .join("");
}

function shownBy(markdown: string): string {
  return textOf(parseFragment(marked.parse(markdown, { async: false })).childNodes).trim();
}

/** What Markdown and what hides in it is made of. */
const VOCABULARY: readonly string[] = [
  ..."`\\[]()!<>~*_#|&:/@\"'$1a ",
  ..."`` ``` ```js ~~ ~~~ ** *** __ // :// - * + 1. 10. 2) - > # === ---".split(" "),
  ..."<img <script> </script> <b> <!-- --> <img\u00a0src=x> javascript: javascript:x &lt; &#60; &#96; &#10; &amp; &colon; word".split(
    " ",
  ),
  ..."http://e.example https://e.example/?a|b`c*d ftp://f.example www.e.example a@b.co mailto:a@b.co".split(
    " ",
  ),
  ..."[e1] [e2,q3] (unverified) [EMAIL_REDACTED] [^1] [^1]:x".split(" "),
  "<img src=x>",
  "<a href=x>",
  "](x)",
  "- [ ] ",
  "- [x] ",
  "[1]: http://e.example",
  "[e1]: javascript:x",
  "| a | b |",
  "\n|---|---|\n",
  "\n| a | <b> |\n|---|--:|\n",
  "\n===\n",
  "\n---\n",
  ..."\n\n\n\t\r",
  "\n\n",
  "  \n",
  "    ",
  ..."\u001b\u0000\u202e\u200b\u2028\ud800\u0301",
];

describe("Markdown written anew", () => {
  it.each([
    ["see [the runbook](http://evil.example/?q=1)", "see the runbook (<http://evil.example/?q=1>)"],
    ["[run](javascript:alert(1))", "run (javascript:alert(1))"],
    ["![chart](http://evil.example/x.png)", "chart (<http://evil.example/x.png>)"],
    ["[a][1]\n\n[1]: http://evil.example", "a (<http://evil.example/>)\n\n\\[1\\]: http:\\//evil.example"],
    ["[e1]: see there", "[e1]\\: see there"],
    ["[e1](javascript:x) [e2]\\(x) [e3]~~(x)~~", "[e1] (javascript:x) [e2]\\(x) [e3]~~(x)~~"],
    ['<img src="http://evil.example">', '&lt;img src="http:\\//evil.example">'],
    ["\\`<img src=x>` ", "\\`&lt;img src=x>\\` "],
    ["``` a`b\n<img src=x>\n```", "\\`\\`\\` a\\`b\n&lt;img src=x>\n\n```\n```"],
    ["`a\nb `<img src=x>` c", "` a b  `&lt;img src=x>\\` c"],
    ["<~~ img src=x~~>", "<\\~\\~ img src=x\\~\\~>"],
    ["<~~img src=x~~>", "&lt;~~img src=x~~>"],
    ["`a`**``b`<img src=x>``**", "`a`**``b`<img src=x>``**"],
    ["~~``b`<i>``~~", "~~``b`<i>``~~"],
    ["`a`[``b`<i>``](x)", "`a` ``b`<i>`` (x)"],
    ["[e1][(javascript:x)](y)", "[e1]\\(javascript:x) (y)"],
    ["ftp:[//f.example](y) <[img src=x>](y)", "ftp:\\//f.example (y) &lt;img src=x> (y)"],
    ["~~[~a~](x)~~\n\nb", "~~a~~ (x)\n\nb"],
    [" \u0301a", "\\u0301a"],
    ["```\nnever closed <b>", "```\nnever closed <b>\n```"],
    ["```mermaid\nclick A href\n```", "```text\nclick A href\n```"],
    [
      "a@b.co or ftp://f.example or www.e.example",
      "a\\@b.co or ftp:\\//f.example or <http://www.e.example/>",
    ],
    ["- a\n\n  ***\n\n  -", "- a\n\n  ___\n\n  - "],
    ["- [ ]\n  ```\n  <i>\n  ```", "- \\[ \\]\n  ```\n  <i>\n  ```"],
    ["- [ ] ```\n  <i>\n  ```", "- [ ] \\`\\`\\`\n\n  &lt;i>\n  \\`\\`\\`"],
    ["- [x] # <i>", "- [x] \\# &lt;i>"],
    ["[e1]\n\n[e1]: http://evil.example", "[e1]\n\n[e1]\\: http:\\//evil.example"],
    ["\u001b[31m \u202e &#27; &lt;b>", "\\\\x1b\\[31m \\\\u202e \\\\x1b &lt;b>"],
  ])("%j", (given, expected) => {
    expect(rewriteMarkdown(given)).toBe(expected);
    expect(dangersOf(rewriteMarkdown(given))).toEqual([]);
  });

  it.each([
    "1 < 2 and [e3] and [q2, e4] (unverified), 12 errors (unverified) [q1][q2]",
    "Two lines\nof one paragraph,  \nthe last by force, [EMAIL_REDACTED] at /var/log/a_b.log",
    "**Most likely cause: a change in `a.log` at 02:41**: `pool=5 <*>` [e69].",
    "# One\n\n## Two\n\n###### Six",
    "```\n[a](b) <c>\n\n  d\n```",
    "```text\n[e1] a\n```\n\n```json\n{}\n```",
    "say `[a](b)` twice and ``a`b``, *so* and ~~not~~ \\*so",
    "- a [e1]\n  - b\n    ```sh\n    x\n    ```\n- c\n\n* d\n\n  e",
    "1. a\n2. b\n\n7) c\n8) d",
    "````\n```\n<b>\n````",
    "- [ ] a\n\n- [x] b",
    "- [ ] a\n- [x] b\n\n---\n\n> quoted\n>\n> > twice",
    "| a | b |\n| --- | ---: |\n| `x` | 1 [e1] |",
    "[e1]\\: see <https://example.com/a?b=1>",
  ])("leaves as it is %j", (markdown) => {
    expect(rewriteMarkdown(markdown)).toBe(markdown);
  });

  it("sets headings below those of a document", () => {
    expect(rewriteMarkdown("# a\n\nb\nb\n===\n\n##### c #\n\n# \\#", 2)).toBe(
      "### a\n\n### b b\n\n###### c\n\n### \\#",
    );
  });

  it("is code where it cannot be parsed", () => {
    const deep = `${"> ".repeat(40)}<b>`;
    expect(dangersOf(rewriteMarkdown(deep))).toEqual([]);
    expect(rewriteMarkdown(`<b>\n${"word\n".repeat(20_000)}`)).toMatch(/^```text\n<b>\nword\n.*\n```$/s);
  });

  it("is not drawn out by runs of signs", () => {
    for (const sign of ["\\", "`", " ", "#", "[", "<", "|", "~", "> ", "](", "[e1]", "*a"])
      expect(dangersOf(rewriteMarkdown(`| a |\n|---|\n| ${sign.repeat(3000)} |`))).toEqual([]);
  });

  it("has no HTML, image, hidden address or control, whatever is written", () => {
    const input = fc
      .array(fc.constantFrom(...VOCABULARY), { maxLength: 26 })
      .map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(input, (markdown) => {
        expect(dangersOf(rewriteMarkdown(markdown))).toEqual([]);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("pieces of Markdown", () => {
  const text = fc
    .array(fc.constantFrom(...VOCABULARY), { minLength: 1, maxLength: 16 })
    .map((pieces) => pieces.join(""))
    .filter((said) => !UNSAFE.test(said) && !/\n|\u00a0|\u0301/.test(said) && said.trim() !== "");

  it("show a text as it is", () => {
    fc.assert(
      fc.property(text, (said) => {
        expect(shownBy(`x ${escapeText(said)} x`)).toBe(`x ${said} x`);
      }),
      { numRuns: 2000 },
    );
  });

  it("show code as it is, in a table too", () => {
    fc.assert(
      fc.property(text, fc.nat(3), (said, slashes) => {
        const code = `${said}${"\\".repeat(slashes)}|<img src=x>`;
        expect(shownBy(`x${codeSpan(code)}x`)).toBe(`x${code}x`);
        const cells = table(["a", "b"], [[codeSpan(code), escapeText(code)]]);
        expect(dangersOf(cells)).toEqual([]);
        expect(shownBy(cells)).toContain("|<img src=x>");
      }),
      { numRuns: 2000 },
    );
  });
});
