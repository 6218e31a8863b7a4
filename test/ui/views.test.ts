import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Histogram } from "../../src/analysis/summary.ts";
import { Failure } from "../../src/failure.ts";
import type { LogEvent } from "../../src/log/event.ts";
import { createZone } from "../../src/log/zone.ts";
import { viewError } from "../../src/ui/error-view.ts";
import { viewEvent } from "../../src/ui/event-view.ts";
import { drawBars, drawSparkline } from "../../src/ui/histogram-view.ts";
import { viewMarkdown } from "../../src/ui/markdown-view.ts";
import { createStyle } from "../../src/ui/style.ts";
import { type Styled, toTerminal } from "../../src/ui/styled.ts";
import { widthOf } from "../../src/ui/text-width.ts";

const style = createStyle({ colour: false, theme: "dark" });
const dark = createStyle({ colour: true, theme: "dark" });
const utc = createZone("UTC");
const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 12, 2, 0);
const ESC = "\x1b";
/** What no line may hold: controls other than LogAI's own SGR, and bidirectional overrides. */
const OBEYED = new RegExp(`(?!${ESC}\\[[0-9;]*m)[\\p{Cc}\\u202a-\\u202e]`, "v");

const shown = (lines: readonly Styled[]) => lines.map(String);

function event(message: string, parts: Partial<LogEvent> = {}): LogEvent {
  return {
    id: "1",
    group: "payment",
    stream: "payment",
    timestamp: START + 123,
    message,
    bodyStart: 0,
    level: "error",
    levelInferred: false,
    ...parts,
  };
}

function histogram(bins: readonly (readonly [number, number, number])[], binMs = MINUTE): Histogram {
  return {
    start: START,
    binMs,
    bins: bins.map(([total, warnings, errors]) => ({ total, warnings, errors })),
  };
}

