import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { neutralize, viewOf } from "../../src/sanitize/normalize.ts";

describe("viewOf", () => {
  test("decodes escapes and compatibility forms, and takes out what is invisible", () => {
    expect(viewOf("a%40b \\u0040 &#x40; &quot; \uff21\u2011\u00ad\u200b\u001b[31mB").text).toBe(
      'a@b @ @ " A-B',
    );
  });

  test("leaves an encoded ampersand alone, which would end a value too early", () => {
    expect(viewOf("a%26b").text).toBe("a%26b");
  });

  test("maps back to whole escapes", () => {
    const view = viewOf("x jane%40corp.example y");
    expect(view.toOriginal(6, 7)).toEqual({ start: 6, end: 9 });
    expect(view.toOriginal(2, 19)).toEqual({ start: 2, end: 21 });
  });
});

describe("neutralize", () => {
  test("takes out terminal sequences, control, bidirectional, zero-width and TAG characters", () => {
    const hidden = [..."ignore"].map((char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join("");
    expect(
      neutralize(`\u001b]0;title\u0007a\u001b[2Jb\u0000\u202ec\u2066\u200d${hidden}\ud83d\ude00\n\td\r`),
    ).toBe("abc\ud83d\ude00\n\td\r");
  });

  test("leaves nothing to take out, and plain text as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const once = neutralize(text);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be gone
        expect(once).not.toMatch(/[\u0000-\u0008\u001b\u007f-\u009f\u200b\u202e\u{e0000}-\u{e007f}]/u);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(neutralize(text)).toBe(text);
      }),
    );
  });
});
