import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { createStyle } from "../../src/ui/style.ts";
import { styled, toPlain, toTerminal } from "../../src/ui/styled.ts";
import { layOutTable, type Table } from "../../src/ui/table.ts";
import { makeTerminalSafe } from "../../src/ui/terminal-safe.ts";
import { cutEnd, cutMiddle, formatBytes, formatCount, formatNoun, pad } from "../../src/ui/text-layout.ts";
import { widthOf } from "../../src/ui/text-width.ts";
import { wrapText } from "../../src/ui/wrap-text.ts";

const style = createStyle({ colour: false, theme: "dark" });
const dark = createStyle({ colour: true, theme: "dark" });
const shown = (lines: readonly unknown[]) => lines.map(String);

const graphemes = fc.string({
  unit: fc.constantFrom("a", "b", " ", "é", "日", "한", "👍🏽", "👩‍👧", "⚠️", "e\u0301", "🇩🇪", "-"),
  maxLength: 60,
});

describe("widthOf", () => {
  it.each([
    "abc",
    "日本語",
    "한국어",
    "👩‍👩‍👧",
    "👍🏽",
    "🇩🇪",
    "❤️",
    "⚠",
    "1️⃣",
    "e\u0301",
    "नमस्ते",
    "ＡＢ",
    "█▁…",
    "𠀀",
  ])("agrees with string-width on %s", (text) => {
    expect(widthOf(text)).toBe(stringWidth(text));
  });

  it("agrees with string-width on every letter, number and symbol but U+3248 to U+324F, of ambiguous width", () => {
    const differing: string[] = [];
    for (let code = 0x20; code < 0x20000; code++) {
      const character = String.fromCodePoint(code);
      if (!/^(?![\u{3248}-\u{324F}])[\p{L}\p{N}\p{P}\p{S}]$/v.test(character)) continue;
      const safe = makeTerminalSafe(character);
      if (widthOf(safe) !== stringWidth(safe)) differing.push(code.toString(16));
    }
    expect(differing).toEqual([]);
  });

  it("does not count styling", () => {
    expect(widthOf(dark.error("日本"))).toBe(4);
  });
});

describe("numbers", () => {
  it("separates thousands", () => {
    expect([0, 999, 1000, 12345, -1234567, 1234.5].map(formatCount)).toEqual([
      "0",
      "999",
      "1,000",
      "12,345",
      "-1,234,567",
      "1,234.5",
    ]);
  });

  it("names bytes in decimal units", () => {
    expect([0, 999, 1000, 1234, 9960, 999_499, 999_500, 35e6, 2.5e12].map(formatBytes)).toEqual([
      "0 B",
      "999 B",
      "1 kB",
      "1.2 kB",
      "10 kB",
      "999 kB",
      "1 MB",
      "35 MB",
      "2.5 TB",
    ]);
  });

  it("counts things", () => {
    expect([formatNoun(1, "event"), formatNoun(1200, "event"), formatNoun(2, "query", "queries")]).toEqual([
      "1 event",
      "1,200 events",
      "2 queries",
    ]);
  });
});

describe("cutting and padding", () => {
  it("keeps both ends of a name, or its start", () => {
    expect(String(cutMiddle("/aws/lambda/auth-service-prod", 15))).toBe("/aws/la…ce-prod");
    expect(String(cutEnd("/aws/lambda/auth-service-prod", 15))).toBe("/aws/lambda/au…");
    expect(String(cutMiddle("short", 15))).toBe("short");
    expect(String(cutMiddle("日本語ログ", 7))).toBe("日…グ");
  });

  it("never exceeds the columns and keeps styling closed", () => {
    fc.assert(
      fc.property(graphemes, fc.integer({ min: 0, max: 30 }), (text, columns) => {
        for (const cut of [cutMiddle(dark.error(text), columns), cutEnd(dark.error(text), columns)]) {
          expect(widthOf(cut)).toBeLessThanOrEqual(Math.max(columns, 0));
          const bytes = toTerminal(cut);
          expect(bytes.split("\x1b[91m").length).toBe(bytes.split("\x1b[39m").length);
        }
      }),
    );
  });

  it("pads by columns of the screen", () => {
    expect(String(pad("日本", 6, "right"))).toBe("  日本");
    expect(String(pad("ab", 4))).toBe("ab  ");
  });
});

describe("wrapText", () => {
  it("wraps at spaces, breaks long words, indents what follows", () => {
    expect(
      shown(wrapText("the quick brown fox supercalifragilistic", 12, { first: "- ", rest: "  " })),
    ).toEqual(["- the quick", "  brown fox", "  supercalif", "  ragilistic"]);
  });

  it("keeps lines and their indentation", () => {
    expect(shown(wrapText(styled`a\n\n  b c`, 80))).toEqual(["a", "", "  b c"]);
  });

  it("closes styles at the end of each row and opens them in the next", () => {
    expect(wrapText(dark.error("one two"), 4).map((line) => toTerminal(line))).toEqual([
      "\x1b[91mone\x1b[39m",
      "\x1b[91mtwo\x1b[39m",
    ]);
  });

  it("fits the columns and loses nothing but spaces at the breaks", () => {
    fc.assert(
      fc.property(graphemes, fc.integer({ min: 2, max: 40 }), (text, columns) => {
        const lines = wrapText(dark.bold(text), columns);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
        const plain = toPlain(text).replaceAll(" ", "");
        expect(lines.map(String).join("").replaceAll(" ", "")).toBe(plain);
      }),
    );
  });
});

describe("layOutTable", () => {
  const table: Table = {
    columns: [
      { title: "Group", overflow: "cut-middle" },
      { title: "Events", align: "right" },
      { title: "Remark", overflow: "wrap" },
    ],
    rows: [
      ["/aws/lambda/auth-service-production", "12,345", "errors rise from 02:47 on"],
      ["日本語ログ", "7", "forged\x1b[2J\nrow"],
    ],
  };

  it.each([
    [
      200,
      [
        "Group                                Events  Remark",
        "/aws/lambda/auth-service-production  12,345  errors rise from 02:47 on",
        "日本語ログ                                7  forged\\x1b[2J\\nrow",
      ],
    ],
    [
      60,
      [
        "Group                      Events  Remark",
        "/aws/lambda/…e-production  12,345  errors rise from 02:47 on",
        "日本語ログ                      7  forged\\x1b[2J\\nrow",
      ],
    ],
    [
      40,
      [
        "Group            Events  Remark",
        "/aws/la…duction  12,345  errors rise",
        "                         from 02:47 on",
        "日本語ログ            7  forged\\x1b[2J\\n",
        "                         row",
      ],
    ],
    [
      20,
      [
        "Group:",
        "  /aws/lambda/auth-s",
        "  ervice-production",
        "Events: 12,345",
        "Remark: errors",
        "  rise from 02:47 on",
        "",
        "Group: 日本語ログ",
        "Events: 7",
        "Remark:",
        "  forged\\x1b[2J\\nrow",
      ],
    ],
  ])("fits %i columns", (columns, expected) => {
    expect(shown(layOutTable(table, columns, style))).toEqual(expected);
  });

  it("stays within the columns whatever the cells hold", () => {
    const cell = fc.oneof(graphemes, fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell)), fc.integer({ min: 12, max: 90 }), (rows, columns) => {
        const columnsOf = table.columns.map((column) => ({ ...column, title: "T" }));
        for (const line of layOutTable({ columns: columnsOf, rows }, columns, dark)) {
          expect(widthOf(line)).toBeLessThanOrEqual(columns);
        }
      }),
    );
  });
});
