import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStyle, detectColour, detectUnicode } from "../../src/ui/style.ts";
import { joinText, styled, toPlain, toTerminal } from "../../src/ui/styled.ts";

const dark = createStyle({ colour: true, theme: "dark" });
const none = createStyle({ colour: false, theme: "dark" });

describe("styled text", () => {
  it("escapes every bare string, wherever it is put in", () => {
    const evil = "\x1b[31mred\nline";
    const safe = "\\x1b[31mred\\nline";
    expect(toTerminal(styled`<${evil}>`)).toBe(`<${safe}>`);
    expect(toTerminal(joinText([evil, evil], evil))).toContain(safe);
    expect(toTerminal(none.bold(evil))).toBe(safe);
    expect(toTerminal(dark.bold(evil))).toBe(`\x1b[1m${safe}\x1b[22m`);
  });

  it("does not take a style for one because it looks like it", () => {
    const forged = { toString: () => "x", terminal: "\x1b[2J" };
    expect(toTerminal(`${forged.terminal}`)).toBe("\\x1b[2J");
    // A styled text in an ordinary template loses its style, and nothing else.
    expect(toTerminal(`${dark.error("a")}!`)).toBe("a!");
  });

  it("goes on with the outer style after the inner one, and ends it at each line", () => {
    expect(toTerminal(dark.dim(styled`a ${dark.bold("b")} c\nd`))).toBe(
      "\x1b[2ma \x1b[1mb\x1b[22m\x1b[2m c\x1b[22m\n\x1b[2md\x1b[22m",
    );
  });

  it("says the same with colour and without", () => {
    const paints = ["bold", "dim", "heading", "error", "warn", "ok", "reference", "match"] as const;
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom(...paints), (text, paint) => {
        expect(toPlain(dark[paint](text))).toBe(toTerminal(none[paint](text)));
      }),
    );
  });

  it("gives each severity its own look in both themes", () => {
    for (const theme of ["dark", "light"] as const) {
      const style = createStyle({ colour: true, theme });
      const looks = (["info", "warn", "error", "fatal"] as const).map((level) =>
        toTerminal(style.level(level, "x")),
      );
      expect(new Set(looks).size).toBe(4);
    }
  });
});

describe("detectColour", () => {
  it.each([
    [true, {}, false, true],
    [false, {}, false, false],
    [true, { NO_COLOR: "1" }, false, false],
    [true, { NO_COLOR: "" }, false, true],
    [true, { TERM: "dumb" }, false, false],
    [false, { FORCE_COLOR: "1" }, false, true],
    [true, { FORCE_COLOR: "0" }, false, false],
    [false, { FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
    [true, { FORCE_COLOR: "1" }, true, false],
  ])("terminal %s, %o, --no-color %s: %s", (isTty, env, noColor, expected) => {
    expect(detectColour({ isTty }, env, { noColor })).toBe(expected);
  });
});

describe("detectUnicode", () => {
  it.each([
    [{ LANG: "en_US.UTF-8" }, true],
    [{}, true],
    [{ LANG: "C" }, false],
    [{ LC_ALL: "POSIX", LANG: "en_US.UTF-8" }, false],
    [{ TERM: "dumb", LANG: "en_US.UTF-8" }, false],
  ])("%o: %s", (env, expected) => {
    expect(detectUnicode(env)).toBe(expected);
  });
});