describe("drawBars", () => {
  const calm = histogram([
    [1000, 0, 0],
    [0, 0, 0],
    [500, 100, 100],
    [1_000_000, 0, 1],
  ]);

  it("shows every bin, and one error among a million events", () => {
    const lines = drawBars(calm, { columns: 60, zone: utc, style, unicode: true });
    expect(shown(lines)).toEqual([
      "02:00  ░                             1,000",
      "02:01                                0",
      "02:02  █▒░                           500 (100 err, 100 warn)",
      "02:03  █░░░░░░░░░░░░░░░░░░░░░░░░░░░  1,000,000 (1 err)",
      "2026-03-12 02:00 to 02:04 UTC (4m), 1m per row",
      "█ error or fatal  ▒ warn  ░ other",
    ]);
  });

  it("draws with ASCII alone, in the zone's time, within 40 columns", () => {
    const zone = createZone("+05:30");
    const lines = drawBars(
      histogram(
        [
          [4, 0, 0],
          [4, 2, 2],
        ],
        30 * MINUTE,
      ),
      {
        columns: 40,
        zone,
        style,
        unicode: false,
      },
    );
    expect(shown(lines)).toEqual([
      "07:30  ..............  4",
      "08:00  #######+++++++  4 (2 err, 2 warn)",
      "2026-03-12 07:30 to 08:30 +05:30 (1h),",
      "30m per row",
      "# error or fatal  + warn  . other",
    ]);
  });

  it("tells errors from the rest without colour, and keeps within the columns", () => {
    const bin = fc
      .tuple(fc.nat(5000), fc.nat(5000), fc.nat(5000))
      .map(([a, b, c]) => [a + b + c, a, b] as const);
    fc.assert(
      fc.property(
        fc.array(bin, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 40, max: 200 }),
        (bins, columns) => {
          const options = { columns, zone: utc, style, unicode: true };
          const data = histogram(bins);
          for (const line of [...drawBars(data, options), ...drawSparkline(data, options)]) {
            expect(widthOf(line)).toBeLessThanOrEqual(columns);
          }
          for (const [at, [total, warnings, errors]] of bins.slice(0, 24).entries()) {
            if (bins.length > 24) break;
            const bar = String(drawBars(data, options)[at]);
            expect([bar.includes("█"), bar.includes("▒")]).toEqual([errors > 0, warnings > 0]);
            expect(bar.includes("░")).toBe(total > warnings + errors);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("drawSparkline", () => {
  it("shows all events and errors as lines of their own, with their peaks", () => {
    const data = histogram([
      [10, 0, 0],
      [0, 0, 0],
      [80, 0, 4],
      [40, 0, 8],
    ]);
    const lines = drawSparkline(data, { columns: 80, zone: utc, style, unicode: true });
    expect(shown(lines)).toEqual([
      "events  ▁ █▄  peak 80",
      "errors    ▄█  peak 8",
      "2026-03-12 02:00 to 02:04 UTC (4m), 1m per column",
    ]);
  });
});

describe("viewEvent", () => {
  it("shows time, level and text, and indents the lines that follow", () => {
    const trace = event("2026 ERROR Boom\n\tat a.b(C.java:1)", { bodyStart: 11 });
    expect(shown(viewEvent(trace, { zone: utc, style }))).toEqual([
      "2026-03-12T02:00:00.123Z ERROR  Boom",
      "        at a.b(C.java:1)",
    ]);
  });

  it("names group and stream where asked, and says what is not known", () => {
    const odd = event("x", { stream: "web-1", timestamp: undefined, level: "warn", levelInferred: true });
    const options = { zone: createZone("+02:00"), style, showGroup: true, showStream: true };
    expect(shown(viewEvent(odd, options))).toEqual(["(no time) warn?  payment web-1 x"]);
    expect(shown(viewEvent(event("x", { level: undefined }), options))).toEqual([
      "2026-03-12T04:00:00.123+02:00 -      payment x",
    ]);
  });

  it("marks what was searched, also where it was escaped or overlaps", () => {
    const lines = viewEvent(event("time\x1bout and timeout"), {
      zone: utc,
      style: dark,
      highlight: ["time\x1b", "timeout", "out", ""],
    });
    expect(toTerminal(lines[0] ?? "")).toContain("\x1b[7mtime\\x1bout\x1b[27m and \x1b[7mtimeout\x1b[27m");
  });

  it("lets no line forge another, and nothing through that a terminal obeys", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(text, text, text, (message, group, stream) => {
        const lines = viewEvent(event(message, { group, stream }), {
          zone: utc,
          style: dark,
          showGroup: true,
          showStream: true,
          highlight: [message.slice(1, 3)],
        });
        expect(lines.length).toBe(message.split("\n").length);
        for (const [at, line] of lines.entries()) {
          expect(toTerminal(line)).not.toMatch(OBEYED);
          if (at > 0) expect(String(line)).toMatch(/^ {4}/);
        }
      }),
    );
  });
});

describe("viewError", () => {
  it("says what happened and what to do", () => {
    const failure = new Failure("group-not-found", "Log group '/x\x1b[2J' not found.", { hint: "Try '/y'." });
    expect(shown(viewError(failure, { style }))).toEqual([
      "Error: Log group '/x\\x1b[2J' not found.",
      "  Try '/y'.",
    ]);
  });

  it("calls anything else a bug, without its stack", () => {
    expect(
      shown(viewError(new TypeError("x is not\na function"), { style, logFile: "/tmp/app.log" })),
    ).toEqual(["Error: This is a bug in LogAI: x is not\\na function. Details are in /tmp/app.log."]);
  });
});

describe("viewMarkdown", () => {
  const view = async (markdown: string, columns = 80) =>
    shown(await viewMarkdown(markdown, { columns, style }));

  it("shows the blocks of an answer", async () => {
    const markdown = [
      "## Cause",
      "The **pool** of `payment` was exhausted [e3],",
      "see [the docs](https://a.example/b).",
      "",
      "- **First**: connections",
      "  - nested item that is long enough to be wrapped",
      "- second &amp; last",
      "",
      "3. three",
      "4. four",
      "",
      "| Group | Errors |",
      "|:--|--:|",
      "| checkout | 1,234 |",
      "",
      "```",
      "a  b",
      "```",
      "> quoted",
      "",
      "---",
      "<b>bold?</b>",
    ].join("\n");
    expect(await view(markdown, 40)).toEqual([
      "## Cause",
      "",
      "The pool of `payment` was exhausted",
      "[e3], see the docs",
      "(https://a.example/b).",
      "",
      "- First: connections",
      "  - nested item that is long enough to",
      "    be wrapped",
      "- second & last",
      "",
      "3. three",
      "4. four",
      "",
      "Group     Errors",
      "checkout   1,234",
      "",
      "  a  b",
      "",
      "> quoted",
      "",
      "----------------------------------------",
      "",
      "<b>bold?</b>",
    ]);
  });

  it("styles references, but not in code", async () => {
    const [line] = await viewMarkdown("see [e3], [q1, e2] and `[e4]`", { columns: 80, style: dark });
    expect(toTerminal(line ?? "")).toBe(
      "see \x1b[96m[e3]\x1b[39m, \x1b[96m[q1, e2]\x1b[39m and \x1b[95m`[e4]`\x1b[39m",
    );
  });

  it("does not make control characters of character references", async () => {
    expect(await view("a &#27;[2J &#x9b;1m [x](http://a&#27;b)")).toEqual([
      "a \\x1b[2J \\x9b1m x (http://a&#27;b)",
    ]);
  });

  it("shows where a link leads when its words say otherwise", async () => {
    expect(await view("[https://bank.example](https://evil.example)")).toEqual([
      "https://bank.example (https://evil.example)",
    ]);
  });

  it("survives nesting that overflows the parser", async () => {
    const lines = await view(`${">".repeat(9000)} end`);
    expect(lines.join("")).toMatch(/^[> ]{9000,} end$/);
  });

  it("lets nothing through that a terminal obeys", async () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "&#27;",
        "\n\n",
        "- ",
        "# ",
        "**",
        "`",
        "[a](",
        ")",
        "|",
        "|-|\n",
        "> ",
        "```\n",
        "<b>",
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece), fc.integer({ min: 10, max: 80 }), async (pieces, columns) => {
        for (const line of await viewMarkdown(pieces.join(""), { columns, style: dark })) {
          expect(toTerminal(line)).not.toMatch(OBEYED);
        }
      }),
      { numRuns: 500 },
    );
  });
});
