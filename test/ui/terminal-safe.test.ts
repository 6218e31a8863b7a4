import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeTerminalSafe } from "../../src/ui/terminal-safe.ts";

const FORBIDDEN =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u{AD}\u{61C}\u{180E}\u{200B}\u{200C}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2060}-\u{206F}\u{FEFF}\u{115F}\u{1160}\u{3164}\u{E0000}-\u{E0FFF}]/v;
const JOINER_OUTSIDE_EMOJI = /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\u{FE0F}\u{FE0E}])\u{200D}/v;

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.string({
    unit: fc.constantFrom(
      ..."ab \t\n\r\x1b[;m\x07\x9b\u202e\u200b\u200d\ufe0f\u0301\u20e3#1❤👩🏽日\ud800".split(""),
      "👩",
      "🏴",
      "\u{e0041}",
    ),
  }),
);

describe("makeTerminalSafe", () => {
  it.each([
    ["CSI", "a\x1b[2Jb", "a\\x1b[2Jb"],
    ["a sequence that appears when an inner one is removed", "\x1b\x1b[[31mm", "\\x1b\\x1b[[31mm"],
    ["OSC 8", "\x1b]8;;http://x\x07y\x1b]8;;\x1b\\", "\\x1b]8;;http://x\\x07y\\x1b]8;;\\x1b\\"],
    ["C1", "\x9b31m\x85", "\\x9b31m\\x85"],
    ["NUL, BS, DEL", "\0\b\x7f", "\\x00\\x08\\x7f"],
    ["line breaks", "ok\r\nforged\rline", "ok\\r\\nforged\\rline"],
    ["separators", "a\u2028b\u2029", "a\\u2028b\\u2029"],
    ["bidi", "\u202eabc\u2066", "\\u202eabc\\u2066"],
    ["zero width", "pass\u200bword\u2060\ufeff", "pass\\u200bword\\u2060\\ufeff"],
    ["tags", "x\u{e0041}", "x\\u{e0041}"],
    ["variation selectors", "a\ufe0f❤️\ufe0f\u{e0100}", "a\\ufe0f❤️\\ufe0f\\u{e0100}"],
    ["lone surrogates", "a\ud83db", "a\\ud83db"],
    ["noncharacters", "\uffff", "\\uffff"],
    ["tabs", "\tat x\ty", "    at x    y"],
    ["marks on one letter", `Z${"\u0301".repeat(800)}!`, `Z${"\u0301".repeat(4)}[+796 marks]!`],
    ["marks on what stands before", "\u0336x", "\\u0336x"],
  ])("makes visible: %s", (_name, text, expected) => {
    expect(makeTerminalSafe(text)).toBe(expected);
  });

  it.each([
    "größer, café, e\u0301",
    "日本語 한국어",
    "नमस्ते ไทย",
    "עִבְרִית",
    "👩‍👩‍👧 👍🏽 🇩🇪 ⚠️ 1️⃣ ✅",
    "a\\nb %s {x}",
  ])("leaves legible text alone: %s", (text) => {
    expect(makeTerminalSafe(text)).toBe(text);
  });

  it("keeps lines where they are wanted", () => {
    expect(makeTerminalSafe("a\r\nb\n\tc\rd", { multiline: true })).toBe("a\nb\n    c\\rd");
  });

  it("cuts long lines, each by itself, and counts what it left out", () => {
    const long = "x".repeat(200_000);
    const safe = makeTerminalSafe(`short\n${long}\nend`, { multiline: true });
    const [first, cut, last] = safe.split("\n");
    expect([first, last]).toEqual(["short", "end"]);
    const shown = cut?.indexOf("…") ?? 0;
    expect(cut).toBe(`${"x".repeat(shown)}… (+${(200_000 - shown).toLocaleString("en-US")} characters)`);
    expect(makeTerminalSafe(long, { maxLine: Number.POSITIVE_INFINITY })).toBe(long);
  });

  it("counts characters of the text, not of their escapes", () => {
    const safe = makeTerminalSafe("\x1b".repeat(1000), { maxLine: 100 });
    const shown = safe.match(/\\x1b/g)?.length ?? 0;
    expect(safe.length).toBeLessThanOrEqual(100);
    expect(safe).toMatch(new RegExp(`… \\(\\+${1000 - shown} characters\\)$`));
  });

  it("lets nothing out that a terminal would obey or hide, whatever comes in", () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (text, multiline) => {
        const safe = makeTerminalSafe(text, { multiline });
        const lines = multiline ? safe.replaceAll("\n", "") : safe;
        expect(lines).not.toMatch(FORBIDDEN);
        expect(lines).not.toMatch(JOINER_OUTSIDE_EMOJI);
        expect(makeTerminalSafe(safe, { multiline })).toBe(safe);
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps every line within its bound", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 80, max: 120 }), (text, maxLine) => {
        for (const line of makeTerminalSafe(text.repeat(20), { multiline: true, maxLine }).split("\n")) {
          expect(line.length).toBeLessThanOrEqual(maxLine);
        }
      }),
    );
  });

  it("takes megabytes of marks on one letter", () => {
    const safe = makeTerminalSafe(`Z${"\u0301".repeat(3_000_000)}`, { maxLine: Number.POSITIVE_INFINITY });
    expect(safe.length).toBeLessThan(10_000);
  });
});
