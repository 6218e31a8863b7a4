import fc from "fast-check";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";
import { expect, it } from "vitest";
import { html, join, safeLines, toMarkup } from "../../src/report/html.ts";
import { makeTerminalSafe } from "../../src/ui/terminal-safe.ts";
import { hostileText } from "./hostile-text.ts";

type Element = DefaultTreeAdapterTypes.Element;

it("a value stays in its text or its attribute, whatever it is", () => {
  fc.assert(
    fc.property(hostileText, hostileText, (title, text) => {
      const [b, ...rest] = parseFragment(toMarkup(html`<b title="${title}">${text}</b>`))
        .childNodes as Element[];
      expect(rest).toEqual([]);
      expect(b?.attrs).toEqual([{ name: "title", value: makeTerminalSafe(title) }]);
      const shown = b?.childNodes.map((node) => ("value" in node ? node.value : node.nodeName)).join("");
      expect(shown).toBe(makeTerminalSafe(text));
    }),
    { numRuns: 500 },
  );
});

it("pieces are joined as they are, lines kept only where that is asked for", () => {
  const pieces = [html`<i>${1}</i>`, "a<b\n", undefined, [html`<u>`, "&"], safeLines("x\n<y")];
  expect(toMarkup(join(pieces, "'"))).toBe("<i>1</i>&#39;a&lt;b\\n&#39;&#39;<u>&amp;&#39;x\n&lt;y");
});
